import EnergyAccounting
import Readings
import Testing

/// Counters that agree with each other and with the next reading are counted, whatever a limit says.
struct EvidenceTests {
  typealias Message = MeterFixture.Message

  /// A plug at 300 s, from `second` on, whose counters stand still.
  private func still(
    _ second: Int64, _ count: Int64, _ total: Int64, today: Int64, yesterday: Int64 = 9500, start: Int64 = -86_400
  ) -> [Message] {
    (0..<count).map { Message(second + 300 * $0, total, today: today, yesterday: yesterday, start: start, power: 20) }
  }

  @Test("a silent hour, a silent half hour, a TelePeriod of an hour", arguments: [1800, 3600, 3 * 3600] as [Int64])
  func aCarThatChargedUnheardIsCounted(silence: Int64) {
    let used = silence * 11 / 3600 * 1000
    let ledger = MeterFixture.ledger(
      still(36_000, 4, 9_005_000, today: 5000)
        + still(36_900 + silence, 3, 9_005_000 + used, today: 5000 + used))
    #expect(ledger.totalWattHours == used)
    #expect(ledger.events.map(\.kind) == [.gap] && ledger.events.map(\.cause) == ["silent"])
  }

  @Test func aCarThatChargedOverMidnightIsCountedOnBothDays() {
    let ledger = MeterFixture.ledger(
      still(75_000, 3, 1_001_833, today: 0, yesterday: 0)
        + still(97_200, 3, 1_045_831, today: 21_999, yesterday: 21_999), cuts: [0, 86_400, 172_800])
    #expect(ledger.wattHours == [21_999, 21_999])
    #expect(ledger.decisions.isEmpty)
    #expect(ledger.channels[0].buckets.allSatisfy { !$0.dividedAtEnd || $0.dividedAtStart == false })
  }

  /// Within minutes the powers before and after, or a socket's rating, say what may have been used.
  @Test(arguments: [500, 5800] as [Int64]) func whatComesWithinMinutesIsHeldAgainstPower(jump: Int64) {
    let ledger = MeterFixture.ledger(
      still(36_000, 3, 47_400, today: 60)
        + still(36_600 + 130, 4, 47_400 + jump, today: 60 + jump))
    #expect(ledger.totalWattHours == 0)
    #expect(ledger.decisions == [.counterSet])
  }

  /// The next reading has to agree, too.
  @Test func aWildReadingAfterASilenceIsNoUse() {
    let ledger = MeterFixture.ledger(
      still(36_000, 3, 9_005_000, today: 5000)
        + [Message(40_200, 9_025_000, today: 25_000, yesterday: 9500)]
        + still(40_500, 3, 9_005_100, today: 5100))
    #expect(ledger.totalWattHours == 100)
    #expect(ledger.decisions == [.glitch])
  }

  /// What Total jumped while Today kept its course is a command's, however long the silence was.
  @Test func totalSetInASilenceIsNoUse() {
    let ledger = MeterFixture.ledger(
      still(36_000, 3, 100_000, today: 1000) + still(40_200, 3, 190_150, today: 1150))
    #expect(ledger.totalWattHours == 150)
    #expect(ledger.decisions == [.counterSet])
  }

  @Test("Total set in a silence over midnights: Yesterday and Today tell two days", arguments: [0, 500_000] as [Int64])
  func totalSetOverMidnightsCountsYesterdayAndToday(base: Int64) {
    let day: Int64 = 86_400
    let ledger = MeterFixture.ledger(
      still(79_200, 3, 20_000, today: 900, yesterday: 1008)
        + still(2 * day + 3600, 3, base + 1008 + 108, today: 108, yesterday: 1008, start: day + 40_000),
      cuts: [0, day, 2 * day, 3 * day])
    #expect(ledger.wattHours == [0, 1008, 108])
    #expect(ledger.channels[0].buckets[0].isComplete == false)
    #expect(ledger.decisions == [base == 0 ? .reset : .counterSet])
  }

