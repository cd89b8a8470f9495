import Readings

/// Readings that come as a rollup: the same ledger as by their rows (Schema/rollups.md, SF-R40 and SF-R41).
extension CounterAccount {
  /// Takes the rows behind a run's first one, which is the base. False where they must be looked at one by one, and
  /// nothing was done: only what ``addUsual(_:from:)`` and sound short steps would take is taken.
  ///
  /// - Parameter rowsAreGone: then a restart within the run is taken too, with bounds for what the plug saved.
  mutating func addRest(of run: RollupRun, in rollups: RollupSeries, rowsAreGone: Bool = false) -> Bool {
    guard run.rowCount > 1 else { return true }
    // How often a plug speaks is known by as many messages as by rows.
    if !rowsAreGone, let opening, opening.count + run.rowCount - 1 <= Pace.memory { return false }
    endOpening(with: run)
    let form = rollups.form
    let cells = rollups.cells[run.cells]
    let last = run.last
    let end = last.time.milliseconds
    guard let point = base, doubt.isEmpty, presence.openSilences.isEmpty, announced.swap == nil, clock.isSettled,
      isExportKnown(at: run.first), rowsAreGone || options.scales.isEmpty, point.hasClock,
      point.received == run.first.time.milliseconds, point.time == point.received, point.total == run.first.total,
      point.today == run.first.today,
      presence.last == point.time, presence.lastPower == run.first.power,
      rowsAreGone || min(announced.starts.nextTime(), announced.commands.next(after: point.time)) > end,
      rowsAreGone || point.newestClock <= point.clock,
      abs(point.clock &- point.time &- clock.lead) < CounterAccount.clockSlack,
      series.takesRuns(ofUnit: Energy.unit(places: form.totalPlaces).milliwattHours),
      rowsAreGone || clock.missedMidnight(CounterPoint(last, form), after: point.time) == nil,
      areUsual(run, cells)
    else { return false }
    let isCutBetween = canBeCut(run, cellLength: form.cellLength, from: point.time, to: end)
    guard isCutBetween || rowsAreGone else { return false }
    announced.starts.pass(run, cells, cellLength: form.cellLength)
    if !isCutBetween || !options.scales.isEmpty {
      addCut(run, cells, rollups)
    } else {
      addWhole(run, cells, rollups)
    }
    digits.see(form.places, count: run.rowCount - 1)
    power.sustain(run.sustained, at: end)
    power.show(run.last.power)
    if run.lastGivingBack > 0 { manner.showBack(at: run.lastGivingBack) }
    if form.hasExportCounter { other.exportBase = (end, last.export) }
    base = CounterPoint(last, form)
    base?.newestClock = max(point.newestClock, last.clock)
    findings.hasSpoken = findings.hasSpoken || last.total != 0
    findings.hasStepped = true
    return true
  }

  private mutating func addWhole(_ run: RollupRun, _ cells: ArraySlice<RollupCell>, _ rollups: RollupSeries) {
    let form = rollups.form
    presence.add(run, cells, cellLength: form.cellLength)
    if let trace { traceRun(trace, run, cells, form) }
    let tellsExport = form.tellsExport
    if run.halves.isEmpty {
      series.add(run, cells: cells, tellsExport: tellsExport, length: form.cellLength)
    } else {
      series.add(
        run, halves: rollups.halves[run.halves], exports: tellsExport ? rollups.halfExports[run.halves] : [])
    }
  }

  /// Is the last ExportActive that counts a row's, where it has one?
  private mutating func isExportKnown(at row: RollupRun.Row) -> Bool {
    guard let base = other.exportBase else { return row.export == CounterPoint.absent }
    return base.time == row.time.milliseconds && base.value == row.export
  }

  /// Cells whose readings are gone and that a cut point parts, or of a plug that is scaled: energy of each half hour, or
  /// of each cell where they are shorter or no halves are known, is spread evenly.
  private mutating func addCut(_ run: RollupRun, _ cells: ArraySlice<RollupCell>, _ rollups: RollupSeries) {
    let form = rollups.form
    var counted = Array(cells)
    let before = series.total
    let hasHalves = !run.halves.isEmpty
    let energies = hasHalves ? Array(rollups.halves[run.halves]) : cells.map(\.energy)
    let exports = !form.tellsExport ? [] : hasHalves ? Array(rollups.halfExports[run.halves]) : cells.map(\.export)
    for place in counted.indices { counted[place].energy = 0 }
    var (total, exported) = (run.first.total, form.hasExportCounter ? run.first.export : 0)
    var (start, cell) = (run.first.time.milliseconds, 0)
    var cellEnd = start.nextMultiple(of: form.cellLength)
    for (place, energy) in energies.enumerated() {
      let end =
        place == energies.count - 1
        ? run.last.time.milliseconds : start.nextMultiple(of: hasHalves ? RollupSeries.halfHour : form.cellLength)
      if start >= cellEnd, cell < counted.count - 1 { (cell, cellEnd) = (cell + 1, cellEnd + form.cellLength) }
      for part in scaledParts(of: energy, above: total, from: start, to: end) {
        series.book(from: part.range.lowerBound, to: part.range.upperBound, energy: part.energy, isInferred: false)
        counted[cell].energy += part.energy
      }
      findings.unscaled &+= energy
      total &+= energy
      if !exports.isEmpty {
        for part in scaledParts(of: exports[place], above: exported, from: start, to: end) {
          series.bookExport(from: part.range.lowerBound, to: part.range.upperBound, energy: part.energy)
        }
        exported &+= exports[place]
      }
      start = end
    }
    start = run.first.time.milliseconds
    for place in cells.indices {
      let isLast = place == cells.endIndex - 1
      let end = isLast ? run.last.time.milliseconds : start.nextMultiple(of: form.cellLength)
      presence.add(cells[place], from: start, to: end, isFirst: place == cells.startIndex)
      start = end
    }
    presence.endCells(of: run)
    if let trace { traceRun(trace, run, counted[...], form, countedBefore: before) }
  }

