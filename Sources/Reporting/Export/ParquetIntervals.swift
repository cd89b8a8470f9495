import Calendar
import EnergyAccounting
public import Parquet
import Readings
import Text

/// Writes `export --every` as Parquet: the rows and columns of ``IntervalExport``, plan by plan, in each by device, then by
/// time.
public struct ParquetIntervals {
  public typealias Sink = ParquetWriter.Sink

  private let export: IntervalExport
  private let columns: [ParquetColumn]
  private var rows: ParquetRows
  /// Figures that have more digits than the column.
  public private(set) var unfitCount = 0
  public var rowCount: Int { rows.writtenRowCount + rows.rowCount }

  /// - Parameters: as ``ParquetReadings`` takes them.
  public init(_ fields: [IntervalField], codec: Zstandard?, creator: String) {
    export = IntervalExport(format: .jsonLines, fields: fields)
    columns =
      [
        ParquetColumn("time", .clock), ParquetColumn("time_utc", .instant), ParquetColumn("device", .text),
        ParquetColumn("channel", .integer),
      ] + fields.map { ParquetColumn($0.rawValue, ParquetIntervals.kind(of: $0)) }
    rows = ParquetRows(columns, codec: codec, creator: creator)
  }

  private static func kind(of field: IntervalField) -> ParquetColumn.Kind {
    switch field {
    case .currency: .text
    // Four digits more than the currency prints (``IntervalExport/rows(_:_:)``), eight at most.
    case .cost: .decimal(scale: 8)
    case .energy, .powerMean, .powerMin, .powerMax, .coverage, .export: .decimal(scale: ParquetScale.places)
    }
  }

  public mutating func append(_ plan: IntervalExport.Plan, _ ledgers: [NamedLedger], _ sink: Sink) throws {
    var sheet = Sheet()
    export.write(plan, ledgers, to: &sheet)
    let order = sheet.rows.indices.sorted { (sheet.rows[$0].line, $0) < (sheet.rows[$1].line, $1) }
    for row in order {
      for (place, value) in sheet.rows[row].values.enumerated() { append(value, to: place) }
      rows.addRows(1)
      try rows.flush(atLeast: ParquetRows.groupRowCount, sink)
    }
    try rows.flush(atLeast: ParquetRows.leastGroupRowCount, sink)
  }

  public mutating func finish(_ sink: Sink) throws { try rows.finish(sink) }

  private mutating func append(_ value: SheetValue, to place: Int) {
    switch (columns[place].kind, value) {
    case (.text, .text(let text)): rows.append(text, to: place)
    case (.text, _): rows.append(String?.none, to: place)
    case (_, .time(let instant)):
      rows.append(instant.at.milliseconds + Int64(instant.offsetSeconds) * 1000, to: place)
    case (_, .timeUTC(let instant)): rows.append(instant.milliseconds, to: place)
    case (.decimal(let scale), .number(let figure)):
      let scaled = ParquetScale.rescaled(figure.mantissa, places: figure.places, to: scale)
      if scaled == nil { unfitCount += 1 }
      rows.append(scaled, to: place)
    case (_, .number(let figure)): rows.append(figure.mantissa, to: place)
    case (_, .empty), (_, .text): rows.append(Int64?.none, to: place)
    }
  }
}

/// A plan's rows as they come.
private struct Sheet: SheetWriter {
  /// By which device and channel the rows of one line are told.
  struct Line: Comparable {
    var device: String
    var channel: Int64

    static func < (a: Line, b: Line) -> Bool { (a.device, a.channel) < (b.device, b.channel) }
  }

  private(set) var rows: [(line: Line, values: [SheetValue])] = []
  private var values: [SheetValue] = []

  mutating func write(_ value: SheetValue) { values.append(value) }

  mutating func endRow() {
    var line = Line(device: "", channel: 0)
    if case .text(let device) = values[2] { line.device = device }
    if case .number(let channel) = values[3] { line.channel = channel.mantissa }
    rows.append((line, values))
    values = []
  }
}
