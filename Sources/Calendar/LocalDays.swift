public import Readings

/// Days of a site that may begin at another time than midnight: the day of a date runs from that time on its date.
public struct LocalDays: Hashable, Sendable {
  public let zone: TimeZoneRules
  /// Minutes after midnight on the local clock, 0 to 1439.
  public let startMinute: Int

  public init(zone: TimeZoneRules, startMinute: Int = 0) {
    self.zone = zone
    self.startMinute = min(max(startMinute, 0), 1439)
  }

  /// The day's first instant; where the clocks skip its time, that of the change, and where they show it twice, the
  /// earlier one.
  public func start(of date: LocalDate) -> Timestamp {
    guard startMinute > 0 else { return zone.start(of: date) }
    let clock = CivilTime(secondsSince1970: date.dayNumber * 86_400 + Int64(startMinute) * 60)
    return switch zone.instants(of: clock) {
    case .one(let instant), .two(earlier: let instant, later: _), .none(skippedAt: let instant): instant
    }
  }

  public func date(at instant: Timestamp) -> LocalDate {
    let date = zone.date(at: instant)
    return startMinute > 0 && instant < start(of: date) ? date.advanced(byDays: -1) : date
  }

  public func range(of date: LocalDate) -> Range<Timestamp> {
    let start = start(of: date)
    return start..<max(start, self.start(of: date.advanced(byDays: 1)))
  }
}
