import Calendar
import Pricing
import Readings
import Reporting
import Text

/// Conditions about what a period cost, will come to, or changed by: each is judged by the figure of a report.
extension ConditionQuery {
  /// Days that a forecast takes the pace of.
  private static let paceDayCount = 30

  /// - Parameters:
  ///   - counted: whose figures are summed.
  ///   - devices: those that match, the main meter and what is behind it included.
  func periodFigure(
    _ condition: CheckCondition, _ counted: [LogicalDevice], of devices: [LogicalDevice]
  ) -> Verdict {
    // The household's figure, with what it pays beside energy, is told of all that there is.
    let isAll = condition.device == nil
    let told = isAll ? devices : counted
    let name = name(of: condition, counted)
    let when = condition.subject.words
    func reported(_ unit: CalendarPeriod.Unit, _ range: Range<Timestamp>) -> Report? {
      report(unit, range, told, isAll: isAll)
    }
    let calendar = period(condition.subject)
    let period = zone.range(of: calendar)
    switch condition.figure {
    case .use: return .unknown("\(name): use is judged by itself")
    case .cost:
      guard let report = reported(calendar.unit, period), let total = report.total.cost else {
        return .unknown("\(name): \(unknownCost(condition, when))")
      }
      return priced(condition, total, report, "\(name): \(money(total)) \(when)")
    case .forecast:
      let today = zone.days.date(at: at)
      let days = zone.days.start(of: today.advanced(byDays: -ConditionQuery.paceDayCount))..<zone.days.start(of: today)
      let over = LocalInstant(period.upperBound, offsetSeconds: zone.rules.offset(at: period.upperBound))
      guard let report = reported(calendar.unit, period), let soFar = report.periods.first,
        let forecast = Forecast(of: soFar, until: over, by: reported(.day, days)?.periods ?? [])
      else {
        return .unknown("\(name): no whole day among the last \(ConditionQuery.paceDayCount) tells how \(when) goes on")
      }
      let pace = "at the pace of \(CountText.text(forecast.dayCount, "day"))"
      guard condition.isAboutMoney else {
        let text = "\(name): \(forecast.kWh.rescaled(to: 1).groupedText) kWh expected \(when), \(pace)"
        return verdict(condition, forecast.kWh.rescaled(to: 6).mantissa, text)
      }
      guard let cost = forecast.cost else { return .unknown("\(name): \(unknownCost(condition, when))") }
      return priced(condition, cost, report, "\(name): \(money(cost)) expected \(when), \(pace)")
    case .trend: return trend(condition, name, reported)
    }
  }

  // MARK: Trend

  private func trend(
    _ condition: CheckCondition, _ name: String, _ reported: (CalendarPeriod.Unit, Range<Timestamp>) -> Report?
  ) -> Verdict {
    let count = condition.subject.trendDayCount
    let today = zone.days.date(at: at)
    func days(before end: Int) -> Report.Period? {
      let range =
        zone.days.start(of: today.advanced(byDays: -end - count))..<zone.days.start(of: today.advanced(byDays: -end))
      return reported(.range, range)?.periods.first
    }
    let last = count == 1 ? "yesterday" : "in the last \(count) days"
    let before = count == 1 ? "on the day before" : "in the \(count) days before"
    var energies: [Figure] = []
    for (place, words) in [(0, last), (count, before)] {
      guard let period = days(before: place), !period.devices.isEmpty else {
        return .unknown("\(name): no reading \(words)")
      }
      // A silence would pass for thrift, or what follows it for waste.
      guard period.complete || !(period.meanCoverage ?? Figure(0)).isLess(than: Figure(9, places: 1)) else {
        let percent = (period.meanCoverage ?? Figure(0)).rescaled(to: 2).mantissa
        return .unknown("\(name): there are readings for \(percent) % of the time \(words) alone")
      }
      energies.append(period.total.used)
    }
    guard let change = energies[0].changePercent(from: energies[1]) else {
      return .unknown("\(name): nothing was used \(before)")
    }
    let sign = change.mantissa < 0 ? "" : "+"
    return verdict(
      condition, change.rescaled(to: 3).mantissa,
      "\(name): \(sign)\(change.text) %, \(energies[0].groupedText) kWh \(last), \(energies[1].groupedText) kWh \(before)"
    )
  }

  // MARK: Words and reports

  private func verdict(_ condition: CheckCondition, _ thousandths: Int64, _ text: String) -> Verdict {
    condition.comparison.holds(thousandths, condition.threshold) ? .holds(text) : .holdsNot(text)
  }

  /// Energy without a price makes a cost too low: then it holds only where more would not change that.
  private func priced(_ condition: CheckCondition, _ cost: Figure, _ report: Report, _ text: String) -> Verdict {
    let verdict = verdict(condition, cost.rescaled(to: 3).mantissa, text)
    guard report.notes.contains(where: { $0.kind == "no-price" }) else { return verdict }
    if case .holds = verdict, condition.comparison.isLower { return verdict }
    return .unknown("\(text), and more: some of its energy has no price")
  }

  private func unknownCost(_ condition: CheckCondition, _ when: String) -> String {
    tariff == nil ? "no tariff tells what it costs" : "no reading \(when)"
  }

  private func money(_ figure: Figure) -> String { "\(figure.groupedText) \(tariff?.currency.code ?? "")" }

  /// What a report of that time says, up to ``at`` and the last message before it; nil where it has not begun.
  private func report(
    _ unit: CalendarPeriod.Unit, _ range: Range<Timestamp>, _ devices: [LogicalDevice], isAll: Bool
  ) -> Report? {
    let start = range.lowerBound
    let end = min(range.upperBound, at, OpenPeriod.end(at, of: devices, after: start, in: store))
    guard start < end else { return nil }
    let share = SharedCosts(
      of: devices, in: store, isAll: isAll, mainMeter: mainMeter, tariffs: [tariff].compactMap(\.self))
    var request = ReportRequest(
      granularity: unit, range: start..<end, zone: zone.rules, zoneName: zone.name, tariff: tariff,
      billing: zone.billing, dayStartMinute: zone.days.startMinute, mainMeter: share.mainMeter)
    request.shown = share.shown
    request.hasStandingCharge = isAll
    request.hasCharges = false
    let report = ReportQuery(store, share.read, request, now: at, of: devices).report()
    return report.periods.contains { !$0.devices.isEmpty } ? report : nil
  }
}

extension CheckCondition.Subject {
  /// Whole days that a trend is of.
  fileprivate var trendDayCount: Int {
    switch self {
    case .week: 7
    case .month: 30
    case .year: 365
    case .silent, .power, .today, .yesterday, .bill: 1
    }
  }
}