  /// `EnergyTotal 0` makes Total what Today is: of a counter that began today that is no change, and two midnights later
  /// Total has gone on by just Yesterday. The newer TotalStartTime says that the day before is not all of it.
  @Test("Total set to what it was, in a silence over two midnights", arguments: [1, -1] as [Int64])
  func aCommandThatChangedNothingMovesNoDay(sign: Int64) {
    let day: Int64 = 86_400
    let ledger = MeterFixture.ledger(
      still(79_200, 3, sign * 500, today: sign * 500, yesterday: sign * 800)
        + still(
          2 * day + 3600, 3, sign * 1400, today: sign * 100, yesterday: sign * 1300, start: day),
      cuts: [0, day, 2 * day, 3 * day])
    let buckets = ledger.channels[0].buckets
    #expect(ledger.wattHours == (sign > 0 ? [0, 1300, 100] : [0, 0, 0]))
    #expect(buckets.map(\.export.milliwattHours) == (sign > 0 ? [0, 0, 0] : [0, 1_300_000, 100_000]))
    #expect(!buckets[0].isComplete && buckets[1].isComplete)
    #expect(ledger.decisions == [.reset])
  }

  /// A wanted restart of which nothing was heard saved 5.675 kWh of Today, and a power cut brings that back: nobody drew it
  /// meanwhile.
  @Test(
    "an hour with nothing at its ends, six minutes of 4 W",
    arguments: [(3660, 0, 5675), (360, 4, 205)] as [(Int64, Int64, Int64)])
  func whatAnUnheardRestartSavedIsNoUse(silence: Int64, power: Int64, saved: Int64) {
    func plug(_ second: Int64, _ count: Int64, today: Int64) -> [Message] {
      (0..<count).map { Message(second + 300 * $0, 1_248_090 + today, today: today, yesterday: 13_523, power: power) }
    }
    let ledger = MeterFixture.ledger(
      plug(36_000, 6, today: 5804) + plug(37_500 + silence, 4, today: saved), cuts: [0, 86_400])
    #expect(ledger.totalWattHours <= 1, "\(ledger.wattHours)")
    #expect(ledger.decisions == [.fallback])
    #expect(!ledger.channels[0].buckets[0].isComplete)
  }

  /// What may have been drawn since the return counts: a kettle was boiled before the first message.
  @Test func whatWasUsedSinceAPowerCutCounts() {
    let ledger = MeterFixture.ledger(
      still(36_000, 6, 1_005_000, today: 5000).map {
        var message = $0
        message.power = 0
        return message
      } + [Message(37_860, 1_000_110, today: 110, yesterday: 9500, power: 0)]
        + [Message(38_160, 1_000_110, today: 110, yesterday: 9500, power: 0)], cuts: [0, 86_400])
    #expect(ledger.wattHours == [110] && ledger.decisions == [.fallback])
  }

  /// A counter that rose had power.
  @Test func aSilenceInWhichTheCounterRoseIsNoPowerCut() {
    for used in [Int64(0), 1, 20_000, 500_000] {
      let ledger = MeterFixture.ledger(
        still(36_000, 3, 100_000, today: 1000) + still(43_200, 3, 100_000 + used, today: 1000 + used))
      #expect(ledger.events.filter { $0.kind == .gap }.map(\.cause) == ["silent"])
    }
  }

  /// What happened a week ago decides nothing today.
  @Test func aDayIsTheSameWhereverReadingBegan() {
    let week: Int64 = 7 * 86_400
    var past = still(36_000, 5, 500_000, today: 0, yesterday: 0)
    for index in past.indices { past[index].power = 11_000 }
    for index in 1..<past.count {
      past[index].total = 500_000 + 917 * Int64(index)
      past[index].today = 917 * Int64(index)
    }
    let days = (1...7).flatMap { still($0 * 86_400 + 100, 3, 503_668, today: 0, yesterday: $0 == 1 ? 3668 : 0) }
    let silence = still(week + 43_200, 3, 525_668, today: 22_000, yesterday: 0)
    let cuts = [week, week + 86_400]
    let alone = MeterFixture.ledger(Array(days.suffix(6)) + silence, cuts: cuts)
    let whole = MeterFixture.ledger(past + days + silence, cuts: cuts)
    #expect(alone.wattHours == [22_000])
    #expect(alone.channels[0].buckets == whole.channels[0].buckets)
  }
}