  /// Does every cut point within the run lie where its energy can be cut, and every edge where its powers can?
  private mutating func canBeCut(_ run: RollupRun, cellLength: Int64, from start: Int64, to end: Int64) -> Bool {
    guard !run.halves.isEmpty else { return series.cutsLie(on: cellLength, after: start, upTo: end) }
    return series.cutsLie(on: RollupSeries.halfHour, after: start, upTo: end)
      && presence.edgesLie(on: cellLength, after: start, upTo: end)
  }

  /// One step for each part of the run between two edges of the trace, with a part for each cell.
  private func traceRun(
    _ trace: StepTrace, _ run: RollupRun, _ cells: ArraySlice<RollupCell>, _ form: RollupSeries.Form,
    countedBefore: Int64? = nil
  ) {
    let cellLength = form.cellLength
    var start = run.first.time.milliseconds
    let end = run.last.time.milliseconds
    var from = CounterPoint(run.first, form)
    var counted = countedBefore ?? series.total
    var parts: [StepTrace.Part] = []
    var told: [RollupCell] = []
    var total = run.first.total
    for (place, cell) in zip(cells.indices, cells) {
      let isLast = place == cells.indices.last
      let border = isLast ? end : start.nextMultiple(of: cellLength)
      let instant = Timestamp(milliseconds: max(border, start))
      parts.append(
        .init(range: Timestamp(milliseconds: start)..<instant, energy: Energy(milliwattHours: cell.energy)))
      told.append(cell)
      start = instant.milliseconds
      total &+= cell.energy
      guard isLast || trace.edges.contains(instant) else { continue }
      let to = isLast ? CounterPoint(run.last, form) : CounterPoint(time: start, total: total)
      trace.add(
        StepTrace.Step(
          channel: channel, rule: "continuous", from: .init(from), to: .init(to), parts: parts,
          before: Energy(milliwattHours: counted), isInferred: false, losesSilence: false,
          stepCount: told.reduce(0) { $0 + $1.rowCount }, cells: told))
      counted &+= parts.reduce(0) { $0 + $1.energy.milliwattHours }
      (from, parts, told) = (to, [], [])
    }
  }

  /// Rows may be 30 s off the clock's usual lead; those of a run keep within 5 s of the first one's.
  private static let clockSlack: Int64 = 25_000

  private mutating func areUsual(_ run: RollupRun, _ cells: ArraySlice<RollupCell>) -> Bool {
    let usual = presence.pace.usual
    // Steps beyond what a plug draws are told only where their powers explain them, but a person may have said less.
    guard usual.contains(run.shortestStep), usual.contains(run.longestStep), run.longestShortStep < usual.lowerBound,
      options.maximumMilliwatts == nil || run.steepest <= powerLimit
    else { return false }
    let largest = SeenPower.largest(maximum: options.maximumMilliwatts)
    return cells.allSatisfy { $0.peak <= largest }
  }
}

extension RollupRun {
  /// The distance at which its rows came; of one with short steps beside it the longest, which is no part of another.
  var usualStep: Int64 {
    longestShortStep == 0
      ? (last.time.milliseconds - first.time.milliseconds) / Int64(max(rowCount - 1, 1)) : longestStep
  }
}

extension RollupSeries.Form {
  /// The most digits of an energy.
  var places: Int { max(totalPlaces, todayPlaces, yesterdayPlaces) }
}

extension CounterPoint {
  init(_ row: RollupRun.Row, _ form: RollupSeries.Form) {
    self.init(time: row.time.milliseconds)
    total = row.total
    today = row.today
    yesterday = row.yesterday
    startTime = row.startTime
    clock = row.clock
    newestClock = row.clock
    power = row.power
    export = row.export
    places = form.places
    phases = Int64(max(form.phaseCount, 1))
  }
}

extension CounterLane {
  /// Takes one row.
  mutating func fill(_ point: CounterPoint) {
    count = 1
    time[0] = point.time
    total[0] = point.total
    today[0] = point.today
    yesterday[0] = point.yesterday
    startTime[0] = point.startTime
    clock[0] = point.clock
    power[0] = point.power
    export[0] = point.export
    hasExport = point.export != CounterPoint.absent
    places[0] = Int8(point.places)
    phases = point.phases
    hasClock = true
  }
}
