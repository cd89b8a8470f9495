/// Writes decisions as one binary fraction that lies in ever smaller parts of [0, 1) (SF-C10).
struct RangeEncoder: BlockCoder {
  static var yields: Bool { false }
  private(set) var bytes: [UInt8] = []
  private var low: UInt64 = 0
  private var range = UInt64.max

  init() {}

  @inline(__always)
  mutating func decide(_ asPredicted: Bool, _ probability: UnsafeMutablePointer<UInt32>) -> Bool {
    let state = probability.pointee
    let bound = (range >> 16) &* UInt64(AdaptiveProbability.chance(state))
    if asPredicted {
      range = bound
      probability.pointee = AdaptiveProbability.afterTrue(state)
    } else {
      advance(bound)
      range &-= bound
      probability.pointee = AdaptiveProbability.afterFalse(state)
    }
    if range < 1 << 32 { shift() }
    return asPredicted
  }

  mutating func raw(_ value: UInt64, count: Int) -> UInt64 {
    var left = count
    while left > 0 {
      let step = min(left, 16)
      left -= step
      range >>= UInt64(step)
      advance(range &* ((value >> UInt64(left)) & ((1 << UInt64(step)) &- 1)))
      if range < 1 << 32 { shift() }
    }
    return value
  }

  @inline(__always)
  private mutating func advance(_ step: UInt64) {
    let (sum, carry) = low.addingReportingOverflow(step)
    low = sum
    if carry { propagateCarry() }
  }

  @inline(never)
  private mutating func propagateCarry() {
    var index = bytes.count - 1
    while index >= 0 {
      bytes[index] &+= 1
      if bytes[index] != 0 { return }
      index -= 1
    }
  }

  @inline(never)
  private mutating func shift() {
    let top = UInt32(truncatingIfNeeded: low >> 32)
    bytes.append(UInt8(truncatingIfNeeded: top >> 24))
    bytes.append(UInt8(truncatingIfNeeded: top >> 16))
    bytes.append(UInt8(truncatingIfNeeded: top >> 8))
    bytes.append(UInt8(truncatingIfNeeded: top))
    low <<= 32
    range <<= 32
  }

  /// Ends the fraction with as few bytes as name a value in the last part; the reader takes missing bytes as zero.
  mutating func finish() -> [UInt8] {
    var kept = 0
    var value = low
    while kept < 8 {
      let mask = kept == 0 ? UInt64.max : UInt64.max >> UInt64(8 * kept)
      let (rounded, carry) = low.addingReportingOverflow(mask)
      let candidate = rounded & ~mask
      // With a carry the rounded value is 2^64 or more: past the part's end unless the part reaches beyond too.
      if !carry && candidate &- low < range {
        value = candidate
        break
      }
      kept += 1
    }
    for index in 0..<kept { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * index))) }
    while bytes.last == 0 { bytes.removeLast() }
    return bytes
  }
}

/// Reads what ``RangeEncoder`` wrote. Bytes past the end count as zero, so it never fails and never runs over.
struct RangeDecoder: BlockCoder {
  static var yields: Bool { true }
  private var next: UnsafePointer<UInt8>?
  private let end: UnsafePointer<UInt8>?
  private var code: UInt64 = 0
  private var range = UInt64.max

  /// - Precondition: `bytes` outlives the decoder.
  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    next = bytes.baseAddress
    end = bytes.baseAddress.map { $0 + bytes.count }
    code = UInt64(fetch()) << 32
    code |= UInt64(fetch())
  }

  @inline(__always)
  mutating func decide(_: Bool, _ probability: UnsafeMutablePointer<UInt32>) -> Bool {
    let state = probability.pointee
    let bound = (range >> 16) &* UInt64(AdaptiveProbability.chance(state))
    let asPredicted = code < bound
    if asPredicted {
      range = bound
      probability.pointee = AdaptiveProbability.afterTrue(state)
    } else {
      code &-= bound
      range &-= bound
      probability.pointee = AdaptiveProbability.afterFalse(state)
    }
    if range < 1 << 32 { shift() }
    return asPredicted
  }

  mutating func raw(_: UInt64, count: Int) -> UInt64 {
    var value: UInt64 = 0
    var left = count
    while left > 0 {
      let step = UInt64(min(left, 16))
      left -= Int(step)
      range >>= step
      // Only a damaged stream can point past the last part.
      let part = min(code / range, (1 << step) &- 1)
      code &-= part &* range
      value = value << step | part
      if range < 1 << 32 { shift() }
    }
    return value
  }

  @inline(never)
  private mutating func shift() {
    code = code << 32 | UInt64(fetch())
    range <<= 32
  }

  private mutating func fetch() -> UInt32 {
    guard var at = next, let end else { return 0 }
    var word: UInt32 = 0
    for _ in 0..<4 {
      word <<= 8
      if at < end {
        word |= UInt32(at.pointee)
        at += 1
      }
    }
    next = at
    return word
  }
}
