import EnergyAccounting
import Readings
import Testing

/// A plug on which a balcony plant feeds: Total and Today run back, and no ExportActive tells how far.
struct BothWaysTests {
  typealias Message = MeterFixture.Message

  private func export(_ ledger: DeviceLedger) -> Int64 {
    ledger.channels[0].buckets.reduce(0) { $0 + $1.export.milliwattHours } / 1000
  }

  /// Total and Today in Wh at 300 s.
  private func messages(
    _ second: Int64, _ counters: [(Int64, Int64)], yesterday: Int64 = -3000, power: Int64 = 0
  ) -> [Message] {
    counters.enumerated().map { place, counter in
      Message(second + 300 * Int64(place), counter.0, today: counter.1, yesterday: yesterday, power: power)
    }
  }

  /// The first sun between two messages: nothing is below zero yet, and most of Today is still there.
  @Test func theFirstSunIsExport() {
    let ledger = MeterFixture.ledger(
      messages(
        36_000, [(100_295, 295), (100_295, 295), (100_296, 296), (100_290, 290), (100_290, 290)], yesterday: 1200,
        power: 5)
        + messages(37_500, [(100_284, 284)], yesterday: 1200, power: -80))
    #expect(ledger.totalWattHours == 1 && export(ledger) == 12)
    #expect(ledger.decisions.isEmpty)
  }

  /// The sun takes Today to nothing in a silence, by what the powers around it make: no power cut.
  @Test(arguments: [24, 25, 26] as [Int64]) func aDayThatTheSunBringsToNothingIsExport(today: Int64) {
    let ledger = MeterFixture.ledger(
      messages(
        36_000, [(100_240, 40 + today - 24), (100_232, 32 + today - 24), (100_224, today)], yesterday: 1200, power: -100
      )
        + messages(37_500, [(100_199, today - 25), (100_190, today - 34)], yesterday: 1200, power: -100))
    #expect(ledger.totalWattHours == 0 && export(ledger) == 50)
    #expect(ledger.decisions.isEmpty)
    // At rest before and after, Today was lost.
    let cut = MeterFixture.ledger(
      messages(
        36_000, [(100_240, 40 + today - 24), (100_232, 32 + today - 24), (100_224, today)], yesterday: 1200, power: -100
      )
        + messages(36_900, [(100_224, today)], yesterday: 1200, power: 0)
        + messages(50_000, [(100_200, 0), (100_200, 0)], yesterday: 1200, power: 0))
    #expect(cut.totalWattHours == 0 && export(cut) == 16)
    #expect(cut.decisions == [.fallback])
  }

