import Readings

/// The words and number forms that the table and the page share.
struct ReportWording {
  let report: Report

  // MARK: Numbers

  /// `£0.38`, `€1 204.50`; the digits alone for currencies without a sign here, whose code ``moneyTitle(_:)`` puts into
  /// the heading. Empty without a tariff.
  func money(_ figure: Figure?) -> String {
    guard let figure, let currency = report.currency else { return "" }
    let sign = figure.mantissa < 0 ? "-" : ""
    let digits = ReportWording.grouped(Figure(Int64(clamping: figure.mantissa.magnitude), places: figure.places))
    switch currency.code {
    case "GBP": return "\(sign)£\(digits)"
    case "EUR": return "\(sign)€\(digits)"
    case "USD", "AUD", "CAD", "NZD": return "\(sign)$\(digits)"
    case "JPY": return "\(sign)¥\(digits)"
    case "INR": return "\(sign)₹\(digits)"
    default: return "\(sign)\(digits)"
    }
  }

  /// The heading of a money column: the code where the figures do not show it.
  func moneyTitle(_ word: String) -> String {
    guard let currency = report.currency else { return word }
    return ["GBP", "EUR", "USD", "JPY", "INR"].contains(currency.code) ? word : "\(word) \(currency.code)"
  }

  /// The headings of cost columns: one, or one for each tariff that is compared.
  var costTitles: [String] { costTitles(report.otherTariffs.count) }

  func costTitles(_ otherCount: Int) -> [String] {
    guard otherCount > 0 else { return [moneyTitle("cost")] }
    return ([report.tariff ?? ""] + report.otherTariffs.prefix(otherCount))
      .map { moneyTitle(SafeText.truncated(SafeText.neutralised($0), to: 14)) }
  }

  /// `£12.40 less (-8.1 %)`.
  func comparison(of total: Report.Total, with base: Report.Total) -> String {
    guard let difference = total.difference(from: base), let cost = total.cost, let old = base.cost else { return "" }
    if difference.isZero { return "the same" }
    let amount = money(Figure(Int64(clamping: difference.mantissa.magnitude), places: difference.places))
    let change = ReportWording.change(from: old, to: cost).map { " (\($0))" } ?? ""
    return "\(amount) \(difference.mantissa < 0 ? "less" : "more")\(change)"
  }

  /// Digits in groups of three with a blank between, from five digits before the point on.
  static func grouped(_ figure: Figure) -> String {
    let text = figure.text
    let point = text.firstIndex(of: ".") ?? text.endIndex
    let whole = text[..<point]
    guard whole.utf8.count > 4 else { return text }
    var result = ""
    for (index, digit) in whole.enumerated() {
      if index > 0, digit.isNumber, whole[whole.startIndex].isNumber || index > 1,
        (whole.utf8.count - index).isMultiple(of: 3)
      {
        result.append(" ")
      }
      result.append(digit)
    }
    return result + text[point...]
  }

  /// `98 %`: rounded down, so that only what is whole says 100 %.
  static func percent(coverage: Figure) -> String {
    let hundredths = Int128(coverage.mantissa) * 100
    return "\(Apportionment.floor(hundredths, Int128(Decimal.power(coverage.places)))) %"
  }

  /// Shares in percent that add up to 100; nil where there is no sum to share.
  static func shares(_ figures: [Figure]) -> [String]? {
    let places = figures.map(\.places).max() ?? 0
    let amounts = figures.map { Int128($0.rescaled(to: places).mantissa) }
    let sum = amounts.reduce(0, +)
    guard sum > 0, amounts.allSatisfy({ $0 >= 0 }) else { return nil }
    return Apportionment.largestRemainder(amounts.map { $0 * 100 }, unit: sum, total: 100).map { "\($0) %" }
  }

  /// `+10.1 %`; nil where there is nothing to compare with.
  static func change(from old: Figure, to new: Figure) -> String? {
    let places = max(old.places, new.places)
    let before = Int128(old.rescaled(to: places).mantissa)
    guard before > 0 else { return nil }
    let after = Int128(new.rescaled(to: places).mantissa)
    let change = Figure.ratio((after - before) * 100, before, places: 1)
    return "\(change.mantissa < 0 ? "" : "+")\(change.text) %"
  }

