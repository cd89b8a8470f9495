public import Readings

/// Makes rollups of a block's rows: a pure function of the rows, so derived data that can be made again
/// (Schema/rollups.md, SF-R1 to SF-R8).
public enum RollupBuilder {
  /// Fewer rows in a cell are better read as rows.
  private static let leastRowsInCell: Int64 = 12
  private static let cellLengths: [Int64] = [900_000, 1_800_000, 3_600_000]

  /// nil where the rows are not of a plug with one Total, one power and a clock, each in one written form, or too few
  /// for rollups to be worth anything (SF-R1).
  ///
  /// - Parameter kind: as whose body they are to stand; they differ in what they tell.
  public static func series(of rows: ReadingColumns, kind: RollupBlock.Kind = .hours) -> RollupSeries? {
    guard rows.rowCount >= 4, let columns = RollupColumns(rows), let step = medianStep(rows.times),
      // A nominal 300 s is a little longer on the plug's own clock.
      let cellLength = cellLengths.first(where: { step * leastRowsInCell <= $0 + $0 / 16 })
    else { return nil }
    var form = columns.form
    form.cellLength = cellLength
    return columns.withTable { table in
      var making = RollupMaking(table, form: form, step: step, kind: kind)
      making.addAll()
      return making.series
    }
  }

  /// Of some thousand steps at most; nil where there is none above 0 (SF-R2).
  private static func medianStep(_ times: [Timestamp]) -> Int64? {
    let stride = max(1, (times.count - 1) / 1024)
    var steps: [Int64] = []
    var row = 1
    while row < times.count {
      steps.append(times[row].milliseconds - times[row - 1].milliseconds)
      row += stride
    }
    steps.sort()
    let middle = steps[steps.count / 2]
    return middle > 0 ? middle : nil
  }
}

/// Cuts a table of rows into runs and their cells.
private struct RollupMaking {
  private(set) var series: RollupSeries
  private let table: RollupTable
  /// Median step of the block.
  private let step: Int64
  private let cellLength: Int64
  private let kind: RollupBlock.Kind
  /// Rows that are told singly, because the step to the first of them needs the next ones to confirm it.
  private var singles = 0

  init(_ table: RollupTable, form: RollupSeries.Form, step: Int64, kind: RollupBlock.Kind) {
    self.table = table
    self.step = step
    self.kind = kind
    cellLength = form.cellLength
    series = RollupSeries(form: form, runs: [], cells: [])
  }

  mutating func addAll() {
    var row = 0
    while row < table.count {
      row = table.isSound(row) ? addRun(from: row) : addUntold(from: row)
    }
  }

  /// Rows with a number that is absent or beyond all bounds.
  private mutating func addUntold(from start: Int) -> Int {
    var end = start + 1
    while end < table.count, !table.isSound(end) { end += 1 }
    series.runs.append(
      RollupRun(
        rowCount: end - start, isTold: false, first: .init(time: Timestamp(milliseconds: table.times[start])),
        last: .init(time: Timestamp(milliseconds: table.times[end - 1]))))
    return end
  }

  private enum Step {
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

  private func step(to row: Int, first: Int) -> Step {
    let old = row - 1
    let elapsed = table.times[row] - table.times[old]
    let gained = table.total[row] - table.total[old]
    let unit = table.totalFactor
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
    let moved = gained * unit - (table.today[row] - table.today[old]) * table.todayFactor
    let looseness = unit + 2 * FirmwareFacts.floatStep((table.total[first] * unit).magnitude)
    guard moved <= looseness, moved >= -looseness else { return .doubtful }
    guard clock >= table.clock(old), clock.flooringQuotient(86_400_000) == table.day(first), table.power[row] >= 0,
      table.power[row] <= table.largestPower
    else { return .other }
    if elapsed * 8 >= step * 5, elapsed * 16 <= step * 21 { return .usual }
    return elapsed * 16 <= step * 7 ? .short : .other
  }

  /// Total lost what the firmware drops when it moves Today into Yesterday: the row says so by itself.
  private func fallsAtMidnight(_ row: Int, by fall: Int64) -> Bool {
    kind > .cells && fall > 0 && fall <= FirmwareFacts.droppedAtMidnight + table.totalFactor
      && table.startTime(row) == table.startTime(row - 1) && table.yesterday[row] != table.yesterday[row - 1]
      && table.day(row) == table.day(row - 1) + 1
  }

  private struct State {
    var next: Int
    var cellEnd: Int64
    /// What Total had gained since the first row when the cell began, in its units.
    var gainedBefore: Int64 = 0
    var halfEnd: Int64
    var gainedBeforeHalf: Int64 = 0
    var cell: Cell
    var shortest: Int64
    var longest: Int64
    var longestShort: Int64 = 0
    var steepest: Int64 = 0
    var sustained: Int64 = 0
  }

  /// In the block's units; power × time in seconds.
  private struct Cell {
    var start: Int64
    var rowCount = 0
    var powerTime: Int64 = 0
    var peak = Int64.min
    var peakAt: Int64 = 0
    var lowest = Int64.max
  }

