import Glibc
import MemoryDisk
import Readings
import SegmentFormat
import Storage
import TestSupport
import Testing

/// The catalog tells what each segment holds of each device, so that a command opens what it reads (SF-36 to SF-39).
@Suite struct CatalogSpansTests {
  /// A store of so many segments, closed: each holds `rows` readings of each of the plugs, every third an event too.
  private func store(
    seed: UInt64, segments: Int, rows: Int = 20, devices: Int = 3, timeUnit: Int64 = 1000
  ) throws -> MemoryFileSystem {
    let disk = MemoryFileSystem()
    var options = StoreOptions(timeUnit: timeUnit)
    options.journalByteCount = 8192
    options.randomSeed = seed
    let writer = try StoreWriter(directory: "s", options: options, mode: .live, fileSystem: disk)
    for (place, (device, reading)) in Fixture.readings(rows * segments, devices: devices, seed: seed).enumerated() {
      _ = try writer.append(reading, from: device)
      let (segment, index) = (place / (rows * devices), place % (rows * devices))
      if segment % 3 == 0, index == 7 {
        _ = try writer.append(Event(at: reading.receivedAt, device: device, kind: .availability, detail: "online"))
      }
      if index == rows * devices - 1 { try writer.seal() }
    }
    try writer.close()
    return disk
  }

  private func catalog(_ disk: MemoryFileSystem) throws -> CatalogBytes {
    let bytes = try #require(disk.contents["catalog"])
    return try #require(CatalogBytes(bytes[...]))
  }

  private func footer(_ bytes: [UInt8]) throws -> SegmentFooter {
    let size = try SegmentFooter.bodyByteCount(trailer: bytes.suffix(FormatLayout.trailerByteCount))
    let start = bytes.count - FormatLayout.trailerByteCount - size
    return try SegmentFooter.decode(bytes[start...], at: start)
  }

