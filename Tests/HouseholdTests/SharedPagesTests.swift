import Calendar
import History
import Household
import MemoryDisk
import Readings
import Reporting
import Simulation
import Storage
import Tasmota
import TestSupport
import Testing

/// Pages of many times that are read together are those that are read one by one.
@Suite struct SharedPagesTests {
  /// Nine days of simulated plugs with what goes wrong with them, of every third seed with days of silence.
  private func house(seed: UInt64) throws -> House {
    var random = SeededGenerator(seed: seed)
    let house = House()
    let kinds = ["fridge", "kettle", "tv", "solar", "washer", "router"].shuffled(using: &random)
    var options = SimulationOptions(
      devices: kinds.prefix(4).compactMap { SimulatedDevice(name: $0) }, from: House.at(0), to: House.at(9 * 24))
    options.seed = seed
    options.period = [300, 600].randomElement(using: &random) ?? 300
    options.faults = Set(Fault.ordinary.filter { _ in Bool.random(using: &random) })
    let silence = House.at(50)..<House.at(Double.random(in: 60...140, using: &random))
    try house.feed(try Simulation.Household(options)) { seed % 3 != 0 || !silence.contains($0.receivedAt) }
    return house
  }

  /// Days of a history, hourly or daily, with numbers that are missing, and then a plug for some days.
  private func history(seed: UInt64) throws -> House {
    var random = SeededGenerator(seed: seed)
    let house = House()
    let step = seed % 2 == 0 ? 1 : 24
    var counter = ImportedCounter()
    var total: Int64 = 0
    for hour in stride(from: 0, through: 12 * 24, by: step) {
      total += Int64.random(in: 0...300, using: &random) * 1000 * Int64(step)
      if hour > 0, Int.random(in: 0..<12, using: &random) == 0 { continue }
      counter.points.append(ImportedCounter.Point(time: House.at(Double(hour)), total: total))
    }
    let (device, merge) = try HistoryOwner("plug_5", names: DeviceNames(house.rules), in: nil).merge(
      counter, from: .csv, in: nil)
    try house.feed(device, ImportedReadings.readings(merge.new, places: counter.places))
    if seed % 3 != 0 { try house.feed(Device(topic: "plug_5", mac: "A0B765000001"), House.minutes(300...340)) }
    return house
  }

  @Test(arguments: UInt64(1)...6)
  func `pages of a history read together are those read one by one`(seed: UInt64) throws {
    try expectAlike(try history(seed: seed), seed, SiteZone(name: "UTC", rules: .utc), mainMeter: nil, until: 360)
  }

  /// Days in UTC, and such as begin within an hour of it.
  @Test(arguments: UInt64(1)...12)
  func `pages read together are those read one by one`(seed: UInt64) throws {
    try expectAlike(
      try house(seed: seed), seed, SiteZone(name: "UTC", rules: .utc, dayStartMinute: seed % 2 == 0 ? 0 : 330),
      mainMeter: seed % 4 == 0 ? "solar" : nil, until: 9 * 24)
  }

  private func expectAlike(
    _ house: House, _ seed: UInt64, _ zone: SiteZone, mainMeter: String?, until hours: Double
  ) throws {
    func query() throws -> PagesQuery {
      try #require(
        PagesQuery(
          try house.store(), zone: zone, tariff: nil, mainMeter: mainMeter, settings: 1, from: nil, now: House.at(hours)
        ))
    }
    let together = try query()
    var texts: [PageSite.Page: String] = [:]
    together.read(together.site.pages) { ready in
      for page in ready { texts[page.page] = page.text() }
    }
    #expect(Set(texts.keys) == Set(together.site.pages))
    for page in together.site.pages {
      let alone = try query()
      alone.read([page]) { ready in
        #expect(ready.map(\.page) == [page])
        #expect(ready.first?.text() == texts[page], "seed \(seed), \(together.site.file(of: page))")
      }
    }
  }
}
