import Readings

/// Tells the pieces that a block's rows were cut into as one counter's runs and their cells (SF-R7 to SF-R9, SF-R43, SF-R46).
struct RollupMaking {
  private(set) var series: RollupSeries
  private let table: RollupTable
  private let steps: RollupSteps
  private let form: RollupSeries.Form
  private let kind: RollupBlock.Kind

  init(_ table: RollupTable, form: RollupSeries.Form, steps: RollupSteps, kind: RollupBlock.Kind) {
    self.table = table
    self.steps = steps
    self.form = form
    self.kind = kind
    series = RollupSeries(form: form, runs: [], cells: [])
  }

  mutating func add(_ piece: RollupSteps.Piece) {
    let (first, last) = (piece.rows.lowerBound, piece.rows.upperBound - 1)
    if !piece.isTold {
      series.runs.append(
        RollupRun(
          rowCount: piece.rows.count, isTold: false, first: .init(time: Timestamp(milliseconds: table.times[first])),
          last: .init(time: Timestamp(milliseconds: table.times[last]))))
    } else if first == last {
      let row = table.row(first)
      series.runs.append(RollupRun(rowCount: 1, isTold: true, first: row, last: row))
    } else {
      addRun(piece.rows)
    }
    for row in [first, last] {
      for phase in 0..<form.phaseCount {
        series.phasePowers.append(piece.isTold ? table.phase(phase, row) * table.units.power : 0)
      }
    }
  }

  private struct State {
    var cellEnd: Int64
    var halfEnd: Int64
    var cell: Cell
    /// What was used and given back since the first row, in units of Total: until now, when the cell began, and when the
    /// half hour did.
    var gained = Amount()
    var gainedBefore = Amount()
    var gainedBeforeHalf = Amount()
    var steepest: Int64 = 0
    var sustained: Int64 = 0
    var lastGivingBack: Int64 = 0
  }

  private struct Amount {
    var used: Int64 = 0
    var given: Int64 = 0
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

  private mutating func addRun(_ rows: Range<Int>) {
    let (first, last) = (rows.lowerBound, rows.upperBound - 1)
    let (firstCell, firstHalf, firstPhase) = (series.cells.count, series.halves.count, series.phases.count)
    let time = table.times[first]
    var run = RollupRun(rowCount: rows.count, isTold: true, first: table.row(first), last: table.row(last))
    tellSteps(of: rows, in: &run)
    var state = State(
      cellEnd: time.nextMultiple(of: form.cellLength), halfEnd: time.nextMultiple(of: RollupSeries.halfHour),
      cell: Cell(start: time))
    see(first, &state)
    for row in rows.dropFirst() { take(row, &state) }
    end(state.cell, state.gained, since: state.gainedBefore)
    if tellsHalves { endHalf(state.gained, &state) }
    addPhases(of: rows)
    run.steepest = state.steepest
    run.sustained = state.sustained * table.units.power
    if form.tellsExport { run.lastGivingBack = state.lastGivingBack }
    run.cells = firstCell..<series.cells.count
    if tellsHalves { run.halves = firstHalf..<series.halves.count }
    run.phases = firstPhase..<series.phases.count
    series.runs.append(run)
  }

  private func tellSteps(of rows: Range<Int>, in run: inout RollupRun) {
    let first = rows.lowerBound
    run.firstStep = table.times[first + 1] - table.times[first]
    (run.shortestStep, run.longestStep) = (run.firstStep, run.firstStep)
    for row in rows.dropFirst() {
      let elapsed = table.times[row] - table.times[row - 1]
      if steps.isShort(elapsed) {
        run.longestShortStep = max(run.longestShortStep, elapsed)
      } else {
        run.shortestStep = min(run.shortestStep, elapsed)
        run.longestStep = max(run.longestStep, elapsed)
      }
    }
  }