  /// Each entry of the catalog on the disk says what its segment's footer says.
  private func expectTruth(_ disk: MemoryFileSystem, _ what: String) throws {
    for entry in try catalog(disk).entries {
      let name = "/\(String(entry.number + 100_000_000).dropFirst()).segment"
      let path = try #require(disk.contents.keys.first { $0.hasSuffix(name) })
      let spans = try footer(try #require(disk.contents[path])).spans
      #expect(entry.spans == spans, "\(what): \(path)")
    }
  }

  /// SF-38.
  @Test func `a question about one day opens as many files in a store of many segments as of few`() throws {
    var opened: [Int] = []
    for segments in [6, 60] {
      let disk = try store(seed: 91, segments: segments)
      let device = Device(topic: "plug1")
      let entry = try catalog(disk).entries[2]
      let whole = try StoreReader(directory: "s", fileSystem: disk)
      var expected = 0
      whole.readings(of: device, in: Fixture.always) { rows in
        expected += rows.times.count { $0 >= entry.first && $0 <= entry.last }
      }
      disk.openCount = 0
      let reader = try StoreReader(directory: "s", fileSystem: disk)
      #expect(reader.devices.map(\.rowCount) == [20 * segments, 20 * segments, 20 * segments])
      let range = entry.first..<entry.last.advanced(byMilliseconds: 1)
      var count = 0
      reader.readings(of: device, in: range) { count += $0.rowCount }
      #expect(count == expected && count == 20)
      _ = reader.events(in: range)
      #expect(reader.holdsReading(of: device, in: range, detail: .hours))
      opened.append(disk.openCount)
    }
    #expect(opened[0] == opened[1], "\(opened)")
  }

  @Test(arguments: [(1000, 92), (1, 93)] as [(Int64, UInt64)])
  func `the catalog says what the footers say, through seals, merges, new starts and retention`(
    timeUnit: Int64, seed: UInt64
  ) throws {
    let disk = try store(seed: seed, segments: 12, rows: 120, timeUnit: timeUnit)
    try expectTruth(disk, "sealed")
    var writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
    try writer.compact()
    try writer.close()
    try expectTruth(disk, "merged")
    writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
    let all = try StoreReader(directory: "s", fileSystem: disk)
    let report = try writer.retain(since: Timestamp(milliseconds: 253_000_000_000_000))
    #expect(report.droppedRowCount > 0)
    try writer.close()
    try expectTruth(disk, "retained")
    // What is left of a plug is still a plug, of the same time.
    let reader = try StoreReader(directory: "s", fileSystem: disk)
    #expect(reader.devices.map(\.device) == all.devices.map(\.device))
    #expect(reader.devices.map(\.last) == all.devices.map(\.last))
    #expect(try catalog(disk).entries.contains { $0.spans?.contains { $0.device != nil && $0.rowCount == 0 } == true })
    writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
    _ = try writer.repair()
    try writer.close()
    try expectTruth(disk, "repaired")
  }

  @Test(arguments: UInt64(94)...97) func `devices are those of the footers, with a catalog, an old one or none`(
    seed: UInt64
  ) throws {
    let disk = try store(seed: seed, segments: 5, devices: 4)
    let known = try catalog(disk)
    let expected = try StoreReader(directory: "s", fileSystem: disk)
    for catalog in [known.bytesOfVersion1, nil] {
      let copy = disk.copy()
      if let catalog { copy.names["catalog"]??.bytes = catalog } else { copy.names["catalog"] = nil }
      let reader = try StoreReader(directory: "s", fileSystem: copy)
      #expect(reader.devices == expected.devices, "seed \(seed)")
      #expect(try Content(reader) == Content(expected), "seed \(seed)")
      #expect(reader.damage.isEmpty == (catalog != nil), "seed \(seed)")
    }
  }

  /// SF-39.
  @Test func `an old catalog gains spans when it is next written`() throws {
    let disk = try store(seed: 98, segments: 4)
    let known = try catalog(disk)
    disk.names["catalog"]??.bytes = known.bytesOfVersion1
    let whole = try Content(StoreReader(directory: "s", fileSystem: disk))
    #expect(try StoreVerifier.verify(directory: "s", deep: true, fileSystem: disk).damage.isEmpty)
    // Nothing to write: nothing is written.
    try StoreWriter(directory: "s", mode: .live, fileSystem: disk).close()
    #expect(disk.contents["catalog"] == known.bytesOfVersion1)
    let writer = try StoreWriter(directory: "s", mode: .live, fileSystem: disk)
    #expect(writer.recovery.damage.isEmpty)
    _ = try writer.append(
      Event(at: Fixture.start.advanced(byMilliseconds: 9_000_000), device: nil, kind: .recorder, detail: "started"))
    try writer.seal()
    writer.checkInvariants()
    try writer.close()
    let bytes = try #require(disk.contents["catalog"])
    #expect(try CatalogHeader.decode(bytes[...]).version == FormatLayout.catalogVersion)
    #expect(try catalog(disk).entries.count == 5)
    try expectTruth(disk, "written anew")
    var now = try Content(StoreReader(directory: "s", fileSystem: disk))
    now.events.removeAll { $0.kind == .recorder }
    #expect(now == whole)
  }

  @Test func `a backup tells what the store tells`() throws {
    let disk = try store(seed: 103, segments: 4)
    let known = try catalog(disk)
    let copy = MemoryFileSystem()
    _ = try StoreBackup.run(from: "s", to: "t", fileSystem: TwoDisks(from: disk, to: copy))
    #expect(try catalog(copy).entries == known.entries)
    #expect(
      try Content(StoreReader(directory: "s", fileSystem: copy))
        == Content(StoreReader(directory: "s", fileSystem: disk)))
  }

  /// The store is on the one disk, its backup on the other.
  private struct TwoDisks: FileSystem {
    let from: MemoryFileSystem
    let to: MemoryFileSystem
    func openDirectory(_ path: String, create: Bool) throws(FileSystemError) -> any StoreDirectory {
      try (path == "s" ? from : to).openDirectory(path, create: create)
    }
  }

