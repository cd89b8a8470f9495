/// What a column model talks to: something that takes or gives one binary decision after the other.
///
/// A model is written once. With an encoder it consumes the column's values, with a decoder it produces them, with
/// ``SurpriseProbe`` it only finds out whether anything differs from the prediction. By convention a decision is
/// true when things are as predicted, and a stream in which every decision is true takes no bytes (SF-C13).
protocol BlockCoder {
  /// True when decisions come out of the coder and the model must store what it works out.
  static var yields: Bool { get }
  /// True for a probe: the model must leave everything outside itself as it is.
  static var looksAhead: Bool { get }
  /// Codes one decision in an adaptive context; returns it.
  mutating func decide(_ asPredicted: Bool, _ probability: UnsafeMutablePointer<UInt32>) -> Bool
  /// Codes the low `count` (0 to 63) bits of a value without any model; returns them.
  mutating func raw(_ value: UInt64, count: Int) -> UInt64
  /// Tells a probe that this row must not be passed over, because the model learns from it.
  mutating func remember()
}

extension BlockCoder {
  static var looksAhead: Bool { false }
  @inline(__always)
  mutating func remember() {}
}

/// One adaptive probability: two 16-bit estimates that a decision is true, moved by 1/16 and by 1/128 of the error.
///
/// The fast one sits in the low half. Their mean, 1 to 65,535 of 65,536, is what the coder uses (SF-C11).
enum AdaptiveProbability {
  static let even: UInt32 = 0x8000_8000

  @inline(__always)
  static func chance(_ state: UInt32) -> UInt32 { ((state & 0xFFFF) &+ (state >> 16)) >> 1 }

  @inline(__always)
  static func afterTrue(_ state: UInt32) -> UInt32 {
    let fast = state & 0xFFFF
    let slow = state >> 16
    return (fast &+ ((65_535 &- fast) >> 4)) | ((slow &+ ((65_535 &- slow) >> 7)) << 16)
  }

  @inline(__always)
  static func afterFalse(_ state: UInt32) -> UInt32 {
    let fast = state & 0xFFFF
    let slow = state >> 16
    return (fast &- (fast >> 4)) | ((slow &- (slow >> 7)) << 16)
  }
}

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

/// Runs a model ahead over rows and notes whether any decision would be false.
struct SurpriseProbe: BlockCoder {
  static var yields: Bool { false }
  static var looksAhead: Bool { true }
  private(set) var isSurprised = false

  @inline(__always)
  mutating func decide(_ asPredicted: Bool, _: UnsafeMutablePointer<UInt32>) -> Bool {
    if !asPredicted { isSurprised = true }
    return asPredicted
  }
  @inline(__always)
  mutating func raw(_ value: UInt64, count _: Int) -> UInt64 { value }
  @inline(__always)
  mutating func remember() { isSurprised = true }
}

/// Decodes rows that are known to be as predicted: every decision is true.
struct AsPredicted: BlockCoder {
  #if WATTLOG_THREAD_SANITIZER
    /// A value of no size has no address of its own, and ThreadSanitizer takes those of two threads for one.
    private var place: UInt8 = 0
  #endif
  static var yields: Bool { true }
  @inline(__always)
  mutating func decide(_: Bool, _: UnsafeMutablePointer<UInt32>) -> Bool { true }
  @inline(__always)
  mutating func raw(_: UInt64, count _: Int) -> UInt64 { 0 }
}
