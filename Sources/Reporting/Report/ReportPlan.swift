public import Calendar
import EnergyAccounting
public import Pricing
public import Readings

/// What somebody wants to know: which time, cut how, compared with what, priced by which tariff.
public struct ReportRequest: Sendable {
  public var granularity: Report.Granularity
  /// Half-open. Periods that begin before it or end after it are cut to it.
  public var range: Range<Timestamp>
  public var split: Report.Split?
  public var comparison: Report.Comparison.Kind?
  public var zone: TimeZoneRules
  public var zoneName: String
  public var tariff: Tariff?
  /// Other tariffs of the same currency, by which the same use is priced for comparison.
  public var otherTariffs: [Tariff]
  /// When bills begin, and so tiers and charges that are meant for bills.
  public var billing: BillingCycle
  /// When days, and so weeks, months and years, begin: minutes after local midnight.
  public var dayStartMinute: Int
  /// The device that counts the whole site; nil without.
  public var mainMeter: String?
  /// The devices that are reported, where the others are only read for what they share: tiers and the sun. Nil for all.
  public var shown: Set<String>?
  /// The lines of the bill are asked for.
  public var listsCharges = false
  /// What parts are drawn by where nobody asked for a split into rows.
  public var drawnSplit: Report.Split?
  /// What all devices used in each hour is asked for, as a drawing needs it.
  public var hasHours = false
  /// False where the standing charge is not this report's: it is the household's, and no single device's.
  public var hasStandingCharge = true
  /// False where nobody will look at the lines of bills: then ``Report/Total/charges`` is empty.
  public var hasCharges = true
  /// Other names of devices (topics, addresses, groups) by their names: tariffs may name devices by them.
  public var otherNames: [String: [String]] = [:]
  /// Until when readings tell of the devices, where that is known: a month's demand is not sought behind it.
  public var knownUntil: Timestamp?

  public init(
    granularity: Report.Granularity, range: Range<Timestamp>, split: Report.Split? = nil,
    comparison: Report.Comparison.Kind? = nil, zone: TimeZoneRules, zoneName: String, tariff: Tariff? = nil,
    otherTariffs: [Tariff] = [], billing: BillingCycle = BillingCycle(), dayStartMinute: Int = 0,
    mainMeter: String? = nil
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
    self.billing = billing
  }

  /// What the entries are split into.
  var parts: Report.Split? { split ?? drawnSplit }

  /// Asks for what the page and `--chart` draw: use over time, and for a time of days the hours of each day.
  public mutating func draw() {
    let days = (range.upperBound.milliseconds - range.lowerBound.milliseconds) / 86_400_000
    hasHours = days < 63
    drawnSplit =
      switch granularity {
      case .day: .hour
      case .week, .month, .bill: .day
      case .year: .month
      case .range: days < 3 ? .hour : days < 93 ? .day : .month
      }
  }

  var tariffs: [Tariff] { (tariff.map { [$0] } ?? []) + otherTariffs }
}

/// What must be read for a report, known before anything is read.
///
/// The caller feeds each device's rows within a pass's ``Pass/readingRange`` to a `MeterAccount` made with its
/// ``Pass/cutPoints`` and ``Pass/bucketEdges``, and hands the ledgers to ``ReportBuilder``.
public struct ReportPlan: Sendable {
  public let request: ReportRequest
  /// The periods themselves.
  public let main: Pass
  /// What they are compared with: one period for each of ``main``, in the same order; nil without a comparison.
  public let comparison: Pass?
  /// True where ledgers of ``main`` are ledgers of ``comparison`` too: a day and the one before it are read once.
  public let sharesLedgers: Bool
  /// ``Pass/readingRange`` of the periods alone.
  public let reportedRange: Range<Timestamp>

  public struct Pass: Sendable {
    /// The periods, in order. Empty ones (a day that the zone skipped) are left out.
    public var periods: [Range<Timestamp>]
    /// Strictly increasing: period edges, edges of parts, tariff switches, and what a bill's tiers need before them.
    public var cutPoints: [Timestamp]
    /// The period edges, between which everything is summed: a subset of the cut points.
    public var bucketEdges: [Timestamp]

    /// From the first cut point to the last, with the surroundings that decide the steps over both edges.
    public var readingRange: Range<Timestamp> { ReportPlan.readingRange(from: cutPoints.first, to: cutPoints.last) }

    /// What a kWh costs between the cut points.
    func schedule(of tariff: Tariff, _ request: ReportRequest) -> TariffSchedule {
      TariffSchedule(tariff, zone: request.zone, billing: request.billing, cutPoints: cutPoints)
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
      max(instants.indices.partitionPoint { instants[$0] > instant } - 1, 0)
    }
  }

  /// What a kWh costs between the cut points of ``main``: by the tariff, then by those that it is compared with. It
  /// needs no readings, and so may be worked out while they are read.
  public func schedules() -> [TariffSchedule] {
    ((request.tariff.map { [$0] } ?? []) + request.otherTariffs).map { main.schedule(of: $0, request) }
  }

