import Calendar

/// A price as files write it: any number of decimals, a decimal point or comma, an exponent.
enum WrittenPrice {
  /// The price times 10^shift, rounded once, half away from zero, to ``Price/places`` decimals. Nil for what is no
  /// number, and beyond a million.
  static func parse(_ text: String, shift: Int = 0) -> Price? {
    guard text.utf8.contains(UInt8(ascii: ",")) else { return Price(rounding: text, shift: shift) }
    // Where both marks stand, the last of them is the decimal one.
    let point = text.lastIndex(of: ".") ?? text.startIndex
    guard let comma = text.lastIndex(of: ",") else { return nil }
    if comma > point {
      return Price(
        rounding: text.filter { $0 != "." }.map { $0 == "," ? "." : $0 }.reduce("") { $0 + String($1) }, shift: shift)
    }
    return Price(rounding: text.filter { $0 != "," }, shift: shift)
  }
}
