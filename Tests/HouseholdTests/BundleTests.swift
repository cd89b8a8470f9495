import Calendar
import Configuration
import EnergyAccounting
import Household
import MemoryDisk
import Readings
import Reporting
import Simulation
import Storage
import TestSupport
import Testing
import Text

/// What goes to a stranger: the figures of the house, and none of its words.
@Suite struct BundleTests {
  private static let fridge = Device(topic: "attic/gina-fridge", mac: "A0B765000001")
  private static let spare = Device(topic: "gina-spare", mac: "A0B765000002")
  private static let rules = [
    Configuration.DeviceRule(match: "A0:B7:65:00:00:01", name: "Gina's fridge", group: "Gina"),
    Configuration.DeviceRule(match: "gina-spare", maximumPower: 2500),
  ]

  /// A copy of a time of a house, in a house of its own.
  private func copy(_ house: House, _ range: Range<Timestamp>) throws -> (house: House, copy: PseudonymousCopy) {
    var other = House()
    other.site = house.site
    var copy = PseudonymousCopy(try house.store(), rules: house.rules, range: range)
    let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: other.disk)
    try copy.write(to: writer)
    try writer.close()
    for line in copy.correctionLines() {
      try CorrectionFile.append(directory: "s", fileSystem: other.disk) { _ in line }
    }
    other.rules = copy.rules(house.rules)
    return (other, copy)
  }

  /// Each plug's slots and buckets between cut points, the plugs in their order.
  private func figures(_ house: House, _ cutPoints: [Timestamp]) throws -> [[ChannelLedger]] {
    let store = try house.store()
    let margin = MeteringOptions.surroundings
    return LedgerQuery(store, store.devices, zone: house.site.rules).ledgers(
      cutPoints: cutPoints,
      range: cutPoints[0].advanced(
        byMilliseconds: -margin)..<cutPoints[cutPoints.count - 1]
        .advanced(byMilliseconds: margin)
    ).map(\.ledger.channels)
  }

  @Test func `a copy has the figures, with corrections and over a silence, and no word of the house`() throws {
    var house = House()
    house.rules = Self.rules
    let told = [
      Event(at: House.at(1), device: Self.fridge, kind: .availability, detail: "online"),
      Event(at: House.at(1), device: Self.fridge, kind: .relay, detail: "POWER ON"),
      Event(at: House.at(1), device: Self.fridge, kind: .restart, detail: "RestartReason Power On"),
      Event(
        at: House.at(1), device: Self.fridge, kind: .discovery,
        detail: "A0B765000001\tgina-fridge\tGina fridge\t14.4.0"),
      Event(at: House.at(2), device: nil, kind: .broker, detail: "lost: gina-server refused 192.168.7.9"),
      Event(at: House.at(2), device: Self.spare, kind: .result, detail: #"{"EnergyTotal":{"Total":1.5}}"#),
    ]
    let untold = [
      Event(at: House.at(3), device: Self.spare, kind: .result, detail: #"{"DeviceName":"Gina"}"#),
      Event(
        at: House.at(3), device: Self.spare, kind: .restart,
        detail: #"{"Info2":{"Hostname":"gina-spare","IPAddress":"192.168.7.31"}}"#),
      Event(at: House.at(3), device: Self.spare, kind: .relay, detail: "POWER Gina"),
    ]
    // Silent for five days before the time that is asked for.
    try house.feed(Self.fridge, House.minutes(-150 ... -140))
    try house.feed(Self.fridge, House.minutes(2...30, total: 200_000), events: told + untold)
    try house.feed(Self.spare, House.minutes(0...60, total: 700_000))
    try house.correct { entry, store in
      try entry.ignore(store.device(named: "Gina's fridge"), in: House.at(5)..<House.at(6))
    }
    try house.correct { entry, store in
      try entry.swap(
        store.device(named: "Gina's fridge"), for: store.device(named: "gina-spare"), at: House.at(20))
    }
    let hours = (0...24).map { House.at(Double($0)) }
    let (other, copy) = try copy(house, hours[0]..<hours[24])
    #expect(try figures(other, hours) == figures(house, hours))
    let report = try other.report(.day, 0...24)
    #expect(try report.total.kWh.text == house.report(.day, 0...24).total.kWh.text)
    #expect(copy.eventCount == told.count && copy.untoldEventCount == untold.count)
    for (name, bytes) in other.disk.contents {
      let text = String(decoding: bytes, as: UTF8.self).lowercased() + name
      for word in ["gina", "fridge", "attic", "spare", "a0b765", "192.168"] {
        #expect(!text.contains(word), "\(word) in \(name)")
      }
    }
    for rule in other.rules {
      let words = [rule.match, rule.name, rule.group].compactMap(\.self).joined().lowercased()
      #expect(!["gina", "fridge", "a0b765", "a0:b7"].contains(where: words.contains), "\(rule)")
    }
  }

  @Test func `whatever befalls the plugs, a copy of any time has its figures`() throws {
    for seed in UInt64(1)...6 {
      var random = SeededGenerator(seed: seed)
      var options = SimulationOptions(
        devices: ["fridge", "kettle", "solar", "washer"].compactMap { SimulatedDevice(name: $0) },
        from: House.at(0), to: House.at(96))
      options.seed = seed
      options.period = [60, 300].randomElement(using: &random) ?? 300
      options.faults = Set(Fault.ordinary.filter { _ in Bool.random(using: &random) })
      let house = House()
      try house.feed(try Simulation.Household(options))
      let first = Double(Int.random(in: 0...60, using: &random))
      let hours = (0...Int.random(in: 1...30, using: &random)).map { House.at(first + Double($0)) }
      let (other, _) = try copy(house, hours[0]..<hours[hours.count - 1])
      #expect(try figures(other, hours) == figures(house, hours), "seed \(seed)")
    }
  }
}
