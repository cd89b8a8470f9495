import Calendar
import Readings

/// One device's chunk of readings, laid out for row by row printing.
///
/// Columns are turned into rows a slice at a time, so that a row's numbers lie beside each other. Each column of the
/// table may have several sources, one for each written form of its key (`230`, `230.1`); at most one holds a value.
final class ChunkSource {
  struct Slot {
    enum Kind { case number, verbatim, clock }
    var column: Int
    var kind: Kind
    var places: Int
    /// For verbatim columns: where its texts begin in `texts`.
    var textBase: Int
    var textCount: Int
    /// For clocks: units per second, and what stands behind them in `texts`, −1 where nothing does.
    var clockUnits: Int64
    var suffix: Int
  }
  struct Cell {
    var field: Int
    var slots: Range<Int>
  }
  /// Cells of one channel: what one row prints.
  struct Group {
    var channel: Int
    var cells: Range<Int>
  }

  let rows: ReadingColumns
  /// As the format writes it: quoted for CSV and JSON, escaped for a line protocol's tag.
  let device: [UInt8]
  private(set) var slots: [Slot] = []
  private(set) var cells: [Cell] = []
  private(set) var groups: [Group] = []
  /// The plug's own clock.
  private(set) var clockSlots: Range<Int> = 0..<0
  /// Verbatim texts and clock offsets as the format writes them.
  private(set) var texts: [[UInt8]] = []
  /// What the format writes before each field's value.
  let prefixes: [[UInt8]]
  /// More bytes than any row takes: each cell's prefix and a number of at most 21 digits or the longest text, then the
  /// fixed columns.
  let rowBound: Int

  private static let sliceRowCount = 512
  private let slice: UnsafeMutablePointer<Int64>
  private var sliceStart = 0
  private var sliceEnd = 0
  private(set) var row = 0

  /// - Parameter encode: a verbatim text as the format writes it.
  init(
    _ rows: ReadingColumns, device: [UInt8], keys: [FieldKey], prefixes: [[UInt8]], encode: (String) -> [UInt8]
  ) {
    precondition(rows.columns.allSatisfy { $0.values.count == rows.rowCount }, "a column of another length")
    self.rows = rows
    self.device = device
    self.prefixes = prefixes
    var slots: [Slot] = []
    var texts: [[UInt8]] = []
    func addSlots(_ key: FieldKey, channel: Int) -> Range<Int> {
      let first = slots.count
      for (index, column) in rows.columns.enumerated()
      where column.field.key == key && Int(column.field.channel) == channel {
        slots.append(ChunkSource.slot(index, column, &texts, encode))
      }
      return first..<slots.count
    }
    clockSlots = addSlots(.time, channel: 0)
    let channels = rows.columns.filter { keys.contains($0.field.key) }.map { Int($0.field.channel) }
    for channel in 0...(channels.max() ?? 0) {
      let first = cells.count
      for (index, key) in keys.enumerated() { cells.append(Cell(field: index, slots: addSlots(key, channel: channel))) }
      groups.append(Group(channel: channel, cells: first..<cells.count))
    }
    self.slots = slots
    self.texts = texts
    let longestText = texts.map(\.count).max() ?? 0
    rowBound =
      prefixes.reduce(0) { $0 + $1.count } + keys.count * (26 + longestText) + device.count + 2 * longestText + 256
    slice = .allocate(capacity: max(ChunkSource.sliceRowCount * slots.count, 1))
    fillSlice()
  }

  deinit { slice.deallocate() }

  var isAtEnd: Bool { row >= rows.rowCount }
  var time: Timestamp { rows.times[row] }

  /// The values of the present row, one per slot.
  var values: UnsafePointer<Int64> { UnsafePointer(slice + (row - sliceStart) * slots.count) }

  /// Calls `body` with the groups that the present row prints: what the plug sends once, then each channel up to the
  /// highest that holds a value. One without any value is left out before another.
  @inline(__always)
  func forEachPrintedGroup<Failure: Error>(_ body: (Group) throws(Failure) -> Void) throws(Failure) {
    if groups.count == 1 { return try body(groups[0]) }
    let values = values
    var highest = 0
    for group in groups where holdsValue(group, values) { highest = group.channel }
    for group in groups where group.channel <= highest {
      if group.channel == 0, highest > 0, !holdsValue(group, values) { continue }
      try body(group)
    }
  }

  private func holdsValue(_ group: Group, _ values: UnsafePointer<Int64>) -> Bool {
    for cell in cells[group.cells] {
      for slot in cell.slots where values[slot] != ReadingColumns.absent { return true }
    }
    return false
  }

  func advance() {
    row += 1
    if row == sliceEnd { fillSlice() }
  }

  private func fillSlice() {
    sliceStart = row
    sliceEnd = min(row + ChunkSource.sliceRowCount, rows.rowCount)
    let width = slots.count
    for (place, slot) in slots.enumerated() {
      rows.columns[slot.column].values.withUnsafeBufferPointer { values in
        for row in sliceStart..<sliceEnd { slice[(row - sliceStart) * width + place] = values[row] }
      }
    }
  }

  private static func slot(
    _ index: Int, _ column: ReadingColumns.Column, _ texts: inout [[UInt8]], _ encode: (String) -> [UInt8]
  ) -> Slot {
    var slot = Slot(
      column: index, kind: .number, places: 0, textBase: texts.count, textCount: 0, clockUnits: 1, suffix: -1)
    let form = column.field.form
    if let places = form.decimalPlaces {
      slot.places = places
    } else if let units = form.clockUnitsPerSecond {
      slot.kind = .clock
      slot.clockUnits = units
      if let minutes = form.offsetMinutes {
        slot.suffix = texts.count
        var bytes: [UInt8] = []
        ClockText.appendOffset(seconds: minutes * 60, to: &bytes)
        texts.append(bytes)
      }
    } else {
      slot.kind = .verbatim
      slot.textCount = column.texts.count
      texts += column.texts.map(encode)
    }
    return slot
  }
}
