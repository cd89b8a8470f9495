import EnergyAccounting
import Pricing
import Readings
import Testing

/// The table of rules: what happens to a counter, what is counted, what is told.
struct CounterStepTests {
  typealias Message = MeterFixture.Message

  /// A plug at 10 s, from `second` on, whose counters stand still.
  private func still(_ second: Int64, _ count: Int64, _ total: Int64, today: Int64, yesterday: Int64) -> [Message] {
    (0..<count).map { Message(second + 10 * $0, total, today: today, yesterday: yesterday) }
  }

  @Test func whatTheCounterGainsIsCounted() {
    let ledger = MeterFixture.ledger((0..<100).map { Message(10 * $0, 500 + $0, today: $0, yesterday: 7) })
    #expect(ledger.totalWattHours == 99)
    #expect(ledger.events.isEmpty)
    #expect(ledger.channels[0].buckets[0].covered == 990_000)
    #expect(ledger.channels[0].buckets[0].messages == 100)
  }

  @Test func aPowerCutCountsWhatWasUsedSincePowerReturned() {
    // Total 12.5 with Today 2.5 falls to 10.0 + what was used since; counted on to 10.4.
    let ledger = MeterFixture.ledger(
      still(43_190, 2, 12_500, today: 2500, yesterday: 800)
        + [
          Message(46_800, 10_100, today: 100, yesterday: 800, power: 1000),
          Message(47_100, 10_200, today: 200, yesterday: 800), Message(47_400, 10_400, today: 400, yesterday: 800),
        ])
    #expect(ledger.totalWattHours == 400)
    #expect(ledger.decisions == [.fallback])
    #expect(ledger.events.first { $0.kind == .fallback }?.energy == Energy(milliwattHours: 100_000))
    #expect(ledger.channels[0].buckets[0].missing > 3_500_000)
    #expect(!ledger.channels[0].buckets[0].isComplete)
  }

  @Test func aPowerCutCountsNoMoreThanThePlugCouldDraw() {
    // Today fell to 1.0 within 10 s: that cannot all have been used since.
    let ledger = MeterFixture.ledger(
      still(43_190, 2, 12_500, today: 2500, yesterday: 800)
        + still(43_210, 3, 11_000, today: 1000, yesterday: 800))
    #expect(ledger.totalWattHours == 0)
    #expect(ledger.decisions == [.fallback])
  }

  @Test func aPowerCutFallsBackToWhatAWantedRestartSaved() {
    let ledger = MeterFixture.ledger(
      still(36_000, 3, 11_000, today: 1000, yesterday: 800)
        + still(36_040, 3, 11_000, today: 1000, yesterday: 800)
        + [Message(36_070, 11_010, today: 1010, yesterday: 800)]
        + [Message(39_670, 11_510, today: 1510, yesterday: 800)]
        + [Message(43_270, 11_050, today: 1050, yesterday: 800)]
        + [Message(43_280, 11_051, today: 1051, yesterday: 800)],
      events: [MeterFixture.event(36_025, .restart, "RestartReason Software/System restart")])
    #expect(ledger.totalWattHours == 510 + 50 + 1)
    #expect(ledger.decisions == [.fallback])
  }

  @Test func aPowerCutOverMidnightCountsYesterdayAndToday() {
    // Off from 20:00 to 23:00, 0.2 until midnight, 0.1 after it; what stood in Today at 20:00 is lost to Total.
    let ledger = MeterFixture.ledger(
      still(71_990, 2, 12_500, today: 2500, yesterday: 800)
        + [Message(88_200, 10_300, today: 100, yesterday: 200), Message(88_210, 10_301, today: 101, yesterday: 200)],
      cuts: [0, 86_400, 172_800])
    #expect(ledger.wattHours == [200, 101])
    #expect(ledger.decisions == [.fallback])
  }

