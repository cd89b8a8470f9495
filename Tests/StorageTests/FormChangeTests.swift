import MemoryDisk
import Readings
import Storage
import TestSupport
import Testing

@Suite struct FormChangeTests {
  /// The same readings, with `Time` written with an offset that changes at `change`; nil for no offset at all.
  private func readings(changingAt change: Int?) -> [(Device, Reading)] {
    let layouts = [60, 120].map { minutes in
      Layout([Field(.time, .clock(offsetMinutes: minutes))] + Fixture.layout.fields.dropFirst())
    }
    return Fixture.readings(3000, devices: 1, seed: 71).enumerated().map { row, sent in
      var reading = sent.1
      if let change { reading.layout = layouts[row < change ? 0 : 1] }
      if let change, row >= change { reading.values[0] += 3600 }
      return (sent.0, reading)
    }
  }

  private func store(_ readings: [(Device, Reading)], sealingAt seal: Int? = nil) throws -> (bytes: Int, Content) {
    let disk = MemoryFileSystem()
    let writer = try StoreWriter(directory: "store", mode: .live, fileSystem: disk)
    for (row, (device, reading)) in readings.enumerated() {
      if row == seal { try writer.seal() }
      #expect(try writer.append(reading, from: device) == .stored)
    }
    try writer.seal()
    try writer.compact()
    try writer.close()
    let reader = try StoreReader(directory: "store", fileSystem: disk)
    return (reader.byteCount, try Content(reader))
  }

  @Test(arguments: [nil, 1500, 700] as [Int?])
  func `a change to summer time in Time's offset costs a block's start and no more`(_ seal: Int?) throws {
    let plain = try store(readings(changingAt: nil), sealingAt: seal)
    let changing = readings(changingAt: 1500)
    var expected = Content()
    for (device, reading) in changing { expected.add(device, reading) }
    let changed = try store(changing, sealingAt: seal)
    #expect(changed.1 == expected)
    #expect(changed.bytes < plain.bytes + 1000, "\(changed.bytes) bytes against \(plain.bytes)")
  }

  @Test func `rows whose form goes to and fro stay in one block`() throws {
    let layouts = [3, 2].map { places in
      Layout(Fixture.layout.fields.dropLast() + [Field(.current, .decimal(places))])
    }
    let sent = Fixture.readings(2000, devices: 1, seed: 72).enumerated().map { row, sent in
      var reading = sent.1
      reading.layout = layouts[row % 5 == 0 ? 1 : 0]
      return (sent.0, reading)
    }
    var expected = Content()
    for (device, reading) in sent { expected.add(device, reading) }
    let stored = try store(sent)
    #expect(stored.1 == expected)
    #expect(stored.bytes < 2000 * 12)
  }
}
