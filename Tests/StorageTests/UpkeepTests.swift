import Glibc
import MemoryDisk
import Readings
import Storage
import TestSupport
import Testing

@Suite struct UpkeepTests {
  private func makeDirectory() throws -> String {
    var template = Array("/tmp/wattlog-storage-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } }
    return String(cString: try #require(made))
  }

  private func remove(_ path: String) {
    let directory = try? POSIXFileSystem().openDirectory(path, create: false)
    func clear(_ folder: String) {
      for name in (try? directory?.names(in: folder)) ?? [] {
        let child = folder.isEmpty ? name : folder + "/" + name
        if (try? directory?.unlink(child)) == nil { clear(child) }
        _ = rmdir(path + "/" + child)
      }
    }
    clear("")
    _ = rmdir(path)
  }

  @Test func `a store on the real file system is private, locked against a second writer, and can be backed up`()
    throws
  {
    let path = try makeDirectory()
    defer { remove(path) }
    let store = path + "/store"
    let sent = Fixture.readings(200, devices: 2, seed: 31)
    var expected = Content()
    let writer = try StoreWriter(directory: store, mode: .live)
    for (index, (device, reading)) in sent.enumerated() {
      _ = try writer.append(reading, from: device)
      expected.add(device, reading)
      if index == 200 { try writer.seal() }
    }
    try writer.sync()
    #expect(try Content(StoreReader(directory: store)) == expected)
    do {
      _ = try StoreWriter(directory: store, mode: .live)
      Issue.record("two writers hold one store")
    } catch {
      #expect(error.code == .locked(holder: getpid()))
    }
    var status = stat()
    for file in ["wattlog.store", "catalog", "2025/10/00000001.segment", "journal-0000000001"] {
      guard stat(store + "/" + file, &status) == 0 else { continue }
      #expect(status.st_mode & 0o137 == 0, "\(file)")
    }
    #expect(stat(store, &status) == 0 && status.st_mode & 0o027 == 0)
    _ = try StoreBackup.run(from: store, to: path + "/copy")
    #expect(try Content(StoreReader(directory: path + "/copy")) == expected)
    #expect(try StoreVerifier.verify(directory: path + "/copy", deep: true).damage.isEmpty)
    #expect(throws: StorageError.self) { try StoreBackup.run(from: store, to: path + "/copy") }
    try writer.close()
  }

  @Test func `a reader beside a sealing writer sees a prefix of what was sent that never shrinks`() throws {
    let disk = MemoryFileSystem()
    let sent = Fixture.readings(300, devices: 2, seed: 32)
    var options = StoreOptions()
    options.journalByteCount = 4096
    let writer = try StoreWriter(directory: "s", options: options, mode: .live, fileSystem: disk)
    var expected = Content()
    var last = 0
    for (index, (device, reading)) in sent.enumerated() {
      _ = try writer.append(reading, from: device)
      expected.add(device, reading)
      try writer.commit()
      if index % 90 == 89 { try writer.compact() }
      guard index % 5 == 0 else { continue }
      let reader = try StoreReader(directory: "s", fileSystem: disk)
      #expect(reader.messageCount == index + 1)
      #expect(reader.messageCount >= last)
      last = reader.messageCount
      if index % 50 == 0 { #expect(try Content(reader) == expected) }
    }
  }

  @Test func `repair keeps every good block and the damaged original`() throws {
    let disk = MemoryFileSystem()
    let sent = Fixture.readings(100, devices: 3, seed: 33)
    do {
      let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
      for (device, reading) in sent { _ = try writer.append(reading, from: device) }
      try writer.close()
    }
    let path = try #require(disk.names.keys.first { $0.hasSuffix(".segment") })
    disk.names[path]??.bytes[200] ^= 4
    let before = try Content(StoreReader(directory: "s", fileSystem: disk))
    #expect(before.rows.count == 2)
    let damage = try StoreVerifier.verify(directory: "s", deep: false, fileSystem: disk).damage
    #expect(damage.count == 1 && damage[0].device != nil && damage[0].first != nil)
    do {
      let again = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
      let report = try again.repair()
      #expect(report.lost.count == 1 && report.quarantined.count == 1)
      try again.close()
    }
    #expect(try StoreVerifier.verify(directory: "s", deep: true, fileSystem: disk).damage.isEmpty)
    #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == before)
    #expect(disk.names.keys.contains { $0.hasPrefix("quarantine/") && $0.hasSuffix(".segment") })
  }

  /// Found by Scripts/kill-test: a file that could not be opened for a moment was taken for damaged.
  @Test func `a repair that the machine hinders loses no sound block`() throws {
    let disk = MemoryFileSystem()
    do {
      let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
      for (device, reading) in Fixture.readings(100, devices: 3, seed: 34) {
        _ = try writer.append(reading, from: device)
      }
      try writer.close()
    }
    let path = try #require(disk.names.keys.first { $0.hasSuffix(".segment") })
    disk.names[path]??.bytes[200] ^= 4
    let before = try Content(StoreReader(directory: "s", fileSystem: disk))
    func repair(_ disk: MemoryFileSystem) throws {
      let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
      _ = try writer.repair()
      try writer.close()
    }
    let counted = disk.copy()
    try repair(counted)
    for place in 1...counted.openCount {
      let copy = disk.copy()
      copy.failingOpen = (place, EMFILE)
      try? repair(copy)
      copy.failingOpen = nil
      try repair(copy)
      #expect(try Content(StoreReader(directory: "s", fileSystem: copy)) == before, "opening \(place)")
    }
  }

  @Test func `an unknown version is refused by its number and nothing is touched`() throws {
    let disk = MemoryFileSystem()
    do {
      let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
      try writer.close()
    }
    let text = "wattlog store\nversion 9\nsomething new\nelse\n"
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in text.utf8 {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }
    let digits = String(~crc, radix: 16)
    let line = "crc32c " + String(repeating: "0", count: 8 - digits.count) + digits + "\n"
    disk.names["wattlog.store"]??.bytes = Array((text + line).utf8)
    let before = disk.contents
    do {
      _ = try StoreWriter(directory: "s", mode: .live, fileSystem: disk)
      Issue.record("opened")
    } catch {
      #expect(error.code == .unknownVersion(9))
    }
    #expect(throws: StorageError.self) { try StoreReader(directory: "s", fileSystem: disk) }
    #expect(disk.contents == before)
  }

  @Test func `counters of refused messages come back, and alone they write nothing`() throws {
    let disk = MemoryFileSystem()
    let sent = Fixture.readings(5, devices: 1, seed: 34)
    do {
      let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
      for (device, reading) in sent { _ = try writer.append(reading, from: device) }
      writer.count(.retained)
      writer.count(.refused("not-json"))
      try writer.close()
    }
    let before = disk.contents
    do {
      let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
      writer.count(.ignored)
      try writer.close()
    }
    #expect(disk.contents == before)
    let tallies = try StoreReader(directory: "s", fileSystem: disk).tallies
    #expect(tallies.retained == 1 && tallies.ignored == 0 && tallies.refused == ["not-json": 1])
  }
}
