/// Writes digits and bytes into memory that the caller has made large enough: the innermost loop of an export.
///
/// Every call may write up to ``slack`` bytes beyond what it keeps.
struct ByteCursor {
  private(set) var next: UnsafeMutablePointer<UInt8>

  /// Bytes that must be free behind every write: digits are made below the first 64, and read in words of eight.
  static let slack = 96
  private static let digitsEnd = 64

  init(_ start: UnsafeMutablePointer<UInt8>) { next = start }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    next.pointee = byte
    next += 1
  }

  @inline(__always)
  mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      next.update(from: start, count: source.count)
      next += source.count
    }
  }

  /// The first `count` of up to sixteen bytes.
  @inline(__always)
  mutating func append(_ bytes: SIMD16<UInt8>, count: Int) {
    UnsafeMutableRawPointer(next).storeBytes(of: bytes, as: SIMD16<UInt8>.self)
    next += count
  }

  /// 0 to 99 as two digits.
  @inline(__always)
  mutating func appendTwo(_ value: UInt32) {
    let tens = value / 10
    next[0] = UInt8(truncatingIfNeeded: 48 &+ tens)
    next[1] = UInt8(truncatingIfNeeded: 48 &+ (value &- tens &* 10))
    next += 2
  }

  /// `mantissa` / 10^`places` with exactly `places` digits (0 to 18) after the mark.
  @inline(__always)
  mutating func append(_ mantissa: Int64, places: Int, mark: UInt8) {
    if mantissa < 0 { append(UInt8(ascii: "-")) }
    // Digits are made from the last to the first in the slack, then moved down as three words.
    let end = next + ByteCursor.digitsEnd
    // Division of 32 bits takes a fraction of the time, and few numbers need more.
    let place =
      mantissa.magnitude <= UInt64(UInt32.max)
      ? ByteCursor.write(UInt32(truncatingIfNeeded: mantissa.magnitude), before: end, places: places, mark: mark)
      : ByteCursor.write(mantissa.magnitude, before: end, places: places, mark: mark)
    let count = end - place
    let source = UnsafeRawPointer(place)
    let target = UnsafeMutableRawPointer(next)
    for offset in [0, 8, 16] {
      target.storeBytes(
        of: source.loadUnaligned(fromByteOffset: offset, as: UInt64.self), toByteOffset: offset, as: UInt64.self)
    }
    next += count
  }

  /// The digits of a number and the mark of its decimals. Returns where they begin.
  @inline(__always)
  private static func write<Word: FixedWidthInteger & UnsignedInteger>(
    _ number: Word, before end: UnsafeMutablePointer<UInt8>, places: Int, mark: UInt8
  ) -> UnsafeMutablePointer<UInt8> {
    var (place, rest, missing) = (end, number, places)
    repeat {
      let quotient = rest / 10
      place -= 1
      place.pointee = UInt8(truncatingIfNeeded: 48 &+ (rest &- quotient &* 10))
      rest = quotient
      missing &-= 1
      if missing == 0 {
        place -= 1
        place.pointee = mark
      }
    } while rest > 0 || missing >= 0
    return place
  }
}
