extension Rollups {
  /// What a run tells of a part of its time, of each counter (``RollupSeries/part(of:in:)``).
  public func part(of place: Int, in range: Range<Timestamp>) -> Rollups? {
    let parts = counters.compactMap { $0.part(of: place, in: range) }
    return parts.isEmpty ? nil : Rollups(parts)
  }
}

/// A part of a run whose rows are gone.
extension RollupSeries {
  /// What a run tells of a part of its time: cells within it as they are, and of those that an end of it cuts the share of
  /// their time, energy cut to the counter's unit. The run's rows at the cuts are made up.
  ///
  /// - Parameter place: of ``runs``; a run that is told.
  /// - Returns: the part as the only run of a series; nil where nothing of the run lies in the range.
  public func part(of place: Int, in range: Range<Timestamp>) -> RollupSeries? {
    let run = runs[place]
    let (first, last) = (run.first.time.milliseconds, run.last.time.milliseconds)
    let (start, end) = (max(first, range.lowerBound.milliseconds), min(last, range.upperBound.milliseconds))
    guard run.isTold, start < end, run.rowCount > 1 else { return nil }
    var part = RollupSeries(form: form, runs: [], cells: [])
    var before = (energy: Int64(0), export: Int64(0))
    for (piece, cell) in zip(pieces(of: run, form.cellLength), cells[run.cells]) {
      before.energy += share(cell.energy, piece, until: start)
      before.export += share(cell.export, piece, until: start)
      if let cut = cut(cell, piece, from: start, to: end) { part.cells.append(cut) }
    }
    let energy = part.cells.reduce(0) { $0 + $1.energy }
    let export = part.cells.reduce(0) { $0 + $1.export }
    if !run.halves.isEmpty {
      part.halves = cut(halves[run.halves], of: run, from: start, to: end, sum: energy)
      if form.tellsExport {
        part.halfExports = cut(halfExports[run.halves], of: run, from: start, to: end, sum: export)
      }
      if part.halves.isEmpty || part.halfExports.isEmpty == form.tellsExport {
        (part.halves, part.halfExports) = ([], [])
      }
    }
    addPhases(of: place, from: start, to: end, to: &part)
    if part.cells.count == 1, part.cells[0].rowCount < 2 { part.cells[0].rowCount = 2 }
    var cutRun = run
    cutRun.rowCount = part.cells.reduce(0) { $0 + $1.rowCount }
    cutRun.cells = part.cells.indices
    cutRun.halves = part.halves.indices
    cutRun.phases = part.phases.indices
    func row(at time: Int64, _ energy: Int64, _ export: Int64, power: Int64?) -> RollupRun.Row {
      var row = run.row(at: time, gained: form.runsBack ? energy - export : energy, power: power ?? 0)
      if form.hasExportCounter { row.export += export }
      return row
    }
    if start > first { cutRun.first = row(at: start, before.energy, before.export, power: part.cells.first?.lowest) }
    if end < last {
      cutRun.last = row(
        at: end, before.energy + energy, before.export + export, power: part.cells.last?.lowest)
    }
    if cutRun.lastGivingBack > end { cutRun.lastGivingBack = end }
    if cutRun.lastGivingBack < start { cutRun.lastGivingBack = 0 }
    part.runs = [cutRun]
    return part
  }

  /// Numbers of half hours, the last one what is left of the sum: cells and halves are cut each by itself. Empty where
  /// that cannot be.
  private func cut(
    _ halves: ArraySlice<Int64>, of run: RollupRun, from start: Int64, to end: Int64, sum: Int64
  ) -> [Int64] {
    var found: [Int64] = []
    for (piece, energy) in zip(pieces(of: run, RollupSeries.halfHour), halves)
    where piece.upperBound > start && piece.lowerBound < end {
      found.append(share(energy, piece, until: end) - share(energy, piece, until: start))
    }
    guard let last = found.indices.last else { return [] }
    found[last] = sum - found.dropLast().reduce(0, +)
    return found.contains { $0 < 0 } ? [] : found
  }

  /// Phases' power × time, and their powers at rows that nobody sent: none.
  private func addPhases(of place: Int, from start: Int64, to end: Int64, to part: inout RollupSeries) {
    let count = form.phaseCount
    guard count > 0 else { return }
    let run = runs[place]
    var index = run.phases.lowerBound
    for piece in pieces(of: run, form.phaseLength) {
      let left = piece.clamped(to: start..<end)
      if piece.upperBound > start, piece.lowerBound < end {
        for powerTime in phases[index..<index + count] {
          let share = Int128(powerTime) * Int128(left.count) / Int128(piece.count)
          part.phases.append(Int64(clamping: share))
        }
      }
      index += count
    }
    let none = [Int64](repeating: 0, count: count)
    part.phasePowers =
      (start > run.first.time.milliseconds ? none : Array(phasePowers(ofRun: place, atLast: false)))
      + (end < run.last.time.milliseconds ? none : Array(phasePowers(ofRun: place, atLast: true)))
  }

  /// The units of time that a run touches, each as far as the run goes.
  private func pieces(of run: RollupRun, _ length: Int64) -> [Range<Int64>] {
    let last = run.last.time.milliseconds
    var pieces: [Range<Int64>] = []
    var start = run.first.time.milliseconds
    while start < last {
      let end = min((start.flooringQuotient(length) + 1) * length, last)
      pieces.append(start..<end)
      start = end
    }
    return pieces
  }

  /// What of an energy was counted until an instant.
  private func share(_ energy: Int64, _ piece: Range<Int64>, until instant: Int64) -> Int64 {
    if instant <= piece.lowerBound { return 0 }
    if instant >= piece.upperBound { return energy }
    let unit = Energy.unit(places: form.totalPlaces).milliwattHours
    let share = Int128(energy) * Int128(instant - piece.lowerBound) / Int128(piece.upperBound - piece.lowerBound)
    return Int64(clamping: share) / unit * unit
  }

  private func cut(_ cell: RollupCell, _ piece: Range<Int64>, from start: Int64, to end: Int64) -> RollupCell? {
    guard piece.upperBound > start, piece.lowerBound < end else { return nil }
    let left = piece.clamped(to: start..<end)
    guard left != piece else { return cell }
    let (part, whole) = (Int128(left.count), Int128(piece.count))
    var cut = cell
    cut.energy = share(cell.energy, piece, until: end) - share(cell.energy, piece, until: start)
    cut.export = share(cell.export, piece, until: end) - share(cell.export, piece, until: start)
    cut.rowCount = max(1, Int(Int128(cell.rowCount) * part / whole))
    cut.powerTime = Int64(clamping: Int128(cell.powerTime) * part / whole)
    if !left.contains(cell.peakAt.milliseconds) {
      (cut.peak, cut.peakAt) = (cell.lowest, Timestamp(milliseconds: left.lowerBound))
    }
    return cut
  }
}

extension RollupRun {
  /// A row that nobody sent: what the counters showed at an instant within the run.
  fileprivate func row(at time: Int64, gained: Int64, power: Int64) -> Row {
    var row = first
    row.time = Timestamp(milliseconds: time)
    row.total += gained
    row.today += gained
    row.clock += time - first.time.milliseconds
    row.power = power
    return row
  }
}
