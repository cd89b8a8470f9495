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
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