  /// Lies that add up, which no checksum and no sum can show.
  private static let lies: [(name: String, tell: @Sendable (inout CatalogEntry) -> Void)] = [
    ("two devices exchanged", { $0.exchangeTwoDevices() }),
    (
      "a device hidden behind another",
      { entry in
        changeSpans(of: &entry) { spans, devices in
          if devices.count > 1 { spans[devices[0]].device = spans[devices[1]].device }
        }
      }
    ),
    (
      "times narrowed",
      { entry in
        let last = entry.last
        changeSpans(of: &entry) { spans, devices in
          // The one that ends last stays as it is: else nothing ends where the segment does.
          if let place = devices.last(where: { spans[$0].last != last }) { spans[place].last = spans[place].first }
        }
      }
    ),
    (
      "rows moved",
      { entry in
        changeSpans(of: &entry) { spans, devices in
          guard devices.count > 1 else { return }
          spans[devices[0]].rowCount += 1
          spans[devices[1]].rowCount -= 1
        }
      }
    ),
  ]

  /// Hands over the spans and the places of those of devices.
  private static func changeSpans(of entry: inout CatalogEntry, _ body: (inout [SegmentSpan], [Int]) -> Void) {
    guard var spans = entry.spans else { return }
    body(&spans, spans.indices.filter { spans[$0].device != nil })
    entry.spans = spans
  }

  /// SF-38: verify names it, whoever opens the segment names it, and a writer's start ends it.
  @Test(arguments: lies.indices) func `a catalog that lies about a segment is named and mended`(lie: Int) throws {
    let disk = try store(seed: 99, segments: 5)
    let whole = try Content(StoreReader(directory: "s", fileSystem: disk))
    let known = try catalog(disk)
    let (name, tell) = CatalogSpansTests.lies[lie]
    for number in known.entries.map(\.number) {
      var liar = known
      liar.change { if $0.number == number { tell(&$0) } }
      #expect(liar.entries != known.entries, "\(name) of \(number)")
      #expect(liar.entries.allSatisfy { $0.isTold(inUnitsOf: 1000) }, "\(name) of \(number) does not add up")
      let copy = disk.copy()
      copy.names["catalog"]??.bytes = liar.bytes
      let found = try StoreVerifier.verify(directory: "s", deep: false, fileSystem: copy).damage
      #expect(found.count == 1 && found[0].kind == .index && found[0].file.contains("\(number).segment"), "\(name)")
      // A reader that comes to the segment for another device, or for its events, names it, and then knows better.
      let reader = try StoreReader(directory: "s", fileSystem: copy)
      for _ in 0..<2 { for device in whole.rows.keys { reader.readings(of: device, in: Fixture.always) { _ in } } }
      #expect(reader.damage == found, "\(name) of \(number)")
      #expect(try Content(reader) == whole, "\(name) of \(number)")
      for mode in [WriterMode.live, .bulk] {
        let mended = copy.copy()
        let writer = try StoreWriter(directory: "s", mode: mode, fileSystem: mended)
        #expect(writer.recovery.damage == found)
        writer.checkInvariants()
        try writer.close()
        #expect(try StoreVerifier.verify(directory: "s", deep: true, fileSystem: mended).damage.isEmpty, "\(name)")
        #expect(try catalog(mended).entries == known.entries)
        #expect(!mended.contents.keys.contains { $0.hasPrefix("quarantine") })
      }
      let repaired = copy.copy()
      let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: repaired)
      #expect(try writer.repair() == RepairReport())
      try writer.close()
      #expect(try StoreVerifier.verify(directory: "s", deep: true, fileSystem: repaired).damage.isEmpty, "\(name)")
    }
  }

  /// A whole catalog of more than a frame holds.
  @Test func `a catalog of thousands of segments is written in several frames`() throws {
    let disk = try store(seed: 100, segments: 1)
    let known = try catalog(disk)
    let entry = try #require(known.entries.first)
    var large = known
    large.frames = [
      CatalogFrame(
        sequence: 1, coveredSequence: 1,
        added: (1...9000).map { number in
          var next = entry
          next.number = UInt64(number)
          next.rank = UInt64(number)
          return next
        }, removed: [], counts: [])
    ]
    #expect(large.bytes.count < FormatLayout.maximumCatalogPayload)
    let bytes = try #require(disk.contents["2025/10/00000001.segment"])
    for number in 2...9000 {
      let node = MemoryFileSystem.Node()
      node.bytes = bytes
      disk.names["2025/10/\(String(100_000_000 + number).dropFirst()).segment"] = .some(node)
    }
    disk.names["catalog"]??.bytes = large.bytes
    let copy = MemoryFileSystem()
    _ = try StoreBackup.run(from: "s", to: "t", fileSystem: TwoDisks(from: disk, to: copy))
    let written = try catalog(copy)
    #expect(written.frames.count > 1 && written.entries == large.entries)
  }
}

