import Readings
import SegmentFormat

/// The readings of one device that are not yet sealed, a row after another in order of arrival.
///
/// Rows, not columns: appending is one copy, and nearly every row has the layout of the one before.
final class SeriesRows {
  let device: Device
  /// Receive times in milliseconds.
  // One thread owns a store, and no method of this class calls out while it changes these: the checks at run time
  // cost a third of an append.
  @exclusivity(unchecked) private(set) var times: [Int64] = []
  @exclusivity(unchecked) private var starts: [UInt32] = []
  @exclusivity(unchecked) private var layoutOfRow: [UInt16] = []
  @exclusivity(unchecked) private var numbers = RowNumbers()
  @exclusivity(unchecked) private var layouts: [SeriesLayout] = []
  @exclusivity(unchecked) private var currentLayout = 0
  private(set) var texts: [String] = []
  private var numberOfText: [String: Int64] = [:]
  /// The newest time among the rows here.
  @exclusivity(unchecked) private(set) var newest = Int64.min
  /// Rows in order of time, once a row has come late; before that all of them are.
  @exclusivity(unchecked) private var inOrder: [UInt32]?
  private var late: [Int64: [UInt32]] = [:]
  /// Hashes of all rows of a time, once they are many and somebody asks: a flood puts 100,000 rows into one second, and
  /// so does a bridge that delivers at once what it kept.
  @exclusivity(unchecked) private var crowded: [Int64: Set<UInt64>] = [:]
  @exclusivity(unchecked) private var crowdedRowCount = 0
  @exclusivity(unchecked) private var hasher = ReadingHasher()
  /// Rows of one time that are looked through one by one.
  private static let fewRows = 32

  private struct SeriesLayout {
    var layout: Layout
    var seeds: [UInt64]
    var hasTexts: Bool
  }

  init(device: Device) { self.device = device }

  var rowCount: Int { times.count }
  var byteCount: Int {
    numbers.byteCount + times.count * 14 + late.count * 64 + texts.count * 96 + crowdedRowCount * 24
  }
  /// Whether another row would reach a bound of the types used here.
  var isFull: Bool { layouts.count >= 4096 || numbers.count > 1 << 28 }

  /// The layout whose names were last found short enough; what has texts is checked each time.
  @exclusivity(unchecked) var checkedLayout: Layout?

  /// Appends a row. The values are as many as the layout's fields.
  func append(_ reading: Reading, time: Int64) {
    if layouts.isEmpty || layouts[currentLayout].layout !== reading.layout { selectLayout(reading.layout) }
    let row = UInt32(truncatingIfNeeded: times.count)
    if time < newest {
      if inOrder == nil { inOrder = Array(0..<row) }
      late[time, default: []].append(row)
    } else {
      newest = time
      inOrder?.append(row)
    }
    times.append(time)
    starts.append(numbers.beginRow(count: reading.values.count))
    layoutOfRow.append(UInt16(truncatingIfNeeded: currentLayout))
    if layouts[currentLayout].hasTexts {
      for (field, value) in zip(reading.layout.fields, reading.values) {
        numbers.append(field.form == .verbatim ? number(of: reading.texts[Int(value)]) : value)
      }
    } else {
      numbers.append(reading.values)
    }
    if !crowded.isEmpty, crowded[time] != nil, crowded[time]?.insert(hash(ofRow: Int(row))).inserted == true {
      crowdedRowCount += 1
    }
  }

  /// The hash of a reading of this series.
  func hash(of reading: Reading) -> UInt64 { hasher.hash(of: reading) }

  private func selectLayout(_ layout: Layout) {
    if let known = layouts.firstIndex(where: { $0.layout == layout }) {
      currentLayout = known
    } else {
      currentLayout = layouts.count
      layouts.append(
        SeriesLayout(
          layout: layout, seeds: layout.fields.map(RowHash.seed),
          hasTexts: layout.fields.contains { $0.form == .verbatim }))
    }
  }

  private func number(of text: String) -> Int64 {
    if let known = numberOfText[text] { return known }
    let number = Int64(texts.count)
    numberOfText[text] = number
    texts.append(text)
    return number
  }

  func layout(ofRow row: Int) -> Layout { layouts[Int(layoutOfRow[row])].layout }

  func values(ofRow row: Int) -> ArraySlice<Int64> {
    numbers.row(at: starts[row], count: layouts[Int(layoutOfRow[row])].seeds.count)
  }

  /// Whether a row with that time and those numbers is here.
  func contains(time: Int64, hash: UInt64) -> Bool {
    guard time <= newest else { return false }
    if !crowded.isEmpty, let hashes = crowded[time] { return hashes.contains(hash) }
    let count = inOrder?.count ?? times.count
    let start = (0..<count).partitionPoint { times[rowInOrder($0)] >= time }
    var end = start
    while end < count, end - start <= SeriesRows.fewRows, times[rowInOrder(end)] == time { end += 1 }
    let others = late[time] ?? []
    if end - start + others.count <= SeriesRows.fewRows {
      return (start..<end).contains { self.hash(ofRow: rowInOrder($0)) == hash }
        || others.contains { self.hash(ofRow: Int($0)) == hash }
    }
    end = (start..<count).partitionPoint { times[rowInOrder($0)] > time }
    var hashes = Set((start..<end).lazy.map { self.hash(ofRow: self.rowInOrder($0)) })
    for row in others { hashes.insert(self.hash(ofRow: Int(row))) }
    crowded[time] = hashes
    crowdedRowCount += hashes.count
    return hashes.contains(hash)
  }

