import Readings

/// Cuts the rows of a block into runs, by what each step between two rows is: plain, or the end of a run
/// (Schema/rollups.md, SF-R3 to SF-R6, SF-R44). What is no plain step of one counter ends the runs of all.
struct RollupSteps {
  private let tables: [RollupTable]
  private let others: [[Int64]]
  /// Median step of the block.
  private let median: Int64
  private let kind: RollupBlock.Kind

  /// - Parameter others: columns in which a told row has no number.
  init(_ tables: [RollupTable], others: [[Int64]], median: Int64, kind: RollupBlock.Kind) {
    self.tables = tables
    self.others = others
    self.median = median
    self.kind = kind
  }

  /// Neighbouring rows that are told together.
  struct Piece {
    var rows: Range<Int>
    var isTold = true
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

    var isPlain: Bool { self == .usual || self == .short }
  }

  func pieces() -> [Piece] {
    var pieces: [Piece] = []
    /// Rows to be told singly, because the step to the first of them needs the next ones to confirm it.
    var singles = 0
    let count = tables[0].count
    var row = 0
    while row < count {
      var end = row + 1
      guard isSound(row) else {
        while end < count, !isSound(end) { end += 1 }
        pieces.append(Piece(rows: row..<end, isTold: false))
        row = end
        continue
      }
      var firstStep = Kind.other
      let canGoOn = singles == 0 && canBegin(row)
      if singles > 0 { singles -= 1 }
      if end < count, isSound(end) { firstStep = step(to: end, first: row) }
      if canGoOn, firstStep == .usual {
        (end, singles) = run(from: row)
      } else {
        singles = max(singles, firstStep.singles)
      }
      pieces.append(Piece(rows: row..<end))
      row = end
    }
    return pieces
  }

  /// The end of a run that begins with a usual step, and how many rows behind it are told singly.
  private func run(from first: Int) -> (end: Int, singles: Int) {
    // It ends behind a usual step.
    var end = first + 2
    var row = end
    while row < tables[0].count, isSound(row) {
      switch step(to: row, first: first) {
      case .usual: end = row + 1
      case .short:
        if row - end == RollupBounds.shortSteps { return (end, 0) }
      case let other: return (end, end == row ? other.singles : 0)
      }
      row += 1
    }
    return (end, 0)
  }

  private func isSound(_ row: Int) -> Bool {
    for table in tables where !table.isSound(row) { return false }
    for other in others where other[row] != ReadingColumns.absent { return false }
    return true
  }

  /// May a run of several rows begin here?
  private func canBegin(_ row: Int) -> Bool {
    guard tables[0].clock(row) >= FirmwareFacts.firstValidClock else { return false }
    for table in tables where !isPossible(power: table.power[row], table) { return false }
    return true
  }

  /// The step to a row of the run that begins with `first`: what the worst counter's is.
  private func step(to row: Int, first: Int) -> Kind {
    if tables.count == 1 { return step(to: row, first: first, tables[0]) }
    var worst = Kind.usual
    for table in tables {
      let step = step(to: row, first: first, table)
      if step.isPlain ? worst == .usual : worst.isPlain || step.singles > worst.singles { worst = step }
    }
    return worst
  }

  private func step(to row: Int, first: Int, _ table: RollupTable) -> Kind {
    let old = row - 1
    let elapsed = table.times[row] - table.times[old]
    let gained = table.total[row] - table.total[old]
    let unit = table.units.total
    let clock = table.clock(row)
    let lead = clock - table.times[row]
    guard abs(lead - (table.clock(first) - table.times[first])) <= RollupBounds.clockTolerance else {
      return .clockMoved
    }
    guard gained >= 0 || givesBack(gained, to: row, table), table.startTime(row) == table.startTime(old),
      abs(gained) <= 1_000_000_000 / unit
    else { return fallsAtMidnight(row, by: -gained * unit, table) ? .other : .doubtful }
    let exported = table.export[row] - table.export[old]
    guard exported >= 0, exported <= 1_000_000_000 / unit else { return .doubtful }
    let most = max(abs(gained), exported)
    if most > 2 {
      guard elapsed > 0, (most - 2) * unit * 3_600_000 <= steepLimit(to: row, table) * elapsed else { return .doubtful }
    }
    guard table.yesterday[row] == table.yesterday[old] else { return .other }
    let todayGained = table.today[row] - table.today[old]
    let moved = gained * unit - todayGained * table.units.today
    let looseness = unit + 2 * FirmwareFacts.floatStep((table.total[first] * unit).magnitude)
    guard moved <= looseness, moved >= -looseness else { return .doubtful }
    guard clock >= table.clock(old), clock.flooringQuotient(86_400_000) == table.day(first),
      !kind.isPunctual || !isHeldUpOverMidnight(row, first: first, table), isPossible(power: table.power[row], table)
    else { return .other }
    if kind.isWide, todayGained < 0, gained >= 0, gained > 0 || !(table.power[old] < 0 && table.power[row] < 0) {
      return .other
    }
    if elapsed * 8 >= median * 5, elapsed * 16 <= median * 21 { return .usual }
    return isShort(elapsed) ? .short : .other
  }

  /// Was the row sent before the plug's midnight and received only then or later? (SF-R48)
  private func isHeldUpOverMidnight(_ row: Int, first: Int, _ table: RollupTable) -> Bool {
    table.times[row] >= PlugClock.end(ofDay: table.day(row), lead: table.clock(first) - table.times[first])
  }

  func isShort(_ elapsed: Int64) -> Bool { elapsed * 16 <= median * 7 }

  private func isPossible(power: Int64, _ table: RollupTable) -> Bool {
    power >= (kind.isWide ? -table.units.largestPower : 0) && power <= table.units.largestPower
  }

  /// A fall of Total that its powers explain, where no counter of its own tells what is given back.
  private func givesBack(_ gained: Int64, to row: Int, _ table: RollupTable) -> Bool {
    guard kind.isWide, !table.hasExport else { return false }
    let (before, after) = (table.power[row - 1] < 0, table.power[row] < 0)
    return before && after || (before || after) && table.today[row] > 0
  }

  /// The most average power, in milliwatts, that is believed of a step.
  private func steepLimit(to row: Int, _ table: RollupTable) -> Int64 {
    guard kind.isWide else { return RollupBounds.steepLimit }
    let (before, after) = (abs(table.power[row - 1]), abs(table.power[row]))
    let unit = table.units.power
    let most = min(max(before, after), table.units.largestPower) * unit
    let least = min(before, after, table.units.largestPower) * unit
    let believed = max(least, min(most, RollupBounds.believedOfOne))
    return max(RollupBounds.steepLimit, min(believed, RollupBounds.believedOfTwo) / 2 * 3)
  }

  /// Total lost what the firmware drops when it moves Today into Yesterday: the row says so by itself.
  private func fallsAtMidnight(_ row: Int, by fall: Int64, _ table: RollupTable) -> Bool {
    kind > .cells && fall > 0 && fall <= FirmwareFacts.droppedAtMidnight + table.units.total
      && table.startTime(row) == table.startTime(row - 1) && table.yesterday[row] != table.yesterday[row - 1]
      && table.day(row) == table.day(row - 1) + 1
  }
}
