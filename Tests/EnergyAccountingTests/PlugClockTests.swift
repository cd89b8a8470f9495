import Calendar
import EnergyAccounting
import Readings
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
    #expect(ledger.channels[0].buckets.allSatisfy { $0.isComplete })
  }
}
