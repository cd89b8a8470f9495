public import Readings

/// A segment's index: every block with its place, found from the end of the file (SF-15 to SF-19).
public struct SegmentFooter: Sendable {
  /// One block of the segment.
  public struct Entry: Hashable, Sendable {
    public var kind: BlockFrame.Kind
    public var device: Device?
    /// Of the frame's first byte.
    public var offset: Int
    /// Header, device and body together.
    public var byteCount: Int
    public var rowCount: Int
    public var first: Timestamp
    public var last: Timestamp

    public init(frame: BlockFrame, offset: Int, byteCount: Int) {
      kind = frame.kind
      device = frame.device
      self.offset = offset
      self.byteCount = byteCount
      rowCount = frame.rowCount
      first = frame.first
      last = frame.last
    }

    /// Do these rollups belong to a block of readings, behind which they stand?
    public func isRollups(of readings: Entry) -> Bool {
      kind == .rollups && readings.kind == .readings && device == readings.device && rowCount == readings.rowCount
        && first == readings.first
        && last == readings.last
    }

    init(
      kind: BlockFrame.Kind, device: Device?, offset: Int, byteCount: Int, rowCount: Int, first: Timestamp,
      last: Timestamp
    ) {
      self.kind = kind
      self.device = device
      self.offset = offset
      self.byteCount = byteCount
      self.rowCount = rowCount
      self.first = first
      self.last = last
    }
  }

  /// The rollups that stand behind the block of readings at a place; nil where there are none.
  public func rollups(behind place: Int) -> Entry? {
    guard place + 1 < entries.count, entries[place + 1].isRollups(of: entries[place]) else { return nil }
    return entries[place + 1]
  }

  /// Places of rollups whose readings are gone, by retention or damage.
  public var rollupsAlone: [Int] {
    entries.indices.filter { entries[$0].kind == .rollups && ($0 == 0 || rollups(behind: $0 - 1) == nil) }
  }

  public var header: SegmentHeader
  /// Segments whose rows this one holds; where they still stand they are leftovers.
  public var replaces: [UInt64]
  /// What was counted and not stored until this segment was sealed.
  public var counts: [(name: String, count: Int64)]
  public var entries: [Entry]

  public init(
    header: SegmentHeader, replaces: [UInt64] = [], counts: [(name: String, count: Int64)] = [], entries: [Entry] = []
  ) {
    self.header = header
    self.replaces = replaces
    self.counts = counts
    self.entries = entries
  }

