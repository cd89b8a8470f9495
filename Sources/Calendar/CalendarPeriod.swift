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

    /// The least number of days that one has; 1 for `range`.
    public var shortestDayCount: Int64 {
      switch self {
      case .day, .range: 1
      case .week: 7
      case .month, .bill: 28
      case .year: 365
      }
    }
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

  /// The first day of the unit that holds a date.
  public static func start(of unit: Unit, holding date: LocalDate, billing: BillingCycle = BillingCycle()) -> LocalDate
  {
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
}
