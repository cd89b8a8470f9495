import Calendar
import Configuration
import EnergyAccounting
import Readings
import Reporting
import Storage
import Work

/// Ledgers of logical devices between cut points, out of the store.
struct LedgerReading {
  let store: StoreAccess
  let devices: [LogicalDevice]
  let zone: TimeZoneRules

  /// - Parameters:
  ///   - edges: a subset of the cut points, between which buckets lie.
  ///   - range: what is read: the cut points' time with its surroundings.
  func ledgers(
    cutPoints: [Timestamp], edges: [Timestamp] = [], range: Range<Timestamp>,
    traced: (name: String, trace: StepTrace)? = nil
  ) throws(Failure) -> [NamedLedger] {
    let events = store.reader.events(in: range)
    // The largest first: side by side, one that begins last is waited for.
    let present = devices.enumerated().filter { $0.element.first < range.upperBound }
      .sorted { $0.element.byteCount > $1.element.byteCount }
    // Each device is read by a reader of its own, and nothing else changes: they may be read side by side.
    // A trace is told each step once: then no plug may be read again.
    var stores = present.map { _ in store.apart(leavingChecks: traced == nil) }
    let cuts = CutPoints(cutPoints, edges: edges)
    nonisolated(unsafe) let (reading, apart, trace) = (self, stores, traced)
    @Sendable func ledger(_ index: Int, _ store: StoreAccess) -> Result<DeviceLedger, Failure> {
      let device = present[index].element
      let options = MeteringOptions(
        maximumMilliwatts: device.rule?.maximumPower.map { $0 * 1000 }, timeZone: reading.zone,
        scales: device.series.scales, undoneDecisions: device.series.undoneDecisions)
      return Result { () throws(Failure) in
        try MeterFeed(store: store, device: device, cutPoints: cuts).ledger(
          range: range, events: events, options: options,
          trace: trace?.name == device.name ? trace?.trace : nil)
      }
    }
    // Readings are checked by whoever finds no plug left to begin; a plug alone needs no other thread.
    let checks = LeftChecks()
    var found = Workers.sideBySide.map(max(2 * present.count - 1, 0)) { index -> Result<DeviceLedger, Failure>? in
      guard index < present.count else {
        checks.work()
        return nil
      }
      defer { apart[index].reader.giveChecks(to: checks) }
      return ledger(index, apart[index])
    }.compactMap(\.self)
    checks.work()
    // Damage of them is named, and changes what is asked of rollups: those plugs are read again.
    let damaged = checks.damaged
    for index in present.indices
    where present[index].element.members.contains(where: { damaged.contains($0.device) }) {
      stores[index] = store.apart()
      found[index] = ledger(index, stores[index])
    }
    for other in stores { store.reader.takeDamage(of: other.reader) }
    var ledgers: [NamedLedger] = []
    for (device, result) in zip(present, found).sorted(by: { $0.0.offset < $1.0.offset }) {
      ledgers.append(NamedLedger(name: device.element.name, ledger: try result.get()))
    }
    return ledgers
  }

  /// One bucket for the whole of a time.
  func ledgers(over range: Range<Timestamp>) throws(Failure) -> [NamedLedger] {
    let margin = MeteringOptions.surroundings
    return try ledgers(
      cutPoints: [range.lowerBound, range.upperBound],
      range: range.lowerBound.advanced(byMilliseconds: -margin)..<range.upperBound.advanced(byMilliseconds: margin))
  }
}
