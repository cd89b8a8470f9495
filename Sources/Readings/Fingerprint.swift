/// 64 bits that change with what was added, the same in every run (FNV-1a). They tell that something changed; they do not
/// withstand somebody who wants them not to.
public struct Fingerprint: Sendable {
  public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  public init() {}

  public mutating func add(_ number: Int64) {
    for byte in 0..<8 { add(byte: UInt8(truncatingIfNeeded: number >> (8 * byte))) }
  }

  public mutating func add(_ number: Int) { add(Int64(number)) }

  /// Its length too: `ab`, `c` is not `a`, `bc`.
  public mutating func add(_ bytes: some Collection<UInt8>) {
    for byte in bytes { add(byte: byte) }
    add(bytes.count)
  }

  public mutating func add(_ text: String) { add(text.utf8) }

  private mutating func add(byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }

  /// Sixteen digits.
  public var text: String {
    String(value, padded: 16, radix: 16)
  }

  /// The same in 32 bits, for a name that a person may have to write. The length does not count.
  public static func short(of bytes: some Sequence<UInt8>) -> UInt32 {
    bytes.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
  }
}
