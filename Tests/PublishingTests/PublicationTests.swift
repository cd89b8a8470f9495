import Calendar
import Configuration
import Household
import MemoryDisk
import Publishing
import Readings
import Storage
import Testing

/// What Home Assistant is told, message by message.
@Suite struct PublicationTests {
  private static let start = Timestamp(seconds: 1_772_323_200)
  private static let layout = Layout([Field(.total, .decimal(3)), Field(.power, .decimal(0))])
  private static let pair = Layout([
    Field(.total, channel: 1, .decimal(3)), Field(.total, channel: 2, .decimal(3)),
    Field(.power, channel: 1, .decimal(0)), Field(.power, channel: 2, .decimal(0)),
  ])

  private let disk = MemoryFileSystem()

  private static func publication(
    _ sensors: [Configuration.Publish.Sensor] = [], interval: Int64 = 10_000
  ) -> Publication {
    var configured = Configuration.Publish()
    configured.sensors = sensors
    configured.intervalMilliseconds = interval
    return Publication(
      PublicationOptions(configured, version: "1"), zone: SiteZone(name: "UTC", rules: .utc), costs: nil)
  }

  /// A reading a minute, 0.010 kWh each.
  private static func reading(_ minute: Int64, _ layout: Layout = layout) -> Reading {
    Reading(
      receivedAt: start.advanced(byMilliseconds: minute * 60_000), layout: layout,
      values: layout.fields.map { $0.key == .total ? 10_000 + 10 * minute : 600 })
  }

  private func feed(_ device: Device, _ minutes: Range<Int64>, _ layout: Layout = layout) throws {
    let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
    for minute in minutes { _ = try writer.append(Self.reading(minute, layout), from: device) }
    try writer.close()
  }

  private func store(_ rules: [Configuration.DeviceRule] = []) throws -> HouseholdStore {
    try HouseholdStore(directory: "s", rules: rules, fileSystem: disk)
  }

  private static func texts(_ messages: [RetainedMessage]) -> [String: String] {
    Dictionary(messages.map { ($0.topic, String(decoding: $0.payload, as: UTF8.self)) }, uniquingKeysWith: { $1 })
  }

  private static let now = start.advanced(byMilliseconds: 86_400_000)

