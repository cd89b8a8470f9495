/// Appends little-endian integers and LEB128 numbers to a byte array.
public struct ByteWriter: Sendable {
  public var bytes: [UInt8] = []

  public init() {}

  public mutating func append(_ byte: UInt8) { bytes.append(byte) }

  public mutating func append<Integer: FixedWidthInteger>(littleEndian value: Integer) {
    var rest = value
    for _ in 0..<MemoryLayout<Integer>.size {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  /// Seven bits a byte, least significant first, the top bit set on all but the last byte.
  public mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Zigzag: 0, −1, 1, −2 … become 0, 1, 2, 3 ….
  public mutating func append(signedVarint value: Int64) {
    append(varint: UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  public mutating func append(text: String) {
    let utf8 = Array(text.utf8)
    append(varint: UInt64(utf8.count))
    bytes.append(contentsOf: utf8)
  }
}
