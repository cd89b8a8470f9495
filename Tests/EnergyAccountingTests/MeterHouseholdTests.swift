import EnergyAccounting
import Readings
import Simulation
import TestSupport
import Testing

/// Houses with plugs of several channels, meters of three phases and of both directions, and everything that happens to
/// plugs, message by message through the decoder.
struct MeterHouseholdTests {
  #if DEBUG
    static let seeds: ClosedRange<UInt64> = 1...4
  #else
    static let seeds: ClosedRange<UInt64> = 1...40
  #endif
  private static let days: Int64 = 5

  private static func options(seed: UInt64, faults: Set<Fault>) throws -> SimulationOptions {
    func device(_ name: String, _ channels: Int = 1) throws -> SimulatedDevice {
      try #require(SimulatedDevice(name: name, channels: channels))
    }
    let start = Timestamp(seconds: 1_777_593_600)
    var options = SimulationOptions(
      devices: [
        try device("pc", 2), try device("heater", 3), try device("solar", 1), try device("kettle"),
        try device("mains", seed % 2 == 0 ? 3 : 1),
      ], from: start, to: start.advanced(byMilliseconds: days * 86_400_000))
    if seed % 3 == 0 { options.devices.removeAll { $0.kind == .solar } }
    options.seed = seed
    options.faults = faults
    options.period = [60, 300, 20][Int(seed % 3)]
    options.splitTotals = seed % 4 < 2
    options.solarExport = seed % 5 < 2 ? .backwards : .registers
    options.energyResolution = seed % 7 == 0 ? 5 : 3
    options.sendsState = false
    return options
  }

  /// All counters of a plug together.
  private struct Sums {
    var use: [Int64]
    var export: [Int64]
    var isComplete: [Bool]
    var isShared: [Bool]
    var atEdges: [Int64]
    var events: [LedgerEvent]
    let trace: StepTrace

    init(_ plug: DecodedPlug, edges: [Timestamp], period: Int64) {
      trace = StepTrace(edges: edges)
      let ledger = plug.ledger(cutPoints: edges, trace: trace)
      let channels = ledger.channels
      func sum(_ value: (Bucket) -> Energy) -> [Int64] {
        edges.indices.dropLast().map { day in
          channels.reduce(0) { $0 + value($1.buckets[day]).milliwattHours }
        }
      }
      use = sum(\.energy)
      export = sum(\.export)
      isComplete = edges.indices.dropLast().map { day in channels.allSatisfy { $0.buckets[day].isComplete } }
      isShared = edges.indices.dropLast().map { day in channels.contains { $0.buckets[day].dividedAtEnd } }
      let parts = trace.steps.flatMap(\.parts)
      let bound = Self.steepest * period / 3600
      atEdges = edges.map { edge in
        parts.filter { $0.range.lowerBound < edge && edge < $0.range.upperBound }
          .reduce(bound) { $0 + $1.energy.milliwattHours }
      }
      events = ledger.events
    }

    /// With a cut and a midnight in one silence Yesterday may hold what Today had before it, or not.
    func ambiguous(_ range: Range<Timestamp>) -> Int64 {
      trace.steps.filter {
        $0.losesSilence && $0.parts.count > 1 && $0.to.time > range.lowerBound && $0.from.time < range.upperBound
      }.reduce(0) { $0 + ($1.from.today?.milliwattHours ?? 0) }
    }

    /// No panel here gives more, in mW.
    private static let steepest: Int64 = 1_700_000
  }

