import Calendar
import EnergyAccounting
import Pricing
import Readings
import SegmentFormat
import Simulation
import TestSupport
import Testing

/// Rollups tell accounting the same as the rows that they were made of, in hours where that is enough (SF-R40 to SF-R42).
struct RollupLawTests {
  struct Household: Sendable, CustomTestStringConvertible {
    var period: Int
    var seed: UInt64
    var powerDelta = 0
    var energyResolution = 3
    var powerResolution = 0
    /// Meters of several channels, of three phases and of both directions in place of plugs.
    var meters: Meters?
    var days: Int64 { period >= 60 ? meters == nil ? 8 : 4 : meters == nil ? 3 : 1 }
    var testDescription: String {
      "every \(period) s, seed \(seed), PowerDelta \(powerDelta), \(meters.map { "\($0)" } ?? "plugs")"
    }
  }

  struct Meters: Sendable {
    var splitTotals = false
    var export = SimulationOptions.ExportForm.registers
  }

  static let households: [Household] = [
    Household(period: 10, seed: 1), Household(period: 10, seed: 2, energyResolution: 5, powerResolution: 2),
    Household(period: 30, seed: 3), Household(period: 60, seed: 4), Household(period: 300, seed: 5),
    Household(period: 300, seed: 6, energyResolution: 4, powerResolution: 1),
    Household(period: 20, seed: 7, powerDelta: 20), Household(period: 10, seed: 8, energyResolution: 2),
    Household(period: 10, seed: 9, meters: Meters()),
    Household(period: 20, seed: 10, meters: Meters(splitTotals: true)),
    Household(period: 60, seed: 11, meters: Meters(export: .backwards)),
    Household(period: 300, seed: 12, meters: Meters(splitTotals: true, export: .backwards)),
    Household(period: 30, seed: 13, energyResolution: 5, powerResolution: 1, meters: Meters(export: .both)),
    Household(period: 300, seed: 14, meters: Meters()),
    Household(period: 10, seed: 15, energyResolution: 4, meters: Meters(splitTotals: true, export: .backwards)),
    Household(period: 20, seed: 16, powerDelta: 30, meters: Meters(export: .backwards)),
  ]

  private static let plugs = ["fridge", "kettle", "washer", "pc", "heater", "lamp", "router", "tv"]
    .compactMap { SimulatedDevice(name: $0) }
  private static let meters = [
    SimulatedDevice(name: "pc", channels: 2), SimulatedDevice(name: "solar"), SimulatedDevice(name: "wallbox"),
    SimulatedDevice(name: "mains", channels: 3), SimulatedDevice(name: "heater", channels: 3),
    SimulatedDevice(name: "kettle"),
  ].compactMap { $0 }

