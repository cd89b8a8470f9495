import Glibc
import MemoryDisk
import Readings
import Storage
import TestSupport
import Testing

/// One life of a writer on a disk that may stop: what was acknowledged before the stop, and all that was sent.
struct Life {
  var sent: [(Device, Reading)]
  /// Readings before this index were committed, before that one synced.
  var committed = 0
  var synced = 0
  var failures = 0

  init(_ sent: [(Device, Reading)]) { self.sent = sent }

  /// Appends everything with commits, syncs, seals and a compaction in between; goes on after errors as a recorder does.
  mutating func run(on disk: MemoryFileSystem, from first: Int = 0, mode: WriterMode = .live) {
    var options = StoreOptions(timeUnit: 1000)
    options.journalByteCount = 8192
    options.randomSeed = 7
    guard let writer = try? StoreWriter(directory: "s", options: options, mode: mode, fileSystem: disk) else {
      failures += 1
      return
    }
    for index in first..<sent.count {
      do {
        _ = try writer.append(sent[index].1, from: sent[index].0)
        if index % 3 == 2 {
          try writer.commit()
          if mode == .live { committed = index + 1 }
        }
        if index % 12 == 11 {
          try writer.sync()
          if mode == .live { synced = index + 1 }
        }
        if index % 40 == 39 {
          try writer.seal()
          (committed, synced) = (index + 1, index + 1)
        }
        if index % 100 == 99 { try writer.compact() }
      } catch {
        failures += 1
      }
    }
    do {
      try writer.close()
      (committed, synced) = (sent.count, sent.count)
    } catch {
      failures += 1
    }
  }
}

@Suite struct CrashTests {
  /// Opens the store as a writer does after a crash and compares with what was sent: a prefix of it, and no shorter
  /// than what was acknowledged.
  private func check(
    _ disk: MemoryFileSystem, _ life: Life, atLeast: Int, _ comment: Comment
  ) throws {
    func verify(_ reader: StoreReader) throws {
      let content = try Content(reader)
      let count = reader.messageCount
      #expect(count >= atLeast, comment)
      var expected = Content()
      for (device, reading) in life.sent.prefix(count) { expected.add(device, reading) }
      #expect(content == expected, comment)
      let abnormal = reader.damage.filter { !$0.isNormal }
      #expect(abnormal.isEmpty, comment)
    }
    if disk.names["wattlog.store"] != nil { try verify(try StoreReader(directory: "s", fileSystem: disk)) }
    do {
      let writer = try StoreWriter(directory: "s", mode: .live, fileSystem: disk)
      try writer.close()
    }
    try verify(try StoreReader(directory: "s", fileSystem: disk))
    do {
      let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
      for (device, reading) in life.sent { _ = try writer.append(reading, from: device) }
      try writer.close()
    }
    let reader = try StoreReader(directory: "s", fileSystem: disk)
    #expect(reader.messageCount == life.sent.count, comment)
    #expect(!disk.names.keys.contains { $0.hasSuffix(".tmp") || $0.hasPrefix("journal") }, comment)
  }

  @Test(arguments: [WriterMode.live, .bulk])
  func `after a crash at any call everything synced is there and nothing is invented`(_ mode: WriterMode) throws {
    let sent = Fixture.readings(110, devices: 2, seed: 3)
    let whole = MemoryFileSystem()
    var life = Life(sent)
    life.run(on: whole, mode: mode)
    #expect(life.failures == 0)
    for crash in 0...whole.callCount {
      let disk = MemoryFileSystem()
      disk.crashAt = crash
      var life = Life(sent)
      life.run(on: disk, mode: mode)
      for (number, cut) in MemoryFileSystem.Cut.allCases.enumerated() where LongTests.areOn || crash % 3 == number {
        let seed = UInt64(crash) &* 31 &+ 5
        let after = disk.afterPowerCut(cut, seed: seed)
        try check(
          after, life, atLeast: cut == .keepAll ? life.committed : life.synced,
          "crash after call \(crash), \(cut), seed \(seed)")
      }
    }
  }

  @Test(arguments: [EIO, ENOSPC, EROFS])
  func `an error at any call loses nothing that was acknowledged, and the writer goes on by itself`(
    _ code: Int32
  ) throws {
    let sent = Fixture.readings(110, devices: 2, seed: 4)
    let whole = MemoryFileSystem()
    var life = Life(sent)
    life.run(on: whole)
    // Each call fails with one of the codes; in long tests with each.
    for call in 1...whole.callCount where LongTests.areOn || call % 3 == Int(code) % 3 {
      let disk = MemoryFileSystem()
      disk.failure = (call, code, false)
      disk.writesShort = call % 2 == 0
      var life = Life(sent)
      life.run(on: disk)
      // Where the start itself fails, there is no writer.
      guard life.synced > 0 else { continue }
      #expect(life.synced == sent.count, "call \(call)")
      for cut in MemoryFileSystem.Cut.allCases where LongTests.areOn || cut != .keepAll {
        try check(disk.afterPowerCut(cut, seed: UInt64(call)), life, atLeast: sent.count, "call \(call), \(cut)")
      }
    }
  }

  @Test func `a full disk is waited for in bounded memory, and all is kept when space returns`() throws {
    let sent = Fixture.readings(110, devices: 2, seed: 5)
    let whole = MemoryFileSystem()
    var life = Life(sent)
    life.run(on: whole)
    for call in stride(from: 12, through: whole.callCount, by: 5) {
      let disk = MemoryFileSystem()
      var options = StoreOptions()
      options.journalByteCount = 8192
      let writer = try StoreWriter(directory: "s", options: options, mode: .live, fileSystem: disk)
      disk.failure = (call, ENOSPC, true)
      for (index, (device, reading)) in sent.enumerated() {
        let appended = try writer.append(reading, from: device)
        #expect(appended == .stored)
        if index % 3 == 0 { try? writer.commit() }
        if index % 12 == 0 { try? writer.sync() }
        if index == sent.count / 2 { try? writer.seal() }
      }
      disk.failure = nil
      try writer.sync()
      var life = Life(sent)
      life.synced = sent.count
      try check(disk.afterPowerCut(.loseAll, seed: 0), life, atLeast: sent.count, "from call \(call) on")
    }
  }

  @Test func `beyond its bound memory takes no more while the disk is full, and recovers when space returns`() throws {
    let disk = MemoryFileSystem()
    var options = StoreOptions()
    options.journalByteCount = 4096
    options.liveByteCount = 20_000
    let writer = try StoreWriter(directory: "s", options: options, mode: .live, fileSystem: disk)
    let sent = Fixture.readings(400, devices: 2, seed: 6)
    disk.failure = (disk.callCount + 1, ENOSPC, true)
    var stored = 0
    for (device, reading) in sent {
      do {
        if try writer.append(reading, from: device) == .stored { stored += 1 }
      } catch {
        #expect(error.code == .memoryFull)
      }
      try? writer.commit()
    }
    #expect(stored > 200 && stored < 500)
    disk.failure = nil
    try writer.commit()
    _ = try writer.append(sent[799].1, from: sent[799].0)
    try writer.close()
    #expect(try StoreReader(directory: "s", fileSystem: disk).messageCount == stored + 1)
  }
}
