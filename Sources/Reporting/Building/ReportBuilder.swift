import Calendar
public import EnergyAccounting
public import Pricing
import Readings
import Text
public import Work

/// One logical device's ledger under the name that the report prints.
public struct NamedLedger: Sendable {
  public var name: String
  public var ledger: DeviceLedger
  /// What is paid of it, by channel, where a main meter with sun behind it says that this is not all; empty elsewhere.
  var bought: [SlotEnergies] = []

  public init(name: String, ledger: DeviceLedger) {
    self.name = name
    self.ledger = ledger
  }

  /// What is paid of it, by channel.
  var boughtSlots: [SlotEnergies] {
    ledger.channels.enumerated().map { $0.offset < bought.count ? bought[$0.offset] : $0.element.slots }
  }
}

/// Makes a report from ledgers: sums, prices, rounds once, and collects the notes.
public struct ReportBuilder: Sendable {
  let plan: ReportPlan
  let request: ReportRequest
  /// Digits of printed money.
  let digits: Int
  /// Units of ``Money`` in the last printed digit.
  let moneyUnit: Int128
  /// How periods are worked out.
  let sideBySide: SideBySide
  private let schedules: [TariffSchedule]

  /// - Parameter schedules: ``ReportPlan/schedules()``; nil to have them made.
  public init(_ plan: ReportPlan, schedules: [TariffSchedule]? = nil, working sideBySide: SideBySide = .inTurn) {
    self.plan = plan
    self.schedules = schedules ?? plan.schedules()
    self.sideBySide = sideBySide
    request = plan.request
    digits = request.tariff?.currency.digits ?? 2
    moneyUnit = ReportCharges.unit(digits: digits)
  }

  /// - Parameters:
  ///   - ledgers: with the cut points and statistics edges of `plan.main`.
  ///   - compared: with those of `plan.comparison`; empty without one, and where the plan shares ledgers.
  ///   - notes: what else a reader must know, as damage in the store; ids are given here.
  public func report(
    _ ledgers: [NamedLedger], comparedWith compared: [NamedLedger] = [], notes extra: [Report.Note] = []
  ) -> Report {
    let site = MeteredSite(ledgers, mainMeter: request.mainMeter, shown: request.shown, sideBySide)
    let lines = ExactEntry.lines(
      of: site.ledgers, besides: site.others, pass: plan.main, request: request, schedule: schedules.first)
    let figures = figures(
      of: lines, site,
      extra + site.notes(reportedSlots, request) + twinNotes(request.shown == nil ? ledgers : site.ledgers))
    var periods = self.periods(figures, comparedWith: compared)
    if let tariff = request.tariff, request.hasCharges {
      let charges = ReportCharges(
        lines, figures.sums, plan.main, tariff, request, totals: periods.map(\.total)
      ).charges
      for index in periods.indices { periods[index].total.charges = charges[index] }
    }
    let currency = request.tariff.map { Report.Currency(code: $0.currency.code, digits: $0.currency.digits) }
    var report = Report(
      granularity: request.granularity, split: request.split, timeZone: request.zoneName, currency: currency,
      tariff: request.tariff?.name, otherTariffs: request.otherTariffs.map(\.name), includesVAT: includesVAT,
      periods: periods, total: ReportBuilder.sum(periods), notes: figures.notes.notes,
      mainMeter: site.mainMeter, dayStartMinute: request.dayStartMinute)
    report.unusualDayStarts = unusualDayStarts(clockChanges())
    report.listsCharges = request.listsCharges
    report.comparison = request.comparison
    report.drawnSplit = request.split == nil ? request.drawnSplit : nil
    return report
  }

