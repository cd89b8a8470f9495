/// A number as text, with or without an exponent, as JSON allows it: `2e-05`, `1.2E1`, `-0`.
public enum WrittenNumber {
  /// As ``exact(_:)``, cut to 18 places.
  static func parse(_ text: some StringProtocol) -> (mantissa: Int64, places: Int)? {
    guard var (mantissa, places) = exact(text) else { return nil }
    while places > 18 {
      mantissa /= 10
      places -= 1
    }
    return (mantissa, places)
  }

  /// `mantissa` / 10^`places`; nil for more than 18 digits, or for what is no number. `places` is 0 or more.
  public static func exact(_ text: some StringProtocol) -> (mantissa: Int64, places: Int)? {
    let parts = text.utf8.split(
      maxSplits: 1, omittingEmptySubsequences: false,
      whereSeparator: {
        $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E")
      })
    var (mantissa, places, digits) = (Int64(0), 0, 0)
    var hasPoint = false
    var rest = parts[0][...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    for byte in rest {
      if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
        continue
      }
      let digit = byte &- UInt8(ascii: "0")
      guard digit <= 9, digits < 18 else { return nil }
      mantissa = mantissa * 10 + Int64(digit)
      digits += 1
      if hasPoint { places += 1 }
    }
    guard digits > 0 else { return nil }
    if parts.count == 2 {
      guard let exponent = Int(String(decoding: parts[1], as: UTF8.self)), abs(exponent) <= 36 else { return nil }
      places -= exponent
    }
    while places < 0 {
      let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      mantissa = product
      places += 1
    }
    return (isNegative ? -mantissa : mantissa, places)
  }
}
