import Calendar
import EnergyAccounting
import Readings
import TestSupport
import Testing

/// Messages stand where the plug's clock says that they were built, as far as it can be believed.
struct PlugClockTests {
  typealias Message = MeterFixture.Message

  /// 1,200 W at 300 s: built at these seconds, received `late` seconds later.
  private func messages(_ built: some Sequence<Int64>, late: (Int64) -> Int64 = { _ in 0 }) -> [Message] {
    built.map { second in
      let (used, midnight) = (second / 3, Int64(86_400 / 3))
      let isNext = second >= 86_400
      return Message(
        second + late(second), 100_000 + used, today: isNext ? used - midnight : used,
        yesterday: isNext ? midnight : 9000, clock: second, power: 1200)
    }
  }

  @Test("a message that was built before midnight and received after it", arguments: [5, 90, 290, 600] as [Int64])
  func aMessageStandsWhereItWasBuilt(late: Int64) {
    let ledger = MeterFixture.ledger(
      messages((270..<290).map { $0 * 300 }.filter { $0 < 86_400 }) + messages([86_390]) { _ in late }
        + messages((289..<310).map { $0 * 300 }.filter { $0 > 86_390 + late }), cuts: [81_000, 86_400, 92_700])
    #expect(ledger.wattHours == [1800, 2100])
    #expect(ledger.channels[0].plugDays.map(\.end) == [MeterFixture.at(86_400)])
    #expect(ledger.events.isEmpty)
  }

  @Test func aBurstIsDividedByThePlugsClock() {
    let ledger = MeterFixture.ledger(
      messages((270..<320).map { $0 * 300 }) { built in
        (85_800...86_700).contains(built) ? 86_702 + built / 300 % 10 - built : 0
      },
      cuts: [81_000, 86_400, 95_700])
    #expect(ledger.wattHours == [1800, 3100])
    #expect(ledger.channels[0].buckets.map(\.messages) == [16, 33])
    // Nothing came in the last quarter of an hour before midnight, and what was used in it is known.
    #expect(ledger.events.map(\.kind) == [.gap])
    #expect(ledger.events.first?.energy == Energy(milliwattHours: 100_000))
    #expect(ledger.channels[0].buckets.allSatisfy { $0.isComplete })
  }

  /// Everything that is built between two instants comes at the second of them, at once.
  @Test(arguments: [10, 30, 300, 3600] as [Int64])
  func whatWasHeldUpForHoursBelongsToTheDayInWhichItWasBuilt(period: Int64) {
    for hold in [
      84_000...87_300, 82_800...90_000, 85_500...97_200, 75_600...91_800, 79_000...93_017, 86_000...122_400,
    ] as [ClosedRange<Int64>] {
      let built = Array(stride(from: 50_000 - 50_000 % period + 7, to: 130_000, by: Int(period)))
      // Some milliseconds apart is the same second here, in order.
      let all = messages(built) { hold.contains($0) ? hold.upperBound - $0 : 0 }
      let ledger = MeterFixture.ledger(all, cuts: [40_000, 86_400, 140_000])
      let first = built[0] / 3
      let last = (built[built.count - 1]) / 3
      #expect(ledger.totalWattHours == last - first, "\(period) s, \(hold)")
      #expect(ledger.wattHours == [28_800 - first, last - 28_800], "\(period) s, \(hold)")
      #expect(ledger.decisions.isEmpty, "\(period) s, \(hold)")
      #expect(ledger.channels[0].plugDays.map(\.end) == [MeterFixture.at(86_400)], "\(period) s, \(hold)")
    }
  }

  @Test("an old message between two new ones, of whatever age", arguments: [150, 1200, 1800, 3600, 7200] as [Int64])
  func anOldMessageCountsNothing(age: Int64) {
    for copies in 1...3 {
      var all = messages((100..<150).map { $0 * 300 })
      let stale = (0..<copies).map { copy in messages([130 * 300 - age + 40]) { _ in age + Int64(copy) }[0] }
      all.insert(contentsOf: stale, at: 31)
      let ledger = MeterFixture.ledger(all, cuts: [30_000, 45_000])
      #expect(ledger.totalWattHours == 49 * 100)
      #expect(ledger.events.isEmpty)
    }
  }