/// Mistakes of the disk on the store's behalf that a test must see.
@Suite struct SeededStoreBugTests {
  private func store(_ bug: MemoryFileSystem.SeededBug?) throws -> (disk: MemoryFileSystem, whole: Content) {
    let disk = MemoryFileSystem()
    let writer = try StoreWriter(directory: "s", mode: .live, fileSystem: disk)
    disk.bug = bug
    for (place, (device, reading)) in Fixture.readings(40, devices: 2, seed: 101).enumerated() {
      _ = try writer.append(reading, from: device)
      if place == 30 { try writer.seal() }
      if place == 60 { try writer.seal() }
    }
    try writer.close()
    var whole = Content()
    for (device, reading) in Fixture.readings(40, devices: 2, seed: 101) { whole.add(device, reading) }
    return (disk, whole)
  }

  @Test(arguments: [nil, MemoryFileSystem.SeededBug.spansThatLie])
  func `spans that lie are seen`(bug: MemoryFileSystem.SeededBug?) throws {
    let (disk, _) = try store(bug)
    let found = try StoreVerifier.verify(directory: "s", deep: false, fileSystem: disk).damage
    #expect(found.contains { $0.kind == .index } == (bug != nil), "\(found)")
  }

  /// SF-32: the catalog is replaced by an older one of the same store.
  @Test(arguments: [nil, MemoryFileSystem.SeededBug.unnamedSegmentsUnseen])
  func `segments of which an older catalog knows nothing are missed`(bug: MemoryFileSystem.SeededBug?) throws {
    let (disk, whole) = try store(bug)
    let known = try #require(CatalogBytes((disk.contents["catalog"] ?? [])[...]))
    var older = known
    older.frames.removeLast()
    #expect(older.entries.count == known.entries.count - 1)
    disk.names["catalog"]??.bytes = older.bytes
    #expect((try Content(StoreReader(directory: "s", fileSystem: disk)) == whole) == (bug == nil))
  }

  /// Every opening of a reader in turn fails for want of descriptors.
  @Test(arguments: [nil, MemoryFileSystem.SeededBug.unlistedMeansEmpty])
  func `a reader that may open no more files misses nothing in silence`(bug: MemoryFileSystem.SeededBug?) throws {
    let (disk, whole) = try store(bug)
    disk.openCount = 0
    _ = try Content(StoreReader(directory: "s", fileSystem: disk))
    var silent = 0
    var failed = 0
    for place in 1...disk.openCount {
      let copy = disk.copy()
      copy.failingOpen = (place, EMFILE)
      guard let reader = try? StoreReader(directory: "s", fileSystem: copy) else {
        failed += 1
        continue
      }
      let seen = try Content(reader)
      if seen != whole, reader.damage.allSatisfy(\.isNormal) { silent += 1 }
    }
    #expect((silent == 0) == (bug == nil), "\(silent) of \(disk.openCount) in silence")
    #expect(failed > 0)
  }

  @Test(arguments: [nil, MemoryFileSystem.SeededBug.secondWriterAdmitted])
  func `a second writer is refused while the first one lives`(bug: MemoryFileSystem.SeededBug?) throws {
    let disk = MemoryFileSystem()
    disk.bug = bug
    let first = try StoreWriter(directory: "s", mode: .live, fileSystem: disk)
    var isRefused = false
    do throws(StorageError) {
      _ = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
    } catch {
      isRefused = error.code == .locked(holder: 4711)
    }
    #expect(isRefused == (bug == nil))
    try first.close()
  }
}
