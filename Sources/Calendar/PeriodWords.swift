/// Periods as people name them. What has one meaning is understood; what may be read in two ways is not guessed.
public enum PeriodWords {
  /// Every form with what it means: the one list for help, refusals, completion and the manual.
  public static let forms: [(form: String, meaning: String)] = [
    ("today", "the running day"), ("yesterday", "the day before"), ("this week", "or month, quarter, bill, year"),
    ("last month", "the whole one before this; or day, week, quarter, bill, year"),
    ("last 7 days", "whole days up to yesterday; or weeks, months, quarters, bills, years; short: 7d"),
    ("last 24 hours", "up to now; short: 24h"), ("monday", "the latest one; or another weekday"),
    ("october", "the latest one; or another month"), ("october 2026", "a month; short: oct 2026"),
    ("2026-10-25", "a day; or 25.10.2026"), ("2026-W43", "a week"), ("2026-10", "a month"), ("2026-Q4", "a quarter"),
    ("2026", "a year"), ("2026-10..2026-12", "from the start of one to the end of the other"),
    ("2026-10..", "up to today"), ("..2026-10", "from the first reading on"),
  ]

  /// The forms alone, for messages: `today, yesterday, 'last month', …`.
  public static var examples: String {
    forms.map { $0.form.contains(" ") ? "'\($0.form)'" : $0.form }.joined(separator: ", ")
  }

  /// Every form that has no number in it, with each unit, month and weekday: what a slip of the pen may have meant.
  public static var words: [String] {
    let units = ["day", "week", "month", "quarter", "bill", "year"]
    let months = "january february march april may june july august september october november december"
    let days = "monday tuesday wednesday thursday friday saturday sunday"
    return ["today", "yesterday"] + units.flatMap { ["last \($0)", "this \($0)"] }
      + "\(months) \(days)".split(separator: " ").map(String.init)
  }

  /// The count of `last 24 hours` and `24h`, which are no whole days; nil for anything else.
  public static func hours(_ text: String) -> Int? {
    let words = words(of: text)
    if words.count == 3, words[0] == "last", words[2] == "hours" || words[2] == "hour" { return count(words[1][...]) }
    if words.count == 1, let last = words[0].last, last == "h" { return count(words[0].dropLast()) }
    return nil
  }

  /// `..B`: a period that begins with whatever there is.
  public static func hasOpenStart(_ text: String) -> Bool { words(of: text).first?.hasPrefix("..") ?? false }

  static func words(of text: String) -> [String] {
    text.lowercased().split { $0 == " " || $0 == "_" || $0 == "\t" }.map(String.init)
  }

  static func count(_ text: Substring) -> Int? {
    guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let count = Int(text),
      (1...36_600).contains(count)
    else { return nil }
    return count
  }

  /// The month, 1 to 12, of a name or its beginning.
  static func month(_ word: String) -> Int? {
    let months = CalendarWords.numbers(word, of: CalendarWords.months)
    return months.count == 1 && !word.contains("-") && !word.contains(",") ? months.first : nil
  }

  /// The weekday, 1 to 7, of a name or its beginning.
  static func weekday(_ word: String) -> Int? {
    let days = CalendarWords.numbers(word, of: CalendarWords.days)
    return days.count == 1 && !word.contains("-") && !word.contains(",") ? days.first : nil
  }
}

extension CalendarPeriod {
  /// What a text means on the day `today`, in any of ``PeriodWords/forms`` but hours; nil for a text that names no
  /// period. Capitals do not count.
  public init?(_ text: String, today: LocalDate, billing: BillingCycle = BillingCycle()) {
    let words = PeriodWords.words(of: text)
    let joined = words.joined(separator: " ")
    if let dots = joined.firstRange(of: "..") {
      self.init(
        from: String(joined[..<dots.lowerBound]), to: String(joined[dots.upperBound...]), today: today, billing: billing
      )
      return
    }
    switch words.count {
    case 1: self.init(word: joined, today: today, billing: billing)
    case 2:
      if let month = PeriodWords.month(words[0]), let year = CalendarPeriod.year(words[1][...]) {
        self.init(.month, holding: LocalDate.firstOfMonth(year: year, month: month))
      } else {
        self.init(which: words[0], unit: words[1], today: today, billing: billing)
      }
    case 3:
      guard words[0] == "last", let count = PeriodWords.count(words[1][...]) else { return nil }
      self.init(last: count, of: words[2], today: today, billing: billing)
    default: return nil
    }
  }

  /// `A..B`, `A..`, `..B`.
  private init?(from start: String, to end: String, today: LocalDate, billing: BillingCycle) {
    guard !start.isEmpty || !end.isEmpty else { return nil }
    var (first, behind) = (LocalDate(dayNumber: 0), today.advanced(byDays: 1))
    if !start.isEmpty {
      guard let period = CalendarPeriod(start, today: today, billing: billing) else { return nil }
      first = period.first
    }
    if !end.isEmpty {
      guard let period = CalendarPeriod(end, today: today, billing: billing) else { return nil }
      behind = period.end
    }
    guard first < behind else { return nil }
    self.init(unit: .range, first: first, end: behind)
  }