  /// A block of old messages, each between two newer ones, also over midnight.
  @Test(arguments: [120, 294] as [Int64]) func anOldBlockCountsNothing(first: Int64) {
    let old = messages((first - 14..<first - 8).map { $0 * 300 }) { _ in 12 * 300 + 11 }
    let new = messages(
      (first - 30..<first + 30).map { $0 * 300 }.filter { !(first - 14..<first - 8).contains($0 / 300) })
    let all = (old + new).sorted { $0.second < $1.second }
    let ledger = MeterFixture.ledger(
      all, cuts: [(first - 30) * 300, 86_400, 120_000].filter { $0 != 86_400 || first > 200 })
    #expect(ledger.totalWattHours == 59 * 100)
    #expect(ledger.decisions.isEmpty)
  }

  /// A plug whose zone was changed goes on counting.
  @Test(arguments: [-3600, -1800, 3600] as [Int64]) func aZoneThatChangedLosesNothing(shift: Int64) {
    var all = messages((100..<150).map { $0 * 300 })
    for index in 25..<50 { all[index].clock = all[index].second + shift }
    let ledger = MeterFixture.ledger(all, cuts: [30_000, 45_000])
    #expect(ledger.totalWattHours == 49 * 100)
    #expect(ledger.decisions.isEmpty)
  }

  /// The messages that show a clock which was put back are held for late ones: their powers count once they do.
  @Test func aClockThatWasPutBackMovesNoPeak() {
    var all = messages((100..<150).map { $0 * 300 })
    for index in 25..<50 { all[index].clock = all[index].second - 1500 }
    for index in 25..<28 { all[index].power = 2000 }
    let bucket = MeterFixture.ledger(all, cuts: [30_000, 45_000]).channels[0].buckets[0]
    #expect(bucket.energy == Energy(milliwattHours: 4_900_000))
    #expect(bucket.peakMilliwatts == 2_000_000 && bucket.peakAt == MeterFixture.at(125 * 300))
  }

  /// A late message after the counter fell, or was set, takes nothing back.
  @Test(arguments: [true, false]) func aLateMessageTakesNoDecisionBack(isCut: Bool) {
    let step: Int64 = isCut ? -10_000 : 5000
    var all = messages((100..<150).map { $0 * 300 })
    for index in 25..<50 {
      all[index].total = all[index].total.map { $0 + step }
      all[index].today = all[index].today.map { $0 + step }
    }
    all.insert(messages([120 * 300 + 60]) { _ in 7 * 300 + 10 }[0], at: 28)
    let ledger = MeterFixture.ledger(all, cuts: [30_000, 45_000])
    #expect(ledger.decisions == [isCut ? .fallback : .counterSet])
  }

  /// The clock of 1970 runs from the start on: what Today says came after it.
  @Test func aClockOf1970TellsTheUptime() {
    let before = messages((100..<105).map { $0 * 300 })
    let after = (0..<3).map {
      Message(
        43_200 + 300 * $0, 100_000 + 1100 + 25 * $0, today: 1100 + 25 * $0, yesterday: 9000,
        clock: 9000 + 300 * $0 - MeterFixture.origin, power: 300)
    }
    let bucket = MeterFixture.ledger(before + after, cuts: [30_000, 43_800]).channels[0].buckets[0]
    #expect(bucket.energy == Energy(milliwattHours: 400_000 + 1_100_000 + 50_000))
    // The last message came at 31,200, the start at 34,200: no more is missing.
    #expect(bucket.missing == 3_000_000)
  }

  /// `Time 3` tells UTC seconds: the site's midnight is taken for the plug's.
  @Test func secondsSince1970TellAMidnight() {
    let all = messages((240..<260).map { $0 * 300 }) + messages((310..<320).map { $0 * 300 })
    var rows = MeterFixture.rows(all)
    rows.columns[0].field = Field(.time, .decimal(0))
    var account = MeterAccount(
      cutPoints: CutPoints([72_000, 86_400, 95_700].map(MeterFixture.at)), options: MeteringOptions(timeZone: .utc))
    account.add(rows, device: MeterFixture.device)
    let ledger = account.finish()
    #expect(ledger.wattHours == [4800, 3100])
    // Whether the plug's midnight is the site's is not known, so what it tells of either side is no more than likely.
    #expect(ledger.channels[0].buckets.allSatisfy { !$0.isComplete && $0.missing == 0 })
  }

