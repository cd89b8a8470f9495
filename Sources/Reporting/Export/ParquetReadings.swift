public import Calendar
import EnergyAccounting
public import Parquet
import Readings

/// Writes every message as Parquet: the rows and columns of ``RawExport``, by device, then by time.
///
/// Numbers are decimals of six places whatever form they were sent in, so that all files of an export agree. What that cannot
/// hold is empty and counted.
public struct ParquetReadings {
  public typealias Sink = ParquetWriter.Sink

  private enum Place {
    static let time = 0
    static let timeUTC = 1
    static let device = 2
    static let channel = 3
    static let plugTime = 4
    static let fields = 5
  }

  private let fields: [ExportField]
  private var clock: LocalClock
  private var rows: ParquetRows
  /// Numbers that have more digits than the column.
  public private(set) var unfitCount = 0
  /// Rows so far.
  public var rowCount: Int { rows.writtenRowCount + rows.rowCount }

  /// - Parameters:
  ///   - codec: nil for pages that are not compressed.
  ///   - creator: what readers show as the file's writer.
  public init(_ fields: [ExportField], zone: TimeZoneRules, codec: Zstandard?, creator: String) {
    self.fields = fields
    clock = LocalClock(zone: zone)
    let columns =
      [
        ParquetColumn("time", .clock), ParquetColumn("time_utc", .instant), ParquetColumn("device", .text),
        ParquetColumn("channel", .integer), ParquetColumn("plug_time", .clock),
      ] + fields.map { ParquetColumn($0.name, ParquetReadings.kind(of: $0.key)) }
    rows = ParquetRows(columns, codec: codec, creator: creator)
  }

  private static func kind(of key: FieldKey) -> ParquetColumn.Kind {
    key == .totalStartTime ? .clock : .decimal(scale: ParquetScale.places)
  }

  /// Writes a device's rows, which follow those that it had before.
  public mutating func append(_ device: DeviceRows, _ sink: Sink) throws {
    for chunk in device.chunks where chunk.rowCount > 0 {
      // Blocks of more rows than a group take several.
      for first in stride(from: 0, to: chunk.rowCount, by: ParquetRows.groupRowCount) {
        let part = first..<min(first + ParquetRows.groupRowCount, chunk.rowCount)
        let rows = part.count == chunk.rowCount ? chunk : chunk.rows(part)
        let keys = Set(fields.map(\.key))
        if rows.columns.contains(where: { $0.field.channel > 0 && keys.contains($0.field.key) }) {
          try appendByRow(device.device, rows, sink)
        } else {
          appendByColumn(device.device, rows)
        }
        try self.rows.flush(atLeast: ParquetRows.groupRowCount, sink)
      }
    }
  }

  /// Tells that the next rows are another device's.
  public mutating func endDevice(_ sink: Sink) throws {
    try rows.flush(atLeast: ParquetRows.leastGroupRowCount, sink)
  }

  public mutating func finish(_ sink: Sink) throws { try rows.finish(sink) }

  // MARK: One row a message

  private mutating func appendByColumn(_ device: String, _ chunk: ReadingColumns) {
    let count = chunk.rowCount
    rows.append(chunk.times.map { local($0) }, to: Place.time)
    rows.append(chunk.times.map(\.milliseconds), to: Place.timeUTC)
    rows.append(device, count: count, to: Place.device)
    rows.append(repeatElement(ColumnValues.absent, count: count), to: Place.channel)
    rows.append(values(of: .time, isClock: true, chunk), to: Place.plugTime)
    for (place, field) in fields.enumerated() {
      let isClock = field.key == .totalStartTime
      rows.append(values(of: field.key, isClock: isClock, chunk), to: Place.fields + place)
    }
    rows.addRows(count)
  }

  private mutating func local(_ time: Timestamp) -> Int64 {
    clock.move(to: time.milliseconds.flooringQuotient(1000))
    return time.milliseconds + clock.offsetSeconds * 1000
  }

  /// A key of no channel may come in several forms, of which each row has one.
  private mutating func values(of key: FieldKey, isClock: Bool, _ chunk: ReadingColumns) -> [Int64] {
    var found = [Int64](repeating: ColumnValues.absent, count: chunk.rowCount)
    for column in chunk.columns where column.field.key == key && column.field.channel == 0 {
      for row in 0..<chunk.rowCount where column.values[row] != ReadingColumns.absent {
        found[row] = number(column, row, isClock: isClock)
      }
    }
    return found
  }

  private mutating func number(_ column: ReadingColumns.Column, _ row: Int, isClock: Bool) -> Int64 {
    let (value, form) = (column.values[row], column.field.form)
    if isClock { return form.clockUnitsPerSecond.map { value &* (1000 / $0) } ?? ColumnValues.absent }
    var scaled: Int64?
    if let places = form.decimalPlaces {
      scaled = ParquetScale.rescaled(value, places: places)
    } else if form == .verbatim, column.texts.indices.contains(Int(value)) {
      scaled = ParquetReadings.scaled(column.texts[Int(value)])
    }
    if scaled == nil { unfitCount += 1 }
    return scaled ?? ColumnValues.absent
  }

  private static func scaled(_ text: String) -> Int64? {
    WrittenNumber.exact(text).flatMap { ParquetScale.rescaled($0.mantissa, places: $0.places) }
  }

  // MARK: A row a channel

  private mutating func appendByRow(_ device: String, _ chunk: ReadingColumns, _ sink: Sink) throws {
    let keys = fields.map(\.key)
    let source = ChunkSource(chunk, device: [], keys: keys, prefixes: keys.map { _ in [] }, encode: { Array($0.utf8) })
    while !source.isAtEnd {
      let values = source.values
      try source.forEachPrintedGroup { group in
        rows.append(local(source.time), to: Place.time)
        rows.append(source.time.milliseconds, to: Place.timeUTC)
        rows.append(device, to: Place.device)
        rows.append(group.channel > 0 ? Int64(group.channel) : nil, to: Place.channel)
        rows.append(number(source, source.clockSlots, values, isClock: true), to: Place.plugTime)
        for (place, cell) in source.cells[group.cells].enumerated() {
          let isClock = fields[place].key == .totalStartTime
          rows.append(number(source, cell.slots, values, isClock: isClock), to: Place.fields + place)
        }
        rows.addRows(1)
        try rows.flush(atLeast: ParquetRows.groupRowCount, sink)
      }
      source.advance()
    }
  }

  private mutating func number(
    _ source: ChunkSource, _ slots: Range<Int>, _ values: UnsafePointer<Int64>, isClock: Bool
  ) -> Int64 {
    guard let place = slots.first(where: { values[$0] != ReadingColumns.absent }) else { return ColumnValues.absent }
    let column = source.rows.columns[source.slots[place].column]
    return number(column, source.row, isClock: isClock)
  }
}