  private init?(word: String, today: LocalDate, billing: BillingCycle) {
    switch word {
    case "today": self.init(.day, holding: today)
    case "yesterday": self.init(.day, holding: today.advanced(byDays: -1))
    default:
      if let weekday = PeriodWords.weekday(word) {
        self.init(.day, holding: today.advanced(byDays: -((today.weekday - weekday + 7) % 7)))
      } else if let month = PeriodWords.month(word) {
        let (year, present, _) = today.components
        self.init(.month, holding: LocalDate.firstOfMonth(year: month <= present ? year : year - 1, month: month))
      } else if let unit = ["d": "days", "w": "weeks", "y": "years"][word.suffix(1)],
        let count = PeriodWords.count(word.dropLast())
      {
        self.init(last: count, of: unit, today: today, billing: billing)
      } else if let date = CalendarPeriod.dayFirst(word) {
        self.init(.day, holding: date)
      } else {
        self.init(date: word)
      }
    }
  }

  /// `this week`, `last bill`.
  private init?(which: String, unit word: String, today: LocalDate, billing: BillingCycle) {
    guard which == "this" || which == "last" else { return nil }
    if which == "last", word != "day" {
      self.init(last: 1, of: word + "s", today: today, billing: billing)
      return
    }
    if word == "quarter" {
      self.init(quarterHolding: today)
      return
    }
    guard let unit = Unit(rawValue: word), unit != .range else { return nil }
    self.init(unit, holding: which == "this" ? today : today.advanced(byDays: -1), billing: billing)
  }

  /// Whole units up to the one before the running one. A single one is the unit itself.
  private init?(last count: Int, of words: String, today: LocalDate, billing: BillingCycle) {
    let word = words.hasSuffix("s") ? String(words.dropLast()) : words
    if word == "quarter" {
      guard let end = CalendarPeriod(quarterHolding: today)?.first else { return nil }
      let (year, month, _) = end.components
      self.init(unit: .range, first: LocalDate.firstOfMonth(year: year, month: month - 3 * count), end: end)
      return
    }
    guard let unit = Unit(rawValue: word), unit != .range, count <= (unit == .year ? 200 : 36_600) else { return nil }
    let end = CalendarPeriod.start(of: unit, holding: today, billing: billing)
    var first = end
    for _ in 0..<count {
      first = CalendarPeriod.start(of: unit, holding: first.advanced(byDays: -1), billing: billing)
    }
    self.init(unit: count == 1 && unit != .day ? unit : .range, first: first, end: end)
  }

  private init?(quarterHolding date: LocalDate) {
    let (year, month, _) = date.components
    self.init(quarter: (month + 2) / 3, of: year)
  }

  private init?(quarter: Int, of year: Int) {
    guard (1...4).contains(quarter) else { return nil }
    let month = quarter * 3 - 2
    self.init(
      unit: .range, first: LocalDate.firstOfMonth(year: year, month: month),
      end: LocalDate.firstOfMonth(year: year, month: month + 3))
  }

  private static func year(_ text: Substring) -> Int? {
    guard let year = number(text, digits: 4), year >= 1 else { return nil }
    return year
  }

  private static func number(_ part: Substring, digits: Int) -> Int? {
    part.utf8.count == digits && part.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } ? Int(part) : nil
  }

  /// `28.11.2025`; with slashes or dashes only where the other order of day and month is no date or the same one.
  private static func dayFirst(_ text: String) -> LocalDate? {
    for separator in [".", "/", "-"] as [Character] {
      let parts = text.split(separator: separator, omittingEmptySubsequences: false)
      guard parts.count == 3, let year = year(parts[2]), (1...2).contains(parts[0].utf8.count),
        (1...2).contains(parts[1].utf8.count), let one = PeriodWords.count(parts[0]),
        let two = PeriodWords.count(parts[1])
      else { continue }
      let date = LocalDate(year: year, month: two, day: one)
      if separator == "." { return date }
      let other = LocalDate(year: year, month: one, day: two)
      return date == other || other == nil ? date : date == nil ? other : nil
    }
    return nil
  }

  /// `2026-10-25`, `2026-w43`, `2026-10`, `2026-q4`, `2026`.
  private init?(date text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard let first = parts.first, let year = CalendarPeriod.year(first) else { return nil }
    switch parts.count {
    case 1: self.init(.year, holding: LocalDate.firstOfMonth(year: year, month: 1))
    case 2:
      if parts[1].first == "w" {
        guard let week = CalendarPeriod.number(parts[1].dropFirst(), digits: 2),
          let monday = LocalDate(isoWeek: week, of: year)
        else { return nil }
        self.init(.week, holding: monday)
      } else if parts[1].first == "q" {
        guard let quarter = CalendarPeriod.number(parts[1].dropFirst(), digits: 1) else { return nil }
        self.init(quarter: quarter, of: year)
      } else {
        guard let month = CalendarPeriod.number(parts[1], digits: 2), (1...12).contains(month) else { return nil }
        self.init(.month, holding: LocalDate.firstOfMonth(year: year, month: month))
      }
    case 3:
      guard let month = CalendarPeriod.number(parts[1], digits: 2),
        let day = CalendarPeriod.number(parts[2], digits: 2), let date = LocalDate(year: year, month: month, day: day)
      else { return nil }
      self.init(.day, holding: date)
    default: return nil
    }
  }
}
