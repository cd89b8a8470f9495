/// A stream of random integers (SplitMix64) that is the same on every machine, and hashes of the same family.
///
/// Each concern of each plug has a stream of its own (its load, its network, its faults), so that another TelePeriod
/// or another fault leaves the loads as they were.
struct RandomStream: Sendable {
  private var state: UInt64

  /// - Parameter concern: keeps the streams of one plug apart.
  init(seed: UInt64, name: String, concern: UInt64) {
    // FNV-1a over the name: Hasher would be seeded per process.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    state = RandomStream.mix(RandomStream.mix(seed) ^ RandomStream.mix(hash &+ concern))
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return RandomStream.mix(state)
  }

  /// A number of the closed range, all of them as likely.
  mutating func within(_ range: ClosedRange<Int64>) -> Int64 {
    let width = UInt64(range.upperBound - range.lowerBound) + 1
    return range.lowerBound + Int64(truncatingIfNeeded: next().multipliedFullWidth(by: width).high)
  }

  /// True in so many of a million cases.
  mutating func chance(perMillion share: Int64) -> Bool { within(0...999_999) < share }

  /// A value changed by at most so many thousandths of it.
  mutating func around(_ value: Int64, permille: Int64) -> Int64 {
    value + value * within(-permille...permille) / 1000
  }

  static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// A smooth random curve over time that can be asked at any instant, in any order: value noise.
struct SmoothNoise: Sendable {
  var seed: UInt64
  /// Knots lie 2^this milliseconds apart.
  var knotExponent: Int64
  var amplitude: Int64

  /// −amplitude to amplitude.
  func value(at milliseconds: Int64) -> Int64 {
    let knot = milliseconds >> knotExponent
    let mask = (Int64(1) << knotExponent) - 1
    let left = level(knot)
    return left + ((level(knot + 1) - left) * (milliseconds & mask)) >> knotExponent
  }

  private func level(_ knot: Int64) -> Int64 {
    let hash = RandomStream.mix(seed &+ UInt64(bitPattern: knot) &* 0x9E37_79B9_7F4A_7C15)
    return Int64(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(2 * amplitude + 1)).high) - amplitude
  }
}
