/// Decimal text of scaled integers.
public enum Decimal {
  /// Appends `mantissa` / 10^`places` with exactly `places` digits after the point: 31043 at 3 places is `31.043`.
  ///
  /// `places` is 0 to 18.
  public static func append(_ mantissa: Int64, places: Int, to text: inout [UInt8]) {
    var rest = mantissa.magnitude
    // A sign, 20 digits (18 places and the digit before the point need no more) and a point, made from the last on.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 22) { digits in
      var place = 22
      var count = 0
      repeat {
        if count == places, count > 0 {
          place -= 1
          digits[place] = UInt8(ascii: ".")
        }
        place -= 1
        digits[place] = UInt8(truncatingIfNeeded: 48 + rest % 10)
        rest /= 10
        count += 1
      } while rest > 0 || count <= places
      if mantissa < 0 {
        place -= 1
        digits[place] = UInt8(ascii: "-")
      }
      text.append(contentsOf: UnsafeBufferPointer(rebasing: digits[place...]))
    }
  }

  /// The same as text.
  public static func string(_ mantissa: Int64, places: Int) -> String {
    var bytes: [UInt8] = []
    append(mantissa, places: places, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// 10^exponent for 0 to 18.
  public static func power(_ exponent: Int) -> Int64 {
    precondition(exponent >= 0 && exponent <= 18, "a power of ten that Int64 does not hold")
    return powers[exponent]
  }

  private static let powers: [Int64] = [
    1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
    100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
    10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
  ]
}