  /// 8 hours of silence at whose end INFO says Power On: Total and Today look as if nothing had happened.
  @Test func aPowerCutThatTodayHasOutgrownIsMissing() {
    let messages =
      still(36_000, 3, 10_001, today: 1, yesterday: 800)
      + [Message(64_820, 10_003, today: 3, yesterday: 800), Message(64_830, 10_003, today: 3, yesterday: 800)]
    let cut = [MeterFixture.event(64_800, .restart, "RestartReason Power On")]
    let ledger = MeterFixture.ledger(messages, cuts: [0, 86_400], events: cut)
    #expect(ledger.decisions == [.fallback])
    #expect(ledger.totalWattHours == 3)
    #expect(ledger.channels[0].buckets[0].missing > 28_000_000)
    // Without INFO nothing tells of it.
    #expect(MeterFixture.ledger(messages, cuts: [0, 86_400]).totalWattHours == 2)
  }

  /// Midnight, a cut, and back: Yesterday is whole, what was used before the cut is not known.
  @Test func aPowerCutAfterAMidnightInOneSilenceIsMissing() {
    let ledger = MeterFixture.ledger(
      still(72_000, 3, 20_000, today: 1500, yesterday: 700)
        + [Message(100_020, 21_001, today: 1, yesterday: 2500), Message(100_030, 21_001, today: 1, yesterday: 2500)],
      cuts: [0, 86_400, 172_800], events: [MeterFixture.event(100_000, .restart, "RestartReason Power On")])
    #expect(ledger.wattHours == [1000, 1])
    #expect(ledger.channels[0].buckets.allSatisfy { !$0.isComplete })
  }

  @Test func aSocketPulledForSecondsMakesNoDayIncomplete() {
    let ledger = MeterFixture.ledger(
      still(0, 4000, 10_100, today: 100, yesterday: 800)
        + (0..<4639).map { Message(40_010 + 10 * $0, 10_000, today: 0, yesterday: 800, power: 0) }
        + [Message(86_400, 10_000, today: 0, yesterday: 0, power: 0)],
      cuts: [0, 86_400], events: [MeterFixture.event(40_005, .restart, "RestartReason Power On")])
    #expect(ledger.decisions == [.fallback])
    #expect(ledger.channels[0].buckets[0].isComplete)
  }

  /// `EnergyTotal 0` while the network was away, and a midnight: Yesterday and Today still tell all of it.
  @Test func aResetInASilenceOverMidnightCountsBothSides() {
    let ledger = MeterFixture.ledger(
      still(43_200, 3, 12_500, today: 110, yesterday: 800)
        + (0..<3).map { Message(129_600 + 10 * $0, 337, today: 337, yesterday: 497, start: 90_000) },
      cuts: [0, 86_400, 172_800])
    #expect(ledger.wattHours == [387, 337])
    #expect(ledger.decisions == [.reset])
  }

  /// All counters to zero while the network was away, and then a midnight: Yesterday is what was used since.
  @Test func allCountersToZeroInASilenceOverMidnightCountsWhatCameAfter() {
    let ledger = MeterFixture.ledger(
      still(79_440, 3, 296_433, today: 588, yesterday: 452)
        + (0..<3).map { Message(176_400 + 10 * $0, 369, today: 4, yesterday: 366, start: 127_000) },
      cuts: [0, 86_400, 172_800, 259_200])
    #expect(ledger.wattHours == [0, 366, 4])
    #expect(ledger.decisions == [.reset])
    #expect(ledger.channels[0].buckets.map(\.missing).reduce(0, +) > 47_000_000)
    #expect(!ledger.channels[0].buckets[1].isComplete)
  }

