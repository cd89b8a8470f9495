import Calendar
import EnergyAccounting
import Pricing
import Readings
import TestSupport
import Testing

/// What holds for every household, whatever happens to it.
struct LedgerLawTests {
  /// A few days of a plug with a little of everything; no two happen within an hour of each other.
  private func household(
    _ random: inout SeededGenerator, days: Int, withFaults: Bool
  ) -> (plug: FirmwarePlug, faults: Int) {
    let zone = [0, 3600, -18_000].randomElement(using: &random) ?? 0
    var plug = FirmwarePlug(days: Int64.random(in: 0...50_000, using: &random), zone: Int64(zone))
    let period = [10, 60, 300].randomElement(using: &random) ?? 10
    var faults = 0
    plug.send()
    while plug.time < Int64(days) * 86_400 {
      if Int.random(in: 0..<20, using: &random) == 0 {
        plug.setPower(Int64.random(in: 0...200_000, using: &random) * (Bool.random(using: &random) ? 1 : 10))
      }
      plug.run(Int64(period))
      plug.send()
      guard withFaults, plug.time % 7200 < period, plug.time > 7200, Int.random(in: 0..<4, using: &random) == 0 else {
        continue
      }
      faults += 1
      switch Int.random(in: 0..<7, using: &random) {
      case 0:
        plug.powerCut(Int64.random(in: 5...20, using: &random))
        plug.run(5)
        plug.send()
      case 1: plug.resetTotal()
      case 2: plug.resetAll()
      case 3: plug.setTotal(Int64.random(in: 60_000...900_000, using: &random))
      case 4:
        plug.run(Int64(period))
        plug.sendFalse(0)
      case 5:
        plug.run(Int64(period))
        plug.sendFalse(42_949_672)
      default: plug.run(Int64.random(in: 600...20_000, using: &random))
      }
      plug.run(Int64(period))
      plug.send()
    }
    return (plug, faults)
  }

  @Test(arguments: UInt64(1)...40)
  func daysAgreeWithWhatWasUsed(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let (plug, faults) = household(&random, days: 4, withFaults: true)
    let ledger = MeterFixture.ledger(
      plug.messages, cuts: (0...4).map { Int64($0) * 86_400 }, events: plug.events)
    let wattHours = ledger.wattHours
    var sum: Int64 = 0
    for day in 0..<4 { sum += plug.used[Int64(day), default: 0] }
    // Every fault follows a message at once, so nothing is lost but what printing and whole watt-hours cut: one unit
    // per event, and one for each end.
    let truth = sum / 3_600_000
    let difference = abs(wattHours.reduce(0, +) - truth)
    #expect(difference <= Int64(faults) + 2, "seed \(seed), \(faults) faults, \(ledger.decisions)")
    #expect(wattHours.allSatisfy { $0 >= 0 })
  }

  @Test(arguments: UInt64(1)...20)
  func theSumOfTheBucketsIsTheWholeForAnyCutPoints(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let (plug, _) = household(&random, days: 3, withFaults: true)
    let whole = MeterFixture.ledger(plug.messages, cuts: [0, 3 * 86_400], events: plug.events)
    let inner = Set((0..<200).map { _ in Int64.random(in: 1..<(3 * 86_400), using: &random) }).sorted()
    let parts = MeterFixture.ledger(plug.messages, cuts: [0] + inner + [3 * 86_400], events: plug.events)
    let sum = parts.channels[0].sum(0..<parts.channels[0].buckets.count)
    var expected = whole.channels[0].buckets[0]
    expected.lowestMilliwatts = sum.lowestMilliwatts
    #expect(sum == expected, "seed \(seed)")
    for bucket in parts.channels[0].buckets {
      #expect(bucket.covered + bucket.inferredTime + bucket.missing == bucket.duration)
      #expect(bucket.energy >= .zero && bucket.export >= .zero)
      #expect(bucket.energy.milliwattHours % 1000 == 0)
    }
    #expect(parts.events == whole.events)
  }

  /// Reports of different ranges agree on the days they share.
  @Test(arguments: UInt64(1)...10)
  func aDayIsTheSameInEveryReport(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let (plug, _) = household(&random, days: 4, withFaults: true)
    let all = MeterFixture.ledger(plug.messages, cuts: (0...4).map { $0 * 86_400 }, events: plug.events)
    let part = plug.messages.filter { $0.second >= 86_400 - 40_000 && $0.second <= 3 * 86_400 + 40_000 }
    let some = MeterFixture.ledger(part, cuts: [86_400, 172_800, 259_200], events: plug.events)
    #expect(Array(all.wattHours[1..<3]) == some.wattHours, "seed \(seed)")
  }

  @Test(arguments: UInt64(1)...20)
  func lostDuplicatedAndLateMessagesMoveNoDay(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let (plug, _) = household(&random, days: 3, withFaults: false)
    let cuts: [Int64] = (0...3).map { Int64($0) * 86_400 }
    let reference = MeterFixture.ledger(plug.messages, cuts: cuts).wattHours
    let edges = (plug.messages.first?.second ?? 0, plug.messages.last?.second ?? 0)
    var changed: [MeterFixture.Message] = []
    for message in plug.messages {
      let isAtEdge =
        cuts.contains { abs(message.second - $0) < 700 || abs(message.second + 3600 - $0) < 700 }
        || cuts.contains { abs(message.second - 18_000 - $0) < 700 } || message.second == edges.0
        || message.second == edges.1
      if !isAtEdge, Int.random(in: 0..<5, using: &random) == 0 { continue }
      changed.append(message)
      if Int.random(in: 0..<10, using: &random) == 0 { changed.append(message) }
      if !isAtEdge, Int.random(in: 0..<10, using: &random) == 0 {
        var late = message
        late.second += Int64.random(in: 1...200, using: &random)
        changed.append(late)
      }
    }
    changed.sort { $0.second < $1.second }
    let ledger = MeterFixture.ledger(changed, cuts: cuts)
    for (day, energy) in ledger.wattHours.enumerated() {
      #expect(abs(energy - reference[day]) <= 2, "seed \(seed) day \(day)")
    }
    #expect(ledger.wattHours.reduce(0, +) == reference.reduce(0, +), "seed \(seed)")
    #expect(ledger.decisions.isEmpty, "seed \(seed)")
  }

  @Test func hostileNumbersNeitherTrapNorCount() {
    var random = SeededGenerator(seed: 7)
    let wild: [Int64] = [
      .min + 1, .max, 0, -1, 1, 1_000_000_000_000_000, -1_000_000_000_000_000, 9_007_199_254_740_993,
    ]
    var messages: [MeterFixture.Message] = []
    for index in Int64(0)..<5000 {
      func any() -> Int64? {
        Bool.random(using: &random) ? wild.randomElement(using: &random) : Int64.random(in: 0...9, using: &random)
      }
      messages.append(
        MeterFixture.Message(
          index * 10, any(), today: any(), yesterday: any(), start: Int64.random(in: -5...5, using: &random),
          clock: Int64.random(in: -3_000_000_000...3_000_000_000, using: &random), power: any() ?? 0))
    }
    for places in [0, 3, 5, 18] {
      var account = MeterAccount(cutPoints: CutPoints((0..<50).map { MeterFixture.at($0 * 1000) }))
      account.add(MeterFixture.rows(messages, places: places), device: MeterFixture.device)
      let ledger = account.finish()
      #expect(ledger.channels[0].buckets.allSatisfy { $0.energy >= .zero })
    }
  }
}
