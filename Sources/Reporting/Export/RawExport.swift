public import Calendar
import EnergyAccounting
public import Readings
import Text
public import Work

/// Some device's rows of one stretch of time, in chunks that follow each other.
public struct DeviceRows: Sendable {
  /// The name that is printed.
  public var device: String
  public var chunks: [ReadingColumns]

  public init(device: String, chunks: [ReadingColumns]) {
    self.device = device
    self.chunks = chunks
  }
}

/// Writes `export --raw`: every message, every digit as sent.
///
/// Bytes gather in one buffer that goes to `sink` whenever it is full; nothing is allocated per row. A message gives
/// one row with an empty channel for what the plug sends once, and one for each channel up to the highest that it
/// holds; a row without any value is left out when the message has another.
public struct RawExport {
  public typealias Sink = (UnsafeRawBufferPointer) throws -> Void

  private let format: ExportFormat
  private let fields: [ExportField]?
  private let hasMilliseconds: Bool
  private var localClock: LocalClock
  private var localDate: ClockWriter
  private var utcDate: ClockWriter
  private var plugDate = ClockWriter(form: .iso, decimalMark: UInt8(ascii: "."))
  private var buffer: ExportBuffer
  private let sideBySide: SideBySide
  private let csvBetween: [UInt8]
  /// Rows written so far.
  public private(set) var rowCount = 0

  /// - Parameters:
  ///   - fields: the columns; nil takes in each chunk whatever it holds, which only formats without a heading can.
  ///   - hasMilliseconds: whether receive times are written with three decimals (a store of 1 ms resolution).
  ///   - sideBySide: how pieces of a stretch of time become text.
  public init(
    format: ExportFormat, fields: [ExportField]?, zone: TimeZoneRules, hasMilliseconds: Bool = false,
    working sideBySide: SideBySide = .inTurn
  ) {
    if case .csv = format { precondition(fields != nil, "a heading needs its columns") }
    self.format = format
    self.fields = fields
    let dialect = format.dialect
    // A fraction would make text of the one form that is a time everywhere.
    self.hasMilliseconds = hasMilliseconds && dialect.dateForm != .bare
    localClock = LocalClock(zone: zone)
    localDate = ClockWriter(form: dialect.dateForm, decimalMark: dialect.decimalMark)
    utcDate = localDate
    buffer = ExportBuffer()
    self.sideBySide = sideBySide
    csvBetween = [dialect.separator]
  }

  /// Writes what stands before the first row.
  public mutating func begin(_ sink: Sink) throws {
    guard case .csv(let dialect) = format, let fields else { return }
    var cells = CSVCells(dialect: dialect)
    for column in RawExport.columns(fields) { cells.text(column.name(in: dialect.language)) }
    cells.endRow()
    try buffer.append(cells.bytes, sink)
  }

  static func columns(_ fields: [ExportField]) -> [ColumnName] {
    [.time, .timeUTC, .device, .channel, .plugTime] + fields.map(\.column)
  }

  /// Writes the rows of one stretch of time, of all devices together in order of receive time, then of arrival, then
  /// of the devices as given. Stretches follow each other without overlap.
  public mutating func append(_ devices: [DeviceRows], _ sink: Sink) throws {
    let pieces = RowPieces(devices)
    guard pieces.count > 1 else { return try write(devices, sink) }
    try buffer.flush(sink)
    nonisolated(unsafe) let blank = self
    for first in stride(from: 0, to: pieces.count, by: RowPieces.mostInMemory) {
      let round = first..<min(first + RowPieces.mostInMemory, pieces.count)
      let texts = sideBySide.map(round.count) { blank.text(of: pieces.rows(ofPiece: round.lowerBound + $0)) }
      for text in texts {
        rowCount += text.rowCount
        try text.bytes.withUnsafeBytes(sink)
      }
    }
  }

  /// Some rows as text, by an export of their own.
  private func text(of devices: [DeviceRows]) -> (bytes: [UInt8], rowCount: Int) {
    var own = self
    own.buffer = ExportBuffer()
    own.rowCount = 0
    var bytes: [UInt8] = []
    do {
      try own.write(devices) { bytes += $0 }
      try own.finish { bytes += $0 }
    } catch {
      preconditionFailure("memory takes every byte")
    }
    return (bytes, own.rowCount)
  }

  private mutating func write(_ devices: [DeviceRows], _ sink: Sink) throws {
    var merge = RowMerge(devices)
    while let head = merge.next(make: { source(of: $0, $1) }) {
      try write(head, sink)
    }
  }

  /// Hands over what is still in the buffer.
  public mutating func finish(_ sink: Sink) throws { try buffer.flush(sink) }

  // MARK: Chunks