  /// As for plugs of one channel: between what the messages let anyone know and what was used, one unit of the counter
  /// per event aside. Use and export are never negative and never more than there was, and their difference is that of
  /// the truth, whichever way a meter counts.
  private func expectTheTruth(_ house: SimulatedHouse, _ options: SimulationOptions) {
    let edges = house.dayEdges
    for device in options.devices {
      guard let plug = house.plugs[device.name], !plug.runs.isEmpty else { continue }
      let sums = Sums(plug, edges: edges, period: Int64(options.period))
      let truth = house.truth.filter { $0.device == device.name }
      var first = 0
      while first < sums.use.count {
        var end = first + 1
        while end < sums.use.count, sums.isShared[end - 1] { end += 1 }
        let counted = (
          use: sums.use[first..<end].reduce(0, +), export: sums.export[first..<end].reduce(0, +)
        )
        let rows = truth[first..<end]
        let used = rows.reduce(0) { $0 + $1.used } / 3_600_000
        let exported = rows.reduce(0) { $0 + $1.exported } / 3_600_000
        let visible = rows.reduce(0) { $0 + $1.visible } / 3_600_000
        let events = sums.events.filter {
          ![.availability, .relay].contains($0.kind) && $0.to >= edges[first] && $0.from <= edges[end]
        }
        let counters = Int64(device.channels)
        let slack =
          Int64(events.count + 2) * 1000 * max(counters, 2) + sums.atEdges[first] + sums.atEdges[end]
        let faults = rows.reduce(into: Set<Fault>()) { $0.formUnion($1.faults) }
        let isCut = !faults.isDisjoint(with: [.powerCut, .swap, .clock1970, .reset])
        let isWhole = end == first + 1 && sums.isComplete[first] && !isCut
        let isNetted = exported > 0 && options.solarExport == .backwards
        let lower = isNetted ? 0 : isWhole ? used : visible - sums.ambiguous(edges[first]..<edges[end])
        var wrong: [String] = []
        if counted.use < 0 || counted.export < 0 { wrong.append("negative") }
        if counted.use > used + slack { wrong.append("too much use") }
        if counted.export > exported + slack { wrong.append("too much export") }
        if counted.use < lower - slack, !isCut || !isNetted { wrong.append("too little use") }
        if !isCut, !isNetted, counted.export < exported - slack { wrong.append("too little export") }
        if !isCut, isNetted, abs((counted.use - counted.export) - (used - exported)) > slack {
          wrong.append("another balance")
        }
        if !wrong.isEmpty {
          Issue.record(
            """
            seed \(options.seed) \(device.name) x\(device.channels) split \(options.splitTotals) \
            \(options.solarExport) day \(first)..<\(end) whole \(isWhole): \(wrong.joined(separator: ", ")): \
            use \(counted.use) of \(used), visible \(visible), export \(counted.export) of \(exported), slack \(slack)
            \(events.map { "\($0.kind) \($0.channel ?? 0) \($0.from.milliseconds)-\($0.to.milliseconds) \($0.text)" })
            """)
        }
        first = end
      }
    }
  }

  @Test(arguments: seeds)
  func metersOfEveryKindTellTheTruth(seed: UInt64) throws {
    let options = try Self.options(seed: seed, faults: [])
    expectTheTruth(try SimulatedHouse(options, days: Self.days), options)
  }

  @Test(arguments: seeds)
  func metersOfEveryKindTellTheTruthWhateverHappens(seed: UInt64) throws {
    let options = try Self.options(seed: seed, faults: Set(Fault.ordinary))
    expectTheTruth(try SimulatedHouse(options, days: Self.days), options)
  }

  /// Without faults the main meter is the plugs and the unmetered rest, which is never negative.
  @Test(arguments: seeds)
  func theMainMeterHoldsThePlugsAndARest(seed: UInt64) throws {
    let options = try Self.options(seed: seed, faults: [])
    let house = try SimulatedHouse(options, days: Self.days)
    for day in 0..<Self.days {
      let rows = house.truth.filter { $0.day == (house.truth.first?.day ?? 0) + day }
      func net(_ isWanted: (TruthRow) -> Bool) -> Int64 {
        rows.filter(isWanted).reduce(0) { $0 + $1.used - $1.exported }
      }
      let rest = net { $0.device == "mains" } - net { $0.device != "mains" }
      #expect(rest > 0, "seed \(seed) day \(day)")
    }
  }
}
