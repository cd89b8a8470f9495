import Calendar
import Configuration
import Household
import Readings
import Reporting
import Testing

/// What plugs called themselves is what people read; scripts go on reading topics.
@Suite struct FriendlyNameTests {
  private static let macs = (1...6).map { "A0B76500000\($0)" }

  private static func plug(_ number: Int) -> Device { Device(topic: "tasmota_\(number)", mac: macs[number - 1]) }

  private static func told(_ number: Int, _ name: String, at hours: Double) -> Event {
    let device = plug(number)
    return Event(
      at: House.at(hours), device: device, kind: .discovery,
      detail: "\(macs[number - 1])\t\(device.topic)\t\(name)\t14.4.0")
  }

  private static func names(_ house: House, _ naming: HouseholdStore.Naming) throws -> [String] {
    let store = try HouseholdStore(directory: "s", rules: house.rules, naming: naming, fileSystem: house.disk)
    return store.devices.map(\.name)
  }

  @Test func `a name that a plug told is shown, and tells it from no other`() throws {
    var house = House()
    let telling = [
      Self.told(1, "Fridge", at: 0), Self.told(2, "Lamp", at: 0), Self.told(3, "lamp", at: 0),
      // The firmware's default, nothing at all, and the name of another's topic.
      Self.told(4, "Tasmota", at: 0), Self.told(5, "", at: 0), Self.told(6, "tasmota_5", at: 0),
    ]
    for number in 1...6 {
      try house.feed(Self.plug(number), House.minutes(0...1), events: telling.filter { $0.device == Self.plug(number) })
    }
    #expect(try Self.names(house, .identities) == (1...6).map { "tasmota_\($0)" })
    #expect(
      try Self.names(house, .shown) == [
        "Fridge", "Lamp (tasmota_2)", "lamp (tasmota_3)", "tasmota_4", "tasmota_5", "tasmota_5 (tasmota_6)",
      ])
    // What a person says goes before it.
    house.rules = [.init(match: Self.macs[1], name: "desk lamp")]
    try house.correct { entry, store in try entry.rename(store.device(named: "tasmota_1"), to: "cold") }
    #expect(
      try Self.names(house, .shown) == [
        "cold", "desk lamp", "lamp", "tasmota_4", "tasmota_5", "tasmota_5 (tasmota_6)",
      ])
  }

  @Test func `a plug that is shown under its name answers to its topic, and a tariff may name it by either`() throws {
    let house = House()
    try house.feed(Self.plug(1), House.minutes(0...1), events: [Self.told(1, "Fridge", at: 0)])
    for naming in [HouseholdStore.Naming.identities, .shown] {
      let store = try HouseholdStore(directory: "s", naming: naming, fileSystem: house.disk)
      for word in ["tasmota_1", "fridge", "Fridge", "a0:b7:65:00:00:01"] {
        #expect(try store.device(named: word).name == store.devices[0].name, "\(word) \(naming)")
        #expect(try store.devices(matching: [word], among: store.devices).count == 1, "\(word) \(naming)")
      }
      let all = store.otherNames.flatMap { [$0.key] + $0.value }
      #expect(Set(all) == ["tasmota_1", "Fridge"], "\(naming)")
    }
  }

  @Test func `a plug that took another one's place leaves that its name`() throws {
    let house = House()
    try house.feed(Self.plug(1), House.minutes(0...12), events: [Self.told(1, "Fridge", at: 0)])
    try house.feed(Self.plug(2), House.minutes(6...24), events: [Self.told(2, "Spare", at: 6)])
    try house.correct { entry, store in
      try entry.swap(store.device(named: "tasmota_1"), for: store.device(named: "tasmota_2"), at: House.at(12))
    }
    #expect(try Self.names(house, .shown) == ["Fridge", "Spare"])
    // Under its own topic another plug is known by its own name.
    let next = Device(topic: "tasmota_2", mac: Self.macs[2])
    let told = Event(
      at: House.at(30), device: next, kind: .discovery, detail: "\(Self.macs[2])\ttasmota_2\tLamp\t14.4.0")
    try house.feed(next, House.minutes(30...31), events: [told])
    #expect(try Self.names(house, .shown).contains("Fridge"))
  }

  /// The sum of what two counters of one plug count stands under the names of its relays.
  @Test(arguments: [
    ("Desk\tPrinter", ["Strip Desk", "Strip Printer"]), ("Strip\tStrip2", ["Strip 1", "Strip 2"]),
    ("Tasmota\tPrinter", ["Strip 1", "Strip Printer"]), ("Lamp\tlamp", ["Strip 1", "Strip 2"]),
    ("", ["Strip 1", "Strip 2"]),
  ]) func `channels are called as their relays are`(names: String, titles: [String]) throws {
    let house = House()
    let layout = Layout([1, 2].map { Field(.total, channel: $0, .decimal(3)) })
    let readings = (0..<120).map { minute in
      Reading(
        receivedAt: House.at(0).advanced(byMilliseconds: minute * 60_000), layout: layout,
        values: [10_000 + 10 * minute, 20_000 + 5 * minute])
    }
    var event = Self.told(1, "Strip", at: 0)
    if !names.isEmpty { event.detail += "\t" + names }
    try house.feed(Self.plug(1), readings, events: [event])
    for (naming, expected) in [(HouseholdStore.Naming.shown, titles), (.identities, ["tasmota_1 1", "tasmota_1 2"])] {
      let store = try HouseholdStore(directory: "s", naming: naming, fileSystem: house.disk)
      let request = ReportRequest(
        granularity: .day, range: House.at(0)..<House.at(24), comparison: .previous, zone: .utc, zoneName: "UTC")
      let report = ReportQuery(store, store.devices, request, now: House.at(24)).report()
      #expect(report.periods[0].devices.map(\.title).sorted() == expected)
      #expect(report.periods[0].devices.map(\.channel) == [1, 2])
    }
  }

  /// Segments overlap where a capture is loaded late: what came last by the clock counts, not what was stored last.
  @Test func `the last name counts, in whatever order it was stored`() throws {
    let house = House()
    try house.feed(Self.plug(1), House.minutes(24...25), events: [Self.told(1, "New", at: 24)])
    try house.feed(Self.plug(2), House.minutes(25...26), events: [Self.told(2, "Other", at: 25)])
    try house.feed(Self.plug(1), House.minutes(0...1), events: [Self.told(1, "Old", at: 0)])
    try house.feed(Self.plug(2), House.minutes(-1...60), events: [Self.told(2, "Older", at: 1)])
    #expect(try Self.names(house, .shown) == ["New", "Other"])
    try house.feed(Self.plug(1), House.minutes(70...71), events: [Self.told(1, "Newest", at: 70)])
    #expect(try Self.names(house, .shown) == ["Newest", "Other"])
  }
}
