import Calendar
import EnergyAccounting
public import Pricing
public import Readings
public import Reporting
import Storage

/// Finds one plug's runs in the store.
public struct RunsQuery {
  public let store: HouseholdStore
  public let device: LogicalDevice
  private let zone: SiteZone
  private let ledgers: LedgerQuery
  private let period: Range<Timestamp>
  private let before: Range<Timestamp>
  private let tariff: Tariff?
  /// In milliwatts; nil to find it.
  public var threshold: Int64?
  /// In milliseconds; nil to go by the runs.
  public var pause: Int64?
  public var seeksBestStart = false

  /// - Parameter before: what the period is compared with; it ends where that begins.
  public init(
    _ store: HouseholdStore, _ device: LogicalDevice, zone: SiteZone, period: Range<Timestamp>,
    before: Range<Timestamp>, tariff: Tariff?
  ) {
    self.store = store
    self.device = device
    self.zone = zone
    ledgers = LedgerQuery(store, [device], zone: zone.rules)
    self.period = period
    self.before = before
    self.tariff = tariff
  }

  /// Why there are no runs to speak of.
  public enum Refusal: Error {
    /// No reading of the time tells a power.
    case noPower
    /// The powers do not fall into two levels.
    case noLevels
  }

  private static let day: Int64 = 86_400_000
  /// A machine may rest for weeks: the threshold is found from so long a time at least.
  private static let thresholdDays: Int64 = 30

  public func runs() throws(Refusal) -> RunList {
    let start = min(
      before.lowerBound, period.upperBound.advanced(byMilliseconds: -RunsQuery.thresholdDays * RunsQuery.day))
    // Runs over the edges are known as a whole.
    let read =
      start.advanced(byMilliseconds: -RunsQuery.day)..<period.upperBound.advanced(byMilliseconds: RunsQuery.day)
    let trace = trace(over: read)
    guard !trace.levels.isEmpty else { throw .noPower }
    guard let threshold = threshold.map({ RunThreshold(on: $0, in: trace) }) ?? RunThreshold(foundIn: trace) else {
      throw .noLevels
    }
    let plan = RunPlan(
      trace, threshold, over: (period, before), pause: pause, zone: zone.rules,
      tariff: tariff?.perKilowattHour(for: device.name, otherNames: store.otherNames[device.name] ?? []),
      seeksBestStart: seeksBestStart)
    guard let ledger = ledger(plan.cutPoints) else { throw .noPower }
    return RunList(device: device.name, ledger, plan, trace, zoneName: zone.name, days: zone.days)
  }

  private func ledger(_ cutPoints: [Timestamp]) -> DeviceLedger? {
    guard let first = cutPoints.first, let last = cutPoints.last else { return nil }
    let margin = MeteringOptions.surroundings
    return ledgers.ledgers(
      cutPoints: cutPoints, range: first.advanced(byMilliseconds: -margin)..<last.advanced(byMilliseconds: margin)
    ).first?.ledger
  }

  /// Powers of every reading; silences are those of the accounting.
  private func trace(over range: Range<Timestamp>) -> PowerTrace {
    let ledger = ledger([range.lowerBound, range.upperBound])
    let silences = (ledger?.events ?? []).filter { $0.kind == .gap && $0.from < $0.to }.map { $0.from..<$0.to }
    var trace = PowerTrace(silences: silences, leftOut: device.series.ignored.map(\.range))
    for member in device.members {
      let part = member.span.clamped(to: range)
      if !part.isEmpty { store.reader.readings(of: member.device, in: part, keys: [.power]) { trace.add($0) } }
    }
    return trace
  }
}
