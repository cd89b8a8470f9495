public import Calendar
import EnergyAccounting
public import Pricing
public import Readings
public import Reporting

/// Reads what `export --every` needs, a local month at a time, so that a long export takes little memory.
public struct IntervalQuery {
  let store: HouseholdStore
  let share: SharedCosts
  let site: SiteZone
  public let range: Range<Timestamp>
  let spacing: IntervalExport.Spacing
  let tariff: Tariff?
  let clock: TimeZoneRules?

  /// - Parameters:
  ///   - share: the devices that get rows, and those that share their costs.
  ///   - range: what is asked for, beginning where an interval does.
  ///   - tariff: what the energy is priced by; nil for none.
  ///   - clock: whose hours the intervals are; nil for the site's.
  public init(
    _ store: HouseholdStore, _ share: SharedCosts, site: SiteZone, range: Range<Timestamp>,
    spacing: IntervalExport.Spacing, tariff: Tariff?, clock: TimeZoneRules? = nil
  ) {
    self.store = store
    self.share = share
    self.site = site
    self.range = range
    self.spacing = spacing
    self.tariff = tariff
    self.clock = clock
  }

  /// Calls `body` with the months' plans in order, each with its ledgers. Throws what `body` throws.
  public func forEachPlan<Failure: Error>(
    _ body: (IntervalExport.Plan, [NamedLedger]) throws(Failure) -> Void
  ) throws(Failure) {
    let query = LedgerQuery(store, share.read, zone: site.rules)
    let otherNames = store.otherNames
    var from = range.lowerBound
    while from < range.upperBound {
      let month = site.days.date(at: from).components
      var next = site.days.start(of: LocalDate.firstOfMonth(year: month.year, month: month.month + 1))
      if clock != nil {
        // No hour of the other clock is cut where the site's month ends within it.
        next = next.advanced(byMilliseconds: (-next.milliseconds).flooringRemainder(3_600_000))
      }
      let to = min(range.upperBound, max(next, from.advanced(byMilliseconds: 1)))
      var request = ReportRequest(
        granularity: .range, range: from..<to, zone: site.rules, zoneName: site.name, tariff: tariff,
        billing: site.billing, dayStartMinute: site.days.startMinute, mainMeter: share.mainMeter)
      request.otherNames = otherNames
      request.shown = share.shown
      let plan = IntervalExport.Plan(spacing: spacing, request, clock: clock)
      try body(
        plan, query.ledgers(cutPoints: plan.cutPoints, edges: plan.bucketEdges, range: plan.readingRange))
      from = to
    }
  }
}
