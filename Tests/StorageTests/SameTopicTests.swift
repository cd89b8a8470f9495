import MemoryDisk
import Readings
import Storage
import TestSupport
import Testing

/// One reading is stored once, whether its MAC was known or not; and finding that out costs the same for each.
@Suite struct SameTopicTests {
  @Test(arguments: UInt64(1)...8) func `a reading with and without MAC is one`(seed: UInt64) throws {
    let disk = MemoryFileSystem()
    let sent = Fixture.readings(60, devices: 2, seed: seed)
    var random = SeededGenerator(seed: seed)
    func named(_ device: Device) -> Device {
      Device(topic: device.topic, mac: "A0B765" + (device.topic == "plug0" ? "000001" : "000002"))
    }
    for round in 0..<3 {
      let writer = try StoreWriter(directory: "s", mode: round == 1 ? .live : .bulk, fileSystem: disk)
      for (device, reading) in sent {
        let appended = try writer.append(reading, from: Bool.random(using: &random) ? named(device) : device)
        #expect(appended == (round == 0 ? .stored : .duplicate), "seed \(seed), round \(round)")
        if round == 0, Bool.random(using: &random) {
          #expect(try writer.append(reading, from: named(device)) == .duplicate, "seed \(seed)")
        }
      }
      writer.checkInvariants()
      try writer.close()
    }
    #expect(try StoreReader(directory: "s", fileSystem: disk).messageCount == sent.count)
  }

  @Test(arguments: UInt64(1)...8) func `of a crowded second each row is known, late or not`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let writer = try StoreWriter(directory: "s", mode: .live, fileSystem: MemoryFileSystem())
    let layout = Layout([Field(.total, .decimal(3))])
    let device = Device(topic: "plug")
    var sent: [(Int64, Int64)] = []
    for _ in 0..<600 {
      let row = (Int64.random(in: 0..<4, using: &random), Int64.random(in: 0..<200, using: &random))
      let reading = Reading(
        receivedAt: Fixture.start.advanced(byMilliseconds: row.0 * 1000), layout: layout, values: [row.1])
      let isThere = sent.contains { $0 == row }
      #expect(try writer.append(reading, from: device) == (isThere ? .duplicate : .stored), "seed \(seed)")
      sent.append(row)
    }
    writer.checkInvariants()
  }
}