  /// What is always on: its power, and what that comes to in the period, with its share.
  func alwaysOn(_ period: Report.Period) -> (power: String, energy: String)? {
    let power = Figure.sum(period.devices.compactMap(\.alwaysOnW))
    guard !power.isZero else { return nil }
    let total = period.total.kWh
    let wattSeconds = Int128(power.mantissa) * Int128(period.span.seconds)
    let energy = Figure.ratio(wattSeconds, 3_600_000 * Int128(Decimal.power(power.places)), places: total.places)
    var text = "\(ReportWording.grouped(energy)) kWh"
    if !total.isZero, !total.isLess(than: energy) {
      text += " (\(Figure.ratio(Int128(energy.mantissa) * 100, Int128(total.mantissa), places: 0).text) %)"
    }
    return (power.text, text)
  }

  /// The rates that get a column of kWh: none when there is one, or too many.
  func rateNames(of period: Report.Period) -> [String] {
    let names = ReportWording.unique(period.devices.flatMap { $0.byRate.map(\.rate) }).filter { name in
      // A tier adds money, not energy: it has no column of kWh.
      period.devices.contains { $0.byRate.contains { $0.rate == name && !$0.kWh.isZero } }
    }
    let order = period.rateSeconds.map(\.rate)
    let ordered = order.filter(names.contains) + names.filter { !order.contains($0) }
    return ordered.count > 1 && ordered.count <= 6 ? ordered : []
  }

  static func unique<Value: Hashable>(_ values: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
  }

  // MARK: Times

  /// `Sunday 25 October 2026`, `Week 43 of 2026, 19–25 October`, `October 2026`, `2026`, or both ends.
  func title(of span: Report.Span) -> String {
    title(of: span, as: report.granularity)
  }

  func title(of span: Report.Span, as granularity: Report.Granularity) -> String {
    let start = span.start.civil
    switch granularity {
    case .day where isDate(span.start):
      return "\(weekday(span.start)) \(start.day) \(month(start)) \(start.year)"
    case .week where isDate(span.start):
      let (year, week) = ReportWording.isoWeek(ofDay: dayNumber(span.start))
      return "Week \(week) of \(year), \(dates(span))"
    case .month where isDate(span.start) && start.day == 1: return "\(month(start)) \(start.year)"
    case .year where isDate(span.start) && start.day == 1 && start.month == 1: return "\(start.year)"
    case .bill where isDate(span.start): return "Bill \(dates(span))"
    default: return dates(span)
    }
  }

  /// A short name for a row: `Sun 25 Oct`, `2026-W43`, `Oct 2026`, `14:00`.
  func label(of span: Report.Span, as granularity: Report.Granularity) -> String {
    let start = span.start.civil
    switch granularity {
    case .day where isDate(span.start):
      return "\(weekday(span.start).prefix(3)) \(start.day) \(month(start).prefix(3))"
    case .week where isDate(span.start):
      let (year, week) = ReportWording.isoWeek(ofDay: dayNumber(span.start))
      return "\(year)-W\(ClockText.twoDigits(week))"
    case .month where isDate(span.start) && start.day == 1: return "\(month(start).prefix(3)) \(start.year)"
    case .year where isDate(span.start) && start.day == 1 && start.month == 1: return "\(start.year)"
    default: return dates(span)
    }
  }

  /// `14:00`; an hour that a clock change doubles also names its offset.
  func hourLabel(of span: Report.Span, isDoubled: Bool, showsDay: Bool) -> String {
    var text = span.start.hourAndMinute
    if isDoubled {
      var offset: [UInt8] = []
      ClockText.appendOffset(seconds: span.start.offsetSeconds, to: &offset)
      text += " " + String(decoding: offset, as: UTF8.self)
    }
    return showsDay ? "\(label(of: span, as: .day)) \(text)" : text
  }

  /// `25 h (clocks back 02:00→01:00)`; nil for a day of 24 hours and for longer periods without a change.
  func hours(of period: Report.Period) -> String? {
    let hours = JSONRenderer.hours(of: period.span).text
    let changes = period.clockChanges.map { change in
      let before = LocalInstant(change.at, offsetSeconds: change.offsetBefore).hourAndMinute
      let after = LocalInstant(change.at, offsetSeconds: change.offsetAfter).hourAndMinute
      let day =
        report.granularity == .day ? "" : " on \(LocalInstant(change.at, offsetSeconds: change.offsetBefore).date)"
      return "clocks \(change.offsetAfter < change.offsetBefore ? "back" : "forward")\(day) \(before)→\(after)"
    }
    guard changes.isEmpty else { return "\(hours) h (\(changes.joined(separator: ", ")))" }
    guard report.granularity == .day, period.span.seconds != 86_400 else { return nil }
    // A day that is not over.
    if isDate(period.span.start), !isDate(period.span.end), period.span.start.date == period.span.end.date {
      return "until \(period.span.end.hourAndMinute)"
    }
    return "\(hours) h"
  }

