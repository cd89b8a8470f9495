import Calendar
import EnergyAccounting
import Pricing
import Readings
import TestSupport
import Testing

/// A day is the same in every report, and the parts are the whole, whatever is done to the energy on its way.
struct SplitLawTests {
  private typealias Message = MeterFixture.Message

  /// Six days of a plug whose power wanders, with a silence over a midnight, power cuts and a counter that is set.
  private func messages(_ random: inout SeededGenerator, zone: Int64 = 3600) -> (
    messages: [Message], events: [Event]
  ) {
    var plug = FirmwarePlug(days: Int64.random(in: 100...900_000, using: &random), zone: zone)
    plug.send()
    while plug.time < 6 * 86_400 {
      if Int.random(in: 0..<8, using: &random) == 0 {
        plug.setPower(Int64.random(in: 0...900_000, using: &random))
      }
      plug.run(97)
      plug.send()
      switch Int.random(in: 0..<1500, using: &random) {
      case 0:
        plug.powerCut(20)
        plug.run(7)
        plug.send()
      case 1: plug.setTotal(Int64.random(in: 60_000...900_000, using: &random))
      case 2: plug.run(Int64.random(in: 600...9000, using: &random))
      case 3: plug.resetTotal()
      default: break
      }
    }
    return (plug.messages, plug.events)
  }

  /// The ledger as a report on `cuts` would feed it: with the surroundings of the range, and no reading more.
  private func ledger(
    _ messages: [Message], _ events: [Event], cuts: [Int64], scales: [MeteringOptions.Scale],
    zone: Int64 = 3600,
    rows: ([Message]) -> [ReadingColumns]
  ) throws -> ChannelLedger {
    let margin = MeteringOptions.surroundings / 1000
    let range = (cuts.first ?? 0) - margin..<(cuts.last ?? 0) + margin
    var account = MeterAccount(
      cutPoints: CutPoints(cuts.map(MeterFixture.at)), options: MeteringOptions(scales: scales))
    for event in events { account.add(event) }
    for run in rows(messages.filter { range.contains($0.second) }) {
      account.add(run, device: MeterFixture.device)
    }
    return try #require(account.finish().channels.first)
  }

