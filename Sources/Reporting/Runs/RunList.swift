public import Calendar
public import EnergyAccounting
import Pricing
import Readings
public import Text

/// The runs of a plug in a period, with what they have in common and how that compares with the time before.
///
/// - Invariant: runs are in order and disjoint, and their kWh add up to no more than the plug used in the period.
public struct RunList: Sendable {
  public let device: String
  public let span: Report.Span
  public let timeZone: String
  public let threshold: RunThreshold
  public let runs: [Run]
  /// All that the plug used in the period.
  public let periodKWh: Figure
  public let kWh: Figure
  /// For which part of the period power is known, 0 to 1, rounded down: not in silences, and not where single readings
  /// were dropped.
  public let coverage: Figure
  /// nil without a tariff.
  public let cost: Figure?
  public let averages: RunAverages?
  /// nil for an appliance that people switch.
  public let duty: DutyCycle?
  public let trend: RunTrend?
  /// What all runs would have cost at their best starts; nil where that is not asked, and for what works by itself.
  public let bestCost: Figure?
  public let currency: Report.Currency?
  public let tariff: String?
  /// For how long power is known in each day of the period; days without any are left out.
  public let days: [Day]

  public struct Day: Sendable, Equatable {
    public var span: Report.Span
    public var runs: Range<Int>
    public var dutyPercent: Figure
  }

  /// - Parameters:
  ///   - ledger: of the plug, between the plan's cut points, each of which is an edge.
  ///   - trace: that the plan was made of.
  public init(
    device: String, _ ledger: DeviceLedger, _ plan: RunPlan, _ trace: PowerTrace, zoneName: String,
    days calendar: LocalDays
  ) {
    let counter = RunCounter(ledger, plan)
    let currency = plan.tariff.map { Report.Currency(code: $0.currency.code, digits: $0.currency.digits) }
    let poweredSpans = RunList.joined(plan.poweredSpans, counter, plan).filter { span in
      counter.believes(span, in: plan.before.lowerBound..<plan.period.upperBound, from: plan.threshold.on)
    }
    let listing = RunListing(counter: counter, plan: plan, digits: currency?.digits ?? 2)
    let found = listing.runs(poweredSpans, in: plan.period)
    let earlier = listing.runs(poweredSpans, in: plan.before)
    self.device = device
    self.currency = currency
    tariff = plan.tariff?.name
    timeZone = zoneName
    threshold = plan.threshold
    span = listing.span(plan.period)
    duty = DutyCycle(found.runs, known: plan.known.period)
    var runs = found.runs
    // What works by itself cannot be put off.
    if duty != nil { for place in runs.indices { runs[place].best = nil } }
    self.runs = runs
    cost = found.cost
    bestCost = duty == nil ? found.bestCost : nil
    kWh = Figure.sum(runs.map(\.kWh), places: counter.places)
    periodKWh = Figure(counter.energy(in: plan.period).mantissa(places: counter.places), places: counter.places)
    coverage = Figure(
      plan.known.period * 1000 / max(plan.period.upperBound.milliseconds - plan.period.lowerBound.milliseconds, 1),
      places: 3)
    averages = RunAverages(runs, currencyDigits: currency?.digits ?? 2)
    trend = RunTrend(
      averages, duty, before: earlier.runs, listing.span(plan.before), known: plan.known.before,
      currencyDigits: currency?.digits ?? 2)
    days = RunList.days(runs, plan, trace, calendar, listing)
  }

  private static func days(
    _ runs: [Run], _ plan: RunPlan, _ trace: PowerTrace, _ calendar: LocalDays, _ listing: RunListing
  ) -> [Day] {
    let report = ReportCalendar(zone: plan.zone, dayStartMinute: calendar.startMinute)
    let length = plan.period.upperBound.milliseconds - plan.period.lowerBound.milliseconds
    // Of a longer time a row a month.
    return report.periods(of: length > 62 * 86_400_000 ? .month : .day, in: plan.period).compactMap { range in
      let known = trace.known(in: range)
      guard known > 0 else { return nil }
      let first = runs.indices.partitionPoint { runs[$0].start.at >= range.lowerBound }
      let end = runs.indices.partitionPoint { runs[$0].start.at >= range.upperBound }
      // A run counts by its start, its time where it lies.
      let running = runs.reduce(Int64(0)) { sum, run in
        let part = min(run.end.at, range.upperBound).milliseconds - max(run.start.at, range.lowerBound).milliseconds
        return sum + max(part, 0)
      }
      return Day(
        span: listing.span(range), runs: first..<end,
        dutyPercent: Figure.ratio(Int128(min(running, known)) * 100, Int128(known), places: 1))
    }
  }

  /// Two parts with a silence between them are one run where the counter tells that it went on: by half the mean power of
  /// both at least.
  private static func joined(_ poweredSpans: [PoweredSpan], _ counter: RunCounter, _ plan: RunPlan) -> [PoweredSpan] {
    let whole = plan.before.lowerBound..<plan.period.upperBound
    func energy(_ from: Timestamp, _ to: Timestamp) -> Int128 {
      let range = max(from, whole.lowerBound)..<max(from, whole.lowerBound, min(to, whole.upperBound))
      return Int128(counter.energy(in: range).milliwattHours)
    }
    var joined: [PoweredSpan] = []
    for span in poweredSpans {
      guard let last = joined.last, last.endsInSilence, span.beginsInSilence, last.end >= whole.lowerBound,
        span.before <= whole.upperBound, last.end < span.before
      else {
        joined.append(span)
        continue
      }
      let gap = last.end..<span.before
      let rest = Int128(gap.upperBound.milliseconds - gap.lowerBound.milliseconds)
      let running = energy(last.before, last.end) + energy(span.before, span.end)
      if counter.sum(in: gap).missing == 0, running > 0,
        energy(gap.lowerBound, gap.upperBound) * Int128(last.length + span.length) * 2 >= running * rest
      {
        joined[joined.count - 1].take(span)
      } else {
        joined.append(span)
      }
    }
    return joined
  }
}
