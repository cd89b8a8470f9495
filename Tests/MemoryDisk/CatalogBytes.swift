import Readings
package import SegmentFormat

/// A catalog's frames, to be changed and put together again as a writer with a mistake would: with right checksums.
package struct CatalogBytes {
  package var store: StoreIdentity
  package var frames: [CatalogFrame] = []

  /// nil where a frame is not whole.
  package init?(_ bytes: ArraySlice<UInt8>) {
    guard let header = try? CatalogHeader.decode(bytes) else { return nil }
    store = header.store
    var devices = CatalogDevices()
    var end = FormatLayout.headerByteCount
    while end < bytes.count {
      guard
        let (frame, next) = CatalogFrame.decode(bytes, at: end, timeUnit: store.timeUnit, devices: &devices)
      else { return nil }
      frames.append(frame)
      end = next
    }
  }

  /// The segments of all frames that no later one removes.
  package var entries: [CatalogEntry] {
    var entries: [UInt64: CatalogEntry] = [:]
    for frame in frames {
      for number in frame.removed { entries[number] = nil }
      for entry in frame.added { entries[entry.number] = entry }
    }
    return entries.values.sorted { $0.number < $1.number }
  }

  /// Changes what the frames say of segments.
  package mutating func change(_ body: (inout CatalogEntry) -> Void) {
    for frame in frames.indices {
      for place in frames[frame].added.indices { body(&frames[frame].added[place]) }
    }
  }

  /// As they are written.
  package var bytes: [UInt8] {
    var devices = CatalogDevices()
    return frames.reduce(CatalogHeader.encode(store)) {
      $0 + $1.encode(timeUnit: store.timeUnit, devices: &devices)
    }
  }

  /// As version 1 had them: without devices and spans.
  package var bytesOfVersion1: [UInt8] {
    var bytes = CatalogHeader.encode(store)
    bytes[8] = 1
    CatalogBytes.put(CRC32C.checksum(bytes[..<60]), at: 60, in: &bytes)
    for frame in frames { bytes += CatalogBytes.version1(frame) }
    return bytes
  }

  private static func version1(_ frame: CatalogFrame) -> [UInt8] {
    var payload = ByteWriter()
    payload.append(varint: UInt64(frame.coveredSequence))
    payload.append(varint: UInt64(frame.added.count))
    for entry in frame.added {
      for number in [entry.number, entry.rank, UInt64(entry.year)] { payload.append(varint: number) }
      payload.append(UInt8(entry.month))
      payload.append(varint: UInt64(entry.byteCount))
      for time in [entry.first, entry.last] { payload.append(signedVarint: time.milliseconds) }
      for count in [entry.readingCount, entry.eventCount] { payload.append(varint: UInt64(count)) }
    }
    payload.append(varint: UInt64(frame.removed.count))
    for number in frame.removed { payload.append(varint: number) }
    NamedCounts.append(frame.counts, to: &payload)
    var header = ByteWriter()
    for word in [FormatLayout.catalogFrameMagic, UInt32(payload.bytes.count), frame.sequence, 0] {
      header.append(littleEndian: word)
    }
    var crc = CRC32C()
    crc.add(header.bytes[..<12])
    crc.add(payload.bytes[...])
    put(crc.value, at: 12, in: &header.bytes)
    return header.bytes + payload.bytes
  }

  private static func put(_ word: UInt32, at offset: Int, in bytes: inout [UInt8]) {
    for place in 0..<4 { bytes[offset + place] = UInt8(truncatingIfNeeded: word >> (8 * UInt32(place))) }
  }
}

extension CatalogEntry {
  /// Gives the rows of one device to another: it adds up, and is not true.
  package mutating func exchangeTwoDevices() {
    guard var told = spans else { return }
    let places = told.indices.filter { told[$0].device != nil }
    guard places.count > 1 else { return }
    (told[places[0]].device, told[places[1]].device) = (told[places[1]].device, told[places[0]].device)
    spans = told
  }
}
