public import Readings

/// The first 64 bytes of the catalog.
public enum CatalogHeader {
  public static func encode(_ store: StoreIdentity) -> [UInt8] {
    FileHeader.end(FileHeader.begin(FormatLayout.catalogMagic, store: store))
  }

  public static func decode(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> StoreIdentity {
    try FileHeader.open(bytes, magic: FormatLayout.catalogMagic).1
  }
}

/// A segment as the catalog knows it.
public struct CatalogEntry: Hashable, Sendable {
  public var number: UInt64
  public var rank: UInt64
  /// The UTC month of its first reading, which names its directory.
  public var year: Int
  public var month: Int
  public var byteCount: Int
  public var first: Timestamp
  public var last: Timestamp
  public var readingCount: Int
  public var eventCount: Int

  public init(
    number: UInt64, rank: UInt64, year: Int, month: Int, byteCount: Int, first: Timestamp, last: Timestamp,
    readingCount: Int, eventCount: Int
  ) {
    self.number = number
    self.rank = rank
    self.year = year
    self.month = month
    self.byteCount = byteCount
    self.first = first
    self.last = last
    self.readingCount = readingCount
    self.eventCount = eventCount
  }
}

/// One change of the catalog: segments that join, segments that leave, the journal range covered (SF-30 to SF-33).
public struct CatalogFrame: Sendable {
  public var sequence: UInt32
  public var coveredSequence: UInt32
  public var added: [CatalogEntry]
  public var removed: [UInt64]
  public var counts: [(name: String, count: Int64)]

  public init(
    sequence: UInt32, coveredSequence: UInt32, added: [CatalogEntry], removed: [UInt64],
    counts: [(name: String, count: Int64)]
  ) {
    self.sequence = sequence
    self.coveredSequence = coveredSequence
    self.added = added
    self.removed = removed
    self.counts = counts
  }

  public func encode() -> [UInt8] {
    var payload = ByteWriter()
    payload.append(varint: UInt64(coveredSequence))
    payload.append(varint: UInt64(added.count))
    for entry in added {
      payload.append(varint: entry.number)
      payload.append(varint: entry.rank)
      payload.append(varint: UInt64(entry.year))
      payload.append(UInt8(entry.month))
      payload.append(varint: UInt64(entry.byteCount))
      payload.append(signedVarint: entry.first.milliseconds)
      payload.append(signedVarint: entry.last.milliseconds)
      payload.append(varint: UInt64(entry.readingCount))
      payload.append(varint: UInt64(entry.eventCount))
    }
    payload.append(varint: UInt64(removed.count))
    for number in removed { payload.append(varint: number) }
    NamedCounts.append(counts, to: &payload)
    var writer = ByteWriter()
    writer.append(littleEndian: FormatLayout.catalogFrameMagic)
    writer.append(littleEndian: UInt32(payload.bytes.count))
    writer.append(littleEndian: sequence)
    var crc = CRC32C()
    crc.add(writer.bytes[...])
    crc.add(payload.bytes[...])
    writer.append(littleEndian: crc.value)
    return writer.bytes + payload.bytes
  }

  /// The frame at `offset` of a catalog and where it ends; nil where none stands whole.
  public static func decode(_ catalog: ArraySlice<UInt8>, at offset: Int) -> (frame: CatalogFrame, end: Int)? {
    let size = FormatLayout.catalogFrameHeaderByteCount
    var header = ByteReader(catalog.dropFirst(offset).prefix(size))
    guard let magic = try? header.read(UInt32.self), magic == FormatLayout.catalogFrameMagic,
      let length = try? header.read(UInt32.self), let sequence = try? header.read(UInt32.self),
      let checksum = try? header.read(UInt32.self), length <= FormatLayout.maximumCatalogPayload,
      Int(length) <= catalog.count - offset - size
    else { return nil }
    let start = catalog.startIndex + offset
    let payload = catalog[start + size..<start + size + Int(length)]
    var crc = CRC32C()
    crc.add(catalog[start..<start + size - 4])
    crc.add(payload)
    guard crc.value == checksum, let frame = try? decodePayload(payload, sequence: sequence) else { return nil }
    return (frame, offset + size + Int(length))
  }

  /// True where a frame was begun at `offset` and not finished: the bytes end before it does, or parts of it, 16 bytes
  /// or its end, are still the zeros of a grown file.
  public static func isUnfinished(_ catalog: ArraySlice<UInt8>, at offset: Int) -> Bool {
    let rest = catalog.dropFirst(offset)
    let size = FormatLayout.catalogFrameHeaderByteCount
    guard rest.count >= size else { return true }
    var start = rest.startIndex
    while start < rest.endIndex {
      if rest[start..<min(start + 16, rest.endIndex)].allSatisfy({ $0 == 0 }) { return true }
      start += 16
    }
    var header = ByteReader(rest)
    guard let magic = try? header.read(UInt32.self), magic == FormatLayout.catalogFrameMagic,
      let length = try? header.read(UInt32.self), length <= FormatLayout.maximumCatalogPayload
    else { return false }
    return Int(length) > rest.count - size
  }

  private static func decodePayload(
    _ payload: ArraySlice<UInt8>, sequence: UInt32
  ) throws(FormatError) -> CatalogFrame {
    var reader = ByteReader(payload)
    let covered = UInt32(truncatingIfNeeded: try reader.readCount(limit: Int(UInt32.max)))
    var frame = CatalogFrame(sequence: sequence, coveredSequence: covered, added: [], removed: [], counts: [])
    for _ in 0..<(try reader.readCount(limit: FormatLayout.maximumSegmentCount, bytesEach: 9)) {
      let number = try reader.readVarint()
      let rank = try reader.readVarint()
      guard (1...max(1, number)).contains(rank) else { throw .invalid(offset: reader.offset, what: "number or rank") }
      let year = try reader.readCount(limit: 9999)
      let at = reader.offset
      let month = Int(try reader.readByte())
      guard (1...12).contains(month) else { throw .invalid(offset: at, what: "month") }
      frame.added.append(
        CatalogEntry(
          number: number, rank: rank, year: year, month: month, byteCount: try reader.readCount(limit: 1 << 40),
          first: Timestamp(milliseconds: try reader.readSignedVarint()),
          last: Timestamp(milliseconds: try reader.readSignedVarint()),
          readingCount: try reader.readCount(limit: 1 << 40), eventCount: try reader.readCount(limit: 1 << 40)))
    }
    for _ in 0..<(try reader.readCount(limit: FormatLayout.maximumSegmentCount, bytesEach: 1)) {
      frame.removed.append(try reader.readVarint())
    }
    frame.counts = try NamedCounts.read(from: &reader)
    guard reader.isAtEnd else { throw .invalid(offset: reader.offset, what: "bytes after the end") }
    return frame
  }
}
