import Readings

/// Tells what each step between two rows is: plain, or the end of a run (Schema/rollups.md, SF-R4 to SF-R6).
struct RollupSteps {
  private let table: RollupTable
  /// Median step of the block.
  private let median: Int64
  private let kind: RollupBlock.Kind

  init(_ table: RollupTable, median: Int64, kind: RollupBlock.Kind) {
    self.table = table
    self.median = median
    self.kind = kind
  }

  enum Kind {
    case usual
    case short
    /// Not plain; the reading behind it says by itself what it means.
    case other
    /// Not plain, and what it means shows with the next readings.
    case doubtful
    /// The plug's clock was put forward or back, which several readings have to confirm.
    case clockMoved

    /// Rows that are told singly from the one behind the step on (SF-R6).
    var singles: Int {
      switch self {
      case .usual, .short, .other: 0
      case .doubtful: 3
      case .clockMoved: 6
      }
    }
  }

  /// The step to a row of the run that begins with `first`.
  func step(to row: Int, first: Int) -> Kind {
    let old = row - 1
    let elapsed = table.times[row] - table.times[old]
    let gained = table.total[row] - table.total[old]
    let unit = table.units.total
    let clock = table.clock(row)
    let lead = clock - table.times[row]
    guard abs(lead - (table.clock(first) - table.times[first])) <= RollupBounds.clockTolerance else {
      return .clockMoved
    }
    guard gained >= 0, table.startTime(row) == table.startTime(old), gained <= 1_000_000_000 / unit else {
      return fallsAtMidnight(row, by: -gained * unit) ? .other : .doubtful
    }
    if gained > 2 {
      guard elapsed > 0, (gained - 2) * unit * 3_600_000 <= RollupBounds.steepLimit * elapsed else { return .doubtful }
    }
    guard table.yesterday[row] == table.yesterday[old] else { return .other }
    let moved = gained * unit - (table.today[row] - table.today[old]) * table.units.today
    let looseness = unit + 2 * FirmwareFacts.floatStep((table.total[first] * unit).magnitude)
    guard moved <= looseness, moved >= -looseness else { return .doubtful }
    guard clock >= table.clock(old), clock.flooringQuotient(86_400_000) == table.day(first), table.power[row] >= 0,
      table.power[row] <= table.units.largestPower
    else { return .other }
    if elapsed * 8 >= median * 5, elapsed * 16 <= median * 21 { return .usual }
    return elapsed * 16 <= median * 7 ? .short : .other
  }

  /// Total lost what the firmware drops when it moves Today into Yesterday: the row says so by itself.
  private func fallsAtMidnight(_ row: Int, by fall: Int64) -> Bool {
    kind > .cells && fall > 0 && fall <= FirmwareFacts.droppedAtMidnight + table.units.total
      && table.startTime(row) == table.startTime(row - 1) && table.yesterday[row] != table.yesterday[row - 1]
      && table.day(row) == table.day(row - 1) + 1
  }
}
