import Calendar
import Configuration
import EnergyAccounting
import Household
import Readings
import Reporting
import Storage
import TestSupport
import Testing
import Text

/// From a store in memory to figures, by the program's own feed and queries.
@Suite struct QueryTests {
  private static let fridge = Device(topic: "fridge", mac: "A0B765000001")
  private static let spare = Device(topic: "spare", mac: "A0B765000002")

  @Test func `a day is what the counter gained`() throws {
    let house = House()
    try house.feed(Self.fridge, House.minutes(-6...30))
    let report = try house.report()
    #expect(report.kWh == ["fridge": "14.400"])
    #expect(report.periods.map(\.complete) == [true] && report.notes.isEmpty)
  }

  @Test func `a swap joins two plugs under the name of the old one`() throws {
    let house = House()
    try house.feed(Self.fridge, House.minutes(-6...14))
    try house.feed(Self.spare, House.minutes(6...30, total: 700_000))
    try house.correct { entry, store in
      try entry.swap(store.device(named: "fridge"), for: store.device(named: "spare"), at: House.at(12))
    }
    let (old, new) = (try house.report(.day, 0...12), try house.report(.day, 12...24))
    // The last step of the old one ends at 11:59, the first of the new one begins at 12:00.
    #expect(old.kWh == ["fridge": "7.190", "spare": "3.590"])
    #expect(new.kWh["fridge"] == "7.200" && new.kWh["fridge (replaced)"] == "1.190")
    #expect(try house.report().kWh["fridge"] == "14.390")
    // Taken back, each plug is itself again.
    try house.correct { entry, _ in try entry.undo(1) }
    #expect(try house.report().kWh == ["fridge": "8.390", "spare": "10.800"])
  }

  @Test func `of an ignored time nothing is counted, and rollups do not reach over it`() throws {
    let house = House()
    try house.feed(Self.fridge, House.minutes(-6...30))
    try house.correct { entry, store in
      // No edge of a quarter hour, at which rollups end.
      try entry.ignore(store.devices[0], in: House.at(6.1)..<House.at(8.2))
    }
    let report = try house.report()
    // Up to the reading at 06:05, and from that at 08:12 on.
    #expect(report.kWh == ["fridge": "13.130"])
    #expect(report.periods.map(\.complete) == [false])
    #expect(report.notes.contains { $0.text.contains("left out by correction 1") })
  }

  @Test func `a gap over an edge of the report is told from both sides and adds up`() throws {
    let house = House()
    try house.feed(Self.fridge, House.minutes(-6...22))
    try house.feed(Self.fridge, House.minutes(26...50, total: 10_000 + 32 * 600))
    // Each half without the other: what lies beyond the edge is read all the same.
    let (before, after) = (try house.report(.day, 0...24), try house.report(.day, 24...48))
    let both = try house.report(.day, 0...48)
    #expect(both.periods.flatMap(\.devices) == before.periods.flatMap(\.devices) + after.periods.flatMap(\.devices))
    #expect(both.total.kWh.text == "28.800")
    #expect(both.periods.map(\.complete) == [false, false])
    #expect(both.periods.allSatisfy { !$0.devices[0].inferredKWh.isZero })
  }

  @Test func `a long silence is known in whatever window of it`() throws {
    let house = House()
    try house.feed(Self.fridge, House.minutes(-480 ... -474))
    try house.feed(Self.fridge, House.minutes(480...486, total: 10_000 + 960 * 25))
    let month = try house.report(.day, -240...240)
    #expect(month.periods.count == 20)
    for (day, period) in month.periods.enumerated() {
      let start = Double(day - 10) * 24
      let alone = try house.report(.day, start...start + 24)
      #expect(alone.periods.flatMap(\.devices).map(\.kWh) == period.devices.map(\.kWh), "day \(day)")
      #expect(period.devices.allSatisfy { !$0.kWh.isZero && $0.kWh == $0.inferredKWh }, "day \(day)")
    }
  }

