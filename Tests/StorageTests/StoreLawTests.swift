import MemoryDisk
import Readings
import SegmentFormat
import Storage
import TestSupport
import Testing

/// What Schema/segment-format.md promises of a store's files, looked up in their bytes while a store lives.
@Suite struct StoreLawTests {
  /// A store's files after each step of a life with seals, compactions and new starts.
  private func live(_ observe: (MemoryFileSystem) throws -> Void) throws {
    let disk = MemoryFileSystem()
    var options = StoreOptions()
    options.journalByteCount = 4096
    options.randomSeed = 41
    var writer = try StoreWriter(directory: "s", options: options, mode: .live, fileSystem: disk)
    for (index, (device, reading)) in Fixture.readings(160, devices: 2, seed: 41).enumerated() {
      _ = try writer.append(reading, from: device)
      try writer.sync()
      try observe(disk)
      if index % 50 == 49 { try writer.seal() }
      if index % 120 == 119 { try writer.compact() }
      if index % 70 == 69 {
        try writer.close()
        writer = try StoreWriter(directory: "s", options: options, mode: .live, fileSystem: disk)
      }
      try observe(disk)
    }
    try writer.close()
    try observe(disk)
  }

  private func segments(_ disk: MemoryFileSystem) -> [String: [UInt8]] {
    disk.contents.filter { $0.key.hasSuffix(".segment") }
  }

  private func footer(_ bytes: [UInt8]) throws -> (footer: SegmentFooter, start: Int) {
    let size = try SegmentFooter.bodyByteCount(trailer: bytes.suffix(FormatLayout.trailerByteCount))
    let start = bytes.count - FormatLayout.trailerByteCount - size
    return (try SegmentFooter.decode(bytes[start...], at: start), start)
  }

  /// SF-4, SF-33.
  @Test func `a segment never changes under its name, no number comes back, and a replaced one is removed`() throws {
    var known: [String: [UInt8]] = [:]
    var gone: Set<String> = []
    var last: [String: [UInt8]] = [:]
    try live { disk in
      last = segments(disk)
      for (path, bytes) in last {
        #expect(known[path] == nil || known[path] == bytes, "\(path) changed")
        #expect(!gone.contains(path), "\(path) came back")
        known[path] = bytes
      }
      gone.formUnion(known.keys.filter { last[$0] == nil })
    }
    #expect(!gone.isEmpty && !last.isEmpty)
    let replaced = try last.values.flatMap { try footer($0).footer.replaces }
    let standing = try last.values.map { try footer($0).footer.header.number }
    #expect(Set(replaced).isDisjoint(with: standing))
  }

  /// SF-23: sequence numbers rise by one over the store's whole life; SF-20: what is covered is in segments.
  @Test func `no two commits have one number, and none is missing`() throws {
    var payloads: [UInt32: [UInt8]] = [:]
    try live { disk in
      for (path, bytes) in disk.contents where path.hasPrefix("journal-") {
        let (header, _) = try JournalHeader.decode(bytes[...])
        let scan = JournalScan(bytes[...], header: header)
        #expect(scan.frames.map(\.sequence) == scan.frames.indices.map { header.firstSequence + UInt32($0) })
        for frame in scan.frames {
          let payload = Array(bytes[frame.payload])
          #expect(payloads[frame.sequence] == nil || payloads[frame.sequence] == payload, "\(frame.sequence) twice")
          payloads[frame.sequence] = payload
        }
      }
    }
    #expect(payloads.keys.sorted() == Array(1...UInt32(payloads.count)))
  }

  /// SF-10 to SF-19, in the bytes of whole segments.
  @Test func `blocks lie one behind the other, and the index says what their frames say`() throws {
    var seen: Set<[UInt8]> = []
    try live { disk in
      for (path, bytes) in segments(disk) where seen.insert(bytes).inserted {
        let (footer, start) = try footer(bytes)
        #expect(try SegmentHeader.decode(bytes[...]) == footer.header, "\(path)")
        #expect(footer.header.rank <= footer.header.number)
        var offset = FormatLayout.headerByteCount
        for entry in footer.entries {
          let (frame, bodyOffset) = try BlockFrame.decode(bytes[offset...])
          let end = offset + bodyOffset + frame.bodyByteCount
          #expect(SegmentFooter.Entry(frame: frame, offset: offset, byteCount: end - offset) == entry)
          #expect(CRC32C.checksum(bytes[offset + bodyOffset..<end]) == frame.bodyChecksum)
          #expect((frame.device == nil) == (frame.kind == .events))
          if frame.kind == .readings {
            let rows = try Block.decode(bytes[offset + bodyOffset..<end])
            #expect(rows.rowCount == frame.rowCount && (1...Block.maximumRowCount).contains(rows.rowCount))
            #expect(rows.times.first == frame.first && rows.times.last == frame.last)
            #expect(rows.times == rows.times.sorted())
          }
          offset = end
        }
        #expect(offset == start, "\(path)")
      }
    }
    #expect(seen.count > 5)
  }

  /// A store of one segment of two plugs, closed.
  private func sealedStore() throws -> (disk: MemoryFileSystem, path: String, content: Content) {
    let disk = MemoryFileSystem()
    let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
    for (device, reading) in Fixture.readings(40, devices: 2, seed: 42) { _ = try writer.append(reading, from: device) }
    try writer.close()
    let path = try #require(segments(disk).keys.first)
    return (disk, path, try Content(StoreReader(directory: "s", fileSystem: disk)))
  }

