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
    var gained: Int64 = 0
    for (piece, cell) in zip(pieces(of: run, form.cellLength), cells[run.cells]) {
      gained += share(cell.energy, piece, until: start)
      if let cut = cut(cell, piece, from: start, to: end) { part.cells.append(cut) }
    }
    let counted = part.cells.reduce(0) { $0 + $1.energy }
    if !run.halves.isEmpty {
      for (piece, energy) in zip(pieces(of: run, RollupSeries.halfHour), halves[run.halves])
      where piece.upperBound > start && piece.lowerBound < end {
        part.halves.append(share(energy, piece, until: end) - share(energy, piece, until: start))
      }
      // Cells and halves are cut each by itself.
      let others = part.halves.dropLast().reduce(0, +)
      if let last = part.halves.indices.last { part.halves[last] = counted - others }
      if part.halves.contains(where: { $0 < 0 }) { part.halves = [] }
    }
    if part.cells.count == 1, part.cells[0].rowCount < 2 { part.cells[0].rowCount = 2 }
    var cutRun = run
    cutRun.rowCount = part.cells.reduce(0) { $0 + $1.rowCount }
    cutRun.cells = part.cells.indices
    cutRun.halves = part.halves.indices
    if start > first { cutRun.first = run.row(at: start, gained: gained, power: part.cells.first?.lowest ?? 0) }
    if end < last { cutRun.last = run.row(at: end, gained: gained + counted, power: part.cells.last?.lowest ?? 0) }
    part.runs = [cutRun]
    return part
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