  /// Who looks at a report has to see that a plug is gone, not only that a day is incomplete.
  @Test func `a plug that fell silent is named until it speaks, if others were heard meanwhile`() throws {
    func gaps(_ report: Report) -> [Report.Note] { report.notes.filter { $0.kind == LedgerEvent.Kind.gap.rawValue } }
    let house = House()
    try house.feed(Self.fridge, House.minutes(0...20))
    #expect(try gaps(house.report(.day, 0...24)).isEmpty, "nobody was heard later")
    let other = Device(topic: "tv", mac: "A0B765000009")
    try house.feed(
      other, House.minutes(0...50),
      events: [Event(at: House.at(20.02), device: Self.fridge, kind: .availability, detail: "offline")])
    for hours in [0.0...24, 24...48, 0...48] {
      let notes = try gaps(house.report(.day, hours))
      #expect(notes.map(\.device) == ["fridge"], "\(hours)")
      #expect(notes.first?.cause == "plug-offline" && notes.first?.energy == nil, "\(hours)")
      #expect(notes.first?.text.hasPrefix("no messages since (plug offline)") == true, "\(hours)")
      #expect(notes.first?.span?.start.at == House.at(20).advanced(byMilliseconds: -60_000), "\(hours)")
    }
    #expect(try gaps(house.report(.day, 0...19.5)).isEmpty)
    // Its next message tells what was used, and that the silence is over.
    try house.feed(Self.fridge, House.minutes(50...51, total: 10_000 + 50 * 600))
    let told = try gaps(house.report(.day, 0...48))
    #expect(told.map(\.device) == ["fridge"])
    #expect(told.first?.text == "no messages (plug offline); 18.010 kWh from the counter")
  }

  @Test func `a plug whose MAC is told late is one plug, while its rows take turns and after`() throws {
    let house = House()
    var random = SeededGenerator(seed: 3)
    let unnamed = Device(topic: Self.fridge.topic)
    let readings = House.minutes(-6...30).enumerated().map { index, reading in
      // Without a MAC at first, with it in the end, and either in the hours between.
      let isNamed = index > 900 || index > 600 && Bool.random(using: &random)
      return (isNamed ? Self.fridge : unnamed, reading)
    }
    try house.feed(readings)
    let store = try house.store()
    #expect(store.devices.map(\.name) == ["fridge"] && store.devices[0].members.count == 2)
    #expect(try house.report().kWh == ["fridge": "14.400"])
    let ledger = LedgerQuery(store, store.devices, zone: .utc).ledgers(over: House.at(0)..<House.at(24))
    #expect(ledger.allSatisfy { $0.ledger.events.isEmpty })
  }

  @Test func `two plugs of one configured name are one device`() throws {
    var house = House()
    house.rules = [.init(match: "fridge", name: "kitchen"), .init(match: "A0:B7:65:00:00:02", name: "kitchen")]
    try house.feed(Self.fridge, House.minutes(-6...12))
    try house.feed(Self.spare, House.minutes(13...30, total: 500))
    #expect(try house.report().kWh == ["kitchen": "13.790"])
    let store = try house.store()
    #expect(try store.device(named: "spare").name == "kitchen" && store.device(named: "a0b765000001").name == "kitchen")
  }

