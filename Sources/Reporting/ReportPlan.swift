package import EnergyAccounting
package import Readings

/// What somebody wants to know: which time, cut how, compared with what, priced by which tariff.
package struct ReportRequest: Sendable {
  package var granularity: Report.Granularity
  /// Half-open. Periods that begin before it or end after it are cut to it.
  package var range: Range<Timestamp>
  package var split: Report.Split?
  package var comparison: Report.Comparison.Kind?
  package var zone: TimeZoneRules
  package var zoneName: String
  package var tariff: Tariff?
  /// Other tariffs of the same currency, by which the same use is priced for comparison.
  package var otherTariffs: [Tariff]
  /// 1 to 31: the day of the month on which bills, and so tiers, begin.
  package var billingDay: Int
  /// When days, and so weeks, months and years, begin: minutes after local midnight.
  package var dayStartMinute: Int
  /// The device that counts the whole site; nil without.
  package var mainMeter: String?
  /// The lines of the bill are asked for.
  package var listsCharges = false

  package init(
    granularity: Report.Granularity, range: Range<Timestamp>, split: Report.Split? = nil,
    comparison: Report.Comparison.Kind? = nil, zone: TimeZoneRules, zoneName: String, tariff: Tariff? = nil,
    otherTariffs: [Tariff] = [], billingDay: Int = 1, dayStartMinute: Int = 0, mainMeter: String? = nil
  ) {
    self.dayStartMinute = dayStartMinute
    self.mainMeter = mainMeter
    self.granularity = granularity
    self.range = range
    self.split = split
    self.comparison = comparison
    self.zone = zone
    self.zoneName = zoneName
    self.tariff = tariff
    self.otherTariffs = otherTariffs
    self.billingDay = billingDay
  }

  var tariffs: [Tariff] { (tariff.map { [$0] } ?? []) + otherTariffs }
}

