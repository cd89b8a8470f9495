import Calendar
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

  /// Days in UTC, and such as begin within an hour of it.
  @Test(arguments: UInt64(1)...12)
  func `pages read together are those read one by one`(seed: UInt64) throws {
    let house = try house(seed: seed)
    let zone = SiteZone(name: "UTC", rules: .utc, dayStartMinute: seed % 2 == 0 ? 0 : 330)
    func query() throws -> PagesQuery {
      try #require(
        PagesQuery(
          try house.store(), zone: zone, tariff: nil, mainMeter: seed % 4 == 0 ? "solar" : nil, settings: 1, from: nil,
          now: House.at(9 * 24)))
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
