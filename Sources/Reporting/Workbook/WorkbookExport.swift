import Calendar
public import Readings
import Text

/// `export` as a workbook: every message, or intervals, in the columns that CSV has.
///
/// Times are what the site's clock shows, `time_utc` tells the hour that an autumn night has twice. Rows go to the sink as
/// they come.
public struct WorkbookExport {
  private var book = Workbook(sheetName: "Wattlog")

  public init() {}

  /// Rows so far, without the heading.
  public var rowCount: Int { max(book.rowCount - 1, 0) }

  public mutating func begin(_ export: IntervalExport, _ sink: RawExport.Sink) throws {
    try book.begin(export.columns.map { $0.name(in: .english) }, sink)
  }

  public mutating func begin(_ fields: [ExportField], _ sink: RawExport.Sink) throws {
    try book.begin(RawExport.columns(fields).map { $0.name(in: .english) }, sink)
  }

  /// The rows of one plan, as ``IntervalExport/rows(_:_:)`` has them.
  public mutating func append(_ export: IntervalExport, _ plan: IntervalExport.Plan, _ ledgers: [NamedLedger]) {
    export.write(plan, ledgers, to: &book)
  }

  /// Hands over what was written. A sheet that is full is an error.
  public mutating func flush(_ sink: RawExport.Sink) throws { try book.flush(sink) }

  public mutating func finish(_ sink: RawExport.Sink) throws { try book.finish(sink) }

  /// The rows of one stretch of time, as ``RawExport/append(_:_:)`` has them.
  public mutating func append(
    _ devices: [DeviceRows], _ fields: [ExportField], zone: LocalZone, _ sink: RawExport.Sink
  ) throws {
    var merge = RowMerge(devices)
    let keys = fields.map(\.key)
    while let source = merge.next(make: { device, rows in
      ChunkSource(
        rows, device: Array(device.utf8), keys: keys, prefixes: keys.map { _ in [] }, encode: { Array($0.utf8) })
    }) {
      write(source, zone)
      if book.isFull { try book.flush(sink) }
    }
  }

  /// The offset of local time at an instant.
  public typealias LocalZone = (Timestamp) -> Int

  private mutating func write(_ source: ChunkSource, _ zone: LocalZone) {
    let values = source.values
    source.forEachPrintedGroup { group in
      let time = source.time
      book.write(.time(LocalInstant(time, offsetSeconds: zone(time))))
      book.write(.timeUTC(time))
      book.write(.text(String(decoding: source.device, as: UTF8.self)))
      book.write(.count(group.channel > 0 ? group.channel : nil))
      book.write(value(source, source.clockSlots, values))
      for index in group.cells { book.write(value(source, source.cells[index].slots, values)) }
      book.endRow()
    }
  }

  private func value(_ source: ChunkSource, _ slots: Range<Int>, _ values: UnsafePointer<Int64>) -> SheetValue {
    guard let place = slots.first(where: { values[$0] != ReadingColumns.absent }) else { return .empty }
    let (slot, value) = (source.slots[place], values[place])
    switch slot.kind {
    case .number: return .number(Figure(value, places: slot.places))
    case .clock: return .timeUTC(Timestamp(milliseconds: value &* (1000 / slot.clockUnits)))
    case .verbatim:
      guard value >= 0, value < Int64(slot.textCount) else { return .empty }
      return .text(String(decoding: source.texts[slot.textBase + Int(value)], as: UTF8.self))
    }
  }
}
