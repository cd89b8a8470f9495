import Readings

/// Where in its run a cell lies.
struct RollupPlace {
  /// The run's first and last row's time, and its rows.
  let start: Int64
  let end: Int64
  let rowCount: Int64
  /// Mean step of the run in 1/65,536 ms.
  let evenStep: Int64
  /// Rows before the cell.
  var before: Int64 = 0
  /// The first cell begins with the first row, the last one ends with the last.
  var cellStart: Int64
  var cellEnd: Int64
  /// How late the last peak was, in milliseconds.
  var lateness: Int64 = 0

  init(_ run: RollupRun, cellLength: Int64) {
    start = run.first.time.milliseconds
    end = run.last.time.milliseconds
    rowCount = Int64(run.rowCount)
    evenStep = (end &- start) &<< 16 / max(rowCount &- 1, 1)
    cellStart = start
    cellEnd = start.nextMultiple(of: cellLength)
  }

  var isLast: Bool { end < cellEnd }

  mutating func goOn(by cellLength: Int64) {
    cellStart = cellEnd
    cellEnd &+= cellLength
  }

  /// The whole second, in milliseconds, at which a row of the run would be if they came evenly.
  @inline(__always)
  func foretoldTime(ofRow row: Int64) -> Int64 {
    RollupBounds.second(start &+ (row &* evenStep) &>> 16) &+ (row > 0 ? lateness : 0)
  }
}
