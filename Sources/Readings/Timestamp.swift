/// An instant in UTC, in whole milliseconds since 1970-01-01T00:00:00Z (leap seconds do not exist, as in POSIX).
///
/// Every receive time is one. Range: what `Int64` holds; the store refuses anything outside the years 1970 to 9999.
public struct Timestamp: Hashable, Comparable, Sendable {
  public var milliseconds: Int64

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }
  public init(seconds: Int64) { self.milliseconds = seconds * 1000 }

  /// Whole seconds since 1970, rounded towards the past.
  public var seconds: Int64 { milliseconds.flooringQuotient(1000) }

  /// The same instant cut, never rounded, to a multiple of `unit` milliseconds.
  public func truncated(toMilliseconds unit: Int64) -> Timestamp {
    Timestamp(milliseconds: milliseconds.flooringQuotient(unit) * unit)
  }

  public func advanced(byMilliseconds step: Int64) -> Timestamp {
    Timestamp(milliseconds: milliseconds + step)
  }

  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }
}

extension Int64 {
  /// Division that rounds towards minus infinity. `divisor` is above zero.
  public func flooringQuotient(_ divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }

  /// The first multiple of `unit` above this number, which lies far from the ends of what 64 bits hold.
  public func nextMultiple(of unit: Int64) -> Int64 { (flooringQuotient(unit) &+ 1) &* unit }

  /// What `flooringQuotient` leaves: 0 ..< divisor.
  public func flooringRemainder(_ divisor: Int64) -> Int64 {
    self - flooringQuotient(divisor) * divisor
  }
}
