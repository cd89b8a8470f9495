public import Readings

/// What a counter was on one of the plug's days: the first reading of the day says it, the others repeat it.
public struct CounterMark: Hashable, Sendable {
  /// Days since 1970 on the plug's clock; nil without a clock that was set.
  public var day: Int64?
  /// TotalStartTime, milliseconds since 1970 of the plug's clock; nil where the plug sends none.
  public var startTime: Int64?
  /// Total at the plug's midnight that began the day: Total less Today. Nil without Today.
  public var midnightTotal: Energy?
  public var yesterday: Energy?
  /// One unit of the counter.
  public var unit: Energy

  public init(day: Int64?, startTime: Int64?, midnightTotal: Energy?, yesterday: Energy?, unit: Energy) {
    self.day = day
    self.startTime = startTime
    self.midnightTotal = midnightTotal
    self.yesterday = yesterday
    self.unit = unit
  }

  /// - Parameter unit: of the counter at its finest: zeros may have been cut off a single reading.
  init(_ point: CounterPoint, unit: Int64) {
    day = point.plugDay
    startTime = point.startTime == CounterPoint.absent ? nil : point.startTime
    midnightTotal = point.hasToday ? Energy(milliwattHours: point.midnightTotal) : nil
    yesterday = point.hasYesterday ? Energy(milliwattHours: point.yesterday) : nil
    self.unit = Energy(milliwattHours: unit)
  }
}
