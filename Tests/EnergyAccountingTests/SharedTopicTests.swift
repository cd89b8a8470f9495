import EnergyAccounting
import Readings
import TestSupport
import Testing

/// Several plugs that were left on one topic: each counter is followed, nothing is invented, and one sentence tells.
struct SharedTopicTests {
  typealias Message = MeterFixture.Message

  /// A plug at a steady power from `second` on, kWh × 1000.
  private static func plug(
    _ second: Int64, every period: Int64 = 300, count: Int64 = 24, total: Int64, today: Int64, yesterday: Int64,
    start: Int64, watts: Int64
  ) -> [Message] {
    (0..<count).map { place in
      let used = watts * place * period / 3600
      return Message(
        second + place * period, total + used, today: today + used, yesterday: yesterday, start: start, power: watts)
    }
  }

  /// What the program makes of messages: a second look where the first finds several plugs.
  static func ledger(
    _ messages: [Message], cuts: [Int64] = [-1_000_000, 100_000_000], events: [Event] = []
  ) -> DeviceLedger {
    func account(_ sharing: SharedTopic?) -> (DeviceLedger, SharedTopic?) {
      var account = MeterAccount(cutPoints: CutPoints(cuts.map(MeterFixture.at)), sharing: sharing)
      for event in events { account.add(event) }
      account.add(
        MeterFixture.rows(messages.sorted { $0.second < $1.second }), device: MeterFixture.device)
      let ledger = account.finish()
      return (ledger, account.sharedTopic)
    }
    let (first, sharing) = account(nil)
    return sharing.map { account($0).0 } ?? first
  }

  @Test("plugs are told apart by TotalStartTime, or by their counters", arguments: [true, false])
  func twoPlugsAreFollowedEachByItself(haveOwnStart: Bool) throws {
    let one = Self.plug(28_800, total: 20_000, today: 800, yesterday: 2400, start: -86_400, watts: 1000)
    let two = Self.plug(
      28_930, total: 310_018, today: 418, yesterday: 1200, start: haveOwnStart ? -900_000 : -86_400, watts: 500)
    let ledger = Self.ledger(one + two)
    let alone = [one, two].map { MeterFixture.ledger($0).totalWattHours }
    #expect(ledger.totalWattHours == alone[0] + alone[1])
    #expect(ledger.decisions == [.sharedTopic])
    let event = try #require(ledger.events.first { $0.kind == .sharedTopic })
    #expect(event.text.hasPrefix("two plugs on one topic") && event.text.contains("a topic of its own"))
    #expect(ledger.channels.first?.buckets.first?.isComplete == false)
    #expect(ledger.channels.first?.buckets.first?.messages == 48)
  }

  @Test func anIdlePlugIsAPlugToo() {
    let one = Self.plug(28_800, total: 20_000, today: 800, yesterday: 2400, start: -86_400, watts: 1000)
    let idle = Self.plug(28_930, total: 310_018, today: 0, yesterday: 0, start: -86_400, watts: 0)
    let ledger = Self.ledger(one + idle)
    #expect(ledger.decisions == [.sharedTopic] && ledger.totalWattHours == MeterFixture.ledger(one).totalWattHours)
  }

  /// Days with and without the other plug: only those in which both spoke are nobody's.
  @Test func onlyTheTimeInWhichBothSpokeIsIncomplete() throws {
    let day: Int64 = 86_400
    let one = (0..<3 * 288).map { place -> Message in
      let used = place % 288 * 5
      return Message(
        Int64(place) * 300 + 1, Int64(50_000 + place / 288 * 1440 + used), today: Int64(used),
        yesterday: place < 288 ? 900 : 1440, power: 60)
    }
    let two = Self.plug(
      day + 3610, count: 40, total: 310_000, today: 100, yesterday: 1200, start: -900_000, watts: 600)
    let ledger = Self.ledger(one + two, cuts: [0, day, 2 * day, 3 * day - 300])
    let buckets = try #require(ledger.channels.first).buckets
    #expect(buckets.map(\.isShared) == [false, true, false])
    let alone = MeterFixture.ledger(one, cuts: [0, day, 2 * day, 3 * day - 300])
    #expect(ledger.wattHours[0] == alone.wattHours[0] && ledger.wattHours[2] == alone.wattHours[2])
    #expect(ledger.wattHours[1] == alone.wattHours[1] + MeterFixture.ledger(two).totalWattHours)
    #expect(buckets[2].covered == alone.channels[0].buckets[2].covered)
  }