  /// What the firmware's division drops of a day below zero it drops towards zero.
  @Test(arguments: [-1_420_660, -1_419_340, -500, 1_420_660] as [Int64])
  func aMidnightTellsEachDay(yesterday: Int64) {
    let old = yesterday + 20_660
    let ledger = {
      var account = MeterAccount(cutPoints: CutPoints([0, 86_400, 172_800].map(MeterFixture.at)))
      let total: Int64 = 8_860_000
      let rows = [
        Message(85_800, (total) / 10, today: old / 10, yesterday: -20_000, power: -120),
        Message(86_100, (total - 10_000) / 10, today: (old - 10_000) / 10, yesterday: -20_000, power: -120),
        Message(
          86_400, (total - old + yesterday / 1000 * 1000) / 10, today: 0, yesterday: yesterday / 10, power: -120),
        Message(
          86_700, (total - old + yesterday / 1000 * 1000 - 10_000) / 10, today: -1000, yesterday: yesterday / 10,
          power: -120),
      ]
      account.add(MeterFixture.rows(rows, places: 5), device: MeterFixture.device)
      return account.finish()
    }()
    #expect(
      ledger.channels[0].buckets.map(\.export.milliwattHours) == [10_000 + max(old - 10_000 - yesterday, 0), 10_000])
    #expect(ledger.channels[0].buckets.map(\.energy.milliwattHours) == [max(yesterday - old + 10_000, 0), 0])
    #expect(ledger.decisions.isEmpty)
  }

  @Test func aWantedRestartInTheSunIsNoPowerCut() {
    let ledger = MeterFixture.ledger(
      messages(43_200, [(50_000, -1000), (49_950, -1050), (49_900, -1100)], power: -600)
        + messages(43_985, [(49_871, -1129), (49_821, -1179)], power: -600),
      events: [MeterFixture.event(43_980, .restart, "RestartReason Software/System restart")])
    #expect(ledger.totalWattHours == 0 && export(ledger) == 179)
    #expect(ledger.decisions.isEmpty)
  }

  /// Today began again at nothing, and Total rose by what it had been below: RTC memory was lost, nothing was used.
  @Test func aPowerCutNobodyHeardOfIsNoUse() {
    let ledger = MeterFixture.ledger(
      messages(15_000, [(50_010, -1560), (50_000, -1570), (50_000, -1570)])
        + messages(28_805, [(51_570, 0), (51_570, 0), (51_570, 0)]))
    #expect(ledger.totalWattHours == 0 && export(ledger) == 10)
    #expect(ledger.decisions == [.fallback])
  }

  /// A cut and a midnight in one silence: what Yesterday holds may have come after the cut, and the lower value counts.
  @Test func aPowerCutAndAMidnightInOneSilenceCountTheLowerValue() {
    let ledger = MeterFixture.ledger(
      messages(15_000, [(50_010, -1560), (50_000, -1570), (50_000, -1570)])
        + messages(105_725, [(50_970, 0), (50_970, 0)], yesterday: -600), cuts: [0, 86_400, 172_800],
      events: [MeterFixture.event(105_720, .restart, "RestartReason Power On")])
    #expect(ledger.totalWattHours == 0 && export(ledger) == 610)
    #expect(ledger.channels[0].buckets.allSatisfy { !$0.isComplete })
  }

  @Test func aWeekendUnheardIsExportOnItsDays() {
    let day: Int64 = 86_400
    let ledger = MeterFixture.ledger(
      messages(43_200, [(50_000, -1000), (49_950, -1050), (49_900, -1100)], power: -600)
        + messages(3 * day + 43_200, [(41_000, -1000), (40_950, -1050)], power: -600),
      cuts: [0, day, 2 * day, 3 * day, 4 * day])
    #expect(ledger.totalWattHours == 0 && export(ledger) == 9050)
    #expect(ledger.channels[0].buckets[2].export == Energy(milliwattHours: 3_000_000))
    #expect(ledger.channels[0].buckets[3].export == Energy(milliwattHours: 1_050_000))
  }

  /// That something went back last week, or that one power was below zero, makes no plug run back.
  @Test func oneNegativePowerIsNoise() {
    var before = messages(36_000, [(12_480, 2480), (12_490, 2490), (12_500, 2500)], yesterday: 800, power: 100)
    before[0].power = -5
    let ledger = MeterFixture.ledger(
      before + messages(46_800, [(10_100, 100), (10_200, 200), (10_400, 400)], yesterday: 800, power: 1000))
    #expect(ledger.totalWattHours == 20 + 400 && export(ledger) == 0)
    #expect(ledger.decisions == [.fallback])
  }

  /// What a plant of 9 kW feeds in within ten seconds is more than a plug can draw, and its power says so.
  @Test func aLargePlantIsCountedWhole() {
    var rows = MeterFixture.rows(
      (0..<60).map { Message(36_000 + 10 * $0, 5000, today: 200, yesterday: 900, power: -9000) })
    rows.columns.append(.init(field: Field(.exportActive, .decimal(3)), values: (0..<60).map { 7000 + 25 * $0 }))
    var account = MeterAccount(cutPoints: CutPoints([0, 86_400].map(MeterFixture.at)))
    account.add(rows, device: MeterFixture.device)
    #expect(export(account.finish()) == 59 * 25)
  }

  /// ExportActive that stands still says that nothing went back.
  @Test(arguments: [0, 7] as [Int64]) func exportActiveSaysWhetherAnythingWentBack(exported: Int64) {
    var rows = MeterFixture.rows(
      messages(36_000, [(12_480, 2480), (12_500, 2500)], yesterday: 800, power: 100)
        + messages(36_600, exported > 0 ? [(12_493, 2493)] : [(10_002, 2)], yesterday: 800, power: 100))
    rows.columns.append(
      .init(field: Field(.exportActive, .decimal(3)), values: [0, 0, exported]))
    var account = MeterAccount(cutPoints: CutPoints([0, 86_400].map(MeterFixture.at)))
    account.add(rows, device: MeterFixture.device)
    let ledger = account.finish()
    #expect(ledger.totalWattHours == 20 + (exported > 0 ? 0 : 2) && export(ledger) == exported)
    #expect(ledger.decisions == (exported > 0 ? [] : [.fallback]))
  }

  @Test func aSilenceInWhichTheCounterRanBackIsTheSameWhereverReadingBegan() {
    let day: Int64 = 86_400
    let past = messages(43_200, [(50_000, 0), (49_950, -50), (49_900, -100)], yesterday: 0, power: -600)
    let days = (1...7).flatMap { messages($0 * day + 100, [(49_900, 0), (49_900, 0)], yesterday: $0 == 1 ? -100 : 0) }
    let last =
      messages(8 * day + 36_000, [(49_900, 0), (49_900, 0)], yesterday: 0)
      + messages(8 * day + 54_000, [(47_900, -2000), (47_900, -2000)], yesterday: 0)
    let cuts = [8 * day, 9 * day]
    let alone = MeterFixture.ledger(Array(days.suffix(4)) + last, cuts: cuts)
    #expect(export(alone) == 2000 && alone.totalWattHours == 0)
    let whole = MeterFixture.ledger(past + days + last, cuts: cuts)
    #expect(alone.channels[0].buckets == whole.channels[0].buckets)
  }
}
