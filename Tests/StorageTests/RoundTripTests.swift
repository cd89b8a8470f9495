import MemoryDisk
import Readings
import Storage
import TestSupport
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: [WriterMode.live, .bulk])
  func `what is appended is read back, in order, after close and reopening`(_ mode: WriterMode) throws {
    let disk = MemoryFileSystem()
    let input = Fixture.readings(500, devices: 3, seed: 1)
    var expected = Content()
    do {
      let writer = try StoreWriter(directory: "store", mode: mode, fileSystem: disk)
      for (index, (device, reading)) in input.enumerated() {
        #expect(try writer.append(reading, from: device) == .stored)
        expected.add(device, reading)
        if index % 7 == 0 { try writer.commit() }
        if index % 50 == 0 { try writer.sync() }
        if index == 700 { try writer.seal() }
      }
      try writer.close()
    }
    let reader = try StoreReader(directory: "store", fileSystem: disk)
    #expect(try Content(reader) == expected)
    #expect(reader.messageCount == 1500)
    #expect(reader.damage.isEmpty)
    do {
      let writer = try StoreWriter(directory: "store", mode: .bulk, fileSystem: disk)
      #expect(writer.recovery.damage.isEmpty)
      try writer.close()
    }
    let again = try StoreReader(directory: "store", fileSystem: disk)
    #expect(try Content(again) == expected)
    #expect(!disk.names.keys.contains { $0.hasPrefix("journal") })
  }
}
