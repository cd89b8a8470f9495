import Readings

/// A printed number: a scaled integer with the digits that it is shown with. `4.630` is mantissa 4630 at 3 places.
///
/// Renderers print figures digit by digit, so that no binary floating point stands between a counter and a report.
public struct Figure: Hashable, Sendable {
  public var mantissa: Int64
  /// Digits after the point, 0 to 18.
  public var places: Int

  public init(_ mantissa: Int64, places: Int = 0) {
    precondition(places >= 0 && places <= 18, "more decimals than Int64 has digits")
    self.mantissa = mantissa
    self.places = places
  }

  public var text: String { Decimal.string(mantissa, places: places) }

  /// For people: groups of three digits with a blank between, from five digits before the point on.
  public var groupedText: String {
    let text = text
    let point = text.firstIndex(of: ".") ?? text.endIndex
    let whole = text[..<point]
    guard whole.utf8.count > 4 else { return text }
    var result = ""
    for (index, digit) in whole.enumerated() {
      if index > 0, digit.isNumber, whole[whole.startIndex].isNumber || index > 1,
        (whole.utf8.count - index).isMultiple(of: 3)
      {
        result.append(" ")
      }
      result.append(digit)
    }
    return result + text[point...]
  }

  public var isZero: Bool { mantissa == 0 }

  /// `numerator` / `denominator` with `places` digits, rounded half away from zero; saturates at what `Int64` holds.
  public static func ratio(_ numerator: Int128, _ denominator: Int128, places: Int) -> Figure {
    Figure(
      Int64(clamping: (numerator * Int128(Decimal.power(places))).dividedRounding(by: denominator)), places: places)
  }

  /// The same number with other digits, rounded half away from zero where digits are lost.
  public func rescaled(to newPlaces: Int) -> Figure {
    if newPlaces == places { return self }
    if newPlaces >= places {
      let factor = Int128(Decimal.power(newPlaces - places))
      return Figure(Int64(clamping: Int128(mantissa) * factor), places: newPlaces)
    }
    let divisor = Int128(Decimal.power(places - newPlaces))
    return Figure(Int64(clamping: Int128(mantissa).dividedRounding(by: divisor)), places: newPlaces)
  }

  /// The exact sum, with the digits of the finer of the two; saturates.
  public static func + (a: Figure, b: Figure) -> Figure {
    let places = max(a.places, b.places)
    let (sum, overflow) = a.rescaled(to: places).mantissa.addingReportingOverflow(b.rescaled(to: places).mantissa)
    return Figure(overflow ? (a.mantissa < 0 ? .min : .max) : sum, places: places)
  }

  /// The exact difference, with the digits of the finer of the two; saturates.
  public static func - (a: Figure, b: Figure) -> Figure { a + -b }

  public static prefix func - (a: Figure) -> Figure { Figure(0 &- a.mantissa, places: a.places) }

  /// The exact sum of all, with the digits of the finest and at least `places`.
  @inlinable
  public static func sum(_ figures: some Sequence<Figure>, places: Int = 0) -> Figure {
    figures.reduce(Figure(0, places: places), +)
  }

  /// By how many percent it is more than an earlier figure, to a tenth; nil where that one is not above zero.
  public func changePercent(from old: Figure) -> Figure? {
    let places = max(old.places, places)
    let before = Int128(old.rescaled(to: places).mantissa)
    guard before > 0 else { return nil }
    return Figure.ratio((Int128(rescaled(to: places).mantissa) - before) * 100, before, places: 1)
  }

  /// Compares the numbers, not the digits: 1.50 is not below 1.5.
  public func isLess(than other: Figure) -> Bool {
    let places = max(places, other.places)
    return Int128(mantissa) * Int128(Decimal.power(places - self.places))
      < Int128(other.mantissa) * Int128(Decimal.power(places - other.places))
  }
}

extension Int128 {
  /// Division rounded to the nearest, halves away from zero. `divisor` is not zero.
  public func dividedRounding(by divisor: Int128) -> Int128 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    guard remainder.magnitude * 2 >= divisor.magnitude else { return quotient }
    return (self < 0) == (divisor < 0) ? quotient + 1 : quotient - 1
  }
}
