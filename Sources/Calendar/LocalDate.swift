public import Readings

/// A day of the calendar, without a zone.
public struct LocalDate: Hashable, Comparable, Sendable {
  /// Days since 1970-01-01.
  public var dayNumber: Int64

  public init(dayNumber: Int64) { self.dayNumber = dayNumber }

  /// nil where the calendar has no such day.
  public init?(year: Int, month: Int, day: Int) {
    guard LocalDate.exists(year: year, month: month, day: day) else { return nil }
    dayNumber = CivilTime.dayNumber(year: year, month: month, day: day)
  }

  /// Is there such a day, from the year 1 to 9999?
  public static func exists(year: Int, month: Int, day: Int) -> Bool {
    (1...9999).contains(year) && (1...12).contains(month) && day >= 1 && day <= days(inMonth: month, of: year)
  }

  /// The date of a clock reading.
  public init(_ time: CivilTime) {
    dayNumber = CivilTime.dayNumber(year: time.year, month: time.month, day: time.day)
  }

  public var components: (year: Int, month: Int, day: Int) { CivilTime.date(ofDay: dayNumber) }
  /// 1 Monday to 7 Sunday.
  public var weekday: Int { Int((dayNumber + 3).flooringRemainder(7)) + 1 }

  public func advanced(byDays count: Int) -> LocalDate { LocalDate(dayNumber: dayNumber + Int64(count)) }

  /// The first of a month; `month` may lie outside 1 to 12 and is carried over.
  public static func firstOfMonth(year: Int, month: Int) -> LocalDate {
    let index = Int64(year) * 12 + Int64(month - 1)
    let carried = Int(index.flooringQuotient(12))
    return LocalDate(
      dayNumber: CivilTime.dayNumber(year: carried, month: Int(index.flooringRemainder(12)) + 1, day: 1))
  }

  /// 28 to 31. `month` is 1 to 12.
  public static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  public var startOfWeek: LocalDate { advanced(byDays: 1 - weekday) }
  public var startOfMonth: LocalDate {
    let (year, month, _) = components
    return LocalDate.firstOfMonth(year: year, month: month)
  }
  public var startOfYear: LocalDate { LocalDate.firstOfMonth(year: components.year, month: 1) }

  /// The Monday of an ISO week (1 to 52 or 53); nil where the year has no such week.
  public init?(isoWeek week: Int, of year: Int) {
    guard (1...9999).contains(year), week >= 1 else { return nil }
    let start = LocalDate.startOfISOYear(year).advanced(byDays: (week - 1) * 7)
    guard start < LocalDate.startOfISOYear(year + 1) else { return nil }
    self = start
  }

  /// The ISO year and week: a week belongs to the year that holds its Thursday.
  public var isoWeek: (year: Int, week: Int) {
    let year = startOfWeek.advanced(byDays: 3).components.year
    return (year, Int(dayNumber - LocalDate.startOfISOYear(year).dayNumber) / 7 + 1)
  }

  private static func startOfISOYear(_ year: Int) -> LocalDate {
    LocalDate(dayNumber: CivilTime.dayNumber(year: year, month: 1, day: 4)).startOfWeek
  }

  public static func < (a: LocalDate, b: LocalDate) -> Bool { a.dayNumber < b.dayNumber }
}