  func checkInvariants() {
    precondition(
      starts.count == times.count && layoutOfRow.count == times.count, "a row without time, place or layout")
    precondition((times.max() ?? .min) == newest, "a newest time that no row has")
    let count = inOrder?.count ?? times.count
    precondition(
      (0..<count).dropFirst().allSatisfy { times[rowInOrder($0 - 1)] <= times[rowInOrder($0)] },
      "rows in order that are not")
    precondition(count + late.values.reduce(0) { $0 + $1.count } == times.count, "a row neither in order nor late")
  }

  private func rowInOrder(_ index: Int) -> Int { inOrder.map { Int($0[index]) } ?? index }

  private func hash(ofRow row: Int) -> UInt64 {
    let layout = layouts[Int(layoutOfRow[row])]
    var hash: UInt64 = 0
    for index in layout.seeds.indices {
      let value = numbers[starts[row], index]
      guard value != ReadingColumns.absent else { continue }
      let isText = layout.layout.fields[index].form == .verbatim
      hash &+= RowHash.mix(layout.seeds[index], isText ? RowHash.text(texts[Int(value)]) : value)
    }
    return hash
  }

  /// Calls `body` with all rows in order of time, then of arrival, in blocks as large as the format has them, each a column
  /// at a time and made when the one before is done. Throws what `body` throws.
  func forEachBlock<Failure: Error>(_ body: (ReadingColumns) throws(Failure) -> Void) throws(Failure) {
    var order = Array(0..<times.count)
    if inOrder != nil { order.sort { (times[$0], $0) < (times[$1], $1) } }
    var start = 0
    while start < order.count {
      var end = start
      var columnOfField: [Field: Int] = [:]
      var fields: [Field] = []
      var isSeen = [Bool](repeating: false, count: layouts.count)
      var rowLimit = Block.maximumRowCount
      while end < order.count, end - start < rowLimit {
        let index = Int(layoutOfRow[order[end]])
        if !isSeen[index] {
          let new = layouts[index].layout.fields.filter { columnOfField[$0] == nil }
          let count = fields.count + new.count
          guard
            fields.isEmpty
              || count <= FormatLayout.maximumColumnCount && end - start < Block.writtenRowLimit(columnCount: count)
          else { break }
          if end - start >= FormChange.minimumRowCount,
            let changed = new.first(where: { FormChange.isOne($0, fields) }),
            hasOnly(changed, order[end..<min(order.count, end + FormChange.minimumRowCount)])
          {
            break
          }
          for field in new {
            columnOfField[field] = fields.count
            fields.append(field)
          }
          rowLimit = min(Block.maximumRowCount, Block.writtenRowLimit(columnCount: fields.count))
          isSeen[index] = true
        }
        end += 1
      }
      try body(columns(order[start..<end], fields: fields, columnOfField: columnOfField))
      start = end
    }
  }

  /// The same, all of them.
  var blocks: [ReadingColumns] {
    var all: [ReadingColumns] = []
    forEachBlock { all.append($0) }
    return all
  }

  /// Whether so many rows follow, and all of them write that field's number in that form.
  private func hasOnly(_ field: Field, _ rows: ArraySlice<Int>) -> Bool {
    let isWritten = layouts.map { $0.layout.fields.contains(field) }
    return rows.count == FormChange.minimumRowCount && rows.allSatisfy { isWritten[Int(layoutOfRow[$0])] }
  }

  private func columns(_ rows: ArraySlice<Int>, fields: [Field], columnOfField: [Field: Int]) -> ReadingColumns {
    let places = layouts.map { layout in layout.layout.fields.map { columnOfField[$0] ?? -1 } }
    // Place of each column's field in each layout, -1 where the layout lacks it.
    var result = ReadingColumns()
    result.times = rows.map { Timestamp(milliseconds: times[$0]) }
    let (layoutOfRow, starts, numbers) = (layoutOfRow, starts, numbers)
    let isOneLayout = layouts.count == 1 && inOrder == nil
    for (column, field) in fields.enumerated() {
      let place = places.map { $0.firstIndex(of: column) ?? -1 }
      let gathered = [Int64](unsafeUninitializedCapacity: rows.count) { buffer, count in
        if isOneLayout, let first = rows.first, let base = buffer.baseAddress {
          numbers.gather(
            place[0], ofRowsAt: starts[first..<first + rows.count], count: layouts[0].seeds.count, into: base)
          count = rows.count
          return
        }
        for row in rows {
          let index = place[Int(layoutOfRow[row])]
          buffer[count] = index < 0 ? ReadingColumns.absent : numbers[starts[row], index]
          count += 1
        }
      }
      result.columns.append(ReadingColumns.Column(field: field, values: gathered))
      if field.form == .verbatim { localizeTexts(&result.columns[column]) }
    }
    return result
  }

  /// Turns numbers of this series' texts into numbers of the column's own.
  private func localizeTexts(_ column: inout ReadingColumns.Column) {
    var local: [Int64: Int64] = [:]
    for index in column.values.indices where column.values[index] != ReadingColumns.absent {
      let number = column.values[index]
      if local[number] == nil {
        local[number] = Int64(column.texts.count)
        column.texts.append(texts[Int(number)])
      }
      column.values[index] = local[number] ?? 0
    }
  }
}