  private func source(of device: String, _ rows: ReadingColumns) -> ChunkSource {
    let fields = self.fields ?? ExportField.all(of: rows.columns.map(\.field.key))
    return ChunkSource(
      rows, device: encoded(device: device), keys: fields.map(\.key), prefixes: fields.map { prefix(of: $0) },
      encode: { encoded(text: $0) })
  }

  private func prefix(of field: ExportField) -> [UInt8] {
    switch format {
    case .csv(let dialect): return [dialect.separator]
    case .jsonLines:
      var bytes: [UInt8] = [UInt8(ascii: ",")]
      JSONWriter.append(quoted: field.name, to: &bytes)
      return bytes + [UInt8(ascii: ":")]
    case .influx: return [UInt8(ascii: ",")] + LineProtocol.escaped(key: field.name) + [UInt8(ascii: "=")]
    }
  }

  private func encoded(device: String) -> [UInt8] {
    var bytes: [UInt8] = []
    switch format {
    case .csv(let dialect): CSVCells.append(text: device, dialect: dialect, to: &bytes)
    case .jsonLines: JSONWriter.append(quoted: device, to: &bytes)
    case .influx: bytes = LineProtocol.escaped(key: device)
    }
    return bytes
  }

  /// A verbatim text: a number that is written unusually stays a number, anything else becomes text.
  private func encoded(text: String) -> [UInt8] {
    var bytes = Array(text.utf8)
    let isNumber = NumberText.isJSONNumber(bytes)
    switch format {
    case .csv(let dialect):
      if isNumber {
        let number = bytes.map { $0 == UInt8(ascii: ".") ? dialect.decimalMark : $0 }
        return dialect.quotesFractions && bytes.contains(UInt8(ascii: ".")) ? [0x22] + number + [0x22] : number
      }
      bytes = []
      CSVCells.append(text: text, dialect: dialect, to: &bytes)
    case .jsonLines:
      if isNumber { return bytes }
      bytes = []
      JSONWriter.append(quoted: text, to: &bytes)
    case .influx:
      if isNumber { return bytes }
      bytes = LineProtocol.quoted(text)
    }
    return bytes
  }

  // MARK: Rows

  private mutating func write(_ chunk: ChunkSource, _ sink: Sink) throws {
    let values = chunk.values
    try chunk.forEachPrintedGroup { group in
      try buffer.reserve(chunk.rowBound, sink)
      writeRow(chunk, group, values)
    }
  }

  @inline(__always)
  private mutating func writeRow(
    _ source: ChunkSource, _ group: ChunkSource.Group, _ values: UnsafePointer<Int64>
  ) {
    var cursor = ByteCursor(buffer.end)
    let isKept: Bool
    switch format {
    case .csv(let dialect):
      writeCSV(source, group, values, dialect, &cursor)
      isKept = true
    case .jsonLines:
      writeJSON(source, group, values, &cursor)
      isKept = true
    case .influx: isKept = writeLine(source, group, values, &cursor)
    }
    if isKept {
      buffer.end = cursor.next
      rowCount += 1
    }
  }

  private mutating func writeCSV(
    _ source: ChunkSource, _ group: ChunkSource.Group, _ values: UnsafePointer<Int64>, _ dialect: CSVDialect,
    _ cursor: inout ByteCursor
  ) {
    let separator = dialect.separator
    let mark = dialect.decimalMark
    appendTimes(source.time, between: csvBetween, isISO: dialect.dateForm == .iso, &cursor)
    cursor.append(separator)
    cursor.append(source.device)
    cursor.append(separator)
    if group.channel > 0 { cursor.append(Int64(group.channel), places: 0, mark: mark) }
    cursor.append(separator)
    for slot in source.clockSlots where values[slot] != ReadingColumns.absent {
      append(source, slot, values[slot], mark: mark, &cursor)
      break
    }
    for index in group.cells {
      cursor.append(separator)
      for slot in source.cells[index].slots where values[slot] != ReadingColumns.absent {
        let isQuoted =
          dialect.quotesFractions && source.slots[slot].kind == .number && source.slots[slot].places > 0
        if isQuoted { cursor.append(UInt8(ascii: "\"")) }
        append(source, slot, values[slot], mark: mark, &cursor)
        if isQuoted { cursor.append(UInt8(ascii: "\"")) }
        break
      }
    }
    cursor.append(0x0D)
    cursor.append(0x0A)
  }

  private static let jsonStart = Array("{\"time\":\"".utf8)
  private static let jsonTimes = Array("\",\"time_utc\":\"".utf8)
  private static let jsonDevice = Array("\",\"device\":".utf8)
  private static let jsonChannel = Array(",\"channel\":".utf8)
  private static let jsonPlugTime = Array(",\"plug_time\":".utf8)

