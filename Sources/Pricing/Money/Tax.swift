import Readings
import Text

/// A value added tax, in millionths of the net price: 50,000 is 5 %.
public struct Tax: Hashable, Sendable {
  public var millionths: Int64

  public static let none = Tax(millionths: 0)

  /// 0 to 1,000,000.
  public init(millionths: Int64) { self.millionths = millionths }

  /// `5%`, `19 %`, `8.1%`; nil for anything else, for more than 100 % and for more than four decimals.
  public init?(percent text: some StringProtocol) {
    guard text.last == "%" else { return nil }
    var number = text.dropLast()
    while number.last == " " { number = number.dropLast() }
    guard let (mantissa, places) = DecimalText.parse(number), places <= 4, mantissa >= 0 else { return nil }
    let (millionths, overflow) = mantissa.multipliedReportingOverflow(by: Decimal.power(4 - places))
    guard !overflow, millionths <= 1_000_000 else { return nil }
    self.millionths = millionths
  }
}

extension Tax {
  /// The tax that an amount holds which it is part of.
  public func part(of gross: Money) -> Money {
    guard millionths > 0 else { return .zero }
    // In two parts, so that no product leaves 128 bits.
    let whole = 1_000_000 + Int128(millionths)
    let (quotient, remainder) = gross.units.quotientAndRemainder(dividingBy: whole)
    return Money(
      units: quotient * Int128(millionths) + (remainder * Int128(millionths)).dividedRounding(by: whole))
  }
}
