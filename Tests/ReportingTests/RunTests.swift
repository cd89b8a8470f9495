import Calendar
import EnergyAccounting
import Pricing
import Readings
import Reporting
import TestSupport
import Testing
import Text

/// What counts as a run, by powers that are drawn here second by second.
@Suite struct RunTests {
  /// 2026-11-02T00:00:00Z, a Monday; London's clock shows the same.
  static let origin = Timestamp(seconds: 1_793_577_600)

  static func at(_ second: Int64) -> Timestamp { origin.advanced(byMilliseconds: second * 1000) }

  /// A plug with readings every ten seconds, and the ledger of it.
  struct Plug {
    /// Seconds and watts, each until the next.
    var steps: [(second: Int64, watts: Int64)]
    var end: Int64
    var silences: [Range<Int64>] = []

    /// In mW.
    func power(at second: Int64) -> Int64 { (steps.last { $0.second <= second }?.watts ?? 0) * 1000 }

    var trace: PowerTrace {
      var trace = PowerTrace(silences: silences.map { RunTests.at($0.lowerBound)..<RunTests.at($0.upperBound) })
      for second in stride(from: 0, through: end, by: 10)
      where !silences.contains(where: { $0.lowerBound < second && second < $0.upperBound }) {
        trace.add(power(at: second), at: RunTests.at(second))
      }
      return trace
    }

    /// As an exact counter would give it.
    func ledger(_ plan: RunPlan) -> DeviceLedger {
      func used(until instant: Timestamp) -> Int64 {
        let second = (instant.milliseconds - RunTests.origin.milliseconds) / 1000
        var sum: Int64 = 0
        for (place, step) in steps.enumerated() where step.second < second {
          let until = min(second, place + 1 < steps.count ? steps[place + 1].second : .max)
          sum += step.watts * (until - step.second)
        }
        return sum * 1000 / 3600
      }
      let edges = plan.cutPoints.map(used)
      let uses = zip(edges, edges.dropFirst()).map { Energy(milliwattHours: $1 - $0) }
      let buckets = zip(plan.cutPoints, plan.cutPoints.dropFirst()).enumerated().map { slot, ends in
        Bucket(
          duration: ends.1.milliseconds - ends.0.milliseconds, measured: uses[slot],
          covered: ends.1.milliseconds - ends.0.milliseconds)
      }
      return DeviceLedger(
        cutPoints: plan.cutPoints,
        channels: [ChannelLedger(channel: nil, counterPlaces: 6, slots: SlotEnergies(uses: uses), buckets: buckets)])
    }

    func runs(
      threshold: RunThreshold? = nil, period: Range<Int64>? = nil, pause: Int64? = nil, tariff: Tariff? = nil
    ) throws -> RunList {
      let trace = trace
      let period = period ?? 0..<end
      let plan = RunPlan(
        trace, try #require(threshold ?? RunThreshold(foundIn: trace)),
        over: (
          RunTests.at(period.lowerBound)..<RunTests.at(period.upperBound),
          RunTests.at(period.lowerBound - 86_400)..<RunTests.at(period.lowerBound)
        ), pause: pause, zone: .utc, tariff: tariff, seeksBestStart: tariff != nil)
      return RunList(device: "plug", ledger(plan), plan, trace, zoneName: "UTC", days: LocalDays(zone: .utc))
    }
  }

  private static func spans(_ list: RunList) -> [[Int64]] {
    list.runs.map { [$0.start.at, $0.end.at].map { ($0.milliseconds - origin.milliseconds) / 1000 } }
  }

  // MARK: The threshold

  @Test(
    arguments: [
      ([0, 2300], 0..<2300), ([0, 12, 95], 12..<95), ([1, 3, 170, 2000], 3..<170), ([2, 61, 150], 2..<61),
    ] as [([Int64], Range<Int64>)])
  func theThresholdLiesBetweenRestAndRunning(powers: [Int64], valley: Range<Int64>) throws {
    // At rest for twenty hours; each of the others for minutes.
    var steps: [(second: Int64, watts: Int64)] = [(0, powers[0])]
    for (place, watts) in powers.dropFirst().enumerated() {
      steps += [(72_000 + Int64(place) * 900, watts)]
    }
    // The last, which is what it is about, longest.
    let plug = Plug(steps: steps + [(80_000, powers[0])], end: 86_400)
    let threshold = try #require(RunThreshold(foundIn: plug.trace))
    #expect(threshold.on > valley.lowerBound * 1000 && threshold.on < (powers.last ?? 0) * 1000)
    #expect(threshold.off > powers[0] * 1000 && threshold.off <= threshold.on && threshold.isFound)
  }

