/// What segment, journal and catalog headers have in common: 64 bytes, the last four a CRC-32C of those before (SF-3).
enum FileHeader {
  static func begin(_ magic: UInt64, store: StoreIdentity) -> ByteWriter {
    var writer = ByteWriter()
    writer.append(littleEndian: magic)
    writer.append(littleEndian: versions(magic).written)
    writer.append(littleEndian: UInt16(0))
    writer.append(littleEndian: UInt32(store.timeUnit))
    writer.append(littleEndian: store.id.high)
    writer.append(littleEndian: store.id.low)
    return writer
  }

  /// The version that is written of a kind of file, and those that are read.
  private static func versions(_ magic: UInt64) -> (written: UInt16, read: [UInt16]) {
    switch magic {
    case FormatLayout.segmentMagic: (FormatLayout.segmentVersion, Array(FormatLayout.segmentVersions))
    case FormatLayout.catalogMagic: (FormatLayout.catalogVersion, [FormatLayout.version, FormatLayout.catalogVersion])
    default: (FormatLayout.version, [FormatLayout.version])
    }
  }

  static func end(_ writer: ByteWriter) -> [UInt8] {
    var writer = writer
    precondition(writer.bytes.count <= FormatLayout.headerByteCount - 4, "a header grew over its size")
    while writer.bytes.count < FormatLayout.headerByteCount - 4 { writer.append(0) }
    writer.append(littleEndian: CRC32C.checksum(writer.bytes[...]))
    return writer.bytes
  }

  /// A reader that stands behind the common fields, and what they say.
  static func open(
    _ bytes: ArraySlice<UInt8>, magic: UInt64
  ) throws(FormatError) -> (rest: ByteReader, store: StoreIdentity, version: UInt16) {
    guard bytes.count >= FormatLayout.headerByteCount else { throw .truncated(offset: bytes.count) }
    let header = bytes.prefix(FormatLayout.headerByteCount)
    var reader = ByteReader(header)
    var crc = ByteReader(header.suffix(4))
    guard try crc.read(UInt32.self) == CRC32C.checksum(header.dropLast(4)) else {
      throw .checksumMismatch(offset: FormatLayout.headerByteCount - 4)
    }
    guard try reader.read(UInt64.self) == magic else { throw .invalid(offset: 0, what: "another kind of file") }
    let version = try reader.read(UInt16.self)
    guard versions(magic).read.contains(version) else { throw .unknownVersion(Int(version)) }
    guard try reader.read(UInt16.self) == 0 else { throw .invalid(offset: 10, what: "unknown flags") }
    let timeUnit = Int64(try reader.read(UInt32.self))
    guard timeUnit == 1 || timeUnit == 1000 else { throw .invalid(offset: 12, what: "time unit \(timeUnit)") }
    let high = try reader.read(UInt64.self)
    let low = try reader.read(UInt64.self)
    return (reader, StoreIdentity(id: StoreID(high: high, low: low), timeUnit: timeUnit), version)
  }
}