  /// A cut over midnight after a wanted restart: back with the right time, the plug first shows its old Yesterday, and
  /// then moves what the restart had saved of Today into Yesterday and Total. It was counted when it was used.
  @Test(arguments: [0, 3] as [Int64]) func whatWasSavedBeforeACutOverMidnightIsNotCountedAgain(messages: Int64) {
    // With messages at the plug's pace before the cut, the step is one of that pace, else it is a silence.
    let before = (0..<messages).map { Message(86_288 - 300 * (messages - $0), 88_606, today: 251, yesterday: 70) }
    let ledger = MeterFixture.ledger(
      still(36_000, 3, 88_400, today: 45, yesterday: 70) + still(36_040, 3, 88_400, today: 45, yesterday: 70) + before
        + [
          Message(86_288, 88_606, today: 251, yesterday: 70), Message(87_215, 88_355, today: 0, yesterday: 70),
          Message(87_515, 88_400, today: 1, yesterday: 45), Message(87_815, 88_402, today: 3, yesterday: 45),
        ], cuts: [0, 86_400, 172_800],
      events: [
        MeterFixture.event(36_025, .restart, "RestartReason Software/System restart"),
        MeterFixture.event(87_211, .restart, "RestartReason Power On"),
      ])
    #expect(ledger.wattHours == [206, 3])
  }

  /// After a wanted restart Today goes on at once: what it gains until the plug has its time is use.
  @Test func aRestartWithoutTimeTakesNothingForRestored() {
    let unset = -MeterFixture.origin
    let ledger = MeterFixture.ledger(
      still(36_000, 3, 11_000, today: 493, yesterday: 1)
        + [
          Message(36_030, 11_000, today: 493, yesterday: 1, clock: unset + 9),
          Message(36_930, 11_352, today: 845, yesterday: 1), Message(36_940, 11_352, today: 845, yesterday: 1),
        ], events: [MeterFixture.event(36_025, .restart, "RestartReason Software/System restart")])
    #expect(ledger.totalWattHours == 352)
    #expect(!ledger.decisions.contains(.counterSet))
  }

  /// A power that no socket gives, or that of a false reading, is no peak; two messages in a row are believed.
  @Test func falsePowersAreNoPeak() {
    var messages = (0..<60).map { Message(10 * $0, 5000, today: 100, yesterday: 3, power: 70) }
    messages[20].power = 65_535
    messages[30].total = 0
    messages[30].today = 0
    messages[30].yesterday = 0
    messages[30].power = 4000
    #expect(MeterFixture.ledger(messages).channels[0].buckets[0].peakMilliwatts == 70_000)
    messages[21].power = 65_000
    #expect(MeterFixture.ledger(messages).channels[0].buckets[0].peakMilliwatts == 65_000_000)
  }

  @Test(arguments: [
    // EnergyTotal 0: Total becomes Today.
    (start: Int64(43_205), total: Int64(2500), today: Int64(2500), yesterday: Int64(800), counted: Int64(0)),
    (start: 0, total: 2501, today: 2501, yesterday: 800, counted: 1),
    // All counters at zero.
    (start: 43_205, total: 0, today: 0, yesterday: 0, counted: 0),
    (start: 43_205, total: 2, today: 2, yesterday: 0, counted: 2),
    // Firmware before 9.5 kept TotalStartTime.
    (start: -86_400, total: 0, today: 0, yesterday: 0, counted: 0),
    (start: -86_400, total: 2500, today: 2500, yesterday: 800, counted: 0),
  ])
  func aResetCountsWhatTheCounterGainedSince(
    start: Int64, total: Int64, today: Int64, yesterday: Int64, counted: Int64
  ) {
    let before = still(43_190, 2, 12_500, today: 2500, yesterday: 800)
    let after = (0..<5).map {
      Message(43_210 + 10 * $0, total + $0, today: today + $0, yesterday: yesterday, start: start)
    }
    let ledger = MeterFixture.ledger(before + after)
    #expect(ledger.totalWattHours == counted + 4)
    #expect(ledger.decisions == [.reset])
  }

  @Test(arguments: [Int64(500_000), 4000])
  func aCounterThatIsSetCountsTodaysStepOnly(target: Int64) {
    for start in [Int64(-86_400), 0] {
      let before = still(43_190, 2, 12_500, today: 2500, yesterday: 800)
      let after = (0..<5).map {
        Message(43_210 + 10 * $0, target + 2501 + $0, today: 2501 + $0, yesterday: 800, start: start)
      }
      let ledger = MeterFixture.ledger(before + after)
      #expect(ledger.totalWattHours == 5)
      #expect(ledger.decisions == [.counterSet])
    }
  }

