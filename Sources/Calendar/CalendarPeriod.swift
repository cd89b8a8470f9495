/// A run of whole local days as a person names it: `yesterday`, `2026-10`, `2026-W43`, `last month`.
public struct CalendarPeriod: Hashable, Sendable {
  public var unit: Unit
  public var first: LocalDate
  /// The first day that is not in it any more.
  public var end: LocalDate

  public enum Unit: String, Hashable, Sendable, CaseIterable {
    case day, week, month, bill, year
    /// Any other run of days.
    case range
  }

  public init(unit: Unit, first: LocalDate, end: LocalDate) {
    self.unit = unit
    self.first = first
    self.end = end
  }

  /// The calendar's day, week (from Monday), month, bill or year that holds a date; for `.range` the day.
  public init(_ unit: Unit, holding date: LocalDate, billing: BillingCycle = BillingCycle()) {
    let start = CalendarPeriod.start(of: unit, holding: date, billing: billing)
    self.init(unit: unit, first: start, end: CalendarPeriod.next(unit, after: start, billing: billing))
  }

  /// What a text means on the day `today`; nil for a text that names no period.
  ///
  /// Words: `today`, `yesterday`; `this` or `last` with `day`, `week`, `month`, `bill`, `year`; `last 7 days` (whole days up
  /// to yesterday); `2026-10-25`, `2026-W43`, `2026-10`, `2026`; `A..B` from the start of A to the end of B. Capitals do not count.
  public init?(_ text: String, today: LocalDate, billing: BillingCycle = BillingCycle()) {
    let words = text.lowercased().split { $0 == " " || $0 == "_" || $0 == "\t" }.map(String.init)
    let joined = words.joined(separator: " ")
    if let dots = joined.firstRange(of: "..") {
      guard let from = CalendarPeriod(String(joined[..<dots.lowerBound]), today: today, billing: billing),
        let to = CalendarPeriod(String(joined[dots.upperBound...]), today: today, billing: billing),
        from.first < to.end
      else { return nil }
      self.init(unit: .range, first: from.first, end: to.end)
      return
    }
    switch words.count {
    case 1:
      switch joined {
      case "today": self.init(.day, holding: today)
      case "yesterday": self.init(.day, holding: today.advanced(byDays: -1))
      default: self.init(date: joined)
      }
    case 2:
      guard let unit = Unit(rawValue: words[1]), unit != .range else { return nil }
      switch words[0] {
      case "this": self.init(unit, holding: today, billing: billing)
      case "last":
        let start = CalendarPeriod.start(of: unit, holding: today, billing: billing)
        self.init(unit, holding: start.advanced(byDays: -1), billing: billing)
      default: return nil
      }
    case 3:
      guard words[0] == "last", words[2] == "days", let count = Int(words[1]), (1...36_600).contains(count) else {
        return nil
      }
      self.init(unit: .range, first: today.advanced(byDays: -count), end: today)
    default: return nil
    }
  }

  /// `2026-10-25`, `2026-w43`, `2026-10`, `2026`.
  private init?(date text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    func number(_ part: Substring, digits: Int) -> Int? {
      part.utf8.count == digits && part.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } ? Int(part) : nil
    }
    guard let first = parts.first, let year = number(first, digits: 4), year >= 1 else { return nil }
    switch parts.count {
    case 1:
      self.init(.year, holding: LocalDate.firstOfMonth(year: year, month: 1))
    case 2:
      if parts[1].first == "w" {
        guard let week = number(parts[1].dropFirst(), digits: 2), let monday = LocalDate(isoWeek: week, of: year) else {
          return nil
        }
        self.init(.week, holding: monday)
      } else {
        guard let month = number(parts[1], digits: 2), (1...12).contains(month) else { return nil }
        self.init(.month, holding: LocalDate.firstOfMonth(year: year, month: month))
      }
    case 3:
      guard let month = number(parts[1], digits: 2), let day = number(parts[2], digits: 2),
        let date = LocalDate(year: year, month: month, day: day)
      else { return nil }
      self.init(.day, holding: date)
    default: return nil
    }
  }

  /// The first day of the unit that holds a date.
  public static func start(of unit: Unit, holding date: LocalDate, billing: BillingCycle = BillingCycle()) -> LocalDate {
    switch unit {
    case .day, .range: date
    case .week: date.startOfWeek
    case .month: date.startOfMonth
    case .bill: billing.start(holding: date)
    case .year: date.startOfYear
    }
  }

  /// The first day of the next unit; `start` is the first day of one.
  public static func next(_ unit: Unit, after start: LocalDate, billing: BillingCycle = BillingCycle()) -> LocalDate {
    let (year, month, _) = start.components
    return switch unit {
    case .day, .range: start.advanced(byDays: 1)
    case .week: start.advanced(byDays: 7)
    case .month: LocalDate.firstOfMonth(year: year, month: month + 1)
    case .bill: billing.next(after: start)
    case .year: LocalDate.firstOfMonth(year: year + 1, month: 1)
    }
  }

  /// What a period may look like, for messages.
  public static let examples = "today, yesterday, 'last month', 'last bill', 2026-10-25, 2026-W43, 2026-10 or 2026"
}
