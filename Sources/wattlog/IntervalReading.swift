import Calendar
import EnergyAccounting
import Pricing
import Readings
import Reporting

/// Reads what `export --every` needs, a local month at a time, so that a long export takes little memory.
struct IntervalReading {
  let reading: LedgerReading
  let zone: SiteZone
  let range: Range<Timestamp>
  let step: IntervalExport.Step
  let tariff: Tariff?
  let billing: BillingCycle
  /// Other names of devices, by which the tariff may name them.
  let otherNames: [String: [String]]
  /// The meter that counts the whole house; nil without, and where it is one of those that are named.
  var mainMeter: String?
  /// The devices that get rows; nil for all that are read.
  var shown: Set<String>?

  func forEachPlan(_ body: (IntervalExport.Plan, [NamedLedger]) throws(Failure) -> Void) throws(Failure) {
    var from = range.lowerBound
    while from < range.upperBound {
      let month = zone.days.date(at: from).components
      let next = zone.days.start(of: LocalDate.firstOfMonth(year: month.year, month: month.month + 1))
      let to = min(range.upperBound, max(next, from.advanced(byMilliseconds: 1)))
      let plan = IntervalExport.Plan(
        step: step, range: from..<to, zone: zone.rules, zoneName: zone.name, tariff: tariff, billing: billing,
        dayStartMinute: zone.days.startMinute, otherNames: otherNames, mainMeter: mainMeter, shown: shown)
      try body(
        plan,
        try reading.ledgers(
          cutPoints: plan.cutPoints, edges: plan.bucketEdges, range: plan.readingRange))
      from = to
    }
  }
}
