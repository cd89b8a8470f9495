import MemoryDisk
import Readings
import Storage
import TestSupport
import Testing

@Suite struct DuplicateTests {
  private func load(
    _ disk: MemoryFileSystem, _ input: [(Device, Reading)], events: [Event] = [], mode: WriterMode = .bulk,
    memory: Int = 24 << 20
  ) throws -> (stored: Int, duplicates: Int) {
    var options = StoreOptions()
    options.bulkByteCount = memory
    options.liveByteCount = memory
    let writer = try StoreWriter(directory: "s", options: options, mode: mode, fileSystem: disk)
    var stored = 0
    for (index, (device, reading)) in input.enumerated() {
      if try writer.append(reading, from: device) == .stored { stored += 1 }
      if index % 20 == 0 { try writer.commit() }
    }
    for event in events { _ = try writer.append(event) }
    writer.count(.ignored)
    try writer.close()
    return (stored, input.count - stored)
  }

  @Test func `replaying the same input a second time leaves every byte as it was`() throws {
    let input = Fixture.readings(3000, devices: 3, seed: 11)
    let events = (0..<100).map {
      Event(at: Fixture.start.advanced(byMilliseconds: $0 * 5000), device: input[0].0, kind: .relay, detail: "POWER ON")
    }
    for memory in [24 << 20, 60_000] {
      let disk = MemoryFileSystem()
      #expect(try load(disk, input, events: events, memory: memory).stored == 9000)
      let before = disk.contents
      #expect(try load(disk, input, events: events, memory: memory) == (0, 9000))
      #expect(disk.contents == before)
      #expect(try StoreReader(directory: "s", fileSystem: disk).eventCount == 100)
    }
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `shuffled and repeated input gives the content of the same input in order`(_ seed: UInt64) throws {
    let input = Fixture.readings(400, devices: 2, seed: seed)
    var expected = Content()
    for (device, reading) in input { expected.add(device, reading) }
    for mode in [WriterMode.live, .bulk] {
      var random = SeededGenerator(seed: seed)
      let shuffled = (input + input.prefix(300)).shuffled(using: &random)
      let disk = MemoryFileSystem()
      #expect(try load(disk, shuffled, mode: mode, memory: 20_000) == (800, 300))
      #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == expected)
      let before = try Content(StoreReader(directory: "s", fileSystem: disk))
      let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
      try writer.compact()
      try writer.close()
      #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == before)
    }
  }

  @Test func `readings of one time that differ are all kept, in order of arrival`() throws {
    let disk = MemoryFileSystem()
    var input = Fixture.readings(1, devices: 1, seed: 1)
    for power in 1...5 {
      input.append(input[0])
      input[power].1.values[6] = Int64(power) * 10_000
    }
    #expect(try load(disk, input + input, mode: .live) == (6, 6))
    var expected = Content()
    for (device, reading) in input { expected.add(device, reading) }
    #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == expected)
    #expect(try load(disk, input) == (0, 6))
  }

  @Test func `texts, many layouts and absent numbers come back as sent`() throws {
    let device = Device(topic: "/odd/topic", mac: "A0B765112233")
    let keys = (0..<40).compactMap { FieldKey(name: "Odd.\($0)") }
    var input: [(Device, Reading)] = []
    for index in 0..<900 {
      let fields = (0..<8).map { Field(keys[(index + $0 * 3) % 40], channel: UInt8($0 % 3), .decimal(index % 5)) }
      let layout = Layout(fields + [Field(.power, .verbatim), Field(.time, .clock(offsetMinutes: 60))])
      var values = fields.indices.map { Int64($0 * index) - 1000 }
      values[3] = Int64.max
      let at = Fixture.start.advanced(byMilliseconds: Int64(index) * 1000)
      input.append(
        (device, Reading(receivedAt: at, layout: layout, values: values + [1, 0], texts: ["no", "1e\(index % 7)"])))
    }
    var expected = Content()
    for (device, reading) in input { expected.add(device, reading) }
    for mode in [WriterMode.live, .bulk] {
      let disk = MemoryFileSystem()
      #expect(try load(disk, input, mode: mode, memory: 1 << 22).stored == 900)
      #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == expected)
      #expect(try load(disk, input).stored == 0)
      #expect(try Content(StoreReader(directory: "s", fileSystem: disk)) == expected)
    }
  }
}