  /// Shorter cells tell the halves themselves.
  private var tellsHalves: Bool { kind > .cells && form.cellLength > RollupSeries.halfHour }

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
  private mutating func take(_ row: Int, _ state: inout State) {
    let (oldTime, time) = (table.times[row - 1], table.times[row])
    let held = table.power[row - 1]
    let gained = table.total[row] - table.total[row - 1]
    let step = Amount(
      used: max(gained, 0), given: table.hasExport ? table.export[row] - table.export[row - 1] : max(-gained, 0))
    let before = state.gained
    /// What was gained since the first row at a border that this step passes.
    func gainedSinceFirst(until border: Int64) -> Amount {
      Amount(
        used: before.used + step.used * (border - oldTime) / (time - oldTime),
        given: before.given + step.given * (border - oldTime) / (time - oldTime))
    }
    while tellsHalves, time >= state.halfEnd { endHalf(gainedSinceFirst(until: state.halfEnd), &state) }
    var from = oldTime
    while time >= state.cellEnd {
      let end = state.cellEnd
      let until = gainedSinceFirst(until: end)
      state.cell.powerTime += held * RollupBounds.seconds(from, end)
      self.end(state.cell, until, since: state.gainedBefore)
      state.gainedBefore = until
      state.cell = Cell(start: end)
      if time > end { state.cell.lowest = held }
      state.cellEnd = end + form.cellLength
      from = end
    }
    state.cell.powerTime += held * RollupBounds.seconds(from, time)
    see(row, &state)
    state.gained.used += step.used
    state.gained.given += step.given
    let most = max(step.used, step.given)
    if most > 2 {
      let elapsed = time - oldTime
      // Rounded up, so that what it says is never too little.
      state.steepest = max(
        state.steepest, ((most - 2) * table.units.total * 3_600_000 + elapsed - 1) / max(elapsed, 1))
    }
    state.sustained = max(state.sustained, min(held, table.power[row]))
    if gained < -2 || held < 0 && table.power[row] < 0 { state.lastGivingBack = time }
  }

  private mutating func end(_ cell: Cell, _ gained: Amount, since before: Amount) {
    series.cells.append(
      RollupCell(
        rowCount: cell.rowCount, energy: (gained.used - before.used) * table.units.total,
        export: form.tellsExport ? (gained.given - before.given) * table.units.total : 0,
        powerTime: cell.powerTime * table.units.power * 1000,
        peak: cell.peak * table.units.power, peakAt: Timestamp(milliseconds: RollupBounds.second(cell.peakAt)),
        lowest: cell.lowest * table.units.power))
  }

  private mutating func endHalf(_ gained: Amount, _ state: inout State) {
    series.halves.append((gained.used - state.gainedBeforeHalf.used) * table.units.total)
    if form.tellsExport {
      series.halfExports.append((gained.given - state.gainedBeforeHalf.given) * table.units.total)
    }
    state.gainedBeforeHalf = gained
    state.halfEnd += RollupSeries.halfHour
  }

  /// Power × time of each phase and unit of time.
  private mutating func addPhases(of rows: Range<Int>) {
    let count = form.phaseCount
    guard count > 0 else { return }
    let factor = table.units.power * 1000
    var sums = [Int64](repeating: 0, count: count)
    var end = table.times[rows.lowerBound].nextMultiple(of: form.phaseLength)
    for row in rows.dropFirst() {
      let time = table.times[row]
      var from = table.times[row - 1]
      while time >= end {
        for phase in 0..<count {
          let held = table.phase(phase, row - 1) * RollupBounds.seconds(from, end)
          series.phases.append((sums[phase] + held) * factor)
          sums[phase] = 0
        }
        from = end
        end += form.phaseLength
      }
      let seconds = RollupBounds.seconds(from, time)
      for phase in 0..<count { sums[phase] += table.phase(phase, row - 1) * seconds }
    }
    for phase in 0..<count { series.phases.append(sums[phase] * factor) }
  }
}
