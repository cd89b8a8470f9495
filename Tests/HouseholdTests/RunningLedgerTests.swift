import Calendar
import EnergyAccounting
import Glibc
import Household
import MemoryDisk
import Readings
import Reporting
import Simulation
import Storage
import Tasmota
import TestSupport
import Testing

/// Ledgers that go on with each reading are those that a query finds in the store. `WATTLOG_RUNNING_SEEDS=200` lives that
/// many days; without it six.
@Suite struct RunningLedgerTests {
  /// What is counted of a plug's counters.
  private typealias Figures = [String: [Energy]]

  /// A recorder's days with plugs that have faults, and somebody who corrects now and then.
  private struct Days {
    let seed: UInt64
    var random: SeededGenerator
    let disk = MemoryFileSystem()
    var ledgers = RunningLedgers(zone: .utc)
    var decoder = Decoder()
    var looks = 0
    var readings = 0
    var reads = 0
    /// Figures that fell although nobody corrected anything.
    var falls: [String] = []
    var last: Figures = [:]

    init(seed: UInt64) {
      self.seed = seed
      random = SeededGenerator(seed: seed)
    }

    mutating func hits(oneIn count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

    func store() throws -> HouseholdStore { try HouseholdStore(directory: "s", fileSystem: disk) }

    mutating func run() throws {
      let kinds = ["fridge", "kettle", "tv", "solar", "washer"].shuffled(using: &random)
      var options = SimulationOptions(
        devices: kinds.prefix(Int.random(in: 1...3, using: &random)).compactMap { SimulatedDevice(name: $0) },
        from: House.at(0), to: House.at(Double(Int.random(in: 6...50, using: &random))))
      options.seed = seed
      options.period = [30, 60, 120, 300].randomElement(using: &random) ?? 60
      options.faults = Set(Fault.allCases.filter { _ in Bool.random(using: &random) })
      options.timeFormat = SimulationOptions.TimeFormat.allCases.randomElement(using: &random) ?? .local
      options.solarExport = SimulationOptions.ExportForm.allCases.randomElement(using: &random) ?? .registers
      options.sendsState = false
      var household = try Household(options)
      var writer = try StoreWriter(directory: "s", mode: .live, fileSystem: disk)
      var reading = Reading(receivedAt: House.at(0), layout: Layout([]), values: [])
      while let message = household.next() {
        let outcome = decoder.decode(message, into: &reading)
        switch outcome {
        case .reading(let index):
          guard try writer.append(reading, from: decoder.devices[index]) == .stored else { continue }
          readings += 1
          ledgers.add(
            reading, of: decoder.devices[index], at: reading.receivedAt.truncated(toMilliseconds: writer.timeUnit))
        case .event(let event): if try writer.append(event) == .stored { ledgers.add(event) }
        default: continue
        }
        if hits(oneIn: 400) { try writer.seal() }
        if hits(oneIn: 120) { try look(writer) }
        if hits(oneIn: 900) {
          try look(writer)
          try correct()
        }
        if hits(oneIn: 900) {
          // A restart: what the ledgers knew is gone.
          try writer.close()
          writer = try StoreWriter(directory: "s", mode: .live, fileSystem: disk)
          decoder = Decoder(knownDevices: try store().reader.devices.map(\.device))
          ledgers = RunningLedgers(zone: .utc)
        }
      }
      try look(writer)
      try writer.close()
    }

    /// Both figures at one moment.
    private mutating func look(_ writer: StoreWriter) throws {
      try writer.commit()
      let store = try store()
      guard let first = store.firstReading, let end = store.lastReading?.advanced(byMilliseconds: 1) else { return }
      if ledgers.needsReading {
        reads += 1
        ledgers.read(store)
      }
      looks += 1
      var found = figures()
      // Several plugs on one topic show themselves late.
      if ledgers.needsReading {
        ledgers.read(store)
        found = figures()
      }
      var expected: Figures = [:]
      for named in LedgerQuery(store, store.devices, zone: .utc).ledgers(over: first..<end) {
        expected[named.name] = RunningLedgerTests.energies(named.ledger)
      }
      try #require(found == expected, "seed \(seed), look \(looks), \(readings) readings")
      for (name, energies) in found {
        guard let before = last[name], before.count == energies.count else { continue }
        if zip(before, energies).contains(where: { $0 > $1 }) {
          falls.append("seed \(seed), look \(looks): \(name) \(before) \(energies)")
        }
      }
      last = found
    }

    private mutating func figures() -> Figures {
      var figures: Figures = [:]
      for index in ledgers.devices.indices {
        figures[ledgers.devices[index].name] = ledgers.ledger(ofPlug: index).map(RunningLedgerTests.energies)
      }
      return figures
    }

    private mutating func correct() throws {
      let store = try store()
      guard let device = store.devices.randomElement(using: &random) else { return }
      let entry = CorrectionEntry(store, now: House.at(1000))
      let start = House.at(Double(Int.random(in: 0...40, using: &random)))
      let end = start.advanced(byMilliseconds: Int64.random(in: 1...20, using: &random) * 1_800_000)
      do {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: _ = try entry.append(try entry.ignore(device, in: start..<end))
        case 1:
          let factor = try #require(ScaleFactor("0.9"))
          _ = try entry.append(try entry.scale(device, by: factor, from: start, to: nil))
        case 2: _ = try entry.append(try entry.rename(device, to: "other-\(looks)"))
        default: _ = try entry.append(try entry.undo(store.corrections.entries.last?.id ?? 1))
        }
      } catch is CorrectionEntry.Refusal {
        return
      }
      ledgers.markStale()
      last = [:]
    }
  }

  private static func energies(_ ledger: DeviceLedger) -> [Energy] {
    ledger.channels.flatMap { channel in
      let sum = channel.sum(channel.buckets.indices)
      return [sum.energy, sum.export, Energy(milliwattHours: Int64(channel.counterPlaces))]
    }
  }

  @Test func `a figure that goes on with the readings is the query's at any time`() throws {
    var (looks, readings, reads) = (0, 0, 0)
    var falls: [String] = []
    let seeds = getenv("WATTLOG_RUNNING_SEEDS").flatMap { UInt64(String(cString: $0)) } ?? 6
    for seed in 1...seeds {
      var days = Days(seed: seed)
      try days.run()
      looks += days.looks
      readings += days.readings
      reads += days.reads
      falls += days.falls
    }
    print("\(looks) looks at \(readings) readings, \(reads) of them after a reading of the store")
    for fall in falls { print("fell:", fall) }
    // Most of the time nothing is read.
    #expect(reads < looks && looks > 20 * seeds)
    #expect(falls.isEmpty)
  }
}
