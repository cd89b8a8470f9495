import Readings

/// An exact amount in some currency, in units of 10^-20: a price of eight decimals, times a tax of six, times energy of
/// six has no more. Range: ±1.7 × 10^18.
public struct Money: Hashable, Comparable, Sendable {
  public var units: Int128

  public init(units: Int128) { self.units = units }

  public static let zero = Money(units: 0)
  /// Decimals of ``units``.
  public static let places = 20

  public static func < (a: Money, b: Money) -> Bool { a.units < b.units }
  public static func + (a: Money, b: Money) -> Money { Money(units: a.units &+ b.units) }
  public static func - (a: Money, b: Money) -> Money { Money(units: a.units &- b.units) }
  public static func += (a: inout Money, b: Money) { a = a + b }
  public static func -= (a: inout Money, b: Money) { a = a - b }

  /// Units of 10^-20 in one unit of the last printed digit. `digits` is 0 to 8.
  private static func printedUnit(digits: Int) -> Int128 {
    var unit: Int128 = 1
    for _ in 0..<(places - min(max(digits, 0), 8)) { unit *= 10 }
    return unit
  }

  /// The amount in units of the last printed digit (pence at 2 digits), half away from zero.
  public func rounded(digits: Int) -> Int64 {
    let unit = Money.printedUnit(digits: digits)
    let half = unit / 2
    return Int64(clamping: units >= 0 ? (units &+ half) / unit : (units &- half) / unit)
  }

  /// Rounds lines so that they add up to `total`, in units of the last printed digit: every line is cut, and what is
  /// then left of the total goes, one unit each, to the lines that lost most (the earlier one among equals).
  ///
  /// With `total` the sum's own rounded value no line moves by a unit or more. Another total, as when the lines are
  /// parts of a line that was itself adjusted, is met as well.
  public static func apportion(_ lines: [Money], to total: Int64, digits: Int) -> [Int64] {
    let unit = printedUnit(digits: digits)
    var result: [Int64] = []
    var remainders: [(remainder: Int128, index: Int)] = []
    for (index, line) in lines.enumerated() {
      let quotient = line.units / unit
      let floor = line.units % unit < 0 ? quotient - 1 : quotient
      result.append(Int64(clamping: floor))
      remainders.append((line.units - floor * unit, index))
    }
    guard !lines.isEmpty else { return [] }
    var left = total &- result.reduce(0, &+)
    remainders.sort { $0.remainder != $1.remainder ? $0.remainder > $1.remainder : $0.index < $1.index }
    // More than one round is needed only for a total that is not these lines' own.
    let everyone = left.flooringQuotient(Int64(lines.count))
    if everyone != 0 {
      for index in result.indices { result[index] &+= everyone }
      left &-= everyone &* Int64(lines.count)
    }
    for (_, index) in remainders.prefix(Int(left)) { result[index] &+= 1 }
    return result
  }

  /// Rounds lines and their sum, so that the printed lines give the printed sum.
  public static func round(_ lines: [Money], digits: Int) -> (lines: [Int64], total: Int64) {
    let total = lines.reduce(.zero, +).rounded(digits: digits)
    return (apportion(lines, to: total, digits: digits), total)
  }
}