  public init(_ request: ReportRequest) {
    var request = request
    let calendar = ReportCalendar(
      zone: request.zone, dayStartMinute: request.dayStartMinute, billing: request.billing)
    let periods = calendar.periods(of: request.granularity, in: request.range)
    // Several periods are drawn as they are.
    if periods.count > 1 { request.drawnSplit = nil }
    self.request = request
    let edges = ReportPlan.edges(of: periods)
    let accounted = ReportPlan.accountedTime(edges, request)
    reportedRange = ReportPlan.readingRange(from: accounted?.lowerBound, to: edges.last)
    guard let kind = request.comparison else {
      (main, comparison, sharesLedgers) = (ReportPlan.pass(periods, request, calendar), nil, false)
      return
    }
    let others = periods.map { calendar.counterpart(of: $0, granularity: request.granularity, kind: kind) }
    if let united = ReportPlan.united(edges, ReportPlan.edges(of: others)) {
      let cuts = ReportPlan.cutPoints(united, periods + others, request, calendar)
      main = Pass(periods: periods, cutPoints: cuts, bucketEdges: united)
      comparison = Pass(periods: others, cutPoints: cuts, bucketEdges: united)
      sharesLedgers = true
    } else {
      main = ReportPlan.pass(periods, request, calendar)
      comparison = ReportPlan.pass(others, request, calendar)
      sharesLedgers = false
    }
  }

  private static func readingRange(from start: Timestamp?, to end: Timestamp?) -> Range<Timestamp> {
    guard let start, let end else { return Timestamp(milliseconds: 0)..<Timestamp(milliseconds: 0) }
    let margin = MeteringOptions.surroundings
    return start.advanced(byMilliseconds: -margin)..<end.advanced(byMilliseconds: margin)
  }

  /// The edges of two times that touch or overlap and have the same edges as far as they do: those of both, which part
  /// no period of either. nil for other times.
  private static func united(_ one: [Timestamp], _ other: [Timestamp]) -> [Timestamp]? {
    guard let start = one.first, let end = one.last, let otherStart = other.first, let otherEnd = other.last,
      max(start, otherStart) <= min(end, otherEnd)
    else { return nil }
    let both = max(start, otherStart)...min(end, otherEnd)
    return one.filter(both.contains) == other.filter(both.contains) ? one.merged(with: other) : nil
  }

  static func pass(_ periods: [Range<Timestamp>], _ request: ReportRequest, _ calendar: ReportCalendar) -> Pass {
    let edges = edges(of: periods)
    return Pass(periods: periods, cutPoints: cutPoints(edges, periods, request, calendar), bucketEdges: edges)
  }

  private static func edges(of periods: [Range<Timestamp>]) -> [Timestamp] {
    periods.flatMap { [$0.lowerBound, $0.upperBound] }.inOrder()
  }

  /// What the tariffs need for the cost of the time between the first edge and the last.
  private static func accountedTime(_ edges: [Timestamp], _ request: ReportRequest) -> Range<Timestamp>? {
    guard let first = edges.first, let end = edges.last else { return nil }
    return request.tariffs.reduce(first..<end) { time, tariff in
      let needed = accountedTime(of: tariff, for: first..<end, request)
      return min(time.lowerBound, needed.lowerBound)..<max(time.upperBound, needed.upperBound)
    }
  }

  private static func accountedTime(
    of tariff: Tariff, for range: Range<Timestamp>, _ request: ReportRequest
  ) -> Range<Timestamp> {
    tariff.accountedTime(for: range, zone: request.zone, billing: request.billing, known: request.knownUntil)
  }

  private static func cutPoints(
    _ edges: [Timestamp], _ periods: [Range<Timestamp>], _ request: ReportRequest, _ calendar: ReportCalendar
  ) -> [Timestamp] {
    guard let first = edges.first, let end = edges.last else { return [] }
    var lists = [edges]
    // What the sun gave is told hour by hour, whatever the report is split into.
    let hasHours = request.hasHours || (request.mainMeter != nil && request.tariff != nil)
    for split in Set([request.parts, hasHours ? .hour : nil].compactMap(\.self)) {
      lists.append(periods.flatMap { calendar.edges(of: split, in: $0) }.inOrder())
    }
    for tariff in request.tariffs {
      let time = accountedTime(of: tariff, for: first..<end, request)
      lists.append(tariff.switches(in: time, zone: request.zone))
      lists.append(tariff.accountingCuts(in: time, zone: request.zone, billing: request.billing))
      lists.append([time.lowerBound, time.upperBound])
    }
    // The longest, a year of half hours, last: it is gone through once.
    return lists.sorted { $0.count < $1.count }.reduce([]) { $0.merged(with: $1) }
  }
}
