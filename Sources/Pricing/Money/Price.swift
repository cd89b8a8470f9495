import Readings

/// A price per kWh or per day as a tariff file gives it, in units of 10^-8 of the currency. May be negative.
public struct Price: Hashable, Sendable {
  public var units: Int64

  public init(units: Int64) { self.units = units }

  /// At most 8 decimals, and at most a million of the currency.
  public static let places = 8
  private static let limit: Int64 = 100_000_000_000_000

  /// nil where digits are left over beyond 10^-8 or the price is out of range. `places` is 0 to 18.
  public init?(mantissa: Int64, places: Int) {
    if places <= Price.places {
      let (units, overflow) = mantissa.multipliedReportingOverflow(by: Decimal.power(Price.places - places))
      guard !overflow, units.magnitude <= Price.limit.magnitude else { return nil }
      self.units = units
    } else {
      let unit = Decimal.power(places - Price.places)
      guard mantissa % unit == 0, (mantissa / unit).magnitude <= Price.limit.magnitude else { return nil }
      units = mantissa / unit
    }
  }

  /// A plain decimal number (`0.2333`, `-1`, `.5`); nil for anything else.
  public init?(_ text: some StringProtocol) {
    guard let (mantissa, places) = DecimalText.parse(text) else { return nil }
    self.init(mantissa: mantissa, places: places)
  }

  /// The same from bytes.
  public init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
    guard let (mantissa, places) = DecimalText.parse(utf8: bytes) else { return nil }
    self.init(mantissa: mantissa, places: places)
  }

  /// The number times 10^`shift`, rounded once, half away from zero, to ``places`` decimals: as programs write prices,
  /// with any number of decimals (`0.061739999999999995`) and an exponent (`2.5e-05`). Nil for what is no number, and
  /// beyond a million.
  public init?(rounding text: some StringProtocol, shift: Int = 0) {
    var bytes = Array(text.utf8)[...]
    let isNegative = bytes.first == UInt8(ascii: "-")
    if isNegative || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
    var digits: [UInt8] = []
    var point: Int?
    var exponent = 0
    while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(byte - 48)
      case UInt8(ascii: ".") where point == nil: point = digits.count
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        guard let written = Int(String(decoding: bytes, as: UTF8.self)), abs(written) <= 1000 else { return nil }
        exponent = written
        bytes = []
      default: return nil
      }
    }
    guard !digits.isEmpty, digits.count <= 1000 else { return nil }
    // How many digits stand before the eighth decimal's end.
    let kept = (point ?? digits.count) + exponent + shift + Price.places
    var units: Int64 = 0
    for place in 0..<max(kept, 0) {
      // Beyond a million it stays, whatever follows.
      guard units <= Price.limit else { return nil }
      units = units * 10 + (place < digits.count ? Int64(digits[place]) : 0)
    }
    if kept >= 0, kept < digits.count, digits[kept] >= 5 { units += 1 }
    guard units <= Price.limit else { return nil }
    self.units = isNegative ? -units : units
  }

  /// Exactly, without trailing zeros: `0.2333`, `-1`.
  public var text: String {
    var text = Decimal.string(units, places: Price.places)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }
}