  /// The periods, each with what it is compared with.
  private func periods(_ figures: Figures, comparedWith compared: [NamedLedger]) -> [Report.Period] {
    let changes = clockChanges()
    @Sendable func made(_ index: Int) -> Report.Period {
      let range = plan.main.periods[index]
      var period = period(index, figures)
      period.clockChanges = changes.filter { $0.at > range.lowerBound && $0.at < range.upperBound }
      return period
    }
    guard let kind = request.comparison, let pass = plan.comparison else {
      return sideBySide.map(plan.main.periods.count, inPieces: 8, made)
    }
    var (periods, comparisons) = sideBySide.map(plan.main.periods.count, inPieces: 8, made) {
      if plan.sharesLedgers {
        return self.comparisons(kind, figures.lines, figures.site.sun, pass, known: figures.sums)
      }
      let site = MeteredSite(compared, mainMeter: request.mainMeter, shown: request.shown)
      return self.comparisons(
        kind, ExactEntry.lines(of: site.ledgers, besides: site.others, pass: pass, request: request), site.sun, pass)
    }
    for (index, comparison) in comparisons.enumerated() { periods[index].comparison = comparison }
    return periods
  }

  /// The ledgers as lines of a report: without the main meter's own, with the rest.
  struct MeteredSite: Sendable {
    let ledgers: [NamedLedger]
    /// nil where it is not among the ledgers, or has no reading.
    let mainMeter: String?
    /// nil without a main meter, and where no plug behind it produces.
    let sun: Sun?
    /// Those that are not reported and share tiers with those that are.
    let others: [NamedLedger]

    init(
      _ ledgers: [NamedLedger], mainMeter name: String?, shown: Set<String>? = nil, _ sideBySide: SideBySide = .inTurn
    ) {
      if let shown {
        let lines = name.map { MainMeter.dividing(ledgers, main: $0, sideBySide) } ?? ledgers
        (self.ledgers, mainMeter, sun) = (lines.filter { shown.contains($0.name) }, nil, nil)
        others = lines.filter { !shown.contains($0.name) }
        return
      }
      others = []
      guard let name, let main = ledgers.first(where: { $0.name == name && !$0.ledger.channels.isEmpty }) else {
        (self.ledgers, mainMeter, sun) = (ledgers, nil, nil)
        return
      }
      mainMeter = name
      sun = Sun(main: main, plugs: ledgers.filter { $0.name != name })
      self.ledgers = MainMeter.dividing(ledgers, main: name, sideBySide)
    }

    /// What is to be said of the rest over all that is reported.
    func notes(_ slots: Range<Int>, _ request: ReportRequest) -> [Report.Note] {
      guard mainMeter != nil, let rest = ledgers.last?.ledger.channels.first?.use(slots) else { return [] }
      func note(_ text: String) -> [Report.Note] {
        [Report.Note(id: "", device: MainMeter.rest, kind: "main-meter", span: nil, text: text)]
      }
      // More than messages that lie otherwise can make of it.
      if let sums = sun?.sums(slots),
        (sums.exports - sums.produced).milliwattHours > max(20_000, sums.produced.milliwattHours / 50)
      {
        return note(
          "the main meter fed in more than the plugs made: something produces that no plug measures, so the house used "
            + "more than is shown")
      }
      guard rest < .zero else { return [] }
      return note(
        "the plugs counted more than the main meter: a plug that is not behind it, or one that measures wrong")
    }
  }

  /// What the periods are made of.
  struct Figures: Sendable {
    let site: MeteredSite
    let lines: [ExactEntry]
    let sums: ReportSums
    /// nil without a tariff.
    let money: [PeriodMoney]?
    let notes: ReportNotes
    /// By tariff that the report compares with.
    let others: [OtherCosts]
    /// What own use of the sun saved, by slot; nil without sun or tariff.
    let saved: Bill?
  }