/// What must be read for a report, known before anything is read.
///
/// The caller feeds each device's rows within a pass's ``Pass/readingRange`` to a `MeterAccount` made with its
/// ``Pass/cutPoints`` and ``Pass/bucketEdges``, and hands the ledgers to ``ReportBuilder``.
package struct ReportPlan: Sendable {
  package let request: ReportRequest
  /// The periods themselves.
  package let main: Pass
  /// What they are compared with: one period for each of ``main``, in the same order; nil without a comparison.
  package let comparison: Pass?
  /// True where ledgers of ``main`` are ledgers of ``comparison`` too: a day and the one before it are read once.
  package let sharesLedgers: Bool
  /// ``Pass/readingRange`` of the periods alone.
  package let reportedRange: Range<Timestamp>

  package struct Pass: Sendable {
    /// The periods, in order. Empty ones (a day that the zone skipped) are left out.
    package var periods: [Range<Timestamp>]
    /// Strictly increasing: period edges, edges of parts, tariff switches, and what a bill's tiers need before them.
    package var cutPoints: [Timestamp]
    /// The period edges, between which everything is summed: a subset of the cut points.
    package var bucketEdges: [Timestamp]

    /// From the first cut point to the last, with the surroundings that decide the steps over both edges.
    package var readingRange: Range<Timestamp> {
      guard let first = cutPoints.first, let last = cutPoints.last else {
        return Timestamp(milliseconds: 0)..<Timestamp(milliseconds: 0)
      }
      return first.advanced(
        byMilliseconds: -MeteringOptions.surroundings)..<last.advanced(byMilliseconds: MeteringOptions.surroundings)
    }

    /// The slots of a range that begins and ends on cut points.
    func slots(in range: Range<Timestamp>) -> Range<Int> { Pass.intervals(of: cutPoints, in: range) }

    /// The buckets of a range that begins and ends on edges.
    func buckets(in range: Range<Timestamp>) -> Range<Int> { Pass.intervals(of: bucketEdges, in: range) }

    private static func intervals(of instants: [Timestamp], in range: Range<Timestamp>) -> Range<Int> {
      let first = index(of: range.lowerBound, in: instants)
      return first..<max(first, index(of: range.upperBound, in: instants))
    }

    /// The index of an instant; of the nearest before for another.
    private static func index(of instant: Timestamp, in instants: [Timestamp]) -> Int {
      var low = 0
      var high = instants.count
      while low < high {
        let middle = (low + high) / 2
        if instants[middle] <= instant { low = middle + 1 } else { high = middle }
      }
      return max(low - 1, 0)
    }
  }

  package init(_ request: ReportRequest) {
    self.request = request
    let calendar = ReportCalendar(
      zone: request.zone, dayStartMinute: request.dayStartMinute, billingDay: request.billingDay)
    let periods = calendar.periods(of: request.granularity, in: request.range)
    var main = ReportPlan.pass(periods, request, calendar)
    reportedRange = main.readingRange
    guard let kind = request.comparison else {
      (self.main, comparison, sharesLedgers) = (main, nil, false)
      return
    }
    let others = periods.map { calendar.counterpart(of: $0, granularity: request.granularity, kind: kind) }
    var comparison = ReportPlan.pass(others, request, calendar)
    sharesLedgers = ReportPlan.unite(&main, &comparison)
    (self.main, self.comparison) = (main, comparison)
  }

  /// Gives both passes the cut points of both, where that changes no period: where they touch or overlap, and have the
  /// same edges as far as they do.
  private static func unite(_ one: inout Pass, _ other: inout Pass) -> Bool {
    guard let start = one.bucketEdges.first, let end = one.bucketEdges.last, let otherStart = other.bucketEdges.first,
      let otherEnd = other.bucketEdges.last, max(start, otherStart) <= min(end, otherEnd)
    else { return false }
    let both = max(start, otherStart)...min(end, otherEnd)
    guard one.bucketEdges.filter(both.contains) == other.bucketEdges.filter(both.contains) else { return false }
    one.bucketEdges = merged(one.bucketEdges, other.bucketEdges)
    one.cutPoints = merged(one.cutPoints, other.cutPoints)
    (other.bucketEdges, other.cutPoints) = (one.bucketEdges, one.cutPoints)
    return true
  }

  static func pass(
    _ periods: [Range<Timestamp>], _ request: ReportRequest, _ calendar: ReportCalendar
  ) -> Pass {
    let edges = ordered(periods.flatMap { [$0.lowerBound, $0.upperBound] })
    var cuts: [Timestamp] = []
    guard let first = edges.first, let end = edges.last else {
      return Pass(periods: periods, cutPoints: [], bucketEdges: [])
    }
    if let split = request.split {
      for period in periods { cuts += calendar.edges(of: split, in: period) }
    }
    for tariff in request.tariffs {
      let start = tariff.accountingStart(for: first, zone: request.zone, billingDay: request.billingDay)
      cuts.append(start)
      cuts += tariff.switches(in: start..<end, zone: request.zone)
      if tariff.periods.contains(where: { !$0.tiers.isEmpty }) {
        var date = request.zone.date(at: start).startOfNextBillingPeriod(billingDay: request.billingDay)
        while request.zone.start(of: date) < end {
          cuts.append(request.zone.start(of: date))
          date = date.startOfNextBillingPeriod(billingDay: request.billingDay)
        }
      }
    }
    return Pass(periods: periods, cutPoints: merged(edges, ordered(cuts)), bucketEdges: edges)
  }

  /// Sorted, each once. Those of one tariff come in order: a year of half hours is not sorted again.
  private static func ordered(_ instants: [Timestamp]) -> [Timestamp] {
    if zip(instants, instants.dropFirst()).allSatisfy({ $0 < $1 }) { return instants }
    return merged(instants.sorted(), [])
  }

  /// Two lists in order as one, each instant once.
  private static func merged(_ some: [Timestamp], _ others: [Timestamp]) -> [Timestamp] {
    var result: [Timestamp] = []
    result.reserveCapacity(some.count + others.count)
    var (place, other) = (0, 0)
    while place < some.count || other < others.count {
      var next: Timestamp
      if other == others.count || (place < some.count && some[place] <= others[other]) {
        next = some[place]
        place += 1
      } else {
        next = others[other]
        other += 1
      }
      if next != result.last { result.append(next) }
    }
    return result
  }
}
