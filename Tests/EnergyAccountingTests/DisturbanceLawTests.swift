import Calendar
import EnergyAccounting
import Foundation
import Pricing
import Readings
import Simulation
import TestSupport
import Testing

/// Shuffling, duplicating and delaying messages, and dropping any that are not at a day's edge, changes no day by more
/// than the energy between two neighbours of that edge.
struct DisturbanceLawTests {
  /// `WATTLOG_DISTURBANCES` is how many households are tried of each kind.
  static let seeds: ClosedRange<UInt64> = {
    #if DEBUG
      let usual: UInt64 = 4
    #else
      let usual: UInt64 = 20
    #endif
    return 1...max(ProcessInfo.processInfo.environment["WATTLOG_DISTURBANCES"].flatMap { UInt64($0) } ?? usual, 1)
  }()

  private struct Account {
    var ledger: DeviceLedger
    var days: [Int64] = []
    /// What lies between the two readings next to each edge, in mWh.
    var atEdges: [Int64] = []
    /// In mWh: the counter's own, or that of float32.
    var unit: Int64 = 1000
    var decisions: Set<LedgerEvent.Kind> = []
    let trace: StepTrace

    init(_ plug: DecodedPlug, edges: [Timestamp], options: MeteringOptions) throws {
      trace = StepTrace(edges: edges)
      ledger = plug.ledger(cutPoints: edges, options: options, trace: trace)
      days = try #require(ledger.channels.first).buckets.map(\.energy.milliwattHours)
      atEdges = edges.map { edge in
        trace.steps.filter { $0.from.time < edge && edge < $0.to.time }.reduce(Int64(0)) {
          $0 + $1.energy.milliwattHours
        }
      }
      let highest = trace.steps.compactMap { $0.to.total?.milliwattHours }.max() ?? 0
      // Above 8,192 kWh float32 is coarser than a thousandth.
      unit = highest > 8_192_000_000 ? 2000 : 1000
      decisions = Set(ledger.events.map(\.kind)).subtracting([.gap, .availability, .relay, .restart])
    }
  }

  /// The stretches around a day that only one of two accounts has.
  private static func differences(_ a: Account, _ b: Account, _ day: Range<Timestamp>) -> String {
    func isTelling(_ step: StepTrace.Step) -> Bool {
      guard step.to.time >= day.lowerBound, step.from.time <= day.upperBound else { return false }
      return step.rule != "continuous" || step.from.time < day.lowerBound || step.to.time > day.upperBound
    }
    func lines(_ account: Account) -> Set<String> {
      func told(_ point: StepTrace.Point) -> String {
        let counters = [point.total, point.today, point.yesterday].map { "\($0?.milliwattHours ?? -1)" }
        return "\(point.time.milliseconds) by \(point.clock ?? -1): \(counters.joined(separator: " "))"
      }
      return Set(
        account.trace.steps.filter(isTelling).map {
          "\n  \($0.rule) from \(told($0.from)) to \(told($0.to)), counted \($0.energy.milliwattHours)"
        })
    }
    return "before: \(lines(a).subtracting(lines(b)).sorted())\nafter: \(lines(b).subtracting(lines(a)).sorted())"
  }

