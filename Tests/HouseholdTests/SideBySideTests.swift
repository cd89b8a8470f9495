import Calendar
import Foundation
import Household
import Readings
import Reporting
import Simulation
import Storage
import Tasmota
import TestSupport
import Testing
import Work

/// What several threads do at once is what one does alone, to the byte, and damage is named in the same order.
struct SideBySideTests {
  static let threads = SideBySide { count, piece in crew.run(count, piece) }
  private static let crew = Crew(threadCount: 3)
  private static let always = Timestamp(milliseconds: 0)..<Timestamp(milliseconds: 1 << 50)
  private static let start = Timestamp(seconds: 1_772_323_200)

  /// Six plugs, one of two channels, that speak at the same seconds; twice as many rows as an export holds at once.
  private static func feed(_ path: String, seed: UInt64) throws {
    var options = SimulationOptions(
      devices: ["fridge", "kettle", "pc", "washer", "tv", "heater"].compactMap { SimulatedDevice(name: $0) },
      from: start, to: start.advanced(byMilliseconds: 86_400_000))
    options.devices[2] = SimulatedDevice(name: "pc", kind: .pc, channels: 2)
    (options.seed, options.period, options.faults) = (seed, 10, Set(Fault.ordinary))
    var household = try Simulation.Household(options)
    var decoder = Decoder()
    var reading = Reading(receivedAt: start, layout: Layout([]), values: [])
    // Blocks of some thousand rows.
    var store = StoreOptions(timeUnit: 1000)
    store.randomSeed = seed
    store.bulkByteCount = 1 << 20
    let writer = try StoreWriter(directory: path, options: store, mode: .bulk)
    while let message = household.next() {
      switch decoder.decode(message, into: &reading) {
      case .reading(let number): _ = try writer.append(reading, from: decoder.devices[number])
      case .event(let event): _ = try writer.append(event)
      case .retained, .ignored, .refused: continue
      }
    }
    try writer.close()
  }

  private static func export(_ path: String, _ format: ExportFormat, _ sideBySide: SideBySide) throws -> [UInt8] {
    let store = try HouseholdStore(directory: path, working: sideBySide)
    var present = PresentKeys()
    ExportQuery(store, store.devices, range: always).forEachPortion { stretch in
      for rows in stretch.flatMap(\.chunks) { present.add(rows) }
    }
    var rows = RawExport(
      format: format, fields: ExportField.all(of: present.keys), zone: .utc, working: sideBySide)
    var bytes: [UInt8] = []
    try rows.begin { bytes += $0 }
    try ExportQuery(store, store.devices, range: always).forEachPortion { stretch throws(any Error) in
      try rows.append(stretch) { bytes += $0 }
    }
    try rows.finish { bytes += $0 }
    #expect(rows.rowCount > 50_000)
    return bytes
  }

  @Test(arguments: [1, 2] as [UInt64])
  func rowsAreTheSameWhoeverWritesThem(seed: UInt64) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/s"
    try Self.feed(path, seed: seed)
    for format in [ExportFormat.csv(.iso), .jsonLines, .influx] {
      let alone = try Self.export(path, format, .inTurn)
      #expect(try Self.export(path, format, Self.threads) == alone)
      let store = try HouseholdStore(directory: path)
      let messages = store.devices.flatMap(\.members).reduce(0) { $0 + Int($1.rowCount) }
      #expect(alone.count { $0 == UInt8(ascii: "\n") } >= messages)
    }
  }

  @Test func damageIsNamedInOneOrder() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/s"
    try Self.feed(path, seed: 3)
    var random = SeededGenerator(seed: 3)
    for count in [0, 1, 5, 40] {
      for name in try FileManager.default.subpathsOfDirectory(atPath: path) where name.hasSuffix(".segment") {
        let file = URL(fileURLWithPath: path + "/" + name)
        var bytes = [UInt8](try Data(contentsOf: file))
        for _ in 0..<count { bytes[Int.random(in: 64..<bytes.count, using: &random)] ^= 4 }
        try Data(bytes).write(to: file)
      }
      for deep in [false, true] {
        let alone = try StoreVerification(path, deep: deep)
        let others = try StoreVerification(path, deep: deep, working: Self.threads)
        #expect(others.report.damage == alone.report.damage && others.summary == alone.summary)
        #expect(alone.damage.isEmpty == (count == 0))
      }
    }
  }
}
