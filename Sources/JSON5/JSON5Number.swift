/// A written number as an exact scaled integer: `0.0905` is 905 at 4 places.
public struct JSON5Number: Hashable, Sendable {
  public var mantissa: Int64
  /// 0 to 18.
  public var places: Int

  public init(mantissa: Int64, places: Int) {
    self.mantissa = mantissa
    self.places = places
  }

  /// The exact value of a number's text, trailing zeros of the fraction dropped.
  ///
  /// nil for `Infinity` and `NaN`, and for what does not fit: more than 18 places or a mantissa beyond Int64.
  public init?(_ text: String) {
    var bytes = Array(text.utf8)[...]
    let negative = bytes.first == UInt8(ascii: "-")
    if negative || bytes.first == UInt8(ascii: "+") { bytes = bytes.dropFirst() }
    if bytes.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")]) {
      guard let value = Int64((negative ? "-" : "") + String(decoding: bytes.dropFirst(2), as: UTF8.self), radix: 16)
      else { return nil }
      self.init(mantissa: value, places: 0)
      return
    }
    var digits: [UInt8] = []
    var places = 0
    var afterPoint = false
    var exponent = 0
    while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digits.append(byte - UInt8(ascii: "0"))
        if afterPoint { places += 1 }
      case UInt8(ascii: "."): afterPoint = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        guard let written = Int(String(decoding: bytes, as: UTF8.self)), abs(written) <= 1000 else { return nil }
        exponent = written
        bytes = []
      default: return nil
      }
    }
    guard !digits.isEmpty else { return nil }
    places -= exponent
    while let last = digits.last, last == 0, places > 0 {
      digits.removeLast()
      places -= 1
    }
    if digits.allSatisfy({ $0 == 0 }) { (digits, places) = ([0], 0) }
    while places < 0 {
      digits.append(0)
      places += 1
    }
    guard places <= 18 else { return nil }
    var mantissa: Int64 = 0
    for digit in digits {
      let (shifted, overflow) = mantissa.multipliedReportingOverflow(by: 10)
      let (sum, overflowed) = shifted.subtractingReportingOverflow(Int64(digit))
      guard !overflow, !overflowed else { return nil }
      mantissa = sum
    }
    // Gathered below zero, where Int64 reaches one further.
    guard negative || mantissa != .min else { return nil }
    self.init(mantissa: negative ? mantissa : -mantissa, places: places)
  }

  /// The value as a whole number, nil when it has a fraction.
  public var whole: Int64? { places == 0 ? mantissa : nil }
}