  /// - Parameter protected: what happened then is told by the messages around it alone.
  private func expectTheLaw(
    _ plug: DecodedPlug, edges: [Timestamp], options: MeteringOptions = MeteringOptions(), protected: Bool,
    disturbance: inout Disturbance, place: String
  ) throws {
    let reference = try Account(plug, edges: edges, options: options)
    let decided = reference.ledger.events.filter { ![.gap, .availability, .relay].contains($0.kind) }
    let disturbed = disturbance.applied(
      to: plug, edges: edges, events: protected ? decided.flatMap { [$0.from, $0.to] } : [])
    let account = try Account(disturbed, edges: edges, options: options)
    for day in reference.days.indices {
      let allowed =
        account.unit
        + [day, day + 1].reduce(0) { $0 + reference.atEdges[$1] + account.atEdges[$1] }
      let difference = account.days[day] - reference.days[day]
      if abs(difference) > allowed {
        Issue.record(
          """
          \(place) day \(day): \(reference.days[day]) became \(account.days[day]), allowed \(allowed)
          \(Self.differences(reference, account, edges[day]..<edges[day + 1]))
          """)
      }
    }
    let sums = (reference.days.reduce(0, +), account.days.reduce(0, +))
    #expect(abs(sums.0 - sums.1) <= account.unit * Int64(edges.count), "\(place): \(sums)")
    // Nothing is decided that was not decided before; a false reading that was lost is none.
    #expect(account.decisions.isSubset(of: reference.decisions), "\(place): \(account.decisions)")
  }

  private static func house(seed: UInt64, faults: Set<Fault>) throws -> SimulatedHouse {
    let start = Timestamp(seconds: 1_772_323_200)
    let names = [["fridge", "kettle", "tv"], ["heater", "router", "pc"], ["washer", "lamp", "freezer"]][Int(seed % 3)]
    var options = SimulationOptions(
      devices: names.compactMap { SimulatedDevice(name: $0) }, from: start,
      to: start.advanced(byMilliseconds: 5 * 86_400_000))
    options.seed = seed
    options.faults = faults
    options.period = [60, 300, 20, 120][Int(seed % 4)]
    options.sendsState = false
    if seed % 3 == 1 { options.plugClock = .firmwareDefault }
    if seed % 5 == 0 { options.energyResolution = 5 }
    return try SimulatedHouse(options, days: 5)
  }

  /// Restarts, a network that is away, false readings: the counter goes on, so any message may be lost.
  @Test(arguments: seeds)
  func noMessageButThoseAtADaysEdgeMatters(seed: UInt64) throws {
    let house = try Self.house(seed: seed, faults: [.restart, .offline, .glitch, .retained])
    var disturbance = Disturbance(random: SeededGenerator(seed: seed))
    for (name, plug) in house.plugs.sorted(by: { $0.key < $1.key }) {
      try expectTheLaw(
        plug, edges: house.dayEdges, protected: false, disturbance: &disturbance, place: "seed \(seed) \(name)")
    }
  }

  /// A power cut, a reset, a swap: what was used before it is in the last messages before it, so those are let through.
  @Test(arguments: seeds)
  func withEveryFaultOnlyTheMessagesAroundItMatterToo(seed: UInt64) throws {
    let house = try Self.house(seed: seed, faults: Set(Fault.ordinary))
    var disturbance = Disturbance(random: SeededGenerator(seed: seed))
    for (name, plug) in house.plugs.sorted(by: { $0.key < $1.key }) {
      try expectTheLaw(
        plug, edges: house.dayEdges, protected: true, disturbance: &disturbance, place: "seed \(seed) \(name)")
    }
  }

  @Test(arguments: CapturedPlugs.names)
  func theLawHoldsForCapturedWeeks(capture: String) throws {
    guard let plugs = CapturedPlugs.plugs(of: capture), let london = try TimeZoneRulesTests.zone("Europe/London") else {
      print("skipped: the captures, zstd or the time zone files are not there")
      return
    }
    for (index, (topic, plug)) in plugs.enumerated() {
      let first = try #require(plug.runs.first?.rows.times.first)
      let last = try #require(plug.runs.last?.rows.times.last)
      var dates = [london.date(at: first)]
      while let date = dates.last, london.start(of: date) <= last { dates.append(date.advanced(byDays: 1)) }
      var disturbance = Disturbance(random: SeededGenerator(seed: UInt64(index)), longestDelay: 120_000)
      try expectTheLaw(
        plug, edges: dates.map(london.start), options: MeteringOptions(timeZone: london), protected: true,
        disturbance: &disturbance, place: "\(capture) \(topic)")
    }
  }
}
