internal import Readings

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

  /// A number that is a multiple of `factor`, foretold by another such.
  mutating func code(_ value: Int64, from foretold: Int64, unit factor: Int64, _ context: Int) -> Int64 {
    let difference = value.flooringQuotient(factor) &- foretold.flooringQuotient(factor)
    return (foretold.flooringQuotient(factor) &+ code(signed: difference, context)) &* factor
  }

  /// Milliseconds as units of time.
  mutating func code(time milliseconds: Int64, unit: Int64, _ context: Int) -> UInt64 {
    code(UInt64(bitPattern: milliseconds / unit), context)
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
  func parameter(_ context: Int) -> Int { 63 &- ((sums[context] &* 11) &>> 7 | 1).leadingZeroBitCount }

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
///
/// All that changes is the number of bits read. What is rare stands in functions that are given values and not the
/// decoder, so that it is kept in a register over the numbers of a cell.
struct RiceDecoder: RiceStream, ~Copyable {
  static var reads: Bool { true }
  private let contexts: RiceContexts
  private let bytes: Bytes
  /// Bits that were read.
  private var place = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>, contextCount: Int) {
    self.bytes = Bytes(bytes)
    contexts = RiceContexts(count: contextCount)
  }

  /// True when more was read than there was.
  var isPastEnd: Bool { place > 8 * bytes.all.count }

  @inline(__always)
  mutating func code(_: UInt64, _ context: Int) -> UInt64 {
    let parameter = contexts.parameter(context)
    let window = bytes.window(at: place)
    // The last bit is set for the processor's sake: so many ones are an escape.
    let ones = (~window | 1).leadingZeroBitCount
    let value: UInt64
    if ones < RiceContexts.escape {
      // Shifted in two steps, because one of 64 bits would not move anything.
      let rest = ((window &<< UInt64(truncatingIfNeeded: ones)) &<< 1) &>> 1
      value =
        UInt64(truncatingIfNeeded: ones) &<< UInt64(truncatingIfNeeded: parameter)
        | rest &>> UInt64(truncatingIfNeeded: 63 &- parameter)
      place &+= ones &+ 1 &+ parameter
    } else {
      (value, place) = RiceDecoder.large(in: bytes, at: place)
    }
    contexts.see(value, context, parameter: parameter)
    return value
  }

  @inline(__always)
  mutating func bits(_: UInt64, count: Int) -> UInt64 {
    let found = bytes.bits(at: place, count: count)
    place &+= count
    return found
  }

  @inline(never)
  private static func large(in bytes: Bytes, at start: Int) -> (value: UInt64, place: Int) {
    var place = start + RiceContexts.escape
    let size = Int(bytes.bits(at: place, count: 6)) + 1
    place += 6
    let high = size > 32 ? bytes.bits(at: place, count: size - 32) : 0
    if size > 32 { place += size - 32 }
    let count = min(size, 32)
    return (high << 32 | bytes.bits(at: place, count: count), place + count)
  }

  /// The stream, read by the bit.
  private struct Bytes {
    let all: UnsafeRawBufferPointer
    /// The last place from which eight bytes can be read.
    private let lastWord: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
      all = UnsafeRawBufferPointer(bytes)
      lastWord = 8 * (bytes.count - 8) + 7
    }

    /// At least 57 bits from a place on, from the top.
    @inline(__always)
    func window(at place: Int) -> UInt64 {
      let word: UInt64
      if place <= lastWord {
        word = UInt64(bigEndian: all.loadUnaligned(fromByteOffset: place &>> 3, as: UInt64.self))
      } else {
        word = Bytes.end(of: all, from: place &>> 3)
      }
      return word &<< UInt64(truncatingIfNeeded: place & 7)
    }

    /// - Parameter count: at most 57.
    @inline(__always)
    func bits(at place: Int, count: Int) -> UInt64 {
      (window(at: place) &>> 1) &>> UInt64(truncatingIfNeeded: 63 &- count)
    }

    @inline(never)
    private static func end(of bytes: UnsafeRawBufferPointer, from start: Int) -> UInt64 {
      var word: UInt64 = 0
      for index in start..<start + 8 { word = word &<< 8 | (index < bytes.count ? UInt64(bytes[index]) : 0) }
      return word
    }
  }
}
