public import Readings

extension Rollups {
  /// The same of each counter in cells of an hour (``RollupSeries/byHours``).
  public var byHours: Rollups { Rollups(counters.map(\.byHours)) }
}

extension RollupSeries {
  /// The same runs in cells of an hour, with energy by half hours: what ``RollupDetail/halves`` tells (SF-R9).
  public var byHours: RollupSeries {
    guard form.cellLength < RollupSeries.hour else { return self }
    var coarse = RollupSeries(form: form, runs: runs, cells: [])
    coarse.form.cellLength = RollupSeries.hour
    (coarse.phases, coarse.phasePowers) = (phases, phasePowers)
    for index in runs.indices where !runs[index].cells.isEmpty {
      let firstHour = coarse.cells.count
      let firstHalf = coarse.halves.count
      var start = runs[index].first.time.milliseconds
      var hour = Int64.min
      var half = Int64.min
      for cell in cells[runs[index].cells] {
        if start.flooringQuotient(RollupSeries.halfHour) == half {
          coarse.halves[coarse.halves.count - 1] += cell.energy
          if form.tellsExport { coarse.halfExports[coarse.halves.count - 1] += cell.export }
        } else {
          half = start.flooringQuotient(RollupSeries.halfHour)
          coarse.halves.append(cell.energy)
          if form.tellsExport { coarse.halfExports.append(cell.export) }
        }
        if start.flooringQuotient(RollupSeries.hour) == hour {
          coarse.cells[coarse.cells.count - 1].add(cell)
        } else {
          hour = start.flooringQuotient(RollupSeries.hour)
          coarse.cells.append(cell)
        }
        start = start.nextMultiple(of: form.cellLength)
      }
      coarse.runs[index].cells = firstHour..<coarse.cells.count
      coarse.runs[index].halves = firstHalf..<coarse.halves.count
    }
    return coarse
  }
}

extension RollupCell {
  /// Adds the cell that follows.
  fileprivate mutating func add(_ next: RollupCell) {
    rowCount += next.rowCount
    energy += next.energy
    export += next.export
    powerTime += next.powerTime
    if next.peak > peak { (peak, peakAt) = (next.peak, next.peakAt) }
    lowest = min(lowest, next.lowest)
  }
}
