import Readings

/// When bills begin: on a day of the month, or on a date and from there every few months.
public struct BillingCycle: Hashable, Sendable {
  /// 1 to 31; in months without it the bill begins on the month's last day.
  public let day: Int
  /// Months of one bill: 1 to 12.
  public let months: Int
  /// A month in which a bill begins, counted from the year 0.
  private let phase: Int

  /// A bill a month.
  public init(day: Int = 1) {
    self.day = min(max(day, 1), 31)
    months = 1
    phase = 0
  }

  /// A bill begins on a date, and every so many months before and after.
  public init(from date: LocalDate, months: Int) {
    let (year, month, day) = date.components
    self.day = day
    self.months = min(max(months, 1), 12)
    phase = year * 12 + month - 1
  }

  /// The first day of the bill that holds a date.
  public func start(holding date: LocalDate) -> LocalDate {
    let index = index(holding: date)
    let here = first(ofMonth: index)
    return here <= date ? here : first(ofMonth: index - months)
  }

  /// The first day of the bill after the one that holds a date.
  public func next(after date: LocalDate) -> LocalDate {
    let index = index(holding: date)
    let here = first(ofMonth: index)
    return here > date ? here : first(ofMonth: index + months)
  }

  /// The month of a date, or the last one before it, in which a bill begins.
  private func index(holding date: LocalDate) -> Int {
    let (year, month, _) = date.components
    let index = year * 12 + month - 1
    return index - Int(Int64(index - phase).flooringRemainder(Int64(months)))
  }

  private func first(ofMonth index: Int) -> LocalDate {
    let first = LocalDate.firstOfMonth(year: 0, month: index + 1)
    let length = Int(LocalDate.firstOfMonth(year: 0, month: index + 2).dayNumber - first.dayNumber)
    return first.advanced(byDays: min(day, length) - 1)
  }
}
