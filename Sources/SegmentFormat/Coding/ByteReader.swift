/// Reads what ``ByteWriter`` wrote from bytes that may be anything: every read is bounded and throws (SF-6).
public struct ByteReader: Sendable {
  private let bytes: ArraySlice<UInt8>
  /// Bytes read so far.
  public private(set) var offset = 0

  public init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }
  public init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

  public var remaining: Int { bytes.count - offset }
  public var isAtEnd: Bool { remaining == 0 }

  public mutating func readByte() throws(FormatError) -> UInt8 {
    guard offset < bytes.count else { throw .truncated(offset: offset) }
    defer { offset += 1 }
    return bytes[bytes.startIndex + offset]
  }

  public mutating func read<Integer: FixedWidthInteger>(_: Integer.Type) throws(FormatError) -> Integer {
    let size = MemoryLayout<Integer>.size
    guard remaining >= size else { throw .truncated(offset: offset) }
    var value: Integer = 0
    for index in (0..<size).reversed() {
      value = value << 8 | Integer(truncatingIfNeeded: bytes[bytes.startIndex + offset + index])
    }
    offset += size
    return value
  }

  public mutating func readVarint() throws(FormatError) -> UInt64 {
    // Most numbers are below 128.
    if offset < bytes.count, bytes[bytes.startIndex + offset] < 0x80 {
      defer { offset += 1 }
      return UInt64(bytes[bytes.startIndex + offset])
    }
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let start = offset
      let byte = try readByte()
      // The tenth byte has room for one bit; more would be lost silently.
      if shift == 63 && byte > 1 { throw .invalid(offset: start, what: "number of more than 64 bits") }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  public mutating func readSignedVarint() throws(FormatError) -> Int64 {
    let raw = try readVarint()
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  /// A count that the rest of the bytes can hold at `bytesEach` or more apiece, and never above `limit`.
  public mutating func readCount(limit: Int, bytesEach: Int = 0) throws(FormatError) -> Int {
    let start = offset
    let raw = try readVarint()
    guard raw <= UInt64(limit) else { throw .invalid(offset: start, what: "count \(raw) above \(limit)") }
    let count = Int(raw)
    guard count * bytesEach <= remaining else { throw .truncated(offset: start) }
    return count
  }

  public mutating func readBytes(_ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
    guard count >= 0, remaining >= count else { throw .truncated(offset: offset) }
    let start = bytes.startIndex + offset
    offset += count
    return bytes[start..<start + count]
  }

  public mutating func readText(limit: Int) throws(FormatError) -> String {
    let count = try readCount(limit: limit, bytesEach: 1)
    let start = offset
    let raw = try readBytes(count)
    guard let text = String(validating: raw, as: UTF8.self) else {
      throw .invalid(offset: start, what: "text not UTF-8")
    }
    return text
  }
}