  private func figures(of lines: [ExactEntry], _ site: MeteredSite, _ extra: [Report.Note]) -> Figures {
    @Sendable func own(_ sideBySide: SideBySide) -> (ReportSums, [PeriodMoney]?, ReportNotes) {
      let sums = ReportSums(lines, plan.main, days: days, sideBySide)
      let money = request.tariff.map { rounded(sums.periods.map(\.bills), plan.main, $0) }
      return (sums, money, ReportNotes(site.ledgers, lines, sums, request: request, pass: plan.main, extra: extra))
    }
    // One other tariff is about as much work as all the rest.
    let ((sums, money, notes), others) =
      request.otherTariffs.isEmpty
      ? (own(sideBySide), [])
      : sideBySide.both(
        { own(.inTurn) },
        {
          zip(request.otherTariffs, schedules.dropFirst()).map {
            otherCosts(of: lines, besides: site.others, by: $0, $1)
          }
        })
    let saved = site.sun.flatMap { sun in
      request.tariff.flatMap { tariff in schedules.first.map { Bill(tariff, $0, devices: [sun.ownUse]) } }
    }
    return Figures(
      site: site, lines: lines, sums: sums, money: money, notes: notes, others: others, saved: saved)
  }

  /// The days that plugs themselves count; nil where periods are no days.
  private var days: LocalDays? {
    request.granularity == .day ? LocalDays(zone: request.zone, startMinute: request.dayStartMinute) : nil
  }

  private var reportedSlots: Range<Int> {
    guard let start = plan.main.periods.first?.lowerBound, let end = plan.main.periods.last?.upperBound else {
      return 0..<0
    }
    return plan.main.slots(in: start..<end)
  }

  /// Starts of days among the edges of periods and parts at which the clock shows another time than days begin at.
  private func unusualDayStarts(_ changes: [Report.ClockChange]) -> Set<Timestamp> {
    let days = LocalDays(zone: request.zone, startMinute: request.dayStartMinute)
    var starts: Set<Timestamp> = []
    for change in changes where days.start(of: days.date(at: change.at)) == change.at {
      starts.insert(change.at)
    }
    return starts
  }

  private var includesVAT: Bool? {
    guard let tariff = request.tariff else { return nil }
    return tariff.namesTax || (!tariff.periods.isEmpty && tariff.periods.allSatisfy(\.includesTax)) ? true : nil
  }

  private func clockChanges() -> [Report.ClockChange] {
    guard let start = plan.main.periods.first?.lowerBound, let end = plan.main.periods.last?.upperBound else {
      return []
    }
    return request.zone.changes(in: start..<end).map { change in
      Report.ClockChange(
        at: change, offsetBefore: request.zone.offset(at: change.advanced(byMilliseconds: -1)),
        offsetAfter: request.zone.offset(at: change))
    }
  }

  /// Plugs that are in the report under two names.
  private func twinNotes(_ ledgers: [NamedLedger]) -> [Report.Note] {
    guard let start = plan.main.periods.first?.lowerBound, let end = plan.main.periods.last?.upperBound else {
      return []
    }
    return TwinPlugs.all(among: ledgers, in: start..<end).map { twins in
      Report.Note(
        id: "", device: twins.other, kind: "same-plug", span: span(twins.range),
        text: twins.text + "; " + TwinPlugs.advice)
    }
  }

  // MARK: Forms

  func local(_ instant: Timestamp) -> LocalInstant {
    LocalInstant(instant, offsetSeconds: request.zone.offset(at: instant))
  }

  func span(_ range: Range<Timestamp>) -> Report.Span {
    Report.Span(start: local(range.lowerBound), end: local(range.upperBound))
  }

  /// Whole watts where the plug sends whole watts.
  static func watts(_ milliwatts: Int64) -> Figure {
    var figure = Figure(milliwatts, places: 3)
    while figure.places > 0, figure.mantissa % 10 == 0 {
      figure = Figure(figure.mantissa / 10, places: figure.places - 1)
    }
    return figure
  }
}

extension Bucket {
  /// Covered time over the whole, 0 to 1, cut to three digits, so that 1.000 means all of it.
  var coverage: Figure {
    let share = duration > 0 ? Int64(clamping: Int128(covered) * 1000 / Int128(duration)) : 0
    return Figure(min(max(share, 0), 1000), places: 3)
  }
}
