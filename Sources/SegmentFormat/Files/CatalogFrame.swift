import Readings

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

  /// The frame's bytes. Spans that do not add up to their entry are left out: then a reader asks the footer.
  ///
  /// - Parameters:
  ///   - timeUnit: of the store, in ms.
  ///   - devices: those that the frames before it have named; new ones are named by this frame and added.
  public func encode(timeUnit: Int64, devices: inout CatalogDevices) -> [UInt8] {
    let before = devices.count
    var entries = ByteWriter()
    for entry in added { CatalogFrame.append(entry, to: &entries, timeUnit, &devices) }
    var payload = ByteWriter()
    payload.append(varint: UInt64(coveredSequence))
    payload.append(varint: UInt64(before))
    payload.append(varint: UInt64(devices.count - before))
    for device in devices.devices[before...] { if let device { DeviceText.append(device, to: &payload) } }
    payload.append(varint: UInt64(added.count))
    payload.bytes += entries.bytes
    payload.append(varint: UInt64(removed.count))
    for number in removed { payload.append(varint: number) }
    NamedCounts.append(counts, to: &payload)
    var writer = ByteWriter()
    writer.append(littleEndian: FormatLayout.catalogSpansMagic)
    writer.append(littleEndian: UInt32(payload.bytes.count))
    writer.append(littleEndian: sequence)
    var crc = CRC32C()
    crc.add(writer.bytes[...])
    crc.add(payload.bytes[...])
    writer.append(littleEndian: crc.value)
    return writer.bytes + payload.bytes
  }

  private static func append(
    _ entry: CatalogEntry, to writer: inout ByteWriter, _ timeUnit: Int64, _ devices: inout CatalogDevices
  ) {
    writer.append(varint: entry.number)
    writer.append(varint: entry.rank)
    writer.append(varint: UInt64(entry.year))
    writer.append(UInt8(entry.month))
    writer.append(varint: UInt64(entry.byteCount))
    writer.append(signedVarint: entry.first.milliseconds)
    writer.append(signedVarint: entry.last.milliseconds)
    writer.append(varint: UInt64(entry.readingCount))
    writer.append(varint: UInt64(entry.eventCount))
    let spans = entry.spans ?? []
    guard spans.count <= FormatLayout.maximumSpanCount, entry.isTold(inUnitsOf: timeUnit) else {
      return writer.append(varint: 0)
    }
    writer.append(varint: UInt64(spans.count))
    for span in spans {
      writer.append(varint: span.device.map { UInt64(devices.number(of: $0)) } ?? 0)
      writer.append(varint: UInt64((span.first.milliseconds - entry.first.milliseconds) / timeUnit))
      writer.append(varint: UInt64((entry.last.milliseconds - span.last.milliseconds) / timeUnit))
      writer.append(varint: UInt64(span.rowCount))
      writer.append(varint: UInt64(span.byteCount))
    }
  }

  /// The frame at `offset` of a catalog, of whatever version, and where it ends; nil where none stands whole.
  ///
  /// - Parameters:
  ///   - timeUnit: of the store, in ms.
  ///   - devices: those that the frames before it have named; what this one names is added.
  public static func decode(
    _ catalog: ArraySlice<UInt8>, at offset: Int, timeUnit: Int64, devices: inout CatalogDevices
  ) -> (frame: CatalogFrame, end: Int)? {
    let size = FormatLayout.catalogFrameHeaderByteCount
    var header = ByteReader(catalog.dropFirst(offset).prefix(size))
    guard let magic = try? header.read(UInt32.self), isMagic(magic),
      let length = try? header.read(UInt32.self), let sequence = try? header.read(UInt32.self),
      let checksum = try? header.read(UInt32.self), length <= FormatLayout.maximumCatalogPayload,
      (1..<UInt32.max).contains(sequence), Int(length) <= catalog.count - offset - size
    else { return nil }
    let start = catalog.startIndex + offset
    let payload = catalog[start + size..<start + size + Int(length)]
    var crc = CRC32C()
    crc.add(catalog[start..<start + size - 4])
    crc.add(payload)
    guard crc.value == checksum else { return nil }
    var known = devices
    var reader = ByteReader(payload)
    let tellsSpans = magic == FormatLayout.catalogSpansMagic
    guard
      let frame = try? decodePayload(&reader, sequence, tellsSpans ? timeUnit : nil, &known)
    else { return nil }
    devices = known
    return (frame, offset + size + Int(length))
  }

  private static func isMagic(_ magic: UInt32) -> Bool {
    magic == FormatLayout.catalogSpansMagic || magic == FormatLayout.catalogFrameMagic
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
    guard let magic = try? header.read(UInt32.self), isMagic(magic),
      let length = try? header.read(UInt32.self), length <= FormatLayout.maximumCatalogPayload
    else { return false }
    return Int(length) > rest.count - size
  }

  /// - Parameter timeUnit: nil for a frame of version 1, which tells no spans.
  private static func decodePayload(
    _ reader: inout ByteReader, _ sequence: UInt32, _ timeUnit: Int64?, _ devices: inout CatalogDevices
  ) throws(FormatError) -> CatalogFrame {
    let covered = UInt32(truncatingIfNeeded: try reader.readCount(limit: Int(UInt32.max)))
    if timeUnit != nil { try devices.read(from: &reader) }
    var frame = CatalogFrame(sequence: sequence, coveredSequence: covered, added: [], removed: [], counts: [])
    let count = try reader.readCount(limit: FormatLayout.maximumSegmentCount, bytesEach: 9)
    frame.added.reserveCapacity(count)
    for _ in 0..<count {
      var entry = try readEntry(&reader)
      if let timeUnit { try readSpans(&reader, of: &entry, timeUnit, devices) }
      frame.added.append(entry)
    }
    for _ in 0..<(try reader.readCount(limit: FormatLayout.maximumSegmentCount, bytesEach: 1)) {
      frame.removed.append(try reader.readVarint())
    }
    frame.counts = try NamedCounts.read(from: &reader)
    guard reader.isAtEnd else { throw .invalid(offset: reader.offset, what: "bytes after the end") }
    return frame
  }

  private static func readEntry(_ reader: inout ByteReader) throws(FormatError) -> CatalogEntry {
    let number = try reader.readVarint()
    let rank = try reader.readVarint()
    guard (1...max(1, number)).contains(rank) else { throw .invalid(offset: reader.offset, what: "number or rank") }
    let year = try reader.readCount(limit: 9999)
    let at = reader.offset
    let month = Int(try reader.readByte())
    guard (1...12).contains(month) else { throw .invalid(offset: at, what: "month") }
    let entry = CatalogEntry(
      number: number, rank: rank, year: year, month: month, byteCount: try reader.readCount(limit: 1 << 40),
      first: Timestamp(milliseconds: try reader.readSignedVarint()),
      last: Timestamp(milliseconds: try reader.readSignedVarint()),
      readingCount: try reader.readCount(limit: 1 << 40), eventCount: try reader.readCount(limit: 1 << 40))
    let bound = FormatLayout.maximumTime
    guard entry.first <= entry.last, entry.first.milliseconds >= -bound, entry.last.milliseconds <= bound else {
      throw .invalid(offset: reader.offset, what: "times")
    }
    return entry
  }

  /// SF-36.
  private static func readSpans(
    _ reader: inout ByteReader, of entry: inout CatalogEntry, _ timeUnit: Int64, _ devices: CatalogDevices
  ) throws(FormatError) {
    let at = reader.offset
    let count = try reader.readCount(limit: FormatLayout.maximumSpanCount, bytesEach: 5)
    guard count > 0 else { return }
    let length = Int((entry.last.milliseconds - entry.first.milliseconds) / timeUnit)
    var isKnown = true
    var (begins, ends) = (false, false)
    var (readingCount, eventCount) = (0, 0)
    var spans: [SegmentSpan] = []
    spans.reserveCapacity(count)
    for _ in 0..<count {
      let number = try reader.readCount(limit: devices.count)
      let start = try reader.readCount(limit: length)
      let rest = try reader.readCount(limit: length - start)
      let rowCount = try reader.readCount(limit: 1 << 40)
      let device = number == 0 ? nil : devices.devices[number - 1]
      isKnown = isKnown && (number == 0 || device != nil)
      begins = begins || start == 0
      ends = ends || rest == 0
      if number == 0 { eventCount += rowCount } else { readingCount += rowCount }
      spans.append(
        SegmentSpan(
          device: device, first: entry.first.advanced(byMilliseconds: Int64(start) * timeUnit),
          last: entry.last.advanced(byMilliseconds: -Int64(rest) * timeUnit), rowCount: rowCount,
          byteCount: try reader.readCount(limit: entry.byteCount)))
    }
    guard begins, ends, readingCount == entry.readingCount, eventCount == entry.eventCount else {
      throw .invalid(offset: at, what: "spans that do not add up")
    }
    // Where a frame is lost, nobody knows who is meant: the footer does.
    if isKnown { entry.spans = spans }
  }
}
