import Glibc
import MemoryDisk
import Readings
import Storage
import TestSupport
import Testing

/// Each single file of a store may be lost, swapped, renamed, older or another store's: never a wrong figure in silence,
/// and a repair ends with a store that is sound.
@Suite struct SingleFileTests {
  /// A store of some segments and a journal, on a disk of its own.
  private func store(seed: UInt64, segments: Int = 4, endsInJournal: Bool = true) throws -> MemoryFileSystem {
    let disk = MemoryFileSystem()
    var options = StoreOptions()
    options.journalByteCount = 8192
    options.randomSeed = seed
    let sent = Fixture.readings(30 * (segments + 1), devices: 2, seed: seed)
    let writer = try StoreWriter(directory: "s", options: options, mode: .live, fileSystem: disk)
    for (place, (device, reading)) in sent.enumerated() {
      _ = try writer.append(reading, from: device)
      if place % 60 == 59, place / 60 < segments { try writer.seal() }
      writer.checkInvariants()
    }
    if endsInJournal { try writer.sync() } else { try writer.seal() }
    try writer.close()
    return disk
  }

  private func paths(_ disk: MemoryFileSystem) -> [String] {
    disk.names.keys.filter { $0.hasSuffix(".segment") && !$0.hasPrefix("quarantine") }.sorted()
  }