  /// `home tariff, GBP incl. VAT`.
  var tariffTitle: String? {
    guard let currency = report.currency else { return nil }
    let names = (report.tariff.map { [$0] } ?? []) + report.otherTariffs
    let name =
      names.isEmpty
      ? "" : names.map(SafeText.neutralised).joined(separator: " and ") + " tariff\(names.count > 1 ? "s" : ""), "
    return name + currency.code + (report.includesVAT == true ? " incl. VAT" : "")
  }

  /// When the peak was: the time on a day's report, else the day and the time.
  func peakTime(_ instant: LocalInstant?, in span: Report.Span) -> String {
    guard let instant else { return "" }
    if span.seconds <= 25 * 3600 { return instant.hourAndMinute }
    let civil = instant.civil
    return "\(civil.day) \(month(civil).prefix(3)) \(instant.hourAndMinute)"
  }

  /// `6 h`, `30 min`, `12 h 30 min`.
  static func duration(_ seconds: Int64) -> String {
    let minutes = (seconds + 30) / 60
    if minutes < 60 { return "\(minutes) min" }
    return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes / 60) h \(minutes % 60) min"
  }

  /// `the day before 4.210 kWh (+10.1 %)`.
  func comparison(of period: Report.Period) -> String? {
    guard let comparison = period.comparison else { return nil }
    let name =
      switch comparison.kind {
      case .previous: "before (\(dates(comparison.span)))"
      case .year: "a year before (\(dates(comparison.span)))"
      }
    let change = ReportWording.change(from: comparison.kWh, to: period.total.kWh).map { " (\($0))" } ?? ""
    let cost = comparison.cost.map { ", \(money($0))" } ?? ""
    return "\(name): \(ReportWording.grouped(comparison.kWh)) kWh\(cost)\(change)"
      + (comparison.complete ? "" : ", incomplete")
  }

  func noteTimes(_ note: Report.Note) -> String {
    guard let span = note.span else { return "" }
    let day = report.granularity == .day && report.periods.count == 1 ? report.periods.first?.span.start.date : nil
    let isWithinDay = span.start.date == day && span.end.date == day
    func time(_ instant: LocalInstant) -> String {
      isWithinDay ? instant.hourAndMinute : "\(instant.date) \(instant.hourAndMinute)"
    }
    if span.start == span.end { return time(span.start) + " " }
    if span.start.date == span.end.date { return "\(time(span.start))–\(span.end.hourAndMinute) " }
    return "\(time(span.start)) – \(time(span.end)) "
  }

  private func dates(_ span: Report.Span) -> String {
    guard isDate(span.start), isDate(span.end) else {
      return "\(span.start.date) \(span.start.hourAndMinute) to \(span.end.date) \(span.end.hourAndMinute)"
    }
    let first = span.start.civil
    let (year, monthNumber, day) = CivilTime.date(ofDay: dayNumber(span.end) - 1)
    let last = CivilTime(year: year, month: monthNumber, day: day)
    let lastText = "\(last.day) \(month(last)) \(last.year)"
    if first.year != last.year { return "\(first.day) \(month(first)) \(first.year) – \(lastText)" }
    if first.month != last.month { return "\(first.day) \(month(first)) – \(lastText)" }
    return first.day == last.day ? lastText : "\(first.day)–\(lastText)"
  }

  private func isDate(_ instant: LocalInstant) -> Bool {
    let civil = instant.civil
    // A zone may skip midnight, so a day may begin at 01:00; one that begins later is a span of hours.
    return civil.hour <= 1 && civil.minute == 0 && civil.second == 0
  }

  private func dayNumber(_ instant: LocalInstant) -> Int64 {
    (instant.at.seconds + Int64(instant.offsetSeconds)).flooringQuotient(86_400)
  }

  private func weekday(_ instant: LocalInstant) -> String {
    ClockText.weekdays[ClockText.weekday(ofDay: dayNumber(instant))]
  }

  private func month(_ civil: CivilTime) -> String { ClockText.months[civil.month - 1] }

  /// The ISO 8601 week of a day: the week's Thursday says the year.
  static func isoWeek(ofDay dayNumber: Int64) -> (year: Int, week: Int) {
    let thursday = dayNumber - Int64(ClockText.weekday(ofDay: dayNumber)) + 3
    let year = CivilTime.date(ofDay: thursday).year
    let newYear = CivilTime.dayNumber(year: year, month: 1, day: 1)
    return (year, Int((thursday - newYear) / 7) + 1)
  }
}
