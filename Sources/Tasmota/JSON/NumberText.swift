import Readings

/// A JSON number, taken apart without leaving integers.
struct NumberText {
  static let maximumLength = 32
  /// Up to so many digits are a fixed-point value; 10^18 − 1 is the largest number of nines that Int64 holds.
  static let maximumDigits = 18

  /// Behind the last byte of the number.
  var end: Int
  /// The digits without point and sign, with the sign.
  var value: Int64
  /// Digits behind the point; −1 where value and places would not bring the text back (`-0`, an exponent, too many
  /// digits), so that the text itself must be kept.
  var places: Int

  var form: FieldForm { places < 0 ? .verbatim : .decimal(places) }

  init(end: Int, value: Int64, places: Int) {
    self.end = end
    self.value = value
    self.places = places
  }

  /// Scans the number that begins at `start`; what follows it is for the caller to judge.
  init(scanning bytes: UnsafeRawBufferPointer, from start: Int) throws(RefusalReason) {
    let limit = min(bytes.count, start + NumberText.maximumLength + 1)
    var offset = start
    func broken(_ offset: Int) -> RefusalReason {
      offset < bytes.count ? (offset < limit ? .malformedJSON : .numberTooLong) : .truncatedJSON
    }
    func isDigit(_ offset: Int) -> Bool { offset < limit && bytes[offset] &- 0x30 <= 9 }

    let isNegative = offset < limit && bytes[offset] == UInt8(ascii: "-")
    if isNegative { offset += 1 }
    let firstDigit = offset
    var mantissa: UInt64 = 0
    while isDigit(offset) {
      mantissa = mantissa &* 10 &+ UInt64(bytes[offset] &- 0x30)
      offset += 1
    }
    guard offset > firstDigit else { throw broken(offset) }
    if bytes[firstDigit] == 0x30, offset > firstDigit + 1 { throw .malformedJSON }
    var digits = offset - firstDigit

    var places = 0
    if offset < limit, bytes[offset] == UInt8(ascii: ".") {
      offset += 1
      let firstDecimal = offset
      while isDigit(offset) {
        mantissa = mantissa &* 10 &+ UInt64(bytes[offset] &- 0x30)
        offset += 1
      }
      places = offset - firstDecimal
      guard places > 0 else { throw broken(offset) }
      digits += places
    }

    var hasExponent = false
    if offset < limit, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      hasExponent = true
      offset += 1
      if offset < limit, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") { offset += 1 }
      let firstExponentDigit = offset
      while isDigit(offset) { offset += 1 }
      guard offset > firstExponentDigit else { throw broken(offset) }
    }
    guard offset - start <= NumberText.maximumLength else { throw .numberTooLong }
    if hasExponent {
      let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<offset]), as: UTF8.self)
      guard let double = Double(text), double.isFinite else { throw .numberNotFinite }
    }

    end = offset
    if hasExponent || digits > NumberText.maximumDigits || (isNegative && mantissa == 0) {
      value = 0
      self.places = -1
    } else {
      value = isNegative ? -Int64(mantissa) : Int64(mantissa)
      self.places = places
    }
  }
}