  // MARK: What is no second plug

  @Test func falseReadingsAreNoPlug() {
    var messages = Self.plug(28_800, total: 20_000, today: 800, yesterday: 2400, start: -86_400, watts: 1000)
    for place in [4, 7, 10, 13, 16] {
      messages[place].total = 18_026_200
      messages[place].today = 9_014_355
    }
    #expect(Set(Self.ledger(messages).decisions) == [.glitch])
    for place in [4, 7, 10, 13, 16] { (messages[place].total, messages[place].today) = (0, 0) }
    #expect(Set(Self.ledger(messages).decisions) == [.glitch])
  }

  @Test func aLateBlockBetweenNewerMessagesIsNoPlug() {
    let live = Self.plug(28_800, total: 20_000, today: 800, yesterday: 2400, start: -86_400, watts: 1000)
    let late = live.prefix(10).map { message in
      var message = message
      message.clock = message.second
      message.second += 4000
      return message
    }
    #expect(!Self.ledger(live + late).decisions.contains(.sharedTopic))
  }

  /// Three messages in a hundred are held up by up to 400 s, over a power cut and a midnight.
  @Test(arguments: UInt64(1)...40)
  func messagesThatAreHeldUpAreNoPlug(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let cut = Int64.random(in: 75_000...85_000, using: &random)
    let back = cut + Int64.random(in: 60...40_000, using: &random)
    let watts: Int64 = 3000
    var messages: [Message] = []
    var (midnight, today, yesterday) = (Int64(50_000), Int64(0), Int64(2000))
    for second in stride(from: Int64(30_000), to: 200_000, by: 60) where second <= cut || second > back {
      let isFirst = messages.isEmpty || (messages.count > 1 && second > back && second - 60 <= back)
      let isNextDay = second / 86_400 > (second - 60) / 86_400
      if isFirst { today = 0 }
      if isNextDay || (isFirst && cut / 86_400 < second / 86_400) {
        (midnight, yesterday, today) = (midnight + today, today, 0)
      }
      today += watts * 60 / 3600
      let late = Int.random(in: 0..<100, using: &random) < 3 ? Int64.random(in: 1...400, using: &random) : 0
      messages.append(
        Message(
          second + late, midnight + today, today: today, yesterday: yesterday, start: -86_400, clock: second,
          power: watts))
    }
    let ledger = Self.ledger(messages)
    #expect(!ledger.decisions.contains(.sharedTopic), "seed \(seed)")
  }

  /// A plant feeds in and rests by turns, over midnights too; Total loses up to 1 Wh at each.
  @Test(arguments: UInt64(1)...20)
  func aPlantIsNoSecondPlug(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var messages: [Message] = []
    // In hundredths of a watt-hour, as the firmware counts.
    var (midnight, today, yesterday, power) = (Int64(1_234_500), Int64(0), Int64(-132_000), Int64(-300))
    var (used, given) = (Int64(0), Int64(0))
    for second in stride(from: Int64(80_000), to: 500_000, by: 60) {
      if second / 86_400 > (second - 60) / 86_400, !messages.isEmpty {
        midnight += today / 100 * 100
        (yesterday, today) = (today, 0)
      }
      if Int.random(in: 0..<40, using: &random) == 0 {
        power = Int64([-600, -300, -20, 120].randomElement(using: &random) ?? 0)
      }
      today += power * 60 * 100 / 3600
      if !messages.isEmpty { if power > 0 { used += power * 60 } else { given -= power * 60 } }
      messages.append(
        Message(
          second, (midnight + today).flooringQuotient(100), today: today.flooringQuotient(100),
          yesterday: yesterday.flooringQuotient(100), start: -86_400, clock: second, power: power))
    }
    let ledger = Self.ledger(messages)
    #expect(!ledger.decisions.contains(.sharedTopic), "seed \(seed)")
    let export = try #require(ledger.channels.first).buckets.reduce(0) { $0 + $1.export.milliwattHours / 1000 }
    let net = ledger.totalWattHours - export
    #expect(abs(net - (used - given) / 3600) <= 30, "seed \(seed)")
  }

