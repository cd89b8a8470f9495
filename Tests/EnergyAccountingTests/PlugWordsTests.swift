import EnergyAccounting
import Readings
import Testing

/// What a plug says of its counters names an event before their shape does.
struct PlugWordsTests {
  typealias Message = MeterFixture.Message

  /// A plug at 60 s and 600 W, from `second` on.
  private func running(_ second: Int64, _ count: Int64, _ total: Int64, today: Int64, yesterday: Int64 = 2788)
    -> [Message]
  {
    (0..<count).map {
      Message(second + 60 * $0, total + 10 * $0, today: today + 10 * $0, yesterday: yesterday, power: 600)
    }
  }

  private func answer(_ second: Int64, _ text: String) -> Event { MeterFixture.event(second, .result, text) }

  @Test(
    "a command that sets a counter is told as a command",
    arguments: [
      ("EnergyToday", "181.519", "0.000", "2.788", 0), ("EnergyToday", "181.522", "0.003", "2.788", 3),
      ("EnergyToday1", "183.519", "2.000", "2.788", 2000), ("EnergyToday", "181.919", "0.400", "2.788", 400),
    ] as [(String, String, String, String, Int64)])
  func todaySetByCommandIsTold(name: String, total: String, today: String, yesterday: String, set: Int64) {
    let command = answer(
      43_392, #"{"\#(name)":{"Total":\#(total),"Yesterday":\#(yesterday),"Today":\#(today)}}"#)
    let ledger = MeterFixture.ledger(
      running(43_200, 4, 183_360, today: 1841) + running(43_440, 3, 181_519 + set + 8, today: set + 8),
      events: [command])
    // 30 before the command, what came between the last message and it is in no counter, 8 and 20 after it.
    #expect(ledger.totalWattHours == 58)
    #expect(ledger.decisions == [.counterSet])
    #expect(ledger.events.allSatisfy { $0.cause == "command" && !$0.text.contains("power cut") })
  }

  /// What a person adds is no use: 600 W make 5 Wh of 30 s.
  @Test(arguments: [30, 100, 5000] as [Int64]) func whatACommandAddsIsNotCounted(added: Int64) {
    func kilowattHours(_ wattHours: Int64) -> String {
      Energy(milliwattHours: wattHours * 1000).kilowattHours(places: 3)
    }
    let command = answer(
      43_410,
      "{\"EnergyToday\":{\"Total\":\(kilowattHours(183_395 + added)),\"Yesterday\":2.788,\"Today\":"
        + "\(kilowattHours(1876 + added))}}")
    let ledger = MeterFixture.ledger(
      running(43_200, 4, 183_360, today: 1841) + running(43_440, 3, 183_400 + added, today: 1881 + added),
      events: [command])
    #expect(ledger.totalWattHours == 30 + 5 + 20)
    #expect(ledger.decisions == [.counterSet])
    #expect(ledger.events.allSatisfy { $0.cause == "command" })
  }

  /// Counters apart (SetOption129) are answered as arrays.
  @Test func aCommandOnCountersApartIsTold() throws {
    func column(_ key: FieldKey, _ channel: UInt8, _ places: Int, _ values: [Int64]) -> ReadingColumns.Column {
      .init(field: Field(key, channel: channel, .decimal(places)), values: values)
    }
    let times = (0..<6 as Range<Int64>).map { MeterFixture.at(43_200 + 60 * $0) }
    var columns = [
      ReadingColumns.Column(
        field: Field(.time, .clock), values: times.map { $0.seconds })
    ]
    for (channel, total, today) in [(1, 90_000, 1200), (2, 70_000, 900)] as [(UInt8, Int64, Int64)] {
      let used = (0..<6 as Range<Int64>).map { 10 * $0 - ($0 > 2 ? today + 25 : 0) }
      columns += [
        column(.total, channel, 3, used.map { total + $0 }), column(.today, channel, 3, used.map { today + $0 }),
        column(.yesterday, channel, 3, Array(repeating: 1394, count: 6)),
        column(.power, channel, 0, Array(repeating: 600, count: 6)),
      ]
    }
    var account = MeterAccount(cutPoints: CutPoints([-1_000_000, 100_000_000].map(MeterFixture.at)))
    account.add(
      answer(
        43_350, #"{"EnergyToday1":{"Total":[88.800,69.100],"Yesterday":[1.394,1.394],"Today":[0.000, 0.000]}}"#))
    account.add(ReadingColumns(times: times, columns: columns), device: MeterFixture.device)
    let ledger = account.finish()
    #expect(ledger.channels.map { $0.buckets[0].energy.milliwattHours } == [45_000, 45_000])
    #expect(ledger.decisions == [.counterSet, .counterSet])
    #expect(ledger.events.allSatisfy { $0.cause == "command" })
  }

  @Test(arguments: [(0, 0), (1841, 2788)] as [(Int64, Int64)])
  func allCountersSetToZeroByCommandIsAReset(today: Int64, yesterday: Int64) {
    let command = answer(43_392, #"{"EnergyReset":{"Total":0.000,"Yesterday":0.000,"Today":0.000}}"#)
    let ledger = MeterFixture.ledger(
      running(43_200, 4, 183_360, today: 1841, yesterday: 0) + running(43_440, 3, 8, today: 8, yesterday: 0),
      events: [command])
    #expect(ledger.totalWattHours == 58)
    #expect(ledger.decisions == [.reset])
  }

  /// The question is answered as the command is; it changes nothing.
  @Test func aQuestionIsNoCommand() {
    let question = answer(43_392, #"{"EnergyTotal":{"Total":183.392,"Yesterday":2.788,"Today":1.873}}"#)
    let ledger = MeterFixture.ledger(running(43_200, 8, 183_360, today: 1841), events: [question])
    #expect(ledger.totalWattHours == 70 && ledger.events.isEmpty)
  }

  /// Other answers of the plug set no counter.
  @Test func aRelaysAnswerIsNoCommand() {
    let ledger = MeterFixture.ledger(
      running(43_200, 4, 183_360, today: 1841) + running(43_440, 3, 181_527, today: 8),
      events: [
        answer(43_435, #"{"POWER":"ON"}"#), MeterFixture.event(43_430, .restart, "RestartReason Power On"),
      ])
    #expect(ledger.decisions == [.fallback] && ledger.totalWattHours == 58)
  }

  @Test(
    "a restart that is no power cut is not called one",
    arguments: [
      "Software reset CPU", "Software/System restart", "Restart", "SW_RESET", "Vbat power on reset", "Power On",
    ])
  func aRestartThatLosesTodayIsNoPowerCut(reason: String) {
    let ledger = MeterFixture.ledger(
      running(43_200, 4, 56_000, today: 1000) + running(43_590, 3, 55_003, today: 3),
      events: [MeterFixture.event(43_585, .restart, "RestartReason \(reason)")])
    let isCut = reason.lowercased().contains("power on")
    #expect(ledger.decisions == [.fallback])
    #expect(ledger.events.first { $0.kind == .fallback }?.cause == (isCut ? "power-cut" : "restart"))
    #expect(ledger.events.filter { $0.kind == .gap }.allSatisfy { $0.cause == (isCut ? "no-power" : "restart") })
    #expect(ledger.events.contains { $0.text.contains("power cut") } == isCut)
  }

  /// What a wanted restart saved lies between the readings before and after it: a later power cut counts none of it again.
  @Test(
    "words of other cores and versions are wanted restarts, too",
    arguments: ["Restart", "Software/System restart", "SW_CPU_RESET"])
  func whatARestartSavedIsNotCountedAgain(reason: String) {
    let ledger = MeterFixture.ledger(
      running(36_000, 10, 40_250, today: 9000) + running(36_566, 25, 40_345, today: 9095)
        + running(38_246, 5, 40_345, today: 9095),
      events: [
        MeterFixture.event(36_560, .restart, "RestartReason \(reason)"),
        MeterFixture.event(38_240, .restart, "RestartReason Power On"),
      ])
    // 90, 5 and 240 before the cut, 40 after it, and what came until the first message.
    #expect((375...380).contains(ledger.totalWattHours))
    #expect(ledger.decisions == [.fallback])
  }

  /// A crash saves nothing: Today begins at nothing after the next cut.
  @Test(arguments: ["Exception", "Hardware Watchdog", "Task WDG", "Exception/panic"])
  func aCrashSavesNothing(reason: String) {
    let ledger = MeterFixture.ledger(
      running(36_000, 10, 40_250, today: 9000) + running(36_566, 25, 40_345, today: 9095)
        + running(38_246, 5, 31_252, today: 2),
      events: [
        MeterFixture.event(36_560, .restart, "RestartReason \(reason)"),
        MeterFixture.event(38_240, .restart, "RestartReason Power On"),
      ])
    #expect(ledger.totalWattHours == 377)
  }

  /// `EnergyToday 0` in a silence: TotalStartTime tells when, and nothing tells what was used before it that day.
  @Test(arguments: [true, false]) func todaySetToZeroInASilenceIsTold(beforeMidnight: Bool) {
    let day: Int64 = 86_400
    let cleared = beforeMidnight ? 80_005 : day + 26_762
    let (yesterday, last): (Int64, Int64) = beforeMidnight ? (1066, 6000) : (14_400, 1483)
    var after = running(day + 36_000, 5, 50_000 + yesterday + last, today: last, yesterday: yesterday)
    for index in after.indices { after[index].start = cleared }
    let ledger = MeterFixture.ledger(
      running(43_200, 5, 57_200, today: 7200) + after, cuts: [0, day, 2 * day])
    #expect(ledger.decisions == [.counterSet])
    #expect(ledger.events.contains { $0.cause == "today-zero" && !$0.text.contains("power cut") })
    #expect(ledger.wattHours == [40 + (beforeMidnight ? yesterday : yesterday - 7240), last + 40])
    let complete = ledger.channels[0].buckets.map(\.isComplete)
    #expect(complete[1] == beforeMidnight && !complete[0] || !complete[1])
  }

  /// Within one day, Today having grown beyond what it was.
  @Test func todaySetToZeroWithinADayCountsFromThen() {
    var after = running(60_000, 5, 52_000, today: 2000)
    for index in after.indices { after[index].start = 48_003 }
    let ledger = MeterFixture.ledger(running(43_200, 5, 51_000, today: 1000) + after)
    #expect(ledger.totalWattHours == 40 + 2000 + 40)
    #expect(ledger.decisions == [.counterSet])
  }

  /// A plug without INFO is restarted, and hours later loses its power: what Today holds beyond what it can have drawn since
  /// it connected was saved by the restart.
  @Test(arguments: [0, 2, 7] as [Int64]) func aConnectionMayHaveBeenARestart(since: Int64) {
    let online = { MeterFixture.event($0, .availability, "online") }
    let readings =
      running(36_000, 10, 40_250, today: 9000) + running(36_566, 25, 40_345, today: 9095)
      + running(58_010, 5, 40_345 + since, today: 9095 + since)
    let ledger = MeterFixture.ledger(readings, events: [online(36_560), online(58_005)])
    // 90, 5 and 240 before the cut, 40 after it, and what came until the first message.
    #expect(ledger.totalWattHours == 90 + 5 + 240 + since + 40)
    #expect(ledger.decisions == [.fallback])
    // Known to tell of its starts, it was no restart: all of Today was used behind a network that was away.
    let told = MeterFixture.ledger(
      readings,
      events: [MeterFixture.event(30_000, .restart, "RestartReason Power On"), online(36_560), online(58_005)])
    #expect(told.totalWattHours == 90 + 5 + 240 + 9095 + since + 40)
    // The recorder had been away: when the plug connected nobody knows.
    let kept = MeterFixture.ledger(
      readings,
      events: [
        online(36_560), Event(at: MeterFixture.at(58_004), device: nil, kind: .broker, detail: "connected"),
        online(58_005),
      ])
    #expect(kept.totalWattHours == told.totalWattHours)
  }

  /// An old connection's will stays although the plug speaks on.
  @Test func aPlugThatSpeaksIsNotOffline() throws {
    let ledger = MeterFixture.ledger(
      running(36_000, 20, 40_250, today: 9000),
      events: [
        MeterFixture.event(35_990, .availability, "online"), MeterFixture.event(36_100, .availability, "offline"),
        MeterFixture.event(37_000, .availability, "online"),
      ])
    let offline = try #require(ledger.events.first { $0.kind == .availability && $0.from != $0.to })
    #expect(offline.from == MeterFixture.at(36_100) && offline.to == MeterFixture.at(36_120))
    #expect(ledger.events.filter { $0.kind == .availability }.count == 3)
  }
}
