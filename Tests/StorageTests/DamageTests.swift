import MemoryDisk
import Readings
import Storage
import TestSupport
import Testing

/// SF-7, SF-31: every bit and every length of a small store's files. A reader meets them all; verify and a writer's start,
/// which cost more, meet one bit of each byte (`WATTLOG_LONG_TESTS=1`: all too).
@Suite struct DamageTests {
  /// A small store with everything in it: a merged segment, a newer one, a catalog of several frames, a journal.
  private func makeStore(_ sent: [(Device, Reading)]) throws -> MemoryFileSystem {
    let disk = MemoryFileSystem()
    var options = StoreOptions()
    options.journalByteCount = 4096
    options.randomSeed = 3
    let writer = try StoreWriter(directory: "s", options: options, mode: .live, fileSystem: disk)
    for (index, (device, reading)) in sent.enumerated() {
      _ = try writer.append(reading, from: device)
      if index % 5 == 4, index < 20 { try writer.seal() }
      if index == 14 { try writer.compact() }
      if index > 16 { try writer.sync() }
    }
    try writer.close()
    return disk
  }

  /// Every row that is read was sent, and no more are missing than one block or frame holds.
  private func check(
    _ disk: MemoryFileSystem, _ sent: Content, most: Int, isFound: Bool, isWhole: Bool,
    _ comment: @autoclosure () -> String
  ) throws {
    func lost(_ content: Content) -> Int? {
      var lost = 0
      for (device, rows) in sent.rows {
        let found = Set(content.rows[device] ?? [])
        let missing = rows.filter { !found.contains($0) }.count
        guard found.count == rows.count - missing else { return nil }
        lost += missing
      }
      return Set(content.rows.keys).isSubset(of: Set(sent.rows.keys)) ? lost : nil
    }
    do {
      let reader = try StoreReader(directory: "s", fileSystem: disk)
      let content = try Content(reader)
      guard let count = lost(content), count <= most else {
        Issue.record("\(comment()): rows invented or too many lost: \(lost(content) ?? -1)")
        return
      }
      if count > 0, reader.damage.isEmpty { Issue.record("\(comment()): \(count) rows lost in silence") }
      guard isWhole else { return }
      if isFound, try StoreVerifier.verify(directory: "s", deep: true, fileSystem: disk).damage.isEmpty {
        Issue.record("\(comment()): not detected")
      }
      // A writer's start mends what it can and loses nothing more.
      let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
      try writer.close()
      let after = try Content(StoreReader(directory: "s", fileSystem: disk))
      guard let countAfter = lost(after), countAfter <= count else {
        Issue.record("\(comment()): the writer's start lost rows")
        return
      }
    } catch let error as StorageError {
      #expect(error.code == .damaged || error.path.hasSuffix("wattlog.store"), "\(comment()): \(error)")
    }
  }

  @Test func `every flipped bit is found or harmless, and costs at most one block`() throws {
    let sent = Fixture.readings(11, devices: 2, seed: 21)
    var expected = Content()
    for (device, reading) in sent { expected.add(device, reading) }
    let disk = try makeStore(sent)
    for (path, bytes) in disk.contents.sorted(by: { $0.key < $1.key }) {
      let used = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
      for bit in stride(from: 0, to: used * 8, by: LongTests.step) {
        let copy = disk.copy()
        copy.names[path]??.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        // Bytes behind a recycled journal's end belong to an earlier life: there a flip is harmless.
        try check(
          copy, expected, most: 8, isFound: !path.hasPrefix("journal"),
          isWhole: LongTests.areOn || bit % 8 == bit / 8 * 5 % 8, "\(path), bit \(bit)")
      }
    }
  }

  @Test func `every truncation is found or harmless`() throws {
    let sent = Fixture.readings(11, devices: 2, seed: 22)
    var expected = Content()
    for (device, reading) in sent { expected.add(device, reading) }
    let disk = try makeStore(sent)
    for (path, bytes) in disk.contents.sorted(by: { $0.key < $1.key }) {
      for count in stride(from: 0, to: bytes.count, by: LongTests.step) {
        let copy = disk.copy()
        copy.names[path]??.bytes.removeLast(bytes.count - count)
        // What a segment or the journal lost is gone; the rest of the store stays.
        try check(
          copy, expected, most: 15, isFound: false,
          isWhole: LongTests.areOn || count % (path.hasPrefix("journal") ? 41 : 3) == 0, "\(path) cut to \(count)")
      }
    }
  }
}
