import Readings

/// The contents of a TZif file: header, a 32-bit block, and from version 2 on a 64-bit block and a footer.
struct TimeZoneFile {
  var transitions: [Int64] = []
  var offsets: [Int32] = []
  var initialOffset: Int32 = 0
  var rule: DaylightRule?

  private struct Header {
    var version: UInt8
    var isUTCCount, isStandardCount, leapCount, timeCount, typeCount, characterCount: Int
    static let byteCount = 44  // magic 4, version 1, unused 15, six counts of 4

    func blockByteCount(timeSize: Int) -> Int {
      timeCount * timeSize + timeCount + typeCount * 6 + characterCount + leapCount * (timeSize + 4) + isStandardCount
        + isUTCCount
    }
  }

  /// A zone file has a few kilobytes; anything this long is something else.
  private static let maximumByteCount = 1 << 20

  init(_ bytes: [UInt8]) throws(TimeZoneError) {
    guard bytes.count <= TimeZoneFile.maximumByteCount else { throw TimeZoneError(offset: 0, cause: "too long") }
    let first = try TimeZoneFile.header(bytes, at: 0)
    if first.version == 0 {
      try readBlock(bytes, at: Header.byteCount, first, timeSize: 4)
      return
    }
    let second = Header.byteCount + first.blockByteCount(timeSize: 4)
    let header = try TimeZoneFile.header(bytes, at: second)
    let block = second + Header.byteCount
    try readBlock(bytes, at: block, header, timeSize: 8)
    let footer = block + header.blockByteCount(timeSize: 8)
    guard footer < bytes.count, bytes[footer] == UInt8(ascii: "\n"),
      let end = bytes[(footer + 1)...].firstIndex(of: UInt8(ascii: "\n"))
    else { throw TimeZoneError(offset: footer, cause: "the footer is cut off") }
    guard end > footer + 1 else { return }
    guard let rule = DaylightRule(posix: bytes[(footer + 1)..<end]) else {
      throw TimeZoneError(offset: footer + 1, cause: "the rule in the footer is not a POSIX TZ rule")
    }
    self.rule = rule
  }

  private static func header(_ bytes: [UInt8], at offset: Int) throws(TimeZoneError) -> Header {
    guard offset + Header.byteCount <= bytes.count else {
      throw TimeZoneError(offset: offset, cause: "the header is cut off")
    }
    guard bytes[offset..<(offset + 4)].elementsEqual([0x54, 0x5A, 0x69, 0x66]) else {
      throw TimeZoneError(offset: offset, cause: "it does not begin with TZif")
    }
    func count(_ index: Int) -> Int { Int(unsigned(bytes, at: offset + 20 + 4 * index, size: 4)) }
    let header = Header(
      version: bytes[offset + 4], isUTCCount: count(0), isStandardCount: count(1), leapCount: count(2),
      timeCount: count(3), typeCount: count(4), characterCount: count(5))
    // Each counted thing takes at least a byte, so no true count is larger than the file.
    let counts = [header.isUTCCount, header.isStandardCount, header.leapCount, header.timeCount, header.characterCount]
    guard counts.allSatisfy({ $0 <= bytes.count }), header.typeCount >= 1, header.typeCount <= 256 else {
      throw TimeZoneError(offset: offset + 20, cause: "its counts do not fit its length")
    }
    return header
  }

  private mutating func readBlock(
    _ bytes: [UInt8], at start: Int, _ header: Header, timeSize: Int
  ) throws(TimeZoneError) {
    guard start + header.blockByteCount(timeSize: timeSize) <= bytes.count else {
      throw TimeZoneError(offset: start, cause: "the data block is cut off")
    }
    let typeIndices = start + header.timeCount * timeSize
    let types = typeIndices + header.timeCount
    let typeOffsets = (0..<header.typeCount).map { index in
      Int32(bitPattern: UInt32(truncatingIfNeeded: TimeZoneFile.unsigned(bytes, at: types + 6 * index, size: 4)))
    }
    guard typeOffsets.allSatisfy({ abs(Int64($0)) <= 93_599 }) else {
      throw TimeZoneError(offset: types, cause: "an offset from UTC is more than 26 hours")
    }
    // RFC 9636 §3.2: type 0 holds before the first transition.
    initialOffset = typeOffsets[0]
    for index in 0..<header.timeCount {
      let raw = TimeZoneFile.unsigned(bytes, at: start + index * timeSize, size: timeSize)
      let seconds = timeSize == 4 ? Int64(Int32(truncatingIfNeeded: raw)) : Int64(bitPattern: raw)
      let type = Int(bytes[typeIndices + index])
      guard type < typeOffsets.count else {
        throw TimeZoneError(offset: typeIndices + index, cause: "a transition names a type that is not there")
      }
      guard transitions.last.map({ $0 < seconds }) ?? true else {
        throw TimeZoneError(offset: start + index * timeSize, cause: "transitions are out of order")
      }
      transitions.append(seconds)
      offsets.append(typeOffsets[type])
    }
  }

  private static func unsigned(_ bytes: [UInt8], at offset: Int, size: Int) -> UInt64 {
    bytes[offset..<(offset + size)].reduce(0) { $0 << 8 | UInt64($1) }
  }
}