  /// What a reader sees: everything, or damage that is named.
  private func look(_ disk: MemoryFileSystem, _ whole: Content, _ what: String) throws {
    let reader = try StoreReader(directory: "s", fileSystem: disk)
    let seen = try Content(reader)
    let named = reader.damage.contains { !$0.isNormal }
    #expect(seen == whole || named, "\(what): rows are missing in silence")
    #expect(
      named
        == (try StoreVerifier.verify(directory: "s", deep: true, fileSystem: disk).damage.contains { !$0.isNormal }),
      "\(what): reader and verify disagree")
    for (device, rows) in seen.rows {
      #expect(Set(rows).isSubset(of: Set(whole.rows[device] ?? [])), "\(what): rows that nobody sent")
      #expect(rows.count <= whole.rows[device]?.count ?? 0, "\(what): rows twice")
    }
  }

  /// After a repair the store is sound; with `keepsAll` it has every row.
  private func repair(_ disk: MemoryFileSystem, _ whole: Content, _ what: String, keepsAll: Bool) throws {
    let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
    _ = try writer.repair()
    writer.checkInvariants()
    try writer.close()
    let found = try StoreVerifier.verify(directory: "s", deep: true, fileSystem: disk).damage
    #expect(found.isEmpty, "\(what): after repair \(found.map(\.cause))")
    let left = try Content(StoreReader(directory: "s", fileSystem: disk))
    if keepsAll { #expect(left == whole, "\(what): a repair loses rows") }
  }

  // SF-35
  @Test func `the file that says which store this is can be lost or wrong in any bit`() throws {
    let disk = try store(seed: 71)
    let whole = try Content(StoreReader(directory: "s", fileSystem: disk))
    let bytes = try #require(disk.names["wattlog.store"]??.bytes)
    for bit in stride(from: -1, to: bytes.count * 8, by: LongTests.areOn ? 1 : 37) {
      let copy = disk.copy()
      if bit < 0 {
        copy.names["wattlog.store"] = nil
      } else {
        copy.names["wattlog.store"]??.bytes[bit / 8] ^= 1 << (bit % 8)
      }
      let reader = try StoreReader(directory: "s", fileSystem: copy)
      #expect(try Content(reader) == whole, "bit \(bit)")
      #expect(reader.damage.contains { $0.kind == .identity }, "bit \(bit)")
      try repair(copy, whole, "bit \(bit)", keepsAll: true)
      #expect(copy.names["wattlog.store"]??.bytes == bytes, "bit \(bit)")
    }
  }

  @Test func `another store's description is not believed against all other files`() throws {
    let (disk, other) = (try store(seed: 72), try store(seed: 73))
    let whole = try Content(StoreReader(directory: "s", fileSystem: disk))
    disk.names["wattlog.store"] = other.names["wattlog.store"]
    #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == whole)
    try repair(disk, whole, "another's description", keepsAll: true)
  }

  @Test(arguments: [true, false]) func `segments under each other's names are read and brought back`(
    hasCatalog: Bool
  ) throws {
    let disk = try store(seed: 74)
    let whole = try Content(StoreReader(directory: "s", fileSystem: disk))
    let paths = paths(disk)
    for first in paths.indices {
      for second in paths.indices.dropFirst(first + 1) {
        let copy = disk.copy()
        let (a, b) = (copy.names[paths[first]], copy.names[paths[second]])
        copy.names[paths[first]] = b
        copy.names[paths[second]] = a
        if !hasCatalog { copy.names["catalog"] = nil }
        let what = "\(paths[first]) and \(paths[second])"
        try look(copy, whole, what)
        try repair(copy, whole, what, keepsAll: true)
      }
    }
  }

  @Test(arguments: [true, false]) func `a segment under another number or in another folder is read and brought back`(
    hasCatalog: Bool
  ) throws {
    let disk = try store(seed: 75)
    let whole = try Content(StoreReader(directory: "s", fileSystem: disk))
    for path in paths(disk) {
      for target in ["2025/10/00000077.segment", "2027/01/" + path.suffix(16), "2027/01/00000078.segment"] {
        let copy = disk.copy()
        for folder in ["2025", "2025/10", "2027", "2027/01"] { copy.names[folder] = .some(nil) }
        copy.names[String(target)] = copy.names[path]
        copy.names[path] = nil
        if !hasCatalog { copy.names["catalog"] = nil }
        let what = "\(path) as \(target)"
        try look(copy, whole, what)
        // Without a catalog nothing says that a folder is another than the right one.
        try repair(copy, whole, what, keepsAll: true)
      }
    }
  }

  // SF-34
  @Test func `a second copy of a segment is named and moved away, and counts once`() throws {
    let disk = try store(seed: 76)
    let whole = try Content(StoreReader(directory: "s", fileSystem: disk))
    for folder in ["2027", "2027/01"] { disk.names[folder] = .some(nil) }
    let path = try #require(paths(disk).first)
    disk.names["2027/01/" + path.suffix(16)] = disk.names[path]
    disk.names["2025/10/00000099.segment"] = disk.names[path]
    #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == whole)
    try look(disk, whole, "two copies")
    try repair(disk, whole, "two copies", keepsAll: true)
  }

  @Test func `a lost segment is named, whichever it is`() throws {
    let disk = try store(seed: 77, endsInJournal: false)
    let whole = try Content(StoreReader(directory: "s", fileSystem: disk))
    for path in paths(disk) {
      let copy = disk.copy()
      copy.names[path] = nil
      let reader = try StoreReader(directory: "s", fileSystem: copy)
      #expect(try Content(reader) != whole)
      #expect(reader.damage.contains { $0.file == path && $0.first != nil && $0.last != nil }, "\(path)")
      try repair(copy, whole, path, keepsAll: false)
    }
  }

  @Test func `an older catalog costs nothing`() throws {
    let disk = try store(seed: 78)
    let older = try #require(disk.names["catalog"]??.bytes)
    let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
    _ = try writer.compact()
    try writer.close()
    let whole = try Content(StoreReader(directory: "s", fileSystem: disk))
    disk.names["catalog"]??.bytes = older
    try look(disk, whole, "an older catalog")
    try repair(disk, whole, "an older catalog", keepsAll: true)
  }

  @Test func `a journal under another number is read, an older one never twice`() throws {
    let disk = try store(seed: 79)
    let whole = try Content(StoreReader(directory: "s", fileSystem: disk))
    let journal = try #require(disk.names.keys.first { $0.hasPrefix("journal-") })
    for name in ["journal-0000000001", "journal-0000009999"] where name != journal {
      let copy = disk.copy()
      copy.names[name] = copy.names[journal]
      copy.names[journal] = nil
      try look(copy, whole, name)
      try repair(copy, whole, name, keepsAll: true)
    }
    // Sealed, and then under a number that no segment covers.
    let sealed = disk.copy()
    let writer = try StoreWriter(directory: "s", mode: .live, fileSystem: disk)
    try writer.seal()
    try writer.close()
    disk.names["journal-0000009999"] = sealed.names[journal]
    try look(disk, whole, "an older journal")
    try repair(disk, whole, "an older journal", keepsAll: true)
  }

  @Test func `what a reader has begun to read stays until it has ended`() throws {
    for bug in [nil, MemoryFileSystem.SeededBug.readersNotHeld] {
      let disk = try store(seed: 80)
      disk.bug = bug
      let whole = try Content(StoreReader(directory: "s", fileSystem: disk))
      let before = paths(disk)
      var reader: StoreReader? = try StoreReader(directory: "s", fileSystem: disk)
      for _ in 0..<2 {
        let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
        _ = try writer.compact()
        try writer.close()
      }
      let begun = try #require(reader)
      let seen = try Content(begun)
      #expect((seen == whole && begun.damage.isEmpty) == (bug == nil), "\(String(describing: bug))")
      #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == whole)
      guard bug == nil else { continue }
      #expect(Set(before).isSubset(of: Set(paths(disk))))
      reader = nil
    }
  }

  @Test func `nothing but a regular file is opened`() throws {
    let directory = try TemporaryDirectory()
    for name in ["wattlog.store", "catalog", "journal-0000000001"] {
      let path = directory.path + "/" + name.prefix(4)
      #expect(mkdir(path, 0o700) == 0)
      do {
        let writer = try StoreWriter(directory: path, mode: .live)
        for (device, reading) in Fixture.readings(5, devices: 1, seed: 81) {
          _ = try writer.append(reading, from: device)
        }
        try writer.seal()
        try writer.close()
      }
      unlink(path + "/" + name)
      #expect(mkfifo(path + "/" + name, 0o600) == 0)
      if name == "wattlog.store" {
        #expect(throws: StorageError.self) { try StoreReader(directory: path) }
      } else {
        let reader = try StoreReader(directory: path)
        #expect(reader.messageCount == 5 && reader.damage.contains { $0.file == name })
      }
    }
  }
}