  @Test func whatNeverChangesByMuchHasNoRuns() {
    var random = SeededGenerator(seed: 3)
    let steps = (0..<500).map { (second: Int64($0) * 100, watts: Int64.random(in: 7...9, using: &random)) }
    #expect(RunThreshold(foundIn: Plug(steps: steps, end: 50_000).trace) == nil)
    #expect(RunThreshold(foundIn: Plug(steps: [(0, 0)], end: 50_000).trace) == nil)
    #expect(RunThreshold(foundIn: PowerTrace()) == nil)
  }

  @Test func aNamedThresholdIsKeptAndRestIsFoundBelowIt() {
    let threshold = RunThreshold(on: 50_000, in: Plug(steps: [(0, 2), (600, 100)], end: 1200).trace)
    #expect(threshold.on == 50_000 && threshold.off > 2000 && threshold.off < 50_000 && !threshold.isFound)
  }

  // MARK: Runs

  @Test func aRunGoesFromTheFirstPowerAboveRestToTheFirstAtRest() throws {
    let plug = Plug(steps: [(0, 1), (3605, 20), (3700, 2000), (4500, 30), (4605, 1)], end: 20_000)
    let list = try plug.runs(threshold: RunThreshold(on: 1_000_000, off: 5000, isFound: false))
    #expect(Self.spans(list) == [[3610, 4610]])
    // The counter's difference holds what was used before the first reading that shows it.
    let used: Int64 = (5 + 95 * 20 + 800 * 2000 + 105 * 30 + 5) * 1000 / 3600
    #expect(abs(list.runs[0].kWh.mantissa - used) <= 1 && list.runs[0].isWhole)
  }

  @Test func shortRestsBelongToTheRunAndLongOnesPartIt() throws {
    // Half an hour, a rest of five minutes, ten minutes; an hour's rest; then as before.
    let course: [(second: Int64, watts: Int64)] = [(0, 500), (1800, 0), (2100, 500), (2700, 0)]
    let steps =
      [(second: Int64(0), watts: Int64(0))] + course.map { ($0.second + 600, $0.watts) }
      + course.map { ($0.second + 6900, $0.watts) }
    let plug = Plug(steps: steps, end: 20_000)
    #expect(Self.spans(try plug.runs()) == [[600, 3300], [6900, 9600]])
    #expect(Self.spans(try plug.runs(pause: 60_000)) == [[600, 2400], [2700, 3300], [6900, 8700], [9000, 9600]])
    #expect(Self.spans(try plug.runs(pause: 3_600_000)) == [[600, 9600]])
  }

  @Test func twoKettlesAreNotOne() throws {
    let plug = Plug(steps: [(0, 0), (600, 2200), (780, 0), (960, 2200), (1140, 0)], end: 9000)
    #expect(Self.spans(try plug.runs()) == [[600, 780], [960, 1140]])
  }

  @Test func edgesOfThePeriodCutRunsAndMarkThem() throws {
    let plug = Plug(steps: [(0, 0), (600, 500), (4200, 0), (8000, 500)], end: 10_000)
    let list = try plug.runs(period: 2400..<9000)
    #expect(Self.spans(list) == [[2400, 4200], [8000, 9000]])
    #expect(list.runs.map(\.marks) == [[.beganBefore], [.goesOn]] && list.averages == nil)
    #expect(try plug.runs().runs.last?.marks == [.running])
    // Both parts of a run that is cut are the run.
    let whole = try plug.runs(period: 0..<5000)
    let parts = try [plug.runs(period: 0..<2400), plug.runs(period: 2400..<5000)]
    #expect(parts.reduce(0) { $0 + $1.kWh.mantissa } == whole.kWh.mantissa)
  }

