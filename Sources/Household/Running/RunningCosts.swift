import Calendar
public import Pricing
public import Readings
import Reporting
public import Text

/// What each plug has cost since the site's day began, as the report of today says it, going on with each reading.
public struct RunningCosts {
  /// One line of the report.
  public struct Cost: Hashable, Sendable {
    public var device: String
    /// nil for a plug with one counter.
    public var channel: Int?
    /// nil where a price is missing.
    public var cost: Figure?
  }

  private let tariff: Tariff
  /// ISO 4217.
  public var currency: String { tariff.currency.code }
  private let zone: SiteZone
  private let mainMeter: (HouseholdStore) -> String?
  private var plan: ReportPlan?
  private var schedules: [TariffSchedule] = []
  private var ledgers: RunningLedgers?
  /// The day that is counted; nil until the store has been read.
  public private(set) var day: Range<Timestamp>?

  /// - Parameter mainMeter: finds the name of the meter that counts the whole house; nil without.
  public init(tariff: Tariff, zone: SiteZone, mainMeter: @escaping (HouseholdStore) -> String?) {
    self.tariff = tariff
    self.zone = zone
    self.mainMeter = mainMeter
  }

  /// Another day has begun, or something came that only the store can tell of.
  public func needsReading(at now: Timestamp) -> Bool {
    guard let day, let ledgers else { return true }
    return !day.contains(now) || ledgers.needsReading
  }

  /// - Precondition: the store was opened when it held everything that was told.
  public mutating func read(_ store: HouseholdStore, now: Timestamp) {
    let today = zone.days.range(of: zone.days.date(at: now))
    if ledgers == nil || today != day {
      var request = ReportRequest(
        granularity: .day, range: today, zone: zone.rules, zoneName: zone.name, tariff: tariff, billing: zone.billing,
        dayStartMinute: zone.days.startMinute, mainMeter: mainMeter(store))
      request.otherNames = store.otherNames
      request.hasStandingCharge = false
      request.hasCharges = false
      let plan = ReportPlan(request)
      self.plan = plan
      schedules = plan.schedules()
      ledgers = RunningLedgers(
        cutPoints: plan.main.cutPoints, edges: plan.main.bucketEdges, range: plan.main.readingRange, zone: zone.rules)
      day = today
    }
    ledgers?.read(store)
  }

  /// A reading that the store took, its time cut to the store's resolution.
  public mutating func add(_ reading: Reading, of device: Device, at time: Timestamp) {
    ledgers?.add(reading, of: device, at: time)
  }

  /// An event that the store took.
  public mutating func add(_ event: Event) { ledgers?.add(event) }

  /// Everything is to be read anew.
  public mutating func markStale() { ledgers?.markStale() }

  /// What each plug cost until now.
  public mutating func costs() -> [Cost] {
    guard let plan, let ledgers = ledgers?.all() else { return [] }
    let report = ReportBuilder(plan, schedules: schedules).report(ledgers)
    return (report.periods.first?.devices ?? []).map { Cost(device: $0.device, channel: $0.channel, cost: $0.cost) }
  }
}