  private mutating func addRun(from first: Int) -> Int {
    var firstStep = Step.other
    let canGoOn = table.canBegin(first) && singles == 0
    if singles > 0 { singles -= 1 }
    if first + 1 < table.count, table.isSound(first + 1) { firstStep = step(to: first + 1, first: first) }
    guard canGoOn, firstStep == .usual else {
      singles = max(singles, firstStep.singles)
      let row = table.row(first)
      series.runs.append(RollupRun(rowCount: 1, isTold: true, first: row, last: row))
      return first + 1
    }
    let firstCell = series.cells.count
    let firstHalf = series.halves.count
    let time = table.times[first]
    let firstElapsed = table.times[first + 1] - time
    var state = State(
      next: first + 1, cellEnd: time.nextMultiple(of: cellLength),
      halfEnd: time.nextMultiple(of: RollupSeries.halfHour), cell: Cell(start: time),
      shortest: firstElapsed, longest: firstElapsed)
    see(first, &state)
    var shorts = 0
    // What it was before steps that were short: a run ends behind a usual one.
    var saved: (state: State, cellCount: Int, halfCount: Int)?
    scan: while state.next < table.count, table.isSound(state.next) {
      let step = step(to: state.next, first: first)
      switch step {
      case .usual:
        shorts = 0
        saved = nil
        let elapsed = table.times[state.next] - table.times[state.next - 1]
        state.shortest = min(state.shortest, elapsed)
        state.longest = max(state.longest, elapsed)
      case .short:
        if shorts == RollupBounds.shortSteps { break scan }
        if shorts == 0 { saved = (state, series.cells.count, series.halves.count) }
        shorts += 1
        state.longestShort = max(state.longestShort, table.times[state.next] - table.times[state.next - 1])
      case .other, .doubtful, .clockMoved:
        singles = step.singles
        break scan
      }
      take(&state, first: first)
    }
    if let saved {
      if singles > 0 { singles = 0 }
      series.cells.removeSubrange(saved.cellCount...)
      series.halves.removeSubrange(saved.halfCount...)
      state = saved.state
    }
    let gained = table.total[state.next - 1] - table.total[first]
    end(state.cell, gained: gained - state.gainedBefore)
    if tellsHalves { series.halves.append((gained - state.gainedBeforeHalf) * table.totalFactor) }
    var run = RollupRun(
      rowCount: state.next - first, isTold: true, first: table.row(first), last: table.row(state.next - 1),
      firstStep: firstElapsed, shortestStep: state.shortest, longestStep: state.longest,
      longestShortStep: state.longestShort, steepest: state.steepest,
      sustained: state.sustained * table.powerFactor, cells: firstCell..<series.cells.count)
    if tellsHalves { run.halves = firstHalf..<series.halves.count }
    series.runs.append(run)
    return state.next
  }

  /// Shorter cells tell the halves themselves.
  private var tellsHalves: Bool { kind > .cells && cellLength > RollupSeries.halfHour }

  private func see(_ row: Int, _ state: inout State) {
    let power = table.power[row]
    state.cell.rowCount += 1
    if power > state.cell.peak {
      state.cell.peak = power
      state.cell.peakAt = table.times[row]
    }
    if power < state.cell.lowest { state.cell.lowest = power }
  }

  /// Takes the next row into the run; closes the cells that end before it.
  private mutating func take(_ state: inout State, first: Int) {
    let row = state.next
    let (oldTime, time) = (table.times[row - 1], table.times[row])
    let held = table.power[row - 1]
    let gained = table.total[row] - table.total[row - 1]
    /// What Total has gained since the first row at a border that this step passes.
    func gainedSinceFirst(until border: Int64) -> Int64 {
      table.total[row - 1] - table.total[first] + gained * (border - oldTime) / (time - oldTime)
    }
    while tellsHalves, time >= state.halfEnd {
      let until = gainedSinceFirst(until: state.halfEnd)
      series.halves.append((until - state.gainedBeforeHalf) * table.totalFactor)
      state.gainedBeforeHalf = until
      state.halfEnd += RollupSeries.halfHour
    }
    var from = oldTime
    while time >= state.cellEnd {
      let end = state.cellEnd
      let until = gainedSinceFirst(until: end)
      state.cell.powerTime += held * RollupBounds.seconds(from, end)
      self.end(state.cell, gained: until - state.gainedBefore)
      state.gainedBefore = until
      state.cell = Cell(start: end)
      if time > end { state.cell.lowest = held }
      state.cellEnd = end + cellLength
      from = end
    }
    state.cell.powerTime += held * RollupBounds.seconds(from, time)
    see(row, &state)
    if gained > 2 {
      let elapsed = time - oldTime
      // Rounded up, so that what it says is never too little.
      state.steepest = max(
        state.steepest, ((gained - 2) * table.totalFactor * 3_600_000 + elapsed - 1) / max(elapsed, 1))
    }
    state.sustained = max(state.sustained, min(held, table.power[row]))
    state.next = row + 1
  }

  private mutating func end(_ cell: Cell, gained: Int64) {
    series.cells.append(
      RollupCell(
        rowCount: cell.rowCount, energy: gained * table.totalFactor,
        powerTime: cell.powerTime * table.powerFactor * 1000,
        peak: cell.peak * table.powerFactor, peakAt: Timestamp(milliseconds: RollupBounds.second(cell.peakAt)),
        lowest: cell.lowest * table.powerFactor))
  }
}

/// What bounds runs and their numbers (Schema/rollups.md).
enum RollupBounds {
  /// No step of a run shows more average power, in milliwatts: 20 A at 230 V.
  static let steepLimit: Int64 = 4_600_000
  /// Clocks of a run keep the first row's distance from the receive time within so many milliseconds.
  static let clockTolerance: Int64 = 5000
  /// Short steps in a row.
  static let shortSteps = 8
  /// 10^9 kWh in mWh, the year 30,000 in ms; accounting takes nothing beyond for a number.
  static let largest: Int64 = 1_000_000_000_000_000
  /// 1 MW in milliwatts.
  static let largestPower: Int64 = 1_000_000_000

  static func second(_ time: Int64) -> Int64 { time.flooringQuotient(1000) &* 1000 }

  /// Whole seconds of a clock that pass between two times in milliseconds.
  static func seconds(_ start: Int64, _ end: Int64) -> Int64 {
    end.flooringQuotient(1000) &- start.flooringQuotient(1000)
  }
}