  private mutating func writeJSON(
    _ source: ChunkSource, _ group: ChunkSource.Group, _ values: UnsafePointer<Int64>, _ cursor: inout ByteCursor
  ) {
    let point = UInt8(ascii: ".")
    cursor.append(RawExport.jsonStart)
    appendTimes(source.time, between: RawExport.jsonTimes, isISO: true, &cursor)
    cursor.append(RawExport.jsonDevice)
    cursor.append(source.device)
    if group.channel > 0 {
      cursor.append(RawExport.jsonChannel)
      cursor.append(Int64(group.channel), places: 0, mark: point)
    }
    for slot in source.clockSlots where values[slot] != ReadingColumns.absent {
      cursor.append(RawExport.jsonPlugTime)
      appendQuoted(source, slot, values[slot], &cursor)
      break
    }
    for index in group.cells {
      let cell = source.cells[index]
      for slot in cell.slots where values[slot] != ReadingColumns.absent {
        cursor.append(source.prefixes[cell.field])
        appendQuoted(source, slot, values[slot], &cursor)
        break
      }
    }
    cursor.append(UInt8(ascii: "}"))
    cursor.append(0x0A)
  }

  private static let measurement = Array("wattlog,device=".utf8)
  private static let channelTag = Array(",channel=".utf8)

  /// False where the row has no field: the protocol has no such line.
  private mutating func writeLine(
    _ source: ChunkSource, _ group: ChunkSource.Group, _ values: UnsafePointer<Int64>, _ cursor: inout ByteCursor
  ) -> Bool {
    let point = UInt8(ascii: ".")
    cursor.append(RawExport.measurement)
    cursor.append(source.device)
    if group.channel > 0 {
      cursor.append(RawExport.channelTag)
      cursor.append(Int64(group.channel), places: 0, mark: point)
    }
    var isEmpty = true
    for index in group.cells {
      let cell = source.cells[index]
      for slot in cell.slots where values[slot] != ReadingColumns.absent {
        let comma = cursor.next
        cursor.append(source.prefixes[cell.field])
        if isEmpty { comma.pointee = UInt8(ascii: " ") }
        isEmpty = false
        appendQuoted(source, slot, values[slot], &cursor)
        break
      }
    }
    cursor.append(UInt8(ascii: " "))
    cursor.append(source.time.milliseconds, places: 0, mark: point)
    for _ in 0..<6 { cursor.append(UInt8(ascii: "0")) }  // nanoseconds
    cursor.append(0x0A)
    return !isEmpty
  }

  // MARK: Cells

  @inline(__always)
  private mutating func appendTimes(
    _ instant: Timestamp, between: [UInt8], isISO: Bool, _ cursor: inout ByteCursor
  ) {
    let seconds = instant.seconds
    localClock.move(to: seconds)
    localDate.append(clockSeconds: seconds &+ localClock.offsetSeconds, to: &cursor)
    let fraction = instant.milliseconds &- seconds &* 1000
    if hasMilliseconds { localDate.append(milliseconds: fraction, to: &cursor) }
    if isISO { cursor.append(localClock.offsetText, count: 6) }
    cursor.append(between)
    utcDate.append(clockSeconds: seconds, to: &cursor)
    if hasMilliseconds { utcDate.append(milliseconds: fraction, to: &cursor) }
    if isISO { cursor.append(UInt8(ascii: "Z")) }
  }

  @inline(__always)
  private mutating func append(
    _ source: ChunkSource, _ slot: Int, _ value: Int64, mark: UInt8, _ cursor: inout ByteCursor
  ) {
    let slot = source.slots[slot]
    switch slot.kind {
    case .number: cursor.append(value, places: slot.places, mark: mark)
    case .verbatim:
      if value >= 0, value < Int64(slot.textCount) { cursor.append(source.texts[slot.textBase + Int(value)]) }
    case .clock:
      let seconds = value.flooringQuotient(slot.clockUnits)
      plugDate.append(clockSeconds: seconds, to: &cursor)
      if slot.clockUnits == 1000 { plugDate.append(milliseconds: value &- seconds &* 1000, to: &cursor) }
      if slot.suffix >= 0 { cursor.append(source.texts[slot.suffix]) }
    }
  }

  /// As JSON and the line protocol want it: clock texts in quotes.
  @inline(__always)
  private mutating func appendQuoted(
    _ source: ChunkSource, _ slot: Int, _ value: Int64, _ cursor: inout ByteCursor
  ) {
    let isClock = source.slots[slot].kind == .clock
    if isClock { cursor.append(UInt8(ascii: "\"")) }
    append(source, slot, value, mark: UInt8(ascii: "."), &cursor)
    if isClock { cursor.append(UInt8(ascii: "\"")) }
  }
}