  @Test func `a sensor is known by the first MAC and told under the name`() throws {
    try feed(Device(topic: "fridge", mac: "A0B765000001"), 0..<60)
    try feed(Device(topic: "fridge", mac: "A0B765000002"), 70..<100)
    try feed(Device(topic: "attic/fan+1"), 0..<60)
    var publication = Self.publication()
    publication.read(try store(), now: Self.now)
    let texts = Self.texts(publication.messages(at: 0, takingBack: false))
    #expect(
      texts.keys.sorted() == [
        "homeassistant/sensor/wattlog_A0B765000001/energy/config",
        "homeassistant/sensor/wattlog_attic_fan_1/energy/config", "wattlog/attic%2Ffan%2B1/energy",
        "wattlog/fridge/energy",
      ])
    // Both plugs' use, and not what lies between them.
    #expect(texts["wattlog/fridge/energy"] == #"{"kwh":0.880,"at":"2026-03-01T01:39:00+00:00"}"#)
    let config = try #require(texts["homeassistant/sensor/wattlog_A0B765000001/energy/config"])
    #expect(config.contains(#""unique_id":"wattlog_A0B765000001_energy""#))
    #expect(config.contains(#""name":"fridge (Wattlog)""#))
    // Under another name it is the same sensor, and what stood under the old one is taken back.
    publication.markStale()
    publication.read(try store([.init(match: "A0B765000002", name: "freezer")]), now: Self.now)
    let renamed = publication.messages(at: 20_000, takingBack: false)
    #expect(Self.texts(renamed).keys.contains("homeassistant/sensor/wattlog_A0B765000001/energy/config"))
    #expect(renamed.first == .takingBack("wattlog/fridge/energy"))
    #expect(Self.texts(renamed)["wattlog/freezer/energy"]?.contains("0.880") == true)
  }

  @Test func `each channel has its sensors, and unwanted ones are taken back`() throws {
    try feed(Device(topic: "strip", mac: "A0B765000003"), 0..<60, Self.pair)
    var publication = Self.publication([.power])
    publication.read(try store(), now: Self.now)
    publication.add(Self.reading(60, Self.pair), of: Device(topic: "strip", mac: "A0B765000003"))
    let messages = publication.messages(at: 0)
    let texts = Self.texts(messages)
    for channel in 1...2 {
      #expect(texts["wattlog/strip/\(channel)/energy"] == #"{"kwh":0.600,"at":"2026-03-01T01:00:00+00:00"}"#)
      #expect(texts["wattlog/strip/\(channel)/power"] == #"{"w":600,"at":"2026-03-01T01:00:00+00:00"}"#)
      #expect(texts["homeassistant/sensor/wattlog_A0B765000003_\(channel)/power/config"]?.isEmpty == false)
      #expect(messages.contains(.takingBack("homeassistant/sensor/wattlog_A0B765000003_\(channel)/cost/config")))
    }
  }

  @Test func `a state is told once an interval at most, and only when it has changed`() throws {
    let fridge = Device(topic: "fridge")
    try feed(fridge, 0..<60)
    var publication = Self.publication(interval: 300_000)
    publication.read(try store(), now: Self.now)
    #expect(publication.messages(at: 0, takingBack: false).count == 2)
    var told: [Int64] = []
    for minute in Int64(60)..<90 {
      publication.add(Self.reading(minute), of: fridge)
      if !publication.messages(at: (minute - 59) * 60_000).isEmpty { told.append(minute - 59) }
    }
    #expect(told == [5, 10, 15, 20, 25, 30])
    // Readings that show the same counter tell nothing new.
    var still = Self.reading(89)
    for minute in Int64(90)..<110 {
      still.receivedAt = Self.start.advanced(byMilliseconds: minute * 60_000)
      publication.add(still, of: fridge)
      #expect(publication.messages(at: (minute - 59) * 60_000).isEmpty)
    }
    // A broker that may have forgotten all is told all, whatever the interval is.
    publication.forgetSent()
    let texts = Self.texts(publication.messages(at: 51 * 60_000 + 1, takingBack: false))
    #expect(texts.count == 2 && texts["wattlog/fridge/energy"]?.contains(#""kwh":0.890"#) == true)
    #expect(!publication.needsReading(at: Self.now))
  }

  @Test func `a plug's last will is offered once it is known`() throws {
    let fridge = Device(topic: "fridge")
    try feed(fridge, 0..<60)
    var publication = Self.publication()
    publication.read(try store(), now: Self.now)
    #expect(!publication.messages(at: 0).contains { String(decoding: $0.payload, as: UTF8.self).contains("LWT") })
    publication.hearLastWill(of: fridge, topic: "home/fridge/tele/LWT", text: "Here", isOnline: true)
    publication.hearLastWill(of: fridge, topic: "home/fridge/tele/LWT", text: "Gone", isOnline: false)
    let texts = Self.texts(publication.messages(at: 20_000))
    #expect(
      texts["homeassistant/sensor/wattlog_fridge/energy/config"]?.contains(
        #"{"topic":"home/fridge/tele/LWT","payload_available":"Here","payload_not_available":"Gone"}"#) == true)
    publication.hearLastWill(of: fridge, topic: "home/fridge/tele/LWT", text: "Here", isOnline: true)
    #expect(publication.messages(at: 40_000).isEmpty)
  }

  @Test func `only what Wattlog offers is taken back`() {
    for topic in [
      "wattlog/status", "wattlog/fridge/energy", "wattlog/a b/2/power",
      "homeassistant/sensor/wattlog_A0B765000001_2/cost/config",
    ] {
      #expect(RetainedMessage.isOurs(topic, discoveryPrefix: "homeassistant"), "\(topic)")
    }
    for topic in [
      "wattlog/tele/plug/SENSOR", "wattlog/energy", "homeassistant/sensor/other/energy/config",
      "homeassistant/sensor/wattlog_x/energy/state", "homeassistant/switch/wattlog_x/energy/config",
      "homeassistant/status",
    ] {
      #expect(!RetainedMessage.isOurs(topic, discoveryPrefix: "homeassistant"), "\(topic)")
    }
    #expect(RetainedMessage.isOurs("my/ha/sensor/wattlog_x/energy/config", discoveryPrefix: "my/ha"))
  }
}
