import Calendar
import Configuration
import EnergyAccounting
import History
import Household
import MemoryDisk
import Readings
import Reporting
import Storage
import TestSupport
import Testing
import Text

/// Histories from before beside plugs that go on: what a plug told wins, twice changes nothing, order does not matter, and who
/// is told of counters as they are now hears of no import.
@Suite struct HouseHistoryTests {
  private static let plug = Device(topic: "plug_5", mac: "A0B765000001")

  /// Hours of 0.2 kWh.
  private static func hours(_ range: ClosedRange<Int>) -> ImportedCounter {
    var counter = ImportedCounter()
    counter.points = range.map {
      ImportedCounter.Point(time: House.at(Double($0)), total: Int64($0 - range.lowerBound) * 200_000)
    }
    return counter
  }

  @discardableResult
  private static func take(
    _ counter: ImportedCounter, as word: String, _ house: House, from source: ImportedOrigin.Source = .homeAssistant
  ) throws -> HistoryMerge {
    let store = try? house.store()
    let place = try HistoryOwner(word, names: DeviceNames(house.rules), in: store)
    let (device, merge) = place.merge(counter, from: source, in: store)
    try house.feed(device, ImportedReadings.readings(merge.new, places: counter.places))
    return merge
  }

  /// Thousandths of a kWh of each hour.
  private static func hourly(_ house: House, _ hours: ClosedRange<Int>) throws -> [Int64] {
    let store = try house.store()
    let cuts = hours.map { House.at(Double($0)) }
    let ledgers = LedgerQuery(store, store.devices, zone: .utc).ledgers(
      cutPoints: cuts, range: House.at(Double(hours.lowerBound - 30))..<House.at(Double(hours.upperBound + 30)))
    #expect(ledgers.count == 1)
    let channel = try #require(ledgers.first?.ledger.channels.first)
    return channel.buckets.indices.map { channel.sum($0..<$0 + 1).energy.mantissa(places: 3) }
  }