  private func expectTheSameInEverySplit(
    seed: UInt64, _ messages: [Message], _ events: [Event], scales: [MeteringOptions.Scale],
    rows: ([Message]) -> [ReadingColumns]
  ) throws {
    let days = (0...6).map { Int64($0) * 86_400 }
    let whole = try ledger(messages, events, cuts: days, scales: scales, rows: rows)
    let unit = Energy.unit(places: whole.counterPlaces).milliwattHours
    #expect(whole.buckets.contains { $0.energy > .zero })
    for day in 0..<6 {
      let alone = try ledger(
        messages, events, cuts: Array(days[day...day + 1]), scales: scales, rows: rows)
      #expect(alone.buckets[0].energy == whole.buckets[day].energy, "seed \(seed) day \(day)")
      #expect(alone.buckets[0].export == whole.buckets[day].export, "seed \(seed) day \(day)")
      let hours = try ledger(
        messages, events, cuts: (0...24).map { days[day] + 3600 * Int64($0) }, scales: scales,
        rows: rows)
      #expect(
        hours.sum(0..<24).energy == whole.buckets[day].energy, "seed \(seed) day \(day) by hours")
      #expect(
        hours.buckets.allSatisfy { $0.energy >= .zero && $0.energy.milliwattHours % unit == 0 })
    }
    for first in 0..<5 {
      for last in first + 1...6 {
        let range = try ledger(
          messages, events, cuts: [days[first], days[last]], scales: scales, rows: rows)
        let sum = whole.sum(first..<last)
        #expect(range.buckets[0].energy == sum.energy, "seed \(seed) days \(first) to \(last)")
        #expect(range.buckets[0].inferred == sum.inferred, "seed \(seed) days \(first) to \(last)")
      }
    }
  }

  private static func scale(_ factor: Int64, from second: Int64) -> MeteringOptions.Scale {
    MeteringOptions.Scale(from: MeterFixture.at(second), numerator: factor, denominator: 1_000_000)
  }

  @Test(arguments: UInt64(1)...12)
  func aScaledPlugIsTheSameInEveryReport(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let (messages, events) = messages(&random)
    let factors: [Int64] = [1_043_700, 999_999, 820_001, 333_333, 17, 2_000_003]
    let factor = factors[Int(seed) % factors.count]
    let scales = [
      Self.scale(factor, from: -5_000_000), Self.scale(1_000_000, from: 200_000),
      Self.scale(factor, from: 333_333),
    ]
    try expectTheSameInEverySplit(seed: seed, messages, events, scales: scales) {
      [MeterFixture.rows($0)]
    }
  }

  /// What is multiplied is the counter: over many small steps nothing is lost, and over one large step nothing else.
  @Test(arguments: [1_043_700, 999_999, 820_001, 333_333, 17, 2_000_003] as [Int64])
  func aScaleLosesNothingOverManySteps(factor: Int64) throws {
    let many = (0...20_000).map {
      Message(4 * Int64($0), 100_000 + Int64($0), today: Int64($0), yesterday: 3)
    }
    let options = MeteringOptions(scales: [Self.scale(factor, from: -86_400)])
    let steps = MeterFixture.ledger(many, cuts: [-10, 86_400], options: options).channels[0]
      .buckets[0].energy
    let exact = Int64(20_000) * factor
    #expect(abs(steps.milliwattHours * 1000 - exact) <= 1_000_000, "\(steps) \(exact)")
  }

  /// Without a counter power is integrated; UTC midnights round what it sums up to.
  @Test(arguments: UInt64(1)...8)
  func aPlugWithoutACounterIsTheSameInEveryReport(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var (messages, _) = messages(&random)
    for index in messages.indices {
      (messages[index].total, messages[index].today, messages[index].yesterday) = (nil, nil, nil)
      if seed % 3 == 0, Int.random(in: 0..<4, using: &random) == 0 {
        messages[index].power = -messages[index].power
      }
    }
    let scales =
      seed % 2 == 0
      ? [] : [Self.scale(1_234_567, from: -5_000_000), Self.scale(777_777, from: 150_000)]
    try expectTheSameInEverySplit(seed: seed, messages, [], scales: scales) {
      [MeterFixture.rows($0)]
    }
  }

  /// `EnergyRes` is changed from 3 to 5 digits and back.
  @Test(arguments: UInt64(1)...8)
  func aPlugWhoseDigitsChangeIsTheSameInEveryReport(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let (messages, events) = messages(&random)
    let fine = Int64.random(in: 50_000...200_000, using: &random)
    let coarse = fine + Int64.random(in: 50_000...200_000, using: &random)
    let scales = seed % 2 == 0 ? [] : [Self.scale(1_043_700, from: 100_000)]
    func runs(_ messages: [Message]) -> [ReadingColumns] {
      let parts = [
        messages.filter { $0.second < fine },
        messages.filter { $0.second >= fine && $0.second < coarse },
        messages.filter { $0.second >= coarse },
      ]
      return zip(parts, [3, 5, 3]).filter { !$0.0.isEmpty }.map { part, places in
        let factor = Int64(places == 5 ? 100 : 1)
        return MeterFixture.rows(
          part.enumerated().map { index, message in
            var message = message
            let more = factor > 1 ? Int64(index % 50) : 0
            message.total = message.total.map { $0 * factor + more }
            message.today = message.today.map { $0 * factor + more }
            message.yesterday = message.yesterday.map { $0 * factor }
            return message
          }, places: places)
      }
    }
    try expectTheSameInEverySplit(seed: seed, messages, events, scales: scales, rows: runs)
  }
}
