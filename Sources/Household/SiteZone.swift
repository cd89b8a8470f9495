public import Calendar
public import Readings

/// The zone in which a site's local times and days are read and printed, and how its days and bills lie in it.
public struct SiteZone: Sendable {
  /// The zone's name, as reports print it.
  public var name: String
  public var rules: TimeZoneRules
  /// The site's days, which may begin at another time than midnight.
  public var days: LocalDays
  /// When bills begin.
  public var billing: BillingCycle

  /// - Parameter dayStartMinute: when days begin, in minutes after midnight.
  public init(name: String, rules: TimeZoneRules, dayStartMinute: Int = 0, billing: BillingCycle = BillingCycle()) {
    self.name = name
    self.billing = billing
    self.rules = rules
    days = LocalDays(zone: rules, startMinute: dayStartMinute)
  }

  /// The site's days of a calendar period.
  public func range(of period: CalendarPeriod) -> Range<Timestamp> {
    days.start(of: period.first)..<days.start(of: period.end)
  }

  /// The bills that begin in a time, whole; the one that holds it where none does.
  public func bills(in range: Range<Timestamp>) -> Range<Timestamp> {
    let first = days.date(at: range.lowerBound)
    let last = days.date(at: range.upperBound.advanced(byMilliseconds: -1))
    var start = billing.start(holding: first)
    let next = billing.next(after: first)
    if start < first, next <= last { start = next }
    let end = billing.next(after: last)
    return days.start(of: start)..<days.start(of: end)
  }
}
