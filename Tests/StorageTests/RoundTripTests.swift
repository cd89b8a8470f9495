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

  /// Rows of 1 to 256 numbers, of one width for long or of another each time, some of them late: memory holds them in
  /// pieces, no row may be parted, and pieces with numbers of more than 32 bits lie between others.
  @Test(arguments: [1, 40, 3000], [false, true])
  func `rows of any width are read back`(rowsOfAWidth: Int, areLate: Bool) throws {
    let seed = UInt64(rowsOfAWidth) &* 2 &+ (areLate ? 1 : 0)
    var random = SeededGenerator(seed: seed)
    let disk = MemoryFileSystem()
    let writer = try StoreWriter(directory: "store", mode: .bulk, fileSystem: disk)
    let device = Device(topic: "wide")
    var expected = Content()
    var layout = Layout([])
    let (least, most) = (Int64(Int32.min), Int64(Int32.max))
    let edges = [least, most, least - 1, most + 1, .max, .min + 1]
    for row in 0..<6000 {
      if row % rowsOfAWidth == 0 {
        let isNarrow = rowsOfAWidth == 1 && row % 7 > 0
        let width = Int.random(in: 1...(isNarrow ? 12 : 256), using: &random)
        layout = Layout((0..<width).map { Field(.power, channel: UInt8($0), .decimal($0 % 4)) })
      }
      let delay = areLate && Int.random(in: 0..<20, using: &random) == 0 ? Int64.random(in: 1...500, using: &random) : 0
      let reading = Reading(
        receivedAt: Timestamp(milliseconds: (1_750_000_000 + Int64(row) - delay) * 1000), layout: layout,
        values: layout.fields.map { _ in
          let isWide = Int.random(in: 0..<40_000, using: &random) == 0
          return isWide ? edges.randomElement(using: &random) ?? 0 : Int64.random(in: -9...999, using: &random)
        })
      if try writer.append(reading, from: device) == .stored { expected.add(device, reading) }
    }
    try writer.close()
    // Rows of one time in order of arrival.
    expected.rows[device]?.sort { Int64($0[0]) ?? 0 < Int64($1[0]) ?? 0 }
    let reader = try StoreReader(directory: "store", fileSystem: disk)
    #expect(try Content(reader) == expected, "seed \(seed)")
    #expect(reader.damage.isEmpty && reader.messageCount > 5000)
  }
}
