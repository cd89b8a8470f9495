import Readings

/// Which store a file belongs to: drawn at random when the store is made.
public struct StoreID: Hashable, Sendable {
  public var high: UInt64
  public var low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// 32 hexadecimal digits.
  public var text: String { String(high, padded: 16, radix: 16) + String(low, padded: 16, radix: 16) }
}

/// `wattlog.store`: format version, store id and time unit, as text that a person can read (SF-1).
public struct StoreIdentity: Hashable, Sendable {
  public var id: StoreID
  /// Milliseconds per unit of time: 1000 or 1.
  public var timeUnit: Int64

  public init(id: StoreID, timeUnit: Int64) {
    self.id = id
    self.timeUnit = timeUnit
  }

  public func encode() -> [UInt8] { encode(version: Int(FormatLayout.version)) }

  private func encode(version: Int) -> [UInt8] {
    let text = "wattlog store\nversion \(version)\nid \(id.text)\ntime unit \(timeUnit) ms\n"
    let crc = CRC32C.checksum(Array(text.utf8)[...])
    return Array((text + "crc32c \(String(crc, padded: 8, radix: 16))\n").utf8)
  }

  /// Accepts exactly what ``encode()`` writes, byte for byte.
  public static func decode(_ bytes: [UInt8]) throws(FormatError) -> StoreIdentity {
    let lines = bytes.prefix(256).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard lines.count == 6, lines[0] == "wattlog store", lines[1].hasPrefix("version "),
      let version = Int(lines[1].dropFirst(8))
    else { throw .invalid(offset: 0, what: "not a store's description") }
    // A later version may have other lines; only a checksum that stands where ours does vouches for the number.
    if version != Int(FormatLayout.version) {
      let body = bytes.dropLast(lines[4].utf8.count + 1)
      let crc = CRC32C.checksum(body)
      guard lines[4] == "crc32c \(String(crc, padded: 8, radix: 16))" else {
        throw .checksumMismatch(offset: body.count)
      }
      throw .unknownVersion(version)
    }
    guard lines[2].hasPrefix("id "), lines[2].utf8.count == 35,
      let high = UInt64(lines[2].dropFirst(3).prefix(16), radix: 16),
      let low = UInt64(lines[2].dropFirst(19), radix: 16),
      lines[3].hasPrefix("time unit "), lines[3].hasSuffix(" ms"),
      let timeUnit = Int64(lines[3].dropFirst(10).dropLast(3)), timeUnit == 1 || timeUnit == 1000
    else { throw .invalid(offset: 0, what: "not a store's description") }
    let identity = StoreIdentity(id: StoreID(high: high, low: low), timeUnit: timeUnit)
    guard identity.encode(version: version) == bytes else { throw .checksumMismatch(offset: 0) }
    return identity
  }
}