  @Test func todaySetByCommandIsNoEnergy() {
    let before = still(43_190, 2, 12_500, today: 2500, yesterday: 800)
    let after = (0..<5).map { Message(43_210 + 10 * $0, 15_000 + $0, today: 5000 + $0, yesterday: 800) }
    let ledger = MeterFixture.ledger(before + after)
    #expect(ledger.totalWattHours == 4)
    #expect(ledger.decisions == [.counterSet])
  }

  @Test(arguments: [1, 2, 3, 8], [Int64(0), 42_949_672])
  func falseReadingsAreLeftOut(count: Int, value: Int64) {
    let before = still(43_190, 2, 100_000, today: 2500, yesterday: 800)
    let wrong = (0..<Int64(count)).map {
      Message(43_210 + 10 * $0, value, today: value == 0 ? 0 : 2500, yesterday: value == 0 ? 0 : 800)
    }
    let back = (0..<5).map {
      Message(43_210 + 10 * Int64(count) + 10 * $0, 100_004 + $0, today: 2504 + $0, yesterday: 800)
    }
    let ledger = MeterFixture.ledger(before + wrong + back)
    #expect(ledger.totalWattHours == 8)
    #expect(ledger.decisions == [.glitch])
  }

  @Test func aDoubtfulReadingAtTheEndWaits() {
    let ledger = MeterFixture.ledger(
      still(43_190, 2, 100_000, today: 2500, yesterday: 800) + still(43_210, 1, 0, today: 0, yesterday: 0))
    #expect(ledger.totalWattHours == 0)
    #expect(ledger.decisions.isEmpty)
  }