  /// Body and trailer: the last bytes of a segment.
  public func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.bytes += header.encode()
    writer.append(varint: UInt64(replaces.count))
    for number in replaces { writer.append(varint: number) }
    NamedCounts.append(counts, to: &writer)
    var devices: [Device: UInt64] = [:]
    var table = ByteWriter()
    for entry in entries {
      guard let device = entry.device, devices[device] == nil else { continue }
      devices[device] = UInt64(devices.count + 1)
      DeviceText.append(device, to: &table)
    }
    writer.append(varint: UInt64(devices.count))
    writer.bytes += table.bytes
    writer.append(varint: UInt64(entries.count))
    var end = FormatLayout.headerByteCount
    for entry in entries {
      writer.append(entry.kind.rawValue)
      writer.append(varint: entry.device.flatMap { devices[$0] } ?? 0)
      writer.append(signedVarint: Int64(entry.offset - end))
      writer.append(varint: UInt64(entry.byteCount))
      end = entry.offset + entry.byteCount
      writer.append(varint: UInt64(entry.rowCount))
      writer.append(signedVarint: entry.first.milliseconds / header.store.timeUnit)
      writer.append(varint: UInt64((entry.last.milliseconds - entry.first.milliseconds) / header.store.timeUnit))
      writer.append(varint: 0)  // bytes of statistics that a later version may add
    }
    let bodyByteCount = writer.bytes.count
    var trailer = ByteWriter()
    trailer.append(littleEndian: UInt32(bodyByteCount))
    trailer.append(littleEndian: FormatLayout.segmentVersion)
    trailer.append(littleEndian: UInt16(0))
    var crc = CRC32C()
    crc.add(writer.bytes[...])
    crc.add(trailer.bytes[...])
    trailer.append(littleEndian: crc.value)
    trailer.append(littleEndian: UInt32(0))
    trailer.append(littleEndian: FormatLayout.footerMagic)
    return writer.bytes + trailer.bytes
  }

  /// Bytes of the footer's body, as the trailer (the file's last ``FormatLayout/trailerByteCount`` bytes) says.
  public static func bodyByteCount(trailer: ArraySlice<UInt8>) throws(FormatError) -> Int {
    var reader = ByteReader(trailer)
    guard trailer.count == FormatLayout.trailerByteCount else { throw .truncated(offset: 0) }
    let count = Int(try reader.read(UInt32.self))
    let version = try reader.read(UInt16.self)
    let flags = try reader.read(UInt16.self)
    _ = try reader.read(UInt32.self)
    let zero = try reader.read(UInt32.self)
    guard try reader.read(UInt64.self) == FormatLayout.footerMagic else {
      throw .invalid(offset: 16, what: "no footer")
    }
    guard FormatLayout.segmentVersions.contains(version) else { throw .unknownVersion(Int(version)) }
    guard flags == 0, zero == 0 else { throw .invalid(offset: 6, what: "unknown flags") }
    guard count <= FormatLayout.maximumFooterByteCount else { throw .invalid(offset: 0, what: "footer's length") }
    return count
  }

  /// Decodes body and trailer; `offset` is where the body begins in the file, which no block may reach.
  public static func decode(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(FormatError) -> SegmentFooter {
    let bodyByteCount = try bodyByteCount(trailer: bytes.suffix(FormatLayout.trailerByteCount))
    guard bytes.count == bodyByteCount + FormatLayout.trailerByteCount else { throw .truncated(offset: bytes.count) }
    var crc = CRC32C()
    crc.add(bytes.prefix(bodyByteCount + 8))
    var stored = ByteReader(bytes.dropFirst(bodyByteCount + 8).prefix(4))
    guard try stored.read(UInt32.self) == crc.value else { throw .checksumMismatch(offset: bodyByteCount + 8) }
    let body = bytes.prefix(bodyByteCount)
    let header = try SegmentHeader.decode(body.prefix(FormatLayout.headerByteCount))
    var reader = ByteReader(body.dropFirst(FormatLayout.headerByteCount))
    var footer = SegmentFooter(header: header)
    for _ in 0..<(try reader.readCount(limit: FormatLayout.maximumSegmentCount, bytesEach: 1)) {
      footer.replaces.append(try reader.readVarint())
    }
    footer.counts = try NamedCounts.read(from: &reader)
    var devices: [Device] = []
    for _ in 0..<(try reader.readCount(limit: 1 << 20, bytesEach: 2)) {
      devices.append(try DeviceText.read(from: &reader))
    }
    var end = FormatLayout.headerByteCount
    for _ in 0..<(try reader.readCount(limit: 1 << 24, bytesEach: 8)) {
      let at = reader.offset
      guard let kind = BlockFrame.Kind(rawValue: try reader.readByte()) else {
        throw .invalid(offset: at, what: "kind of block")
      }
      let device = try reader.readCount(limit: devices.count)
      let gap = try reader.readSignedVarint()
      let byteCount = try reader.readCount(limit: FormatLayout.maximumBlockByteCount + 4096)
      let rowCount = try reader.readCount(limit: Block.maximumRowCount)
      let first = try reader.readSignedVarint()
      let span = try reader.readVarint()
      _ = try reader.readBytes(try reader.readCount(limit: 65_536))
      guard gap >= 0, gap < 1 << 40, (device > 0) == (kind != .events), rowCount > 0,
        abs(first.flooringQuotient(1 << 50)) <= 1, span < 1 << 50
      else { throw .invalid(offset: at, what: "index entry") }
      let start = end + Int(gap)
      end = start + byteCount
      guard byteCount >= FormatLayout.blockHeaderByteCount, end <= offset else {
        throw .invalid(offset: at, what: "block outside the segment")
      }
      let unit = header.store.timeUnit
      footer.entries.append(
        Entry(
          kind: kind, device: device == 0 ? nil : devices[device - 1], offset: start, byteCount: byteCount,
          rowCount: rowCount, first: Timestamp(milliseconds: first * unit),
          last: Timestamp(milliseconds: (first + Int64(span)) * unit)))
    }
    guard reader.isAtEnd else { throw .invalid(offset: reader.offset, what: "bytes after the end") }
    return footer
  }
}
