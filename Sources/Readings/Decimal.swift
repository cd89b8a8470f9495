/// Decimal text of scaled integers.
package enum Decimal {
  /// Appends `mantissa` / 10^`places` with exactly `places` digits after the point: 31043 at 3 places is `31.043`.
  ///
  /// `places` is 0 to 18.
  package static func append(_ mantissa: Int64, places: Int, to text: inout [UInt8]) {
    if mantissa < 0 { text.append(UInt8(ascii: "-")) }
    var rest = mantissa.magnitude
    // 20 digits hold any UInt64; 18 places and the digit before the point need no more.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var count = 0
      repeat {
        digits[count] = UInt8(truncatingIfNeeded: 48 + rest % 10)
        rest /= 10
        count += 1
      } while rest > 0 || count <= places
      while count > 0 {
        if count == places { text.append(UInt8(ascii: ".")) }
        count -= 1
        text.append(digits[count])
      }
    }
  }

  /// The same as text.
  package static func string(_ mantissa: Int64, places: Int) -> String {
    var bytes: [UInt8] = []
    append(mantissa, places: places, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// 10^exponent for 0 to 18.
  package static func power(_ exponent: Int) -> Int64 {
    precondition(exponent >= 0 && exponent <= 18, "a power of ten that Int64 does not hold")
    var result: Int64 = 1
    for _ in 0..<exponent { result *= 10 }
    return result
  }
}