  @Test func aSilenceIsPartOfARunWhenTheCounterSaysSo() throws {
    let steps: [(second: Int64, watts: Int64)] = [(0, 0), (600, 500), (9600, 0)]
    let through = Plug(steps: steps, end: 15_000, silences: [1800..<7200])
    let list = try through.runs()
    #expect(Self.spans(list) == [[600, 9600]] && list.runs[0].marks == [.holdsGap] && list.runs[0].isWhole)
    // It stopped in the silence, and began again.
    let stopped = Plug(
      steps: [(0, 0), (600, 500), (2000, 0), (7000, 500), (9600, 0)], end: 15_000, silences: [1800..<7200])
    let parts = try stopped.runs()
    #expect(Self.spans(parts) == [[600, 1800], [7200, 9600]])
    #expect(parts.runs.map(\.marks) == [[.endedInGap], [.beganInGap]] && parts.averages == nil)
  }

  @Test func aFridgeWorksByItselfAndAKettleDoesNot() throws {
    var fridge: [(second: Int64, watts: Int64)] = [(0, 0)]
    for cycle in 0..<40 { fridge += [(Int64(cycle) * 3600 + 2400, 90), (Int64(cycle) * 3600 + 3300, 0)] }
    let list = try Plug(steps: fridge, end: 144_000).runs(period: 72_000..<144_000)
    let duty = try #require(list.duty)
    #expect(duty.percent.text == "25.0" && duty.medianCycleSeconds == 3600 && duty.cyclesPerDay.text == "24.0")
    // The day before the period begins a little before the readings.
    #expect(list.trend?.dutyPercent?.text == "25.0" && list.trend?.dutyChangePercent?.isZero == true)
    var random = SeededGenerator(seed: 5)
    var (kettle, time): ([(second: Int64, watts: Int64)], Int64) = ([(0, 0)], 0)
    for _ in 0..<40 {
      time += Int64([400, 1500, 9000, 36_000].randomElement(using: &random) ?? 400)
      kettle += [(time, 2200), (time + 150, 0)]
    }
    #expect(try Plug(steps: kettle, end: time + 5000).runs().duty == nil)
  }

  @Test func aFridgeThatRunsMoreSaysByHowMuch() throws {
    // Of each hour 900 s in October, 1,062 s in November.
    let (october, november, december): (Int64, Int64, Int64) = (-32 * 86_400, -86_400, 29 * 86_400)
    var plug = Plug(steps: [(october, 0)], end: december)
    var trace = PowerTrace()
    trace.add(0, at: Self.at(october))
    for start in stride(from: october + 1200, to: december, by: 3600) {
      let end = start + (start < november ? 900 : 1062)
      plug.steps += [(start, 90), (end, 0)]
      for second in [start, end] { trace.add(plug.power(at: second), at: Self.at(second)) }
    }
    let plan = RunPlan(
      trace, try #require(RunThreshold(foundIn: trace)),
      over: (Self.at(november)..<Self.at(december), Self.at(october)..<Self.at(november)), pause: nil, zone: .utc)
    let list = RunList(device: "fridge", plug.ledger(plan), plan, trace, zoneName: "UTC", days: LocalDays(zone: .utc))
    #expect(list.duty?.percent.text == "29.5" && list.runs.count == 720 && list.days.count == 30)
    let table = list.table(options: .init(width: 100))
    #expect(table.contains("\n  running time: 18 % more than in October (25.0 %)\n"))
    #expect(table.contains("runs 29.5 % of the time, 24.0 times a day, every 1 h\n"))
  }

  // MARK: Money

  private static func tariff() throws -> Tariff {
    Tariff(
      name: "night", currency: try #require(Currency(code: "GBP")), tax: .none,
      periods: [
        Tariff.Period(
          from: try #require(LocalDate(year: 2026, month: 1, day: 1)),
          pricing: .rates([
            Tariff.Rate(name: "night", price: Price(units: 10_000_000), hours: Tariff.ClockWindow(start: 30, end: 330)),
            Tariff.Rate(name: "day", price: Price(units: 30_000_000)),
          ]))
      ])
  }