  @Test func theWattHourDroppedAtMidnightIsRecovered() {
    // 1.501 kWh: Total stands at 101.500, Today 0.999 → 1.000 by midnight; Total is printed a watt-hour lower.
    let ledger = MeterFixture.ledger(
      [
        Message(86_370, 101_498, today: 998, yesterday: 5), Message(86_380, 101_499, today: 999, yesterday: 5),
        Message(86_390, 101_500, today: 1000, yesterday: 5), Message(86_400, 101_499, today: 0, yesterday: 1000),
        Message(86_410, 101_500, today: 1, yesterday: 1000),
      ], cuts: [0, 86_400, 172_800])
    #expect(ledger.wattHours == [2, 1])
    #expect(ledger.decisions.isEmpty)
    #expect(
      ledger.channels[0].plugDays == [
        PlugDay(end: MeterFixture.at(86_400), yesterday: Energy(milliwattHours: 1_000_000))
      ])
  }

  @Test func float32StepsAreNoEnergyTwice() {
    // Above 131,072 kWh neighbouring float32 values are 0.016 kWh apart.
    let ledger = MeterFixture.ledger([
      Message(40_000, 140_000_000, today: 1000, yesterday: 5), Message(40_010, 139_999_984, today: 1001, yesterday: 5),
      Message(40_020, 140_000_000, today: 1002, yesterday: 5), Message(40_030, 140_000_016, today: 1003, yesterday: 5),
    ])
    #expect(ledger.totalWattHours == 16)
    #expect(ledger.decisions.isEmpty)
  }

  @Test func anotherPlugIsANewBase() {
    var account = MeterAccount(cutPoints: CutPoints([0, 86_400].map(MeterFixture.at)))
    account.add(MeterFixture.rows(still(100, 3, 5000, today: 5, yesterday: 0)), device: MeterFixture.device)
    account.add(
      MeterFixture.rows([Message(500, 90_000, today: 5, yesterday: 0), Message(510, 90_003, today: 8, yesterday: 0)]),
      device: Device(topic: "plug", mac: "A0B765445566"))
    let ledger = account.finish()
    #expect(ledger.totalWattHours == 3)
    #expect(ledger.decisions == [.swap])
  }

  @Test func aGapOverMidnightIsSplitExactly() {
    // 1.0 used from 22:00 to midnight, 0.3 until 03:00: Yesterday and Today tell.
    let ledger = MeterFixture.ledger(
      still(79_180, 3, 20_000, today: 1500, yesterday: 700)
        + still(97_200, 3, 21_300, today: 300, yesterday: 2500), cuts: [0, 86_400, 172_800])
    #expect(ledger.wattHours == [1000, 300])
    let buckets = ledger.channels[0].buckets
    #expect(buckets[0].inferred == Energy(milliwattHours: 1_000_000))
    #expect(!buckets[0].dividedAtEnd && !buckets[1].dividedAtStart)
    #expect(ledger.events.map(\.kind) == [.gap])
    #expect(ledger.events[0].energy == Energy(milliwattHours: 1_300_000))
  }

  @Test func aGapIsSplitAtThePlugsMidnightNotTheSites() {
    // The plug is an hour ahead (+01:00): its midnight is 23:00 UTC. 1.0 kWh before it, 0.4 in the four hours after.
    let ledger = MeterFixture.ledger(
      still(72_000, 3, 20_000, today: 1500, yesterday: 700)
        + still(97_200, 3, 21_400, today: 400, yesterday: 2500), cuts: [0, 82_800, 86_400, 172_800], zoneSeconds: 3600)
    #expect(ledger.wattHours == [1000, 100, 300])
    #expect(ledger.channels[0].buckets[1].dividedAtEnd)
    #expect(!ledger.channels[0].sum(0..<3).dividedAtStart)
  }

  @Test func aGapOfDaysPutsYesterdayInItsDay() {
    // Silence from day 0 noon to day 3 06:00; 0.6 in day 0 and 1, 0.9 in day 2 (Yesterday), 0.2 in day 3.
    let ledger = MeterFixture.ledger(
      still(43_200, 3, 20_000, today: 1500, yesterday: 700)
        + still(3 * 86_400 + 21_600, 3, 21_700, today: 200, yesterday: 900),
      cuts: [0, 86_400, 172_800, 259_200, 345_600])
    #expect(ledger.wattHours.reduce(0, +) == 1700)
    #expect(ledger.wattHours[2] == 900)
    #expect(ledger.wattHours[3] == 200)
    #expect(ledger.channels[0].buckets[0].dividedAtEnd)
    #expect(!ledger.channels[0].buckets[2].dividedAtStart)
    #expect(!ledger.channels[0].buckets[3].dividedAtStart)
  }

  @Test func aGapWithoutTodayIsSplitByTime() {
    let ledger = MeterFixture.ledger(
      [Message(79_180, 20_000), Message(79_190, 20_000), Message(79_200, 20_000), Message(93_600, 20_400)],
      cuts: [0, 86_400, 172_800])
    #expect(ledger.wattHours == [200, 200])
    #expect(ledger.channels[0].buckets[0].dividedAtEnd)
    #expect(!ledger.channels[0].buckets[0].isComplete)
  }

  @Test func withoutACounterPowerIsIntegratedAndGapsForTwoPeriods() {
    let minutes = (0...60).map { Message(60 * $0, nil, power: 1000) }
    let later = (0...30).map { Message(36_000 + 60 * $0, nil, power: 2000) }
    let ledger = MeterFixture.ledger(minutes + later)
    #expect(ledger.totalWattHours == 1000 + 33 + 1000)
    #expect(ledger.events.map(\.kind) == [.gap])
  }

  @Test func exportRunsBackwardsAndUseIsNeverNegative() {
    var messages: [Message] = []
    for index in Int64(0)..<20 {
      let total = 50_000 + (index <= 10 ? index * 10 : 200 - index * 10)
      messages.append(
        Message(300 * index, total, today: total - 49_000, yesterday: 0, power: index < 10 ? 120 : -120))
    }
    let ledger = MeterFixture.ledger(messages)
    #expect(ledger.totalWattHours == 100)
    #expect(ledger.channels[0].buckets[0].export == Energy(milliwattHours: 90_000))
    #expect(ledger.decisions.isEmpty)
  }

  @Test func duplicatesAndLateMessagesCountOnce() {
    let messages = (0..<60).map { Message(10 * $0, 5000 + $0, today: 100 + $0, yesterday: 3) }
    var shuffled: [Message] = []
    for (index, message) in messages.enumerated() {
      shuffled.append(message)
      if index % 7 == 0 { shuffled.append(message) }
      if index % 11 == 10 {
        var late = messages[index - 5]
        late.clock = late.second
        late.second = message.second + 1
        shuffled.append(late)
      }
    }
    let ledger = MeterFixture.ledger(shuffled)
    #expect(ledger.totalWattHours == 59)
    #expect(ledger.decisions.isEmpty)
  }

  @Test func aClockIn1970IsToldAndCountsOnce() {
    var messages = (0..<30).map { Message(10 * $0, 5000 + $0, today: 100 + $0, yesterday: 3) }
    for index in 10..<20 { messages[index].clock = -MeterFixture.origin + 10 * Int64(index) }
    let ledger = MeterFixture.ledger(messages)
    #expect(ledger.totalWattHours == 29)
    #expect(ledger.decisions == [.clock])
  }

  @Test func aGapIsExplainedByWhatWasSaid() {
    let messages = still(1000, 5, 5000, today: 100, yesterday: 3) + still(4000, 5, 5200, today: 300, yesterday: 3)
    func cause(_ events: [Event]) -> String? {
      MeterFixture.ledger(messages, events: events).events.first { $0.kind == .gap }?.cause
    }
    #expect(cause([]) == "silent")
    #expect(cause([MeterFixture.event(1085, .availability, "offline")]) == "plug-offline")
    #expect(cause([MeterFixture.event(3999, .restart, "RestartReason Power On")]) == "no-power")
    #expect(
      cause([Event(at: MeterFixture.at(1050), device: nil, kind: .recorder, detail: "stopped")]) == "recorder-off")
    #expect(
      cause([Event(at: MeterFixture.at(1050), device: nil, kind: .broker, detail: "lost: gone")]) == "broker-away")
  }

  @Test func eachElementOfTotalIsAChannel() {
    func column(_ key: FieldKey, _ channel: UInt8, _ values: [Int64]) -> ReadingColumns.Column {
      .init(field: Field(key, channel: channel, .decimal(key == .power ? 0 : 3)), values: values)
    }
    var account = MeterAccount(cutPoints: CutPoints([0, 86_400].map(MeterFixture.at)))
    account.add(
      ReadingColumns(
        times: [10, 20, 30].map(MeterFixture.at),
        columns: [
          column(.total, 1, [100, 101, 102]), column(.total, 2, [500, 505, 510]), column(.power, 1, [360, 360, 360]),
          column(.power, 2, [1800, 1800, 1800]),
        ]), device: MeterFixture.device)
    let ledger = account.finish()
    #expect(ledger.channels.map(\.channel) == [1, 2])
    #expect(ledger.channels.map { $0.buckets[0].energy.milliwattHours } == [2000, 10_000])
  }

  @Test func oneTotalOverSeveralChannelsIsSharedByPower() {
    func column(_ key: FieldKey, _ channel: UInt8, _ values: [Int64]) -> ReadingColumns.Column {
      .init(field: Field(key, channel: channel, .decimal(key == .power ? 0 : 3)), values: values)
    }
    var account = MeterAccount(cutPoints: CutPoints([0, 86_400].map(MeterFixture.at)))
    account.add(
      ReadingColumns(
        times: [10, 20, 30].map(MeterFixture.at),
        columns: [
          column(.total, 0, [100, 103, 106]), column(.power, 1, [360, 360, 360]), column(.power, 2, [720, 720, 720]),
        ]), device: MeterFixture.device)
    let ledger = account.finish()
    #expect(ledger.channels.map(\.channel) == [nil])
    #expect(ledger.channels[0].channelShares == [[Energy(milliwattHours: 2000), Energy(milliwattHours: 4000)]])
    #expect(ledger.channels[0].buckets[0].peakMilliwatts == 1_080_000)
  }

  @Test func phasesThatNeverSpokeAreNoChannels() {
    func rows(_ second: Int64, _ columns: [(UInt8, Int64)]) -> ReadingColumns {
      ReadingColumns(
        times: [MeterFixture.at(second)],
        columns: columns.map { .init(field: Field(.total, channel: $0.0, .decimal(3)), values: [$0.1]) })
    }
    var account = MeterAccount(cutPoints: CutPoints([0, 86_400].map(MeterFixture.at)))
    account.add(rows(10, [(1, 0), (2, 0), (3, 0)]), device: MeterFixture.device)
    account.add(rows(20, [(0, 5000)]), device: MeterFixture.device)
    account.add(rows(30, [(0, 5003)]), device: MeterFixture.device)
    #expect(account.finish().channels.map(\.channel) == [nil])
  }

  /// The five rows that every peer gets wrong somewhere, with and without Today.
  @Test(
    arguments: [
      ([(10_000, 0), (12_500, 2500), (10_000, 0), (10_400, 400), (10_400, 400)], Int64(2900)),
      ([(100_000, 0), (102_500, 2500), (100_000, 0), (100_400, 400), (100_400, 400)], 2900),
      ([(10_000, 0), (12_500, 2500), (300, 300), (500, 500), (500, 500)], 3000),
      ([(100_000, 500), (101_000, 1500), (0, 0), (101_100, 1600), (101_200, 1700)], 1200),
    ] as [([(Int64, Int64)], Int64)])
  func theRowsThatPeersMiscount(counters: [(Int64, Int64)], truth: Int64) {
    for hasToday in [true, false] {
      let messages = counters.enumerated().map { index, counter in
        Message(3600 * Int64(index), counter.0, today: hasToday ? counter.1 : nil, yesterday: hasToday ? 4200 : nil)
      }
      #expect(MeterFixture.ledger(messages).totalWattHours == truth, "with Today: \(hasToday)")
    }
  }

  /// A clock that was an hour ahead in one message makes the next ones late until enough of them agree, whether or not
  /// a cut point or an hour lies between them.
  @Test func whatIsLateIsLateWhereverTheCutPointsLie() throws {
    func message(_ second: Int64, _ total: Int64, clock: Int64? = nil) -> Message {
      Message(second, total, today: 2, yesterday: 5, clock: clock, power: 0)
    }
    let steps = (0...60).map { number in
      let second = 1800 + 120 * Int64(number)
      return message(second, 141_006, clock: number == 40 ? second + 3600 : nil)
    }
    for last in 42...60 {
      let fall = (0...5).map { message(20_000 + 120 * Int64($0), 141_001) }
      let messages = steps[...last] + fall
      let expected = MeterFixture.ledger(Array(messages)).events
      #expect(expected.contains { $0.kind == .counterSet })
      for cut in stride(from: Int64(6000), through: 9000, by: 60) {
        let found = MeterFixture.ledger(Array(messages), cuts: [-1_000_000, cut, 100_000_000]).events
        #expect(found == expected, "\(last), cut at \(cut)")
      }
    }
  }

  /// The clocks go back while nothing is used: no reading is late, however long that lasts.
  @Test func anIdlePlugIsNotLateWhenItsZoneChanges() {
    let messages = (0...200).map { number -> Message in
      let second = 10 * Int64(number)
      return Message(
        second, 141_006, today: 2, yesterday: 5, clock: second + (number < 60 ? 7200 : 3600), power: 0)
    }
    var account = MeterAccount(cutPoints: CutPoints([-100_000, 100_000].map(MeterFixture.at)))
    let trace = StepTrace(edges: [])
    account.trace = trace
    account.add(MeterFixture.rows(messages), device: MeterFixture.device)
    _ = account.finish()
    #expect(trace.leftOut.isEmpty)
    #expect(trace.steps.reduce(0) { $0 + $1.stepCount } == 200)
  }
}
