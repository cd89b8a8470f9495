import Calendar

extension Tariff.ClockWindow {
  /// `00:30-05:30`, `22:00-06:00`, `16:00-24:00`; nil for anything else.
  init?(text: String) {
    let ends = text.filter { $0 != " " }.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, let start = CalendarWords.minute(ends[0]), let end = CalendarWords.minute(ends[1]) else {
      return nil
    }
    self.init(start: start, end: end)
  }
}
