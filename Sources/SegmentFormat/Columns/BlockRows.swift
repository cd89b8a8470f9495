internal import Readings

/// The rows of one block while it is coded: receive times and every column's values.
struct BlockRows {
  let rowCount: Int
  /// Milliseconds per unit of `times`.
  let timeUnit: Int64
  let times: Values
  /// One per column of the directory; absent rows repeat the row before.
  let columns: [Values]
  /// 1 where the column holds a value; nil for columns without absent rows.
  let presence: [UnsafeMutablePointer<UInt8>?]
  private let numbers: RowMemory<Int64>
  private let flags: RowMemory<UInt8>

  init(rowCount: Int, hasAbsent: [Bool], timeUnit: Int64) {
    self.rowCount = rowCount
    self.timeUnit = timeUnit
    let numbers = RowMemory<Int64>(repeating: 0, count: rowCount * (1 + hasAbsent.count))
    let flags = RowMemory<UInt8>(repeating: 1, count: rowCount * hasAbsent.count { $0 })
    self.numbers = numbers
    self.flags = flags
    times = numbers.base
    columns = hasAbsent.indices.map { numbers.base + rowCount * ($0 + 1) }
    var next = flags.base
    presence = hasAbsent.map { hasAbsent in
      guard hasAbsent else { return nil }
      defer { next += rowCount }
      return next
    }
  }

  func values(_ source: BlockPlan.Source) -> Values {
    switch source {
    case .times: times
    case .column(let index): columns[index]
    }
  }

  func presence(_ source: BlockPlan.Source) -> UnsafeMutablePointer<UInt8>? {
    switch source {
    case .times: nil
    case .column(let index): presence[index]
    }
  }

  /// Takes in the rows to encode.
  func load(_ rows: ReadingColumns) {
    for row in 0..<rowCount { times[row] = rows.times[row].milliseconds / timeUnit }
    for (index, column) in rows.columns.enumerated() {
      precondition(column.values.count == rowCount, "a column of another length than the times")
      let values = columns[index]
      column.values.withUnsafeBufferPointer { given in
        if let flags = presence[index] {
          var last: Int64 = 0
          for row in 0..<rowCount {
            if given[row] == ReadingColumns.absent {
              flags[row] = 0
            } else {
              last = given[row]
            }
            values[row] = last
          }
        } else if let base = given.baseAddress {
          values.update(from: base, count: rowCount)
        }
      }
    }
  }
}
