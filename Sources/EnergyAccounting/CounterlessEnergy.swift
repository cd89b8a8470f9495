import Readings

/// Energy of which no Total tells: integrated power, and what a meter gave back by a counter of its own.
extension CounterAccount {
  /// Power held until the next message, where there is no counter at all.
  mutating func integratePower(to point: CounterPoint) {
    guard base == nil, let last = presence.last, presence.lastPower != CounterPoint.absent else { return }
    let step = point.time - last
    guard step > 0, step <= presence.pace.bridgeLimit else { return }
    let (product, overflow) = presence.lastPower.multipliedReportingOverflow(by: step)
    guard !overflow else { return }
    let whole = Int128(product) + Int128(powerRest)
    let energy = Int64(clamping: whole / 3_600_000)
    powerRest = Int64(clamping: whole % 3_600_000)
    hasSpoken = true
    if energy >= 0 {
      series.book(from: last, to: point.time, energy: scaled(energy, at: point.time), isInferred: false)
    } else {
      series.bookExport(from: last, to: point.time, energy: scaled(-energy, at: point.time))
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
      series.bookExport(from: exportBase.time, to: point.time, energy: scaled(gained, at: point.time))
    } else if exportDoubts < CounterAccount.confirmations {
      exportDoubts += 1
      return
    }
    exportDoubts = 0
    self.exportBase = (point.time, point.export)
  }
}
