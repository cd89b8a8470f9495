import Readings

/// Cuts a table of rows into runs and their cells.
struct RollupMaking {
  private(set) var series: RollupSeries
  private let table: RollupTable
  private let steps: RollupSteps
  private let cellLength: Int64
  private let kind: RollupBlock.Kind
  /// Rows that are told singly, because the step to the first of them needs the next ones to confirm it.
  private var singles = 0

  init(_ table: RollupTable, form: RollupSeries.Form, step: Int64, kind: RollupBlock.Kind) {
    self.table = table
    steps = RollupSteps(table, median: step, kind: kind)
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
    var firstStep = RollupSteps.Kind.other
    let canGoOn = table.canBegin(first) && singles == 0
    if singles > 0 { singles -= 1 }
    if first + 1 < table.count, table.isSound(first + 1) { firstStep = steps.step(to: first + 1, first: first) }
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
      let step = steps.step(to: state.next, first: first)
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
    if tellsHalves { series.halves.append((gained - state.gainedBeforeHalf) * table.units.total) }
    var run = RollupRun(
      rowCount: state.next - first, isTold: true, first: table.row(first), last: table.row(state.next - 1),
      firstStep: firstElapsed, shortestStep: state.shortest, longestStep: state.longest,
      longestShortStep: state.longestShort, steepest: state.steepest,
      sustained: state.sustained * table.units.power, cells: firstCell..<series.cells.count)
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
      series.halves.append((until - state.gainedBeforeHalf) * table.units.total)
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
        state.steepest, ((gained - 2) * table.units.total * 3_600_000 + elapsed - 1) / max(elapsed, 1))
    }
    state.sustained = max(state.sustained, min(held, table.power[row]))
    state.next = row + 1
  }

  private mutating func end(_ cell: Cell, gained: Int64) {
    series.cells.append(
      RollupCell(
        rowCount: cell.rowCount, energy: gained * table.units.total,
        powerTime: cell.powerTime * table.units.power * 1000,
        peak: cell.peak * table.units.power, peakAt: Timestamp(milliseconds: RollupBounds.second(cell.peakAt)),
        lowest: cell.lowest * table.units.power))
  }
}
