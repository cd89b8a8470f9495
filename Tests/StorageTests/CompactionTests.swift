import Glibc
import MemoryDisk
import Readings
import Storage
import TestSupport
import Testing

@Suite struct CompactionTests {
  private let device = Device(topic: "plug0")

  private func reading(_ seconds: Int64, power: Int64) -> Reading {
    var reading = Fixture.readings(1, devices: 1, seed: 1)[0].1
    reading.receivedAt = Timestamp(seconds: seconds)
    reading.values[6] = power
    return reading
  }

  /// SF-5: a clock that goes back puts what arrived in between into another month, out of the merge's sight.
  @Test func `a merge does not put later rows before those of equal time that arrived in between`() throws {
    let disk = MemoryFileSystem()
    let november: Int64 = 1_761_955_200
    let seals: [[Reading]] = [
      [reading(november - 2_000_000, power: 1)], [reading(november + 10, power: 2)],
      [reading(november - 1_900_000, power: 3)],
      [reading(november - 60, power: 4), reading(november + 10, power: 5)],
    ]
    let writer = try StoreWriter(directory: "s", mode: .live, fileSystem: disk)
    var sent: [(place: Int, reading: Reading)] = []
    for seal in seals {
      for reading in seal {
        _ = try writer.append(reading, from: device)
        sent.append((sent.count, reading))
      }
      try writer.seal()
    }
    var expected = Content()
    for (_, reading) in sent.sorted(by: { ($0.reading.receivedAt, $0.place) < ($1.reading.receivedAt, $1.place) }) {
      expected.add(device, reading)
    }
    #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == expected)
    try writer.compact()
    #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == expected)
    try writer.close()
    #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == expected)
  }

  /// Where the catalog's sync fails, the disk may name the merged segment or those that it was merged from; a crash in
  /// the next seal finds either.
  @Test(arguments: [EIO, ENOSPC])
  func `a compaction that fails at any call and a crash at any call of the next seal lose nothing`(
    _ code: Int32
  ) throws {
    let sent = Fixture.readings(9, devices: 1, seed: 51)
    var expected = Content()
    for (device, reading) in sent.prefix(6) { expected.add(device, reading) }
    /// Three seals, a compaction that fails, and a seal that ends at a call; nil where there are no more calls.
    func life(failingAt failure: Int, crashingAt crash: Int?) -> (disk: MemoryFileSystem, calls: (Int, Int))? {
      let disk = MemoryFileSystem()
      var options = StoreOptions()
      options.journalByteCount = 4096
      options.randomSeed = 5
      guard let writer = try? StoreWriter(directory: "s", options: options, mode: .live, fileSystem: disk) else {
        return nil
      }
      for (index, (device, reading)) in sent.prefix(6).enumerated() {
        _ = try? writer.append(reading, from: device)
        if index % 2 == 1 { try? writer.seal() }
      }
      let before = disk.callCount
      disk.failure = (before + failure, code, false)
      _ = try? writer.compact()
      let between = disk.callCount
      guard between >= before + failure else { return nil }
      disk.failure = nil
      for (device, reading) in sent.dropFirst(6) { _ = try? writer.append(reading, from: device) }
      if let crash { disk.crashAt = between + crash }
      try? writer.seal()
      return (disk, (between - before, disk.callCount - between))
    }
    var failure = 1
    while let (_, calls) = life(failingAt: failure, crashingAt: nil) {
      for crash in 0...calls.1 {
        guard let (disk, _) = life(failingAt: failure, crashingAt: crash) else { break }
        for cut in MemoryFileSystem.Cut.allCases {
          let after = disk.afterPowerCut(cut, seed: UInt64(crash))
          let place: Comment = "call \(failure) fails, crash after \(crash) of the seal, \(cut)"
          for _ in 0..<2 {
            let content = try Content(StoreReader(directory: "s", fileSystem: after))
            let found = content.rows[device] ?? []
            #expect(Array(found.prefix(6)) == expected.rows[device] && found.count <= 9, place)
            // A second look, after a writer's start has mended what it found.
            try StoreWriter(directory: "s", mode: .live, fileSystem: after).close()
          }
        }
      }
      failure += 1
    }
    #expect(failure > 8)
  }
}