  @Test func `damage is named in the report of its time and in no other`() throws {
    let house = House()
    try house.feed(Self.fridge, House.minutes(-6...30))
    try house.feed(Self.fridge, House.minutes(100...130, total: 60_000))
    house.damage()
    let report = try house.report()
    let damage = report.notes.filter { $0.kind == "damage" }
    #expect(!damage.isEmpty && damage.allSatisfy { $0.device == "fridge" || $0.device == nil })
    #expect(!report.periods.contains { period in period.devices.contains { $0.kWh.mantissa > 14_400 } })
    let store = try house.store()
    let query = ReportQuery(
      store, store.devices,
      ReportRequest(granularity: .day, range: House.at(-2400)..<House.at(-2376), zone: .utc, zoneName: "UTC"),
      now: House.at(130))
    _ = query.report()
    #expect(
      StoreHoles(store, store.devices, range: House.at(-2400)..<House.at(-2376)).damage.allSatisfy { $0.first == nil })
  }

  @Test(arguments: UInt64(1)...12) func `stretches of an export are all readings, each once`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let house = House()
    var sent = 0
    let first = Double.random(in: -20...0, using: &random)
    let range = House.at(first)..<House.at(first + Double.random(in: 1...60, using: &random))
    for device in [Self.fridge, Self.spare].prefix(Int.random(in: 1...2, using: &random)) {
      let start = Double(Int.random(in: -10...10, using: &random))
      let readings = House.minutes(start...start + 30)
      try house.feed(device, readings)
      sent += readings.count { range.contains($0.receivedAt) }
    }
    let store = try house.store()
    var times: [String: [Timestamp]] = [:]
    ExportQuery(store, store.devices, range: range).forEachPortion { stretch in
      for rows in stretch { for chunk in rows.chunks { times[rows.device, default: []] += chunk.times } }
    }
    #expect(times.values.reduce(0) { $0 + $1.count } == sent)
    #expect(times.values.allSatisfy { $0 == $0.sorted() && $0.allSatisfy(range.contains) })
  }

  /// Which of two plugs spoke first within one second is in no series: they stand as they were first heard, whatever
  /// becomes of their rows.
  @Test(arguments: UInt64(1)...8)
  func `plugs of one second stand in the order in which they were first heard`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let house = House()
    let plugs = (1...6).map { Device(topic: "plug\($0)") }.shuffled(using: &random)
    func order() throws -> [String] {
      let store = try house.store()
      var names: [String] = []
      ExportQuery(store, store.devices, range: House.at(0)..<House.at(48)).forEachPortion { stretch in
        names += stretch.map(\.device)
      }
      return names
    }
    // The last two join in the second round.
    var rounds = (0..<12).map { $0 == 0 ? Array(plugs.prefix(4)) : plugs.shuffled(using: &random) }
    rounds[1] = plugs
    func add(_ places: Range<Int>, to writer: StoreWriter) throws {
      for place in places {
        let at = House.at(Double(place)).advanced(byMilliseconds: 500)
        for plug in rounds[place] {
          _ = try writer.append(
            Reading(receivedAt: at, layout: House.layout, values: [Int64(place) * 10, 600]), from: plug)
        }
      }
    }
    let writer = try StoreWriter(directory: "s", mode: .live, fileSystem: house.disk)
    let expected = plugs.map(\.topic)
    try add(0..<4, to: writer)
    try writer.sync()
    #expect(try order() == expected, "seed \(seed), in the journal")
    try writer.seal()
    #expect(try order() == expected, "seed \(seed), sealed")
    try add(4..<8, to: writer)
    try writer.sync()
    #expect(try order() == expected, "seed \(seed), both")
    try writer.close()
    try house.feed(rounds[8].map { ($0, House.minutes(8...9)[0]) })
    #expect(try order() == expected, "seed \(seed), loaded")
    let upkeep = try StoreWriter(directory: "s", mode: .bulk, fileSystem: house.disk)
    _ = try upkeep.compact()
    try upkeep.close()
    #expect(try order() == expected, "seed \(seed), merged")
  }

  @Test func `conditions are judged by what the store held at their instant`() throws {
    let house = House()
    try house.feed(Self.fridge, House.minutes(-6...12))
    let store = try house.store()
    func verdict(_ text: String, _ hours: Double) throws -> ConditionQuery.Verdict? {
      try ConditionQuery(store, zone: house.site, at: House.at(hours)).verdicts(
        on: CheckCondition(text)
      ).first
    }
    #expect(try verdict("silent>2h", 13) == .holdsNot("fridge: silent for 1 h 1 m"))
    #expect(try verdict("silent>2h", 15) == .holds("fridge: silent for 3 h 1 m"))
    #expect(try verdict("power>500W for 3h", 11.5) == .holds("fridge: power 600 W, at least 600 W for 3h"))
    #expect(try verdict("power>500W", 14) == .unknown("fridge: silent for 2 h 1 m, so its power is not known"))
    #expect(try verdict("today>5kWh", 10) == .holds("all: 6.000 kWh today"))
    #expect(try verdict("nobody.today>5kWh", 10) == nil)
  }
}
