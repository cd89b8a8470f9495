import MemoryDisk
import Readings
import SegmentFormat
import Simulation
import Storage
import Tasmota
import TestSupport
import Testing

/// Rollups of meters on a disk that changes them: nothing of it goes unseen, and the readings stay what they are.
@Suite struct MeterDamageTests {
  /// Half a day of one meter in one segment.
  private static func store(_ device: SimulatedDevice, splitTotals: Bool) throws -> MemoryFileSystem {
    let start = Timestamp(seconds: 1_780_300_800)
    var options = SimulationOptions(devices: [device], from: start, to: start.advanced(byMilliseconds: 8 * 3_600_000))
    options.period = 300
    options.splitTotals = splitTotals
    options.sendsState = false
    var household = try Household(options)
    let disk = MemoryFileSystem()
    let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
    var decoder = Decoder(knownDevices: [])
    var reading = Reading(receivedAt: start, layout: Layout([]), values: [])
    while let message = household.next() {
      let outcome = decoder.decode(message, into: &reading)
      if case .reading(let index) = outcome { _ = try writer.append(reading, from: decoder.devices[index]) }
    }
    try writer.close()
    return disk
  }

  /// SF-R12, SF-R13: each bit of the block of rollups, its frame and its checksums included, and each length of the file.
  @Test(arguments: [("solar", 1, false), ("pc", 2, true), ("wallbox", 3, false)])
  func whatHappensToRollupsIsFound(name: String, channels: Int, splitTotals: Bool) throws {
    let device = try #require(SimulatedDevice(name: name, channels: channels))
    let disk = try Self.store(device, splitTotals: splitTotals)
    #expect(try StoreVerifier.verify(directory: "s", deep: true, fileSystem: disk).isSound)
    let path = try #require(disk.names.keys.first { $0.hasSuffix(".segment") })
    let whole = try #require(disk.names[path]??.bytes)
    let (readings, readingsBody) = try BlockFrame.decode(whole[FormatLayout.headerByteCount...])
    let start = FormatLayout.headerByteCount + readingsBody + readings.bodyByteCount
    let (rollups, rollupsBody) = try BlockFrame.decode(whole[start...])
    let end = start + rollupsBody + rollups.bodyByteCount
    #expect(rollups.kind == .rollups && whole[start + rollupsBody] == RollupBlock.Kind.punctualCounters.rawValue)
    for bit in 8 * start..<8 * end {
      disk.names[path]??.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      let verdict = try StoreVerifier.verify(directory: "s", deep: true, fileSystem: disk)
      #expect(!verdict.isSound && verdict.rowCount == readings.rowCount, "bit \(bit)")
      disk.names[path]??.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
    for length in start..<whole.count {
      disk.names[path]??.bytes = Array(whole.prefix(length))
      #expect(try !StoreVerifier.verify(directory: "s", deep: true, fileSystem: disk).isSound, "\(length) bytes")
    }
  }
}
