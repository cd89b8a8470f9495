import EnergyAccounting
import Foundation
import Pricing
import Readings
import Simulation
import TestSupport
import Testing

/// Whole households with everything that happens to plugs, message by message through the decoder.
///
/// `WATTLOG_HOUSEHOLDS` is how many seeds are tried and `WATTLOG_HOUSEHOLD_DAYS` for how many days; `WATTLOG_HOUSEHOLD_SEED`
/// is the first.
struct HouseholdTests {
  static let seeds: ClosedRange<UInt64> = {
    #if DEBUG
      let usual: UInt64 = 12
    #else
      let usual: UInt64 = 200
    #endif
    let first = number("WATTLOG_HOUSEHOLD_SEED") ?? 1
    return first...(first + max(number("WATTLOG_HOUSEHOLDS") ?? usual, 1) - 1)
  }()
  private static let days = Int64(number("WATTLOG_HOUSEHOLD_DAYS") ?? 8)

  private static func number(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
  }

  private static func options(seed: UInt64) -> SimulationOptions {
    // The 1st of March, or some days before it.
    let start = Timestamp(seconds: 1_772_323_200 - Int64(seed % 2) * 3 * 86_400)
    let devices = [["fridge", "kettle", "tv"], ["heater", "router", "pc"], ["washer", "lamp", "fridge"]][Int(seed % 3)]
    var options = SimulationOptions(
      devices: devices.compactMap { SimulatedDevice(name: $0) }, from: start,
      to: start.advanced(byMilliseconds: days * 86_400_000))
    options.seed = seed
    options.faults = Set(Fault.ordinary)
    options.period = [60, 300, 120, 300, 900][Int(seed % 5)]
    options.sendsState = false
    if seed % 4 == 1 { options.plugClock = .firmwareDefault }
    return options
  }

  /// Every day lies between what the messages let anyone know and what was used, but for one unit of the counter per
  /// event, and for what was used between the two readings that stand next to an edge of the day.
  ///
  /// Days that share energy of a silence which only time divides say so (``Bucket/dividedAtEnd``): they are taken
  /// together. A complete day must also be whole.
  @Test(arguments: seeds)
  func everyDayIsWithinOneUnitPerEventOfTheTruth(seed: UInt64) throws {
    let house = try SimulatedHouse(Self.options(seed: seed), days: Self.days)
    var sums = try HouseholdSums(house, seed: seed)
    for (name, plug) in house.plugs.sorted(by: { $0.key < $1.key }) where !plug.runs.isEmpty {
      let edges = house.dayEdges
      let trace = StepTrace(edges: edges)
      let ledger = plug.ledger(cutPoints: edges, trace: trace)
      let buckets = try #require(ledger.channels.first).buckets
      try sums.add(plug, days: buckets, place: "seed \(seed) \(name)")
      let truth = house.truth.filter { $0.device == name }
      #expect(truth.count == buckets.count)
      let atEdges = edges.map { edge in
        trace.steps.flatMap(\.parts).filter { $0.range.lowerBound < edge && edge < $0.range.upperBound }
          .reduce(Energy.zero) { $0 + $1.energy }.milliwattHours
      }
      var first = 0
      while first < buckets.count {
        var end = first + 1
        while end < buckets.count, buckets[end - 1].dividedAtEnd { end += 1 }
        let counted = buckets[first..<end].reduce(Energy.zero) { $0 + $1.energy }.milliwattHours
        // Truth is in microjoules, 3,600,000 of them to a milliwatt-hour.
        let used = truth[first..<end].reduce(0) { $0 + $1.used } / 3_600_000
        let visible = truth[first..<end].reduce(0) { $0 + $1.visible } / 3_600_000
        let events = ledger.events.filter {
          ![.availability, .relay].contains($0.kind) && $0.to >= edges[first] && $0.from <= edges[end]
        }
        let slack = Int64(events.count + 2) * 1000 + (atEdges[first] + atEdges[end])
        // A cut and a midnight within one silence: Yesterday may hold what Today had before it, or not.
        let ambiguous = trace.steps.filter {
          $0.losesSilence && $0.parts.count > 1 && $0.to.time > edges[first] && $0.from.time < edges[end]
        }.reduce(Int64(0)) { $0 + ($1.from.today?.milliwattHours ?? 0) }
        // A power cut that a wanted restart follows while the network is away leaves no trace in any message.
        let isTold = !truth[first..<end].contains {
          $0.faults.contains(.restart) && $0.faults.contains(.powerCut)
            && $0.faults.contains(.offline)
        }
        let isWhole = isTold && first + 1 == end && buckets[first].isComplete
        let place = "seed \(seed) \(name) day \(first)..<\(end) complete \(isWhole)"
        if counted > used + slack || counted < (isWhole ? used : visible - ambiguous) - slack {
          Issue.record(
            "\(place): counted \(counted) used \(used) visible \(visible) slack \(slack) \(events.map { "\($0.kind) \($0.from)-\($0.to) \($0.text)" })"
          )
        }
        first = end
      }
    }
    sums.expectThatRatesAndDevicesAddUp(place: "seed \(seed)")
  }

  /// Half a year with every fault is still one plug: what looks like another's reading once a day adds up to nothing.
  @Test(arguments: [(9, [.glitch]), (4, Fault.ordinary)] as [(UInt64, [Fault])])
  func monthsOfFalseReadingsAreNoSecondPlug(seed: UInt64, faults: [Fault]) throws {
    let start = Timestamp(seconds: 1_767_225_600)
    let end = start.advanced(byMilliseconds: 181 * 86_400_000)
    var options = SimulationOptions(
      devices: ["fridge", "tv"].compactMap { SimulatedDevice(name: $0) }, from: start, to: end)
    options.seed = seed
    options.faults = Set(faults)
    options.period = 300
    options.sendsState = false
    for (name, plug) in try SimulatedHouse(options, days: 181).plugs {
      var account = MeterAccount(cutPoints: CutPoints([start, end]))
      for event in plug.events { account.add(event) }
      for run in plug.runs { account.add(run.rows, device: run.device) }
      let ledger = account.finish()
      #expect(account.sharedTopic == nil, "seed \(seed) \(name)")
      #expect(ledger.events.contains { $0.kind == .glitch }, "seed \(seed) \(name)")
    }
  }
}
