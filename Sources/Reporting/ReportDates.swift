import Calendar
import Readings
import Text

/// How times, days and periods are named.
extension ReportWording {
  /// `Sunday 25 October 2026`, `Week 43 of 2026, 19–25 October`, `October 2026`, `2026`, or both ends.
  func title(of span: Report.Span) -> String {
    title(of: span, as: report.granularity)
  }

  /// A period has its calendar's name where it begins with it; one that ends before it says so.
  func title(of span: Report.Span, as granularity: Report.Granularity) -> String {
    let start = span.start.civil
    guard let name = calendarName(of: span, granularity) else { return dates(span) }
    let end = span.end.civil
    let until =
      isDate(span.end) || granularity == .day
      ? "" : ", until \(end.day) \(month(end)) \(span.end.hourAndMinute)"
    switch granularity {
    case .day: return "\(weekday(span.start)) \(start.day) \(month(start)) \(start.year)"
    case .week: return name + (until.isEmpty ? ", \(dates(span))" : until)
    case .month: return "\(month(start)) \(start.year)" + until
    case .bill: return name
    default: return name + until
    }
  }

  /// A short name for a row: `Sun 25 Oct`, `2026-W43`, `Oct 2026`, `14:00`.
  func label(of span: Report.Span, as granularity: Report.Granularity) -> String {
    let start = span.start.civil
    guard let name = calendarName(of: span, granularity), granularity != .bill else { return dates(span) }
    let end = span.end.civil
    let until = isDate(span.end) ? "" : " until \(end.day) \(month(end).prefix(3))"
    switch granularity {
    case .day:
      return "\(weekday(span.start).prefix(3)) \(start.day) \(month(start).prefix(3))"
        + (isDate(span.end) ? "" : " until \(span.end.hourAndMinute)")
    case .week:
      return LocalDate(dayNumber: dayNumber(span.start)).isoWeekText + until
    case .month: return "\(month(start).prefix(3)) \(start.year)" + until
    default: return name + until
    }
  }

  /// The name of the day, week, month, bill or year that a span is, or is the beginning of up to an instant within a
  /// day; nil for any other span.
  private func calendarName(of span: Report.Span, _ granularity: Report.Granularity) -> String? {
    guard isDate(span.start) else { return nil }
    let start = span.start.civil
    let end = span.end.civil
    let isOpen = !isDate(span.end)
    let months = (end.year - start.year) * 12 + end.month - start.month
    switch granularity {
    case .day: return isOpen || dayNumber(span.end) == dayNumber(span.start) + 1 ? weekday(span.start) : nil
    case .week:
      guard ClockText.weekday(ofDay: dayNumber(span.start)) == 0,
        isOpen || dayNumber(span.end) == dayNumber(span.start) + 7
      else { return nil }
      let (year, week) = LocalDate(dayNumber: dayNumber(span.start)).isoWeek
      return "Week \(week) of \(year)"
    case .month: return start.day == 1 && (isOpen || (months == 1 && end.day == 1)) ? month(start) : nil
    case .year:
      return start.day == 1 && start.month == 1 && (isOpen || (months == 12 && end.day == 1)) ? "\(start.year)" : nil
    case .bill: return "Bill \(dates(span))"
    case .range: return nil
    }
  }

  /// `days from 06:00`; nil where they begin at midnight.
  var dayStart: String? {
    guard report.dayStartMinute != 0 else { return nil }
    return "days from \(ClockText.text(minuteOfDay: report.dayStartMinute))"
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

  /// More changes of clocks are not listed: they tell nobody anything of several years.
  private static let mostClockChanges = 2

  /// `25 h (clocks back 02:00→01:00)`; nil for a day of 24 hours and for longer periods without a change.
  func hours(of period: Report.Period) -> String? {
    guard period.clockChanges.count <= Self.mostClockChanges else { return nil }
    let hours = JSONRenderer.hours(of: period.span).text
    let changes = period.clockChanges.map { change in
      let before = LocalInstant(change.at, offsetSeconds: change.offsetBefore).hourAndMinute
      let after = LocalInstant(change.at, offsetSeconds: change.offsetAfter).hourAndMinute
      let day =
        report.granularity == .day ? "" : " on \(LocalInstant(change.at, offsetSeconds: change.offsetBefore).date)"
      return "clocks \(change.offsetAfter < change.offsetBefore ? "back" : "forward")\(day) \(before)→\(after)"
    }
    guard changes.isEmpty else {
      // Of a period that is not over, such as a running year, the hours so far say nothing.
      let list = changes.joined(separator: ", ")
      return period.span.seconds % 900 == 0 ? "\(hours) h (\(list))" : list
    }
    guard report.granularity == .day, period.span.seconds != 86_400 else { return nil }
    // A day that is not over.
    if isDate(period.span.start), !isDate(period.span.end) {
      return "until \(period.span.end.hourAndMinute)"
    }
    return "\(hours) h"
  }

  /// `Europe/London · days from 06:00 · home tariff, GBP incl. VAT`.
  var setting: String { [report.timeZone, dayStart, tariffTitle].compactMap(\.self).joined(separator: " · ") }

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
    let change = ReportWording.change(from: comparison.used, to: period.total.used).map { " (\($0))" } ?? ""
    let cost = comparison.cost.map { ", \(money($0))" } ?? ""
    return "\(name): \(ReportWording.grouped(comparison.used)) kWh\(cost)\(change)"
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

  /// `25 October 2026`, `19–25 October 2026`, `1–22 November 2026, until 21:35`; both ends where no day begins.
  private func dates(_ span: Report.Span) -> String {
    guard isDate(span.start) else {
      return "\(span.start.date) \(span.start.hourAndMinute) to \(span.end.date) \(span.end.hourAndMinute)"
    }
    let first = span.start.civil
    let minute = span.end.civil.hour * 60 + span.end.civil.minute
    var lastDay = dayNumber(span.end)
    if isDate(span.end) || minute < report.dayStartMinute { lastDay -= 1 }
    let (year, monthNumber, day) = CivilTime.date(ofDay: lastDay)
    let last = CivilTime(year: year, month: monthNumber, day: day)
    let until = isDate(span.end) ? "" : ", until \(span.end.hourAndMinute)"
    let lastText = "\(last.day) \(month(last)) \(last.year)\(until)"
    if first.year != last.year { return "\(first.day) \(month(first)) \(first.year) – \(lastText)" }
    if first.month != last.month { return "\(first.day) \(month(first)) – \(lastText)" }
    return first.day == last.day ? lastText : "\(first.day)–\(lastText)"
  }

  /// True where a day of the site begins.
  func isDate(_ instant: LocalInstant) -> Bool {
    if report.unusualDayStarts.contains(instant.at) { return true }
    let civil = instant.civil
    return civil.hour * 60 + civil.minute == report.dayStartMinute && civil.second == 0
  }

  private func dayNumber(_ instant: LocalInstant) -> Int64 {
    (instant.at.seconds + Int64(instant.offsetSeconds)).flooringQuotient(86_400)
  }

  private func weekday(_ instant: LocalInstant) -> String {
    ClockText.weekdays[ClockText.weekday(ofDay: dayNumber(instant))]
  }

  private func month(_ civil: CivilTime) -> String { ClockText.months[civil.month - 1] }
}
