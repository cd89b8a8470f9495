public import Calendar
import Configuration
public import EnergyAccounting
public import Readings
public import Reporting
import Storage
import Work

/// Ledgers of logical devices between cut points, out of the store.
public struct LedgerQuery {
  let store: HouseholdStore
  let devices: [LogicalDevice]
  let zone: TimeZoneRules
  private let readers: KeptReaders

  /// - Parameter zone: the site's, which plugs may follow through a clock change.
  public init(_ store: HouseholdStore, _ devices: [LogicalDevice], zone: TimeZoneRules) {
    self.init(store, devices, zone: zone, keeping: KeptReaders())
  }

  /// - Parameter readers: of other queries of the same store.
  init(_ store: HouseholdStore, _ devices: [LogicalDevice], zone: TimeZoneRules, keeping readers: KeptReaders) {
    self.store = store
    self.devices = devices
    self.zone = zone
    self.readers = readers
  }

  /// - Parameters:
  ///   - edges: a subset of the cut points, between which buckets lie.
  ///   - range: what is read: the cut points' time with its surroundings.
  public func ledgers(
    cutPoints: [Timestamp], edges: [Timestamp] = [], range: Range<Timestamp>,
    traced: (name: String, trace: StepTrace)? = nil
  ) -> [NamedLedger] {
    ledgers(CutPoints(cutPoints, edges: edges), range: range, traced: traced)
  }

  /// - Parameter keepsSections: the ledgers are to be cut into those of shorter times.
  func ledgers(
    _ cuts: CutPoints, range: Range<Timestamp>, traced: (name: String, trace: StepTrace)? = nil,
    keepsSections: Bool = false
  ) -> [NamedLedger] {
    let events = store.reader.events(in: range, withMargins: false)
    let newest = store.lastReading
    // The largest first: side by side, one that begins last is waited for.
    let present = devices.enumerated().filter { $0.element.first < range.upperBound }
      .sorted { $0.element.byteCount > $1.element.byteCount }
    // What several plugs stand in is looked up once for all.
    store.reader.open(present.flatMap(\.element.members).map(\.device), in: range)
    // Each device is read by a reader of its own, and nothing else changes: they may be read side by side.
    // A trace is told each step once: then no plug may be read again.
    var stores = present.map {
      traced == nil ? readers.store(of: $0.element, in: store) : store.forAnotherThread()
    }
    nonisolated(unsafe) let (query, own, trace) = (self, stores, traced)
    @Sendable func ledger(_ index: Int, _ store: HouseholdStore) -> DeviceLedger {
      let device = present[index].element
      var options = device.meteringOptions(query.zone)
      options.keepsSections = keepsSections
      options.silence = device.silence(until: newest)
      return MeterFeed(store.reader, device, cuts).ledger(
        range: range, events: events, options: options,
        trace: trace?.name == device.name ? trace?.trace : nil)
    }
    // Readings are checked by whoever finds no plug left to begin; a plug alone needs no other thread.
    let checks = DeferredChecks()
    var found = store.sideBySide.map(max(2 * present.count - 1, 0)) { index -> DeviceLedger? in
      guard index < present.count else {
        checks.work()
        return nil
      }
      defer { own[index].reader.giveChecks(to: checks) }
      return ledger(index, own[index])
    }.compactMap(\.self)
    checks.work()
    // Damage of them is named, and changes what is asked of rollups: those plugs are read again.
    let damaged = checks.damaged
    for index in present.indices
    where present[index].element.members.contains(where: { damaged.contains($0.device) }) {
      readers.markDamaged(present[index].element)
      stores[index] = store.forAnotherThread()
      found[index] = ledger(index, stores[index])
    }
    for other in stores { store.reader.takeDamage(of: other.reader) }
    return zip(present, found).sorted { $0.0.offset < $1.0.offset }
      .map { NamedLedger(name: $0.element.name, ledger: $1) }
  }

  /// One bucket for the whole of a time.
  public func ledgers(over range: Range<Timestamp>) -> [NamedLedger] {
    let margin = MeteringOptions.surroundings
    return ledgers(
      cutPoints: [range.lowerBound, range.upperBound],
      range: range.lowerBound.advanced(byMilliseconds: -margin)..<range.upperBound.advanced(byMilliseconds: margin))
  }
}
