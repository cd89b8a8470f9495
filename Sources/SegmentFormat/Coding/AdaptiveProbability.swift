/// A table of adaptive probabilities, one a context.
typealias Probabilities = UnsafeMutablePointer<UInt32>

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

  /// Calls `body` with so many probabilities that know nothing; their memory goes when `body` returns.
  static func withTable<Result>(_ count: Int, _ body: (Probabilities) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count) { table in
      table.initialize(repeating: even)
      guard let base = table.baseAddress else { preconditionFailure("memory without an address") }
      return body(base)
    }
  }
}
