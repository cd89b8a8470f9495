import Calendar
import EnergyAccounting
import Readings
import Reporting
import Simulation
import TestSupport
import Testing
import Text

/// Runs of simulated appliances, beside the truth and beside what a person counts in the messages.
struct RunLawTests {
  #if DEBUG
    static let seeds: ClosedRange<UInt64> = 1...2
  #else
    static let seeds: ClosedRange<UInt64> = 1...30
  #endif
  private static let days: Int64 = 6
  private static let appliances = ["washer", "dishwasher", "kettle", "fridge", "freezer"]

  private static func options(seed: UInt64, period: Int, faults: Set<Fault> = []) -> SimulationOptions {
    let start = Timestamp(seconds: 1_793_491_200)
    var options = SimulationOptions(
      devices: appliances.compactMap { SimulatedDevice(name: $0) }, from: start,
      to: start.advanced(byMilliseconds: days * 86_400_000))
    options.seed = seed
    options.period = period
    options.faults = faults
    options.sendsState = false
    return options
  }

  /// As the command finds them.
  private static func runs(_ plug: DecodedPlug, _ period: Range<Timestamp>) throws -> RunList? {
    let wide = period.lowerBound.advanced(byMilliseconds: -86_400_000)..<period.upperBound
    let whole = plug.ledger(cutPoints: [wide.lowerBound, wide.upperBound])
    let silences = whole.events.filter { $0.kind == .gap && $0.from < $0.to }.map { $0.from..<$0.to }
    var trace = PowerTrace(silences: silences)
    for run in plug.runs { trace.add(run.rows) }
    guard let threshold = RunThreshold(foundIn: trace) else { return nil }
    let plan = RunPlan(
      trace, threshold, over: (period, wide.lowerBound..<period.lowerBound), pause: nil, zone: .utc)
    return RunList(
      device: "plug", plug.ledger(cutPoints: plan.cutPoints), plan, trace, zoneName: "UTC",
      days: LocalDays(zone: .utc))
  }

  /// In order, disjoint, inside the period, and no more together than the plug used.
  private func expectOrder(_ list: RunList, _ period: Range<Timestamp>, _ name: Comment) {
    #expect(list.runs.allSatisfy { $0.start.at <= $0.end.at && $0.kWh.mantissa >= 0 }, name)
    #expect(zip(list.runs, list.runs.dropFirst()).allSatisfy { $0.end.at <= $1.start.at }, name)
    #expect(
      list.runs.allSatisfy { $0.start.at >= period.lowerBound && $0.end.at <= period.upperBound }, name)
    #expect(Figure.sum(list.runs.map(\.kWh), places: list.kWh.places) == list.kWh, name)
    #expect(!list.periodKWh.isLess(than: list.kWh), name)
  }

  @Test(arguments: seeds)
  func runsAreWhatAPersonSeesAndHoldWhatWasUsed(seed: UInt64) throws {
    let options = Self.options(seed: seed, period: 10)
    let house = try SimulatedHouse(options, days: Self.days)
    let period = options.from..<options.from.advanced(byMilliseconds: Self.days * 86_400_000)
    for name in Self.appliances {
      let plug = try #require(house.plugs[name])
      let list = try #require(try Self.runs(plug, period), "\(name)")
      expectOrder(list, period, "seed \(seed) \(name)")
      let truth = house.truth.filter { $0.device == name }.reduce(0) { $0 + $1.used } / 3_600_000
      let counted = list.kWh.rescaled(to: 6).mantissa
      // The rest is what it needs between runs, half a watt here, and before the first message.
      #expect(counted <= truth + 2000 && counted >= truth - 600 * 24 * Self.days - truth / 50, "seed \(seed) \(name)")
      // What stands out in the messages: bursts that are long apart are not one run, and neighbours in one programme not two.
      let (level, near, far) = try #require(Self.bursts[name])
      let count = list.runs.count
      #expect(count <= Self.bursts(plug, from: level, apart: near), "seed \(seed) \(name)")
      #expect(count >= Self.bursts(plug, from: level, apart: far), "seed \(seed) \(name)")
      #expect((list.duty != nil) == ["fridge", "freezer"].contains(name), "seed \(seed) \(name)")
    }
  }

  /// From which power on something is a burst, after how many seconds without it may be another run, and after how many it
  /// must be.
  private static let bursts: [String: (level: Int64, near: Int64, far: Int64)] = [
    "washer": (1000, 600, 7200), "dishwasher": (1000, 600, 7200), "kettle": (1000, 15, 75), "fridge": (45, 15, 600),
    "freezer": (60, 15, 600),
  ]

  /// How often power reached a level, after so many seconds without.
  private static func bursts(_ plug: DecodedPlug, from watts: Int64, apart: Int64) -> Int {
    var count = 0
    var last = Int64.min / 2
    for run in plug.runs {
      guard let column = run.rows.columns.first(where: { $0.field.key == .power }),
        let places = column.field.form.decimalPlaces
      else { continue }
      for (row, value) in column.values.enumerated()
      where value != ReadingColumns.absent && value >= watts * Decimal.power(places) {
        let second = run.rows.times[row].seconds
        if second - last > apart { count += 1 }
        last = second
      }
    }
    return count
  }

  /// Power cuts, resets, glitches, silences, wrong clocks, other plugs: nothing is counted twice, nothing out of order.
  @Test(arguments: seeds, [30, 300])
  func whateverHappensRunsAreDisjointAndNoMoreThanThePeriod(seed: UInt64, step: Int) throws {
    let options = Self.options(seed: seed, period: step, faults: Set(Fault.ordinary))
    let house = try SimulatedHouse(options, days: Self.days)
    let start = options.from.advanced(byMilliseconds: 86_400_000 + 37_000)
    let period = start..<start.advanced(byMilliseconds: 4 * 86_400_000)
    for name in Self.appliances {
      guard let plug = house.plugs[name], let list = try Self.runs(plug, period) else { continue }
      expectOrder(list, period, "seed \(seed) step \(step) \(name)")
      // What only a false message showed is no run.
      let on = Figure(list.threshold.on, places: 3)
      #expect(list.runs.allSatisfy { !$0.isWhole || !($0.peakW ?? on).isLess(than: on) }, "seed \(seed) \(name)")
      #expect(
        list.averages.map { $0.count == list.runs.count(where: \.isWhole) } ?? !list.runs.contains(where: \.isWhole))
    }
  }

  /// A scraper that asks every now and then sees a counter that never falls.
  @Test(arguments: seeds)
  func whatIsCountedNeverFallsAsMessagesCome(seed: UInt64) throws {
    let options = Self.options(seed: seed, period: 300, faults: Set(Fault.ordinary))
    let house = try SimulatedHouse(options, days: Self.days)
    for name in Self.appliances {
      let plug = try #require(house.plugs[name])
      var before = Energy.zero
      for hour in stride(from: 7, through: 24 * Self.days, by: 7) {
        let now = options.from.advanced(byMilliseconds: hour * 3_600_000 + 61_000)
        let ledger = plug.until(now).ledger(
          cutPoints: [options.from.advanced(byMilliseconds: -86_400_000), now.advanced(byMilliseconds: 86_400_000)])
        let counted = ledger.channels.flatMap(\.buckets).reduce(.zero) { $0 + $1.energy }
        #expect(counted >= before, "seed \(seed) \(name) hour \(hour)")
        before = counted
      }
    }
  }
}

extension DecodedPlug {
  /// What a store held at an instant.
  fileprivate func until(_ end: Timestamp) -> DecodedPlug {
    var plug = self
    plug.cut(at: end)
    return plug
  }
}
