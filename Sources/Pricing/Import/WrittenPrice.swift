import Calendar
import Tables

/// A price as files write it: any number of decimals, a decimal point or comma, an exponent.
enum WrittenPrice {
  /// The price times 10^shift, rounded once, half away from zero, to ``Price/places`` decimals. Nil for what is no
  /// number, and beyond a million.
  static func parse(_ text: String, shift: Int = 0) -> Price? {
    Price(rounding: DecimalMark.point(in: text), shift: shift)
  }
}
