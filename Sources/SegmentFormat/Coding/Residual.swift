/// How a difference between a value and its prediction is spelled in decisions.
///
/// Zero or not, the sign, then the magnitude n ≥ 1 as exponent e = ⌊log2 n⌋ in unary and the e bits below its top
/// bit, of which the first two have contexts and the rest are raw.
enum Residual {
  /// Probabilities of one magnitude context: 24 for the exponent, 24 and 48 for the first two bits below the top.
  static let magnitudeSize = 96
  private static let lastExponent = 23

  @inline(__always)
  static func code<Coder: BlockCoder>(
    _ residual: Int64, _ coder: inout Coder, _ table: Probabilities, zero: Int, sign: Int, magnitude: Int
  ) -> Int64 {
    if coder.decide(residual == 0, table + zero) { return 0 }
    return codeNonZero(residual, &coder, table, sign: sign, magnitude: magnitude)
  }

  @inline(never)
  static func codeNonZero<Coder: BlockCoder>(
    _ residual: Int64, _ coder: inout Coder, _ table: Probabilities, sign: Int, magnitude: Int
  ) -> Int64 {
    let isPositive = coder.decide(residual > 0, table + sign)
    // The magnitude of Int64.min is 2^63, which UInt64 holds.
    let value = Int64(bitPattern: codeMagnitude(residual.magnitude, &coder, table, magnitude))
    return isPositive ? value : 0 &- value
  }

  /// A number of 1 or more, in the magnitude context that begins at `context`.
  @inline(__always)
  static func codeMagnitude<Coder: BlockCoder>(
    _ number: UInt64, _ coder: inout Coder, _ table: Probabilities, _ context: Int
  ) -> UInt64 {
    let magnitude = table + context
    let exponent = 63 &- (number | 1).leadingZeroBitCount
    var found = 0
    while found < 63, !coder.decide(found == exponent, magnitude + min(found, lastExponent)) { found &+= 1 }
    var value: UInt64 = 1
    var left = found
    let slot = min(found, lastExponent)
    if left > 0 {
      left &-= 1
      let top = coder.decide((number >> UInt64(left)) & 1 == 0, magnitude + 24 + slot)
      value = value << 1 | (top ? 0 : 1)
      if left > 0 {
        left &-= 1
        let second = coder.decide(
          (number >> UInt64(left)) & 1 == 0, magnitude + 48 + (slot << 1 | (top ? 0 : 1)))
        value = value << 1 | (second ? 0 : 1)
        if left > 0 {
          value = value << UInt64(left) | coder.raw(number & ((1 << UInt64(left)) &- 1), count: left)
        }
      }
    }
    return value
  }

  /// The quotient rounded towards zero; 0 where the divisor is not above zero.
  @inline(__always)
  static func quotient(_ numerator: Int64, _ divisor: Int64) -> Int64 { divisor > 0 ? numerator / divisor : 0 }

  /// −1, 0 or 1.
  @inline(__always)
  static func sign(_ value: Int64) -> Int { value > 0 ? 1 : value < 0 ? -1 : 0 }

  /// 0 for 0, else 1 + ⌊log2 |value|⌋, but not above `limit`.
  @inline(__always)
  static func size(_ value: Int64, limit: Int) -> Int {
    min(64 &- value.magnitude.leadingZeroBitCount, limit)
  }
}
