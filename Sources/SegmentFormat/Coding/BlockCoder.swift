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
