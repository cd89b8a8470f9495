/// An amount as ``Money`` counts it, with 64 bits more behind: for what is divided, as a month's price by its days.
/// Whatever comes out even in the end is exact when it is rounded to ``Money``.
public struct PreciseMoney: Hashable, Sendable {
  /// Units of ``Money``, rounded down.
  private var whole: Int128
  /// 2^-64 of a unit.
  private var fraction: UInt64

  private init(whole: Int128, fraction: UInt64) {
    self.whole = whole
    self.fraction = fraction
  }

  public init(_ money: Money) { self.init(whole: money.units, fraction: 0) }

  public static let zero = PreciseMoney(.zero)

  public static func + (one: PreciseMoney, other: PreciseMoney) -> PreciseMoney {
    let (fraction, carry) = one.fraction.addingReportingOverflow(other.fraction)
    return PreciseMoney(whole: one.whole &+ other.whole &+ (carry ? 1 : 0), fraction: fraction)
  }

  public static func += (one: inout PreciseMoney, other: PreciseMoney) { one = one + other }

  public static prefix func - (one: PreciseMoney) -> PreciseMoney {
    let fraction = 0 &- one.fraction
    return PreciseMoney(whole: -1 &- one.whole &+ (fraction == 0 ? 1 : 0), fraction: fraction)
  }

  public static func - (one: PreciseMoney, other: PreciseMoney) -> PreciseMoney { one + -other }

  /// The amount times `numerator` / `denominator`: 0 or more over 1 or more, at most 10^13 each.
  public func scaled(by numerator: Int64, over denominator: Int64) -> PreciseMoney {
    let (times, parts) = (Int128(numerator), Int128(denominator))
    let quotient = whole.flooringQuotient(parts)
    let (carried, rest) = ((whole - quotient * parts) * times).quotientAndRemainder(dividingBy: parts)
    // Less than 2^64 × (numerator + denominator): far within 128 bits.
    let low = ((rest << 64) + Int128(fraction) * times) / parts
    return PreciseMoney(
      whole: quotient &* times &+ carried &+ (low >> 64), fraction: UInt64(truncatingIfNeeded: low))
  }

  /// To the nearest unit of ``Money``.
  public var money: Money { Money(units: whole &+ (fraction >> 63 == 1 ? 1 : 0)) }
}

extension Int128 {
  /// Rounded towards minus infinity. `divisor` is above zero.
  fileprivate func flooringQuotient(_ divisor: Int128) -> Int128 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
