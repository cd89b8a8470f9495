import Readings

/// Energy of which no Total tells: integrated power, and what a meter gave back by a counter of its own.
struct CounterlessEnergy {
  /// What power integrated without a counter has below one mWh, and the scale that it was multiplied by.
  fileprivate var powerRest: (value: Int128, scale: MeteringOptions.Scale?) = (0, nil)
  /// The last ExportActive that counts.
  var exportBase: (time: Int64, value: Int64)?
  /// ExportActive that went on by less than nothing or by too much, in a row.
  fileprivate var exportDoubts = 0
}

extension CounterAccount {
  /// Power held until the next message, no longer than two periods, where there is no counter at all.
  mutating func integratePower(to point: CounterPoint) {
    guard base == nil, let last = presence.last, presence.lastPower != CounterPoint.absent else { return }
    let held = min(point.time, last + presence.pace.bridgeLimit + CounterAccount.bridgeJitter)
    let until = held < point.time ? min(held, last + presence.pace.bridgeLimit) : held
    guard until > last else { return }
    findings.hasSpoken = true
    var start = last
    while start < until {
      // At each UTC midnight the sum is rounded to whole units, so that a day is the same in every report.
      let midnight = (start.flooringQuotient(86_400_000) + 1) * 86_400_000
      let end = min(until, midnight)
      integratePower(presence.lastPower, from: start, to: end)
      if end == midnight {
        series.settleLoose()
        other.powerRest.value = 0
      }
      start = end
    }
  }

  /// What arrival may jitter by over two periods, in ms.
  private static let bridgeJitter: Int64 = 3000

  private mutating func integratePower(_ power: Int64, from start: Int64, to end: Int64) {
    let scale = scale(at: end)
    if other.powerRest.scale != scale { other.powerRest = (0, scale) }
    let product = Int128(power) * Int128(end - start) * Int128(scale?.numerator ?? 1) + other.powerRest.value
    let divisor = 3_600_000 * Int128(scale?.denominator ?? 1)
    let energy = Int64(clamping: product / divisor)
    other.powerRest.value = product % divisor
    if energy >= 0 {
      series.bookLoose(from: start, to: end, energy: energy)
    } else {
      series.bookLooseExport(from: start, to: end, energy: -energy)
    }
  }

  /// ExportActive: the sum of its forward steps.
  mutating func addExport(_ point: CounterPoint) {
    guard point.export != CounterPoint.absent else { return }
    guard let exportBase = other.exportBase else {
      other.exportBase = (point.time, point.export)
      return
    }
    let gained = point.export - exportBase.value
    let elapsed = max(point.time - exportBase.time, 1000)
    let usual = base.map { self.limit(from: $0, to: point) } ?? powerLimit
    let drawn = elapsed > StepClassifier.shortStep ? SeenPower.house : usual
    let most = Int128(drawn) * Int128(elapsed) / 3_600_000 + Int128(2 * series.unit)
    if gained >= 0, Int128(gained) <= most {
      series.bookExport(
        from: exportBase.time, to: point.time, energy: scaled(gained, above: exportBase.value, at: point.time))
      // No Yesterday tells how much of it came before midnight.
      if gained > 0, point.time - exportBase.time > presence.pace.gapLimit {
        series.divide(between: exportBase.time, and: point.time)
      }
    } else if other.exportDoubts < CounterAccount.confirmations {
      other.exportDoubts += 1
      return
    }
    other.exportDoubts = 0
    other.exportBase = (point.time, point.export)
  }
}