  /// SF-14, SF-18, SF-19: header, footer and index may each be damaged; the blocks say everything again.
  @Test func `a damaged header or footer costs no row`() throws {
    let (disk, path, content) = try sealedStore()
    let bytes = try #require(disk.contents[path])
    for offset in [0, 40, 63, bytes.count - 1, bytes.count - 20, try footer(bytes).start + 5] {
      let copy = disk.copy()
      copy.names[path]??.bytes[offset] ^= 0x10
      let reader = try StoreReader(directory: "s", fileSystem: copy)
      #expect(try Content(reader) == content, "byte \(offset)")
      let verdict = try StoreVerifier.verify(directory: "s", deep: true, fileSystem: copy)
      #expect(!verdict.damage.isEmpty, "byte \(offset)")
    }
  }

  /// SF-3: a file of another store is no part of this one.
  @Test func `another store's segment and journal give no rows`() throws {
    let (disk, path, _) = try sealedStore()
    let (other, _, _) = try sealedStore()
    #expect(disk.contents["wattlog.store"] != other.contents["wattlog.store"])
    other.names["wattlog.store"]??.bytes = try #require(disk.contents["wattlog.store"])
    other.names["catalog"] = nil
    let reader = try StoreReader(directory: "s", fileSystem: other)
    #expect(try Content(reader).rows.isEmpty)
    #expect(reader.damage.contains { $0.file == path && $0.cause.contains("another store") }, "\(reader.damage)")
  }

  /// SF-5.
  @Test func `rows of equal time stay in order of arrival through seals and compactions`() throws {
    let disk = MemoryFileSystem()
    let (device, reading) = Fixture.readings(1, devices: 1, seed: 43)[0]
    var expected = Content()
    let writer = try StoreWriter(directory: "s", mode: .live, fileSystem: disk)
    for power in 0..<24 {
      var next = reading
      next.values[6] = Int64(power * 7 % 24)
      _ = try writer.append(next, from: device)
      expected.add(device, next)
      if power % 3 == 2 { try writer.seal() }
      if power == 11 || power == 20 { try writer.compact() }
      try writer.commit()
      #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == expected, "after \(power)")
    }
    try writer.compact()
    try writer.close()
    #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == expected)
  }

  /// SF-20: a journal that comes back after its rows were sealed is not read again.
  @Test func `a sealed journal gives no row twice`() throws {
    let disk = MemoryFileSystem()
    let writer = try StoreWriter(directory: "s", mode: .live, fileSystem: disk)
    for (device, reading) in Fixture.readings(20, devices: 2, seed: 44) { _ = try writer.append(reading, from: device) }
    try writer.sync()
    let journals = disk.contents.filter { $0.key.hasPrefix("journal-") }
    #expect(journals.count == 1)
    try writer.seal()
    try writer.close()
    let content = try Content(StoreReader(directory: "s", fileSystem: disk))
    for (path, bytes) in journals {
      let node = MemoryFileSystem.Node()
      node.bytes = bytes
      disk.names[path] = .some(node)
    }
    #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == content)
    let again = try StoreWriter(directory: "s", mode: .live, fileSystem: disk)
    try again.close()
    #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == content)
    #expect(Set(journals.keys).isDisjoint(with: disk.names.keys))
  }

  /// SF-30 to SF-33: the catalog is the sum of its frames, can be made from the segments, and forgets no removal.
  @Test func `a removed segment stays removed, an unnamed one counts, and leftovers go`() throws {
    let (disk, path, content) = try sealedStore()
    let catalog = try #require(disk.contents["catalog"])
    var known = try #require(CatalogBytes(catalog[...]))
    #expect(known.bytes == catalog && known.frames.map(\.sequence) == known.frames.indices.map { UInt32($0 + 1) })
    let entry = try #require(known.frames.flatMap(\.added).first)
    func add(_ added: [CatalogEntry], removing removed: [UInt64]) {
      known.frames.append(
        CatalogFrame(
          sequence: UInt32(known.frames.count + 1), coveredSequence: 0, added: added, removed: removed, counts: []))
    }
    add([], removing: [entry.number])
    add([entry], removing: [])
    let removed = disk.copy()
    removed.names["catalog"]??.bytes = known.bytes
    #expect(try Content(StoreReader(directory: "s", fileSystem: removed)).rows.isEmpty)
    let temporary = MemoryFileSystem.Node()
    removed.names["2025/10/00000099.segment.tmp"] = .some(temporary)
    try StoreWriter(directory: "s", mode: .live, fileSystem: removed).close()
    #expect(removed.names[path] == nil && removed.names["2025/10/00000099.segment.tmp"] == nil)

    let without = disk.copy()
    without.names["catalog"] = nil
    #expect(try Content(StoreReader(directory: "s", fileSystem: without)) == content)
    try StoreWriter(directory: "s", mode: .live, fileSystem: without).close()
    #expect(without.contents["catalog"] != nil)
    #expect(try Content(StoreReader(directory: "s", fileSystem: without)) == content)
  }
}