  @Test func costIsByTheTimeAndTheBestStartIsTheNextCheapOne() throws {
    // 1 kWh at 05:00 to 06:00, half of it by night; 2 kWh in the evening.
    let plug = Plug(
      steps: [(0, 0), (18_000, 1000), (21_600, 0), (68_400, 2000), (72_000, 0)], end: 86_400)
    let list = try plug.runs(tariff: try Self.tariff())
    #expect(list.runs.map { $0.cost?.text } == ["0.20", "0.60"] && list.cost?.text == "0.80")
    #expect(list.runs.map { $0.best?.cost.text } == ["0.10", "0.20"] && list.bestCost?.text == "0.30")
    // The next night, as soon as the run fits into it.
    #expect(list.runs.map { $0.best?.start.hourAndMinute } == ["00:30", "00:30"])
    #expect(list.runs[0].best?.start.date == "2026-11-03")
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func noStartIsCheaperThanTheBest(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let curve = PriceCurve(try Self.tariff(), over: Self.at(0)..<Self.at(400_000), zone: .utc)
    let count = Int.random(in: 1...9, using: &random)
    let course: BestStartSearch.Course = (0..<count).map { slice in
      (
        Int64(slice) * 900_000..<Int64(slice + 1) * 900_000,
        Energy(milliwattHours: Int64.random(in: 0...900_000, using: &random))
      )
    }
    let start = Self.at(Int64.random(in: 0...90_000, using: &random))
    let best = try #require(BestStartSearch(curve: curve).best(course, start: start))
    func cost(_ from: Timestamp) throws -> Money {
      try course.reduce(.zero) { sum, slice in
        let range =
          from.advanced(
            byMilliseconds: slice.offset.lowerBound)..<from.advanced(
            byMilliseconds: slice.offset.upperBound)
        return sum + (try #require(curve.cost(of: slice.energy, over: range)))
      }
    }
    #expect(best.saving >= .zero && best.start >= start)
    #expect(try cost(start) - cost(best.start) == best.saving)
    for quarter in 1...96 {
      let other = (start.milliseconds / 900_000 + Int64(quarter)) * 900_000
      guard other <= start.milliseconds + 86_400_000 else { continue }
      #expect(try cost(Timestamp(milliseconds: other)) >= cost(best.start))
    }
  }

  @Test func aCurveIsTheMeanOfItsPrices() throws {
    let curve = PriceCurve(try Self.tariff(), over: Self.at(0)..<Self.at(86_400), zone: .utc)
    let mean = try #require(curve.mean)
    // Five hours at 0.10, nineteen at 0.30.
    #expect(
      mean.price.rounded(digits: 8) == (5 * 10_000_000 + 19 * 30_000_000) / 24 && mean.pricedMilliseconds == 86_400_000)
    #expect(curve.cost(of: Energy(milliwattHours: 1000), over: Self.at(-1)..<Self.at(10)) == nil)
  }

  // MARK: Output

  @Test func rowsAddUpInEveryForm() throws {
    let plug = Plug(
      steps: [(0, 0), (18_000, 1000), (21_600, 0), (40_000, 333), (41_000, 0), (68_400, 2000), (72_000, 0)], end: 86_400
    )
    let list = try plug.runs(tariff: try Self.tariff())
    #expect(Figure.sum(list.runs.map(\.kWh)) == list.kWh.rescaled(to: 6) && !list.periodKWh.isLess(than: list.kWh))
    #expect(Figure.sum(list.runs.compactMap(\.cost)) == list.cost)
    #expect(Figure.sum(list.runs.compactMap(\.best?.cost)) == list.bestCost)
    let table = list.table(options: .init(width: 100))
    #expect(table.hasPrefix("plug, runs of 2026-11-02 · UTC · night tariff, GBP\n") && table.contains("3 runs"))
    #expect(table.split(separator: "\n").allSatisfy { $0.count <= 100 })
    let json = list.json()
    #expect(json.hasPrefix("{\"schema\":\"wattlog.runs/1\",\"device\":\"plug\",\"timeZone\":\"UTC\""))
    #expect(list.csv().split(separator: "\r\n").count == 4)
  }
}
