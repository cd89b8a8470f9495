/// Codes numbers with Rice codes whose parameter follows the numbers seen so far in their context
/// (Schema/rollups.md, SF-R20 to SF-R23): a few nanoseconds a number, which is what a year's report has for one.
///
/// One model drives both directions: an encoder is given the number, a decoder yields it.
protocol RiceStream: ~Copyable {
  /// True for a decoder.
  static var reads: Bool { get }
  /// A number of 0 or more.
  mutating func code(_ value: UInt64, _ context: Int) -> UInt64
  /// `count` bits as they are, at most 32.
  mutating func bits(_ value: UInt64, count: Int) -> UInt64
}

extension RiceStream where Self: ~Copyable {
  @inline(__always)
  mutating func code(signed value: Int64, _ context: Int) -> Int64 {
    let folded = UInt64(bitPattern: value &<< 1 ^ value &>> 63)
    let found = code(folded, context)
    return Int64(bitPattern: found &>> 1) ^ -Int64(bitPattern: found & 1)
  }

  @inline(__always)
  mutating func flag(_ value: Bool) -> Bool { bits(value ? 1 : 0, count: 1) == 1 }
}

/// The Rice parameter of each context.
struct RiceContexts: ~Copyable {
  /// Sixteen times the mean of the numbers, recent ones weighing more.
  private let sums: UnsafeMutablePointer<UInt64>

  /// Ones in a row that announce a number too large for the code.
  static let escape = 20

  init(count: Int) {
    sums = .allocate(capacity: count)
    sums.initialize(repeating: 16, count: count)
  }

  deinit { sums.deallocate() }

  /// About the binary logarithm of ln 2 × the mean: what suits numbers that fall off geometrically.
  @inline(__always)
  func parameter(_ context: Int) -> Int { 64 &- ((sums[context] &* 11) &>> 8).leadingZeroBitCount }

  /// A number far beyond the usual ones counts for less, so that one of them spoils little.
  @inline(__always)
  func see(_ value: UInt64, _ context: Int, parameter: Int) {
    let sum = sums[context]
    sums[context] = min((sum &- sum &>> 4) &+ min(value, 32 &<< UInt64(parameter)), 1 &<< 34)
  }
}

struct RiceEncoder: RiceStream, ~Copyable {
  static var reads: Bool { false }
  private let contexts: RiceContexts
  private var writer = ByteWriter()
  private var window: UInt64 = 0
  private var used = 0

  init(contextCount: Int) { contexts = RiceContexts(count: contextCount) }

  mutating func code(_ value: UInt64, _ context: Int) -> UInt64 {
    let parameter = contexts.parameter(context)
    let quotient = value &>> UInt64(parameter)
    if quotient < UInt64(RiceContexts.escape) {
      // Ones, and a zero that ends them.
      put((1 &<< quotient &- 1) &<< 1, count: Int(quotient) + 1)
      put(value & (1 &<< UInt64(parameter) &- 1), count: parameter)
    } else {
      put(1 << UInt64(RiceContexts.escape) - 1, count: RiceContexts.escape)
      let size = 64 - value.leadingZeroBitCount
      put(UInt64(size - 1), count: 6)
      if size > 32 { put(value >> 32, count: size - 32) }
      put(value & 0xFFFF_FFFF, count: min(size, 32))
    }
    contexts.see(value, context, parameter: parameter)
    return value
  }

  mutating func bits(_ value: UInt64, count: Int) -> UInt64 {
    put(value, count: count)
    return value
  }

  /// - Parameter count: at most 32; `value` has no more bits.
  private mutating func put(_ value: UInt64, count: Int) {
    used += count
    window = window &<< UInt64(count) | value
    while used >= 8 {
      used -= 8
      writer.append(UInt8(truncatingIfNeeded: window &>> UInt64(used)))
    }
  }

  /// The bytes, the last one filled with zeros.
  consuming func finish() -> [UInt8] {
    if used > 0 { put(0, count: 8 - used) }
    return writer.bytes
  }
}

/// Reads zeros behind the end.
struct RiceDecoder: RiceStream, ~Copyable {
  static var reads: Bool { true }
  private let contexts: RiceContexts
  private let bytes: UnsafeBufferPointer<UInt8>
  private var next = 0
  /// Bits that come next, from the top.
  private var window: UInt64 = 0
  private var available = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>, contextCount: Int) {
    self.bytes = bytes
    contexts = RiceContexts(count: contextCount)
  }

  /// True when more was read than there was.
  var isPastEnd: Bool { next - available / 8 > bytes.count }

  /// At least 56 bits from here on.
  @inline(__always)
  private mutating func fill() {
    if next &+ 8 <= bytes.count, let base = bytes.baseAddress {
      let word = UInt64(bigEndian: UnsafeRawPointer(base + next).loadUnaligned(as: UInt64.self))
      window |= word &>> UInt64(available)
      next &+= (63 &- available) &>> 3
      available |= 56
    } else {
      while available <= 56 {
        let byte = next < bytes.count ? UInt64(bytes[next]) : 0
        next &+= 1
        window |= byte &<< UInt64(56 &- available)
        available &+= 8
      }
    }
  }

  @inline(__always)
  private mutating func take(_ count: Int) -> UInt64 {
    // Two shifts, because one of 64 bits would not move anything.
    let value = (window &>> 1) &>> UInt64(63 &- count)
    window = window &<< UInt64(count)
    available &-= count
    return value
  }

  @inline(__always)
  mutating func code(_: UInt64, _ context: Int) -> UInt64 {
    fill()
    let parameter = contexts.parameter(context)
    let ones = (~window).leadingZeroBitCount
    let value: UInt64
    if ones < RiceContexts.escape {
      _ = take(ones &+ 1)
      value = UInt64(ones) &<< UInt64(parameter) | take(parameter)
    } else {
      value = large()
    }
    contexts.see(value, context, parameter: parameter)
    return value
  }

  @inline(never)
  private mutating func large() -> UInt64 {
    _ = take(RiceContexts.escape)
    let size = Int(take(6)) + 1
    fill()
    guard size > 32 else { return take(size) }
    let high = take(size - 32)
    fill()
    return high << 32 | take(32)
  }

  @inline(__always)
  mutating func bits(_: UInt64, count: Int) -> UInt64 {
    fill()
    return take(count)
  }
}
