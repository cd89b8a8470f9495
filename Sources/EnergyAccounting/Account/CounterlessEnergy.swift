import Readings

/// Energy of which no Total tells: integrated power, and what a meter gave back by a counter of its own.
extension CounterAccount {
  /// Power held until the next message, where there is no counter at all.
  mutating func integratePower(to point: CounterPoint) {
    guard base == nil, let last = presence.last, presence.lastPower != CounterPoint.absent else { return }
    let step = point.time - last
    guard step > 0, step <= presence.pace.bridgeLimit else { return }
    hasSpoken = true
    var start = last
    while start < point.time {
      // At each UTC midnight the sum is rounded to whole units, so that a day is the same in every report.
      let midnight = (start.flooringQuotient(86_400_000) + 1) * 86_400_000
      let end = min(point.time, midnight)
      integratePower(presence.lastPower, from: start, to: end)
      if end == midnight {
        series.settleLoose()
        powerRest.value = 0
      }
      start = end
    }
  }

  private mutating func integratePower(_ power: Int64, from start: Int64, to end: Int64) {
    let scale = scale(at: end)
    if powerRest.scale != scale { powerRest = (0, scale) }
    let product = Int128(power) * Int128(end - start) * Int128(scale?.numerator ?? 1) + powerRest.value
    let divisor = 3_600_000 * Int128(scale?.denominator ?? 1)
    let energy = Int64(clamping: product / divisor)
    powerRest.value = product % divisor
    if energy >= 0 {
      series.bookLoose(from: start, to: end, energy: energy)
    } else {
      series.bookLooseExport(from: start, to: end, energy: -energy)
    }
  }

  /// ExportActive: the sum of its forward steps.
  mutating func addExport(_ point: CounterPoint) {
    guard point.export != CounterPoint.absent else { return }
    guard let exportBase else {
      self.exportBase = (point.time, point.export)
      isBidirectional = true
      return
    }
    let gained = point.export - exportBase.value
    let most = Int128(powerLimit) * Int128(max(point.time - exportBase.time, 1000)) / 3_600_000 + Int128(2 * unit)
    if gained >= 0, Int128(gained) <= most {
      series.bookExport(
        from: exportBase.time, to: point.time, energy: scaled(gained, above: exportBase.value, at: point.time))
      // No Yesterday tells how much of it came before midnight.
      if gained > 0, point.time - exportBase.time > presence.pace.gapLimit {
        series.divide(between: exportBase.time, and: point.time)
      }
    } else if exportDoubts < CounterAccount.confirmations {
      exportDoubts += 1
      return
    }
    exportDoubts = 0
    self.exportBase = (point.time, point.export)
  }
}