  /// Twelve hours imported, of which the last six overlap with what the plug told: 600 W for twelve hours from six on.
  @Test(arguments: [true, false]) func whatThePlugToldWins(importsFirst: Bool) throws {
    let house = House()
    let history = HouseHistoryTests.hours(0...12)
    let readings = House.minutes(6...18)
    // Imported first, it waits under the name of the plug's topic.
    if importsFirst { try HouseHistoryTests.take(history, as: "plug_5", house) }
    try house.feed(HouseHistoryTests.plug, readings)
    if !importsFirst { try HouseHistoryTests.take(history, as: "A0:B7:65:00:00:01", house) }
    #expect(try house.store().devices.map(\.name) == ["plug_5"])
    // Six hours of 0.2 and 719 minutes of 0.01 kWh; what was used in the plug's last minute nobody knows.
    #expect(try house.report().kWh == ["plug_5": "8.390"])
    #expect(
      try HouseHistoryTests.hourly(house, 0...12)
        == Array(repeating: 200, count: 6) + Array(repeating: 600, count: 6))
    #expect(try house.report().notes.map(\.kind) == ["imported"])
    let merge = try HouseHistoryTests.take(history, as: "plug_5", house)
    #expect(merge.new.isEmpty && merge.knownCount == 13, "twice changes nothing")
    #expect(try house.report().kWh == ["plug_5": "8.390"])
  }

  /// A recorder that stopped while Home Assistant went on.
  @Test func aHistoryGoesOnWhereThePlugIsSilent() throws {
    let house = House()
    try house.feed(HouseHistoryTests.plug, House.minutes(6...8))
    try HouseHistoryTests.take(HouseHistoryTests.hours(0...24), as: "plug_5", house)
    #expect(try HouseHistoryTests.hourly(house, 4...12) == [200, 200, 600, 590, 200, 200, 200, 200])
  }

  /// The year before comes second, from a file of its own: its last number stands at the first instant of what is there.
  @Test func yearsInAnyOrderMakeOneHistory() throws {
    let pieces = [0...8, 8...16, 16...24]
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2], [0, 2, 1], [2, 0, 1]] {
      let house = House()
      for piece in order {
        try HouseHistoryTests.take(HouseHistoryTests.hours(pieces[piece]), as: "boiler", house, from: .csv)
      }
      #expect(try house.report().kWh == ["boiler": "4.800"], "\(order)")
      for piece in order {
        let again = try HouseHistoryTests.take(HouseHistoryTests.hours(pieces[piece]), as: "boiler", house, from: .csv)
        #expect(again.new.isEmpty, "\(order)")
      }
      #expect(try house.store().devices.map(\.name) == ["boiler"])
    }
  }

  /// Two sources of one time are counted once.
  @Test func whereTwoHistoriesTellOneCounts() throws {
    let house = House()
    try HouseHistoryTests.take(HouseHistoryTests.hours(0...12), as: "boiler", house, from: .csv)
    try HouseHistoryTests.take(HouseHistoryTests.hours(4...24), as: "boiler", house, from: .homeAssistant)
    #expect(try house.report().kWh == ["boiler": "4.800"])
  }

  @Test func aConfiguredNameIsThePlaceOfItsPlug() throws {
    var house = House()
    house.rules = [Configuration.DeviceRule(match: "A0B765000001", name: "fridge")]
    try HouseHistoryTests.take(HouseHistoryTests.hours(0...6), as: "fridge", house)
    #expect(try house.store().devices.map(\.name) == ["fridge"])
    try house.feed(HouseHistoryTests.plug, House.minutes(6...7))
    #expect(try house.store().devices.map(\.name) == ["fridge"])
    #expect(try house.report().kWh == ["fridge": "1.790"])
  }

  /// A plug that is called as another one's topic: the history is that of the name, and the plugs stay two.
  @Test func aHistoryJoinsNoTwoPlugs() throws {
    var house = House()
    house.rules = [
      Configuration.DeviceRule(match: "fridge", name: "freezer"),
      Configuration.DeviceRule(match: "plug_7", name: "fridge"),
    ]
    try house.feed(Device(topic: "fridge"), House.minutes(6...7))
    try house.feed(
      Device(ImportedOrigin(.csv, of: "fridge")),
      ImportedReadings.readings(HouseHistoryTests.hours(0...6).points, places: 3))
    #expect(try house.report().kWh == ["freezer": "0.590", "fridge": "1.200"])
    try house.feed(Device(topic: "plug_7"), House.minutes(6...7))
    #expect(try house.report().kWh == ["freezer": "0.590", "fridge": "1.790"])
  }

  /// A house, a wall box and a roof use more than a plug bears: what was judged when it was imported counts.
  @Test(arguments: [4_700_000, 7_000_000, 150_000_000]) func whatNoPlugBearsCounts(step: Int64) throws {
    for length in [0.25, 1, 24] {
      let house = House()
      var history = ImportedCounter()
      // Three quiet steps, then one that is not.
      history.points = (0...24).map {
        ImportedCounter.Point(
          time: House.at(Double($0) * length), total: Int64($0 / 4) * step + Int64($0 % 4) * 100_000)
      }
      try HouseHistoryTests.take(history, as: "house", house)
      let report = try house.report(.day, 0...max(24 * length, 24))
      #expect(report.total.kWh.text == history.energy.kilowattHours(places: 3), "\(length) h")
      #expect(report.notes.map(\.kind) == ["imported"])
    }
  }

  /// Who imports again puts something right: a unit, a column, a file that was wrong.
  @Test func whatIsImportedLastCounts() throws {
    let house = House()
    var wrong = HouseHistoryTests.hours(0...24)
    for place in wrong.points.indices { wrong.points[place].total *= 1000 }
    try HouseHistoryTests.take(wrong, as: "boiler", house, from: .csv)
    #expect(try house.report().kWh == ["boiler": "4800.000"])
    try HouseHistoryTests.take(HouseHistoryTests.hours(0...24), as: "boiler", house, from: .csv)
    #expect(try house.report().kWh == ["boiler": "4.800"])
    try HouseHistoryTests.take(wrong, as: "boiler", house, from: .homeAssistant)
    #expect(try house.report().kWh == ["boiler": "4800.000"])
    // Once more the right one, which is there and does not count.
    try HouseHistoryTests.take(HouseHistoryTests.hours(0...24), as: "boiler", house, from: .csv)
    #expect(try house.report().kWh == ["boiler": "4.800"])
    let again = try HouseHistoryTests.take(HouseHistoryTests.hours(0...24), as: "boiler", house, from: .csv)
    #expect(again.new.isEmpty)
  }

  /// What was used before the ignored time is told by the number at its first instant.
  @Test func ignoringATimeLeavesWhatLiesBesideIt() throws {
    let house = House()
    try HouseHistoryTests.take(HouseHistoryTests.hours(0...24), as: "boiler", house)
    try house.correct { entry, store in
      try entry.ignore(try store.device(named: "boiler"), in: House.at(6)..<House.at(8))
    }
    let hours = try HouseHistoryTests.hourly(house, 0...24)
    #expect(hours == Array(repeating: 200, count: 6) + [0, 0] + Array(repeating: 200, count: 16))
  }

  /// The plug took the history's place: what the history says beside the plug is not listed as another plug.
  @Test func aSwapCountsNothingTwice() throws {
    let house = House()
    try HouseHistoryTests.take(HouseHistoryTests.hours(0...24), as: "old", house)
    try house.feed(HouseHistoryTests.plug, House.minutes(6...18))
    try house.correct { entry, store in
      try entry.swap(try store.device(named: "old"), for: try store.device(named: "plug_5"), at: House.at(6))
    }
    #expect(try house.report().kWh == ["old": "8.390"])
  }

  /// A dead plug is silent, whatever was counted elsewhere since.
  @Test func aHistoryIsNoLifeOfThePlug() throws {
    let house = House()
    try house.feed(HouseHistoryTests.plug, House.minutes(6...8))
    func findings() throws -> [String] {
      PlugExamination(try house.store(), zone: .utc, zoneName: "UTC", now: House.at(24.5)).findings().map(\.text)
    }
    let before = try findings()
    #expect(before.contains { $0.contains("silent for") })
    try HouseHistoryTests.take(HouseHistoryTests.hours(0...24), as: "plug_5", house)
    #expect(try findings() == before)
  }

  /// A missing hour is a gap of an hour, though a plug's would be none: nobody knows what was used in it.
  @Test func anHourThatIsNotThereIsNotCovered() throws {
    let house = House()
    var history = HouseHistoryTests.hours(0...24)
    history.points.remove(at: 12)
    try HouseHistoryTests.take(history, as: "boiler", house)
    let day = try house.report()
    #expect(day.kWh == ["boiler": "4.800"])
    #expect(day.periods[0].devices[0].coverage.text == "0.916")
  }

  /// A number a day, or a month, is all that there may be: it covers its day.
  @Test func daysAndMonthsCoverThemselves() throws {
    for length in [24, 28 * 24] {
      let house = House()
      var history = ImportedCounter()
      history.points = (0...6).map {
        ImportedCounter.Point(time: House.at(Double($0 * length)), total: Int64($0) * 3_000_000)
      }
      try HouseHistoryTests.take(history, as: "house", house)
      let report = try house.report(.day, 0...Double(2 * length))
      #expect(report.total.kWh.text == "6.000")
      #expect(report.notes.map(\.kind) == ["imported"])
      #expect(report.periods.allSatisfy { $0.devices[0].coverage.text == "1.000" })
    }
  }

  /// What counts on from now hears of no import: it would take it for use.
  @Test func whatCountsOnIsNotTold() throws {
    let house = House()
    try house.feed(HouseHistoryTests.plug, House.minutes(6...8))
    func published() throws -> [Energy] {
      var ledgers = RunningLedgers(zone: .utc)
      ledgers.read(try house.store())
      return ledgers.devices.indices.compactMap { index in
        ledgers.ledger(ofPlug: index).map { $0.channels[0].sum($0.channels[0].buckets.indices).energy }
      }
    }
    func metered() throws -> [String] {
      let store = try house.store()
      return MetricsQuery(store, StoreStatus(store), zone: house.site, now: House.at(8)).plugs().map {
        "\($0.name) \($0.counters.map(\.use))"
      }
    }
    let (told, metrics) = (try published(), try metered())
    try HouseHistoryTests.take(HouseHistoryTests.hours(0...12), as: "plug_5", house)
    try HouseHistoryTests.take(HouseHistoryTests.hours(0...12), as: "boiler", house)
    #expect(try published() == told)
    #expect(try metered() == metrics)
    #expect(told == [Energy(milliwattHours: 1_190_000)])
  }

  /// No message comes under a history's topic, and the plug's name is no history's.
  @Test func anOriginIsReadBackFromItsTopic() {
    for source in ImportedOrigin.Source.allCases {
      for target in ["fridge", "home/attic/fan", "A0B765000001", "#imported/csv/1/x", "ü", ""] {
        let device = Device(ImportedOrigin(source, part: 3, of: target))
        #expect(device.imported == ImportedOrigin(source, part: 3, of: target))
        #expect(device.topic.contains("#"))
      }
    }
    for topic in [
      "fridge", "", "#imported", "#imported/csv", "#imported/csv/0/x", "#imported/csv/x/x", "#imported/x/1/x",
    ] {
      #expect(Device(topic: topic).imported == nil, "\(topic)")
    }
  }
}