  /// From 22:59 to 00:04 of the plug (+05:30) there are two of its midnights, and one of the site.
  @Test func aSilenceMayHoldMoreMidnightsOfThePlugThanOfTheSite() {
    var all = (0..<3).map { Message(62_340 + 300 * $0, 1_264_010, today: 7390, yesterday: 22_050, power: 600) }
    all += (0..<3).map { Message(153_240 + 300 * $0, 1_279_170, today: 0, yesterday: 14_560, power: 1) }
    var rows = MeterFixture.rows(all)
    rows.columns[0].field = Field(.time, .decimal(0))
    var account = MeterAccount(
      cutPoints: CutPoints([0, 86_400, 172_800].map(MeterFixture.at)), options: MeteringOptions(timeZone: .utc))
    account.add(rows, device: MeterFixture.device)
    let ledger = account.finish()
    #expect(ledger.totalWattHours == 15_160 && ledger.decisions.isEmpty)
    #expect(ledger.channels[0].buckets.allSatisfy { !$0.isComplete })
  }

  /// Seconds since 1970 tell no zone: a plug in whatever zone is counted to the Wh, nothing is decided of its midnights,
  /// and a day that is called complete is right.
  @Test(arguments: [-18_000, -3600, 0, 3600, 7200, 19_800, 36_000] as [Int64])
  func secondsSince1970TellNoZone(zone: Int64) throws {
    for household in UInt64(1)...3 {
      let seed = UInt64(zone + 100_000) * 10 + household
      var random = SeededGenerator(seed: seed)
      var plug = FirmwarePlug(days: 50_000, zone: zone)
      for _ in 0..<6 * 288 {
        if Int.random(in: 0..<12, using: &random) == 0 {
          plug.setPower([0, 40_000, 900_000, 2_000_000].randomElement(using: &random) ?? 0)
        }
        plug.run(300)
        plug.send()
      }
      let silences = (0..<2).map { _ in
        let start = Int64.random(in: 30_000..<400_000, using: &random)
        return start..<start + ([3000, 12_000, 40_000, 100_000, 200_000].randomElement(using: &random) ?? 3000)
      }
      let heard = plug.messages.filter { message in
        message.second > 500_000 || !silences.contains { $0.contains(message.second) }
      }
      var rows = MeterFixture.rows(
        heard.map {
          var message = $0
          message.clock = nil
          return message
        })
      rows.columns[0].field = Field(.time, .decimal(0))
      let edges = (0...6).map { Int64($0) * 86_400 }
      var account = MeterAccount(
        cutPoints: CutPoints(edges.map(MeterFixture.at)), options: MeteringOptions(timeZone: .utc))
      account.add(rows, device: MeterFixture.device)
      let ledger = account.finish()
      let place = "seed \(seed) zone \(zone) silences \(silences)"
      #expect(ledger.decisions.isEmpty, "\(place): \(ledger.events.map(\.text))")
      let (first, last) = try (#require(heard.first).second, #require(heard.last).second)
      var sum = Int64(0)
      for (day, bucket) in ledger.channels[0].buckets.enumerated() {
        let used = (plug.used[Int64(day)] ?? 0) / 3_600_000
        sum += used
        guard bucket.isComplete else { continue }
        let counted = bucket.energy.milliwattHours / 1000
        // Printing on either side, and what the firmware drops at its midnight.
        #expect(abs(counted - used) <= 3, "\(place) day \(day): counted \(counted), used \(used)")
      }
      // From the first message on; none of the seconds before it is in a counter that is known.
      let before = (plug.used[0] ?? 0) == 0 ? 0 : first * 2_000_000 / 3_600_000
      #expect(
        last > 500_000 && ledger.totalWattHours <= sum + 8 && ledger.totalWattHours >= sum - before - 8, "\(place)")
    }
  }
}