  @Test func plugsThatFollowEachOtherAreNotTogether() {
    var messages: [Message] = []
    for turn in 0..<Int64(6) {
      messages += Self.plug(
        28_800 + turn * 6000, count: 18, total: turn % 2 == 0 ? 20_000 + turn * 200 : 310_000 + turn * 200,
        today: 800 + turn * 100, yesterday: turn % 2 == 0 ? 2400 : 1200, start: turn % 2 == 0 ? -86_400 : -900_000,
        watts: 400)
    }
    // They took the same place in turns of an hour and a half: that is told, too, but only once.
    let decisions = Self.ledger(messages).decisions
    #expect(decisions.filter { $0 == .sharedTopic }.count <= 1)
  }

  // MARK: The law

  /// Plugs of the firmware at any powers and distances, over midnights, with power cuts or without: what the topic counts is
  /// never more than all of them used, and without cuts hardly less than was heard of them.
  @Test(arguments: UInt64(1)...60)
  func nothingIsInvented(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 2...3, using: &random)
    let hasCuts = Bool.random(using: &random)
    var messages: [Message] = []
    var events: [Event] = []
    var used: Int64 = 0
    for _ in 0..<count {
      let start = Int64.random(in: 3600...80_000, using: &random)
      var plug = FirmwarePlug(days: Int64.random(in: 1000...900_000, using: &random), at: start)
      plug.setPower(Int64.random(in: 20_000...400_000, using: &random))
      // A first day, which nobody hears, makes its Today and Yesterday its own.
      plug.run(Int64.random(in: 90_000...170_000, using: &random))
      let before = plug.used.values.reduce(0, +)
      let period = [Int64(60), 300, 300, 900][Int.random(in: 0..<4, using: &random)]
      plug.send()
      while plug.time < 400_000 {
        if Int.random(in: 0..<20, using: &random) == 0 {
          plug.setPower(Int64.random(in: 0...2_000_000, using: &random))
        }
        if hasCuts, Int.random(in: 0..<150, using: &random) == 0 {
          plug.powerCut(Int64.random(in: 5...900, using: &random))
        }
        plug.run(period)
        if Int.random(in: 0..<12, using: &random) > 0 { plug.send() }
      }
      messages += plug.messages
      events += plug.events
      used += plug.used.values.reduce(0, +) - before
    }
    let ledger = Self.ledger(messages, events: events.sorted { $0.at < $1.at })
    let told = ledger.events.filter { $0.kind == .sharedTopic }.count
    #expect(told >= 1, "seed \(seed)")
    let usedWattHours = used / 3_600_000
    // Each reading is rounded to 1 Wh; a cut's step may begin before it was known.
    let slack = Int64(3 * count + ledger.events.filter { $0.kind == .fallback }.count)
    #expect(ledger.totalWattHours <= usedWattHours + slack, "seed \(seed): \(ledger.events.map(\.text))")
    if !hasCuts {
      #expect(
        ledger.totalWattHours >= usedWattHours * 98 / 100 - slack, "seed \(seed): \(ledger.events.map(\.text))")
      #expect(Set(ledger.decisions) == [.sharedTopic], "seed \(seed): \(ledger.events.map(\.text))")
    }
  }

  @Test func daysAddUpToTheWhole() {
    let one = Self.plug(70_000, count: 100, total: 20_000, today: 800, yesterday: 2400, start: -86_400, watts: 1000)
    let two = Self.plug(70_100, count: 100, total: 310_018, today: 418, yesterday: 1200, start: -900_000, watts: 500)
    let whole = Self.ledger(one + two, cuts: [0, 172_800])
    let days = Self.ledger(one + two, cuts: [0, 86_400, 172_800])
    #expect(days.totalWattHours == whole.totalWattHours)
  }
}
