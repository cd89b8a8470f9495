/// Plain decimal numbers as text.
public enum DecimalText {
  /// At most 18 digits, an optional sign, an optional point.
  public static func parse(_ text: some StringProtocol) -> (mantissa: Int64, places: Int)? {
    var text = String(text)
    return text.withUTF8 { parse(utf8: $0) }
  }

  public static func parse(utf8 bytes: UnsafeBufferPointer<UInt8>) -> (mantissa: Int64, places: Int)? {
    let isNegative = bytes.first == UInt8(ascii: "-")
    var mantissa: Int64 = 0
    var digits = 0
    var point: Int?
    for place in (isNegative || bytes.first == UInt8(ascii: "+") ? 1 : 0)..<bytes.count {
      let digit = bytes[place] &- UInt8(ascii: "0")
      if digit <= 9 {
        // Too many of them are found at the end: until then it may be any number.
        mantissa = mantissa &* 10 &+ Int64(digit)
        digits &+= 1
      } else if bytes[place] == UInt8(ascii: "."), point == nil {
        point = place
      } else {
        return nil
      }
    }
    guard digits > 0, digits <= 18 else { return nil }
    return (isNegative ? -mantissa : mantissa, point.map { bytes.count - 1 - $0 } ?? 0)
  }
}