  @Test(arguments: households)
  func ledgersOfRollupsAndOfRowsAreEqual(household: Household) throws {
    var random = SeededGenerator(seed: household.seed)
    var options = SimulationOptions(
      devices: household.meters == nil ? Self.plugs : Self.meters,
      from: Timestamp(seconds: 1_792_540_800),
      to: Timestamp(seconds: 1_792_540_800 + household.days * 86_400))
    options.period = household.period
    options.seed = household.seed
    options.faults = Set(Fault.ordinary)
    options.powerDelta = household.powerDelta
    options.energyResolution = household.energyResolution
    options.powerResolution = household.powerResolution
    let zone = [0, 3600, -12_600].randomElement(using: &random) ?? 0
    options.plugClock = ClockOffsets(initial: zone, changes: [])
    options.sendsState = false
    if let meters = household.meters {
      (options.splitTotals, options.solarExport) = (meters.splitTotals, meters.export)
    }
    var tallies = Tallies()
    let timeUnit: Int64 = options.seed % 2 == 0 ? 1 : 1000
    let house = try SimulatedHouse(options, days: 0, timeUnit: timeUnit)
    for plug in house.plugs.sorted(by: { $0.key < $1.key }).map(\.value) where !plug.runs.isEmpty {
      // One of which no start is known may have been restarted whenever it connects: the rows around that are read.
      var (again, others) = (random, Tallies())
      try compare(plug, options, &again, &others)
      var told = plug
      let before = options.from.advanced(byMilliseconds: -86_400_000)
      told.events.insert(
        Event(at: before, device: plug.runs[0].device, kind: .restart, detail: "Version 14.4.1"), at: 0)
      for _ in 0..<3 { try compare(told, options, &random, &tallies) }
    }
    // The law would hold without any rollup, too. Hours of slow plugs are often cut.
    #expect(tallies.details.count == 3, "details that no cut points asked for")
    // Where the sun comes and goes a counter that runs back falls by rounding, which ends runs.
    let runsBack = household.meters.map { $0.export != .registers } ?? false
    let least = household.period == 300 ? 2 : runsBack ? 4 : 7
    if household.powerDelta == 0 { #expect(tallies.taken * 10 >= tallies.rows * least) }
  }

  private struct Tallies {
    var rows = 0
    var taken = 0
    var details: Set<RollupDetail> = []
  }

  private func compare(
    _ plug: DecodedPlug, _ simulation: SimulationOptions, _ random: inout SeededGenerator, _ tallies: inout Tallies
  ) throws {
    let start = simulation.from.milliseconds
    let end = simulation.to?.milliseconds ?? start
    var cuts: Set<Int64> = [start + 900_000 * Int64.random(in: -20...20, using: &random), end - 3_600_000]
    let interval: Int64 = [900_000, 1_800_000, 3_600_000, 86_400_000].randomElement(using: &random) ?? 1
    var cut = start + interval * Int64.random(in: 0...3, using: &random)
    while cut < end, cuts.count < 300 {
      cuts.insert(cut)
      cut += interval * (Bool.random(using: &random) ? 1 : Int64.random(in: 1...9, using: &random))
    }
    // Half of the time where hours are enough for powers.
    let hourly = Bool.random(using: &random)
    if hourly { cuts = Set(cuts.map { $0.flooringQuotient(1_800_000) * 1_800_000 }) }
    let points = cuts.sorted().map(Timestamp.init(milliseconds:))
    var options = MeteringOptions()
    if Bool.random(using: &random) { options.maximumMilliwatts = Int64.random(in: 50_000...3_700_000, using: &random) }
    var edges = points.enumerated().filter { $0.offset % 7 == 0 || points.count < 8 }.map(\.element)
    if hourly { edges.removeAll { $0.milliseconds.flooringRemainder(3_600_000) != 0 } }
    let cutPoints = CutPoints(points, edges: edges)
    tallies.details.insert(cutPoints.detail)
    var byRows = MeterAccount(cutPoints: cutPoints, options: options)
    var byRollups = MeterAccount(cutPoints: cutPoints, options: options)
    for event in plug.events {
      byRows.add(event)
      byRollups.add(event)
    }
    for plugRun in plug.runs {
      var row = 0
      while row < plugRun.rows.rowCount {
        let next = min(plugRun.rows.rowCount, row + Int.random(in: 1...9000, using: &random))
        let block = plugRun.rows.rows(row..<next)
        row = next
        tallies.rows += block.rowCount
        byRows.add(block, device: plugRun.device)
        guard let rollups = RollupBuilder.rollups(of: block) else {
          byRollups.add(block, device: plugRun.device)
          continue
        }
        let bytes = RollupBlock.encode(rollups, timeUnit: 1)
        #expect(try RollupBlock.decode(bytes[...], rowCount: block.rowCount) == rollups)
        let wanted = try #require(
          try RollupBlock.decode(bytes[...], rowCount: block.rowCount, detail: cutPoints.detail))
        var start = 0
        for (place, run) in wanted.runs.enumerated() {
          let rows = start..<(start + run.rowCount)
          start = rows.upperBound
          guard run.isTold else {
            byRollups.add(block.rows(rows), device: plugRun.device)
            continue
          }
          var taken = run.rowCount
          byRollups.add(place..<place + 1, of: wanted, device: plugRun.device) { wanted in
            taken = 0
            return block.rows(rows.lowerBound + wanted.lowerBound..<rows.lowerBound + wanted.upperBound)
          }
          tallies.taken += taken
        }
      }
    }
    let expected = byRows.finish()
    let found = byRollups.finish()
    #expect(found.channels == expected.channels, "\(plug.runs[0].device.topic)")
    #expect(found.events == expected.events, "\(plug.runs[0].device.topic)")
    #expect(found == expected)
  }

  /// What the network does at midnight, and a start that was heard before the first reading, cost no look at rows.
  @Test("no run of a quiet plug is read by rows", arguments: [10, 60, 300] as [Int64], [0, 1, 2, 4] as [Int64])
  func nothingOfAQuietPlugIsReadByRows(period: Int64, late: Int64) throws {
    // The last message of each day is built one second before midnight, UTC, by a clock of another zone's.
    let messages = stride(from: 50_000 - 50_000 % period - 1, to: 6 * 86_400, by: Int(period)).map { built in
      MeterFixture.Message(
        built + (built % 86_400 + 3 * period >= 86_400 ? late : 0), 100_000 + built / 36, today: built % 86_400 / 36,
        yesterday: built < 86_400 ? 1900 : 2400, clock: built, power: 100)
    }
    let rows = MeterFixture.rows(messages)
    let rollups = try #require(RollupBuilder.rollups(of: rows))
    let cuts = CutPoints([-86_400, 86_400, 3 * 86_400, 9 * 86_400].map(MeterFixture.at))
    for reason in ["Software/System restart", "Power On"] {
      var byRows = MeterAccount(cutPoints: cuts)
      var byRollups = MeterAccount(cutPoints: cuts)
      let start = MeterFixture.event(49_000, .restart, "RestartReason \(reason)")
      byRows.add(start)
      byRollups.add(start)
      byRows.add(rows, device: MeterFixture.device)
      var asked = 0
      byRollups.add(0..<rollups.runs.count, of: rollups, device: MeterFixture.device) { wanted in
        asked += wanted.count
        return rows.rows(wanted)
      }
      #expect(asked == 0, "\(reason)")
      #expect(byRollups.finish() == byRows.finish(), "\(reason)")
    }
    // By the rules of earlier kinds such a message is part of its day's run.
    let older = try #require(RollupBuilder.rollups(of: rows, kind: .hours))
    #expect((older.runs.count < rollups.runs.count) == (late > 0))
  }
}
