import MemoryDisk
import Storage
import TestSupport
import Testing

/// The store's file of corrections: append only, whole lines or none, whatever the disk does.
struct CorrectionFileTests {
  private func store() throws -> MemoryFileSystem {
    let disk = MemoryFileSystem()
    try StoreWriter(directory: "/store", mode: .bulk, fileSystem: disk).close()
    return disk
  }

  private func append(_ text: String, _ disk: MemoryFileSystem) throws {
    try CorrectionFile.append(directory: "/store", fileSystem: disk) { _ in text }
  }

  private func texts(_ disk: MemoryFileSystem) throws -> [String] {
    try CorrectionFile.read(directory: "/store", fileSystem: disk).lines.map(\.text)
  }

  @Test func linesComeBackInOrderAndAreText() throws {
    let disk = try store()
    #expect(try texts(disk) == [])
    try append("1 first", disk)
    try append("2 second # with a mark", disk)
    #expect(try texts(disk) == ["1 first", "2 second # with a mark"])
    let bytes = try #require(disk.contents["corrections"])
    #expect(bytes.allSatisfy { $0 < 0x80 && ($0 >= 0x20 || $0 == 10) })
  }

  @Test func anAppendSeesTheLinesBeforeIt() throws {
    let disk = try store()
    for index in 1...5 {
      try CorrectionFile.append(directory: "/store", fileSystem: disk) { "\($0.lines.count + 1) of \(index)" }
    }
    #expect(try texts(disk) == (1...5).map { "\($0) of \($0)" })
  }

  @Test func aDirectoryWithoutAStoreIsRefused() {
    #expect(throws: StorageError.self) { try append("1 x", MemoryFileSystem()) }
  }

  /// Cut anywhere, the lines before the cut are there, and the next append is whole.
  @Test func aTornLineIsLeftOutAndTheNextAppendIsWhole() throws {
    let disk = try store()
    try append("1 first", disk)
    let before = try #require(disk.contents["corrections"]).count
    try append("2 second", disk)
    let whole = try #require(disk.contents["corrections"])
    for length in before...whole.count {
      let cut = disk.copy()
      cut.names["corrections"]??.bytes = Array(whole.prefix(length))
      let isThere = length >= whole.count - 1
      #expect(try texts(cut) == (isThere ? ["1 first", "2 second"] : ["1 first"]), "\(length)")
      try append("3 third", cut)
      #expect(try texts(cut) == (isThere ? ["1 first", "2 second", "3 third"] : ["1 first", "3 third"]), "\(length)")
      #expect(try CorrectionFile.read(directory: "/store", fileSystem: cut).damaged == [], "\(length)")
    }
  }

  @Test func anEditedLineIsNamedAndTheOthersHold() throws {
    let disk = try store()
    for text in ["1 scale 0.98", "2 b", "3 c"] { try append(text, disk) }
    var bytes = try #require(disk.contents["corrections"])
    let place = try #require(bytes.firstIndex(of: UInt8(ascii: "9")))
    bytes[place] = UInt8(ascii: "1")
    disk.names["corrections"]??.bytes = bytes
    let contents = try CorrectionFile.read(directory: "/store", fileSystem: disk)
    #expect(contents.damaged == [2] && contents.lines.map(\.text) == ["2 b", "3 c"])
  }

  @Test func whatWasAppendedSurvivesAPowerCut() throws {
    let disk = try store()
    try append("1 first", disk)
    try append("2 second", disk)
    for cut in MemoryFileSystem.Cut.allCases {
      #expect(try texts(disk.afterPowerCut(cut, seed: 1)) == ["1 first", "2 second"])
    }
  }

  /// Whatever call fails, an append is done or not done, and a later one succeeds.
  @Test func aFailingDiskLeavesNoHalfCorrection() throws {
    for at in 1...4 {
      let disk = try store()
      try append("1 first", disk)
      disk.failure = (disk.callCount + at, 28, false)
      disk.writesShort = true
      let failed = (try? append("2 second", disk)) == nil
      disk.failure = nil
      let after = try texts(disk)
      #expect(after == ["1 first"] || after == ["1 first", "2 second"], "\(at) \(failed)")
      try append("3 third", disk)
      #expect(try texts(disk) == after + ["3 third"])
    }
  }

  @Test func aBackupHoldsTheCorrections() throws {
    let directory = try TemporaryDirectory()
    let (store, copy) = (directory.path + "/store", directory.path + "/copy")
    try StoreWriter(directory: store, mode: .bulk).close()
    try CorrectionFile.append(directory: store) { _ in "1 first" }
    _ = try StoreBackup.run(from: store, to: copy)
    #expect(try CorrectionFile.read(directory: copy).lines.map(\.text) == ["1 first"])
  }

  /// Every false bit of a line is damage to `verify`, and a cut is no more than a torn end.
  @Test func verifyFindsEveryFalseBit() throws {
    let disk = try store()
    for id in 1...4 { try append("\(id) 2026-01-01T00:00:00Z rename device=\"tv\" to=\"telly\"", disk) }
    let whole = try #require(disk.contents["corrections"])
    let remark = try #require(whole.firstIndex(of: 10))
    #expect(try StoreVerifier.verify(directory: "/store", deep: false, fileSystem: disk).isSound)
    for place in whole.indices {
      for bit in 0..<8 where place >= remark {
        let flipped = disk.copy()
        flipped.names["corrections"]??.bytes[place] ^= 1 << bit
        let report = try StoreVerifier.verify(directory: "/store", deep: false, fileSystem: flipped)
        #expect(!report.isSound, "byte \(place) bit \(bit): \(report.corrections.lines.count) lines")
        let damage = try #require(report.damage.first { $0.kind == .corrections })
        #expect(damage.offset <= place && place <= damage.offset + damage.byteCount, "byte \(place) bit \(bit)")
      }
    }
    for length in whole.indices {
      let cut = disk.copy()
      cut.names["corrections"]??.bytes = Array(whole.prefix(length))
      #expect(try StoreVerifier.verify(directory: "/store", deep: false, fileSystem: cut).isSound, "\(length)")
    }
  }
}
