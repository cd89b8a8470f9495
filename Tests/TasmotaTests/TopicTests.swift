import Readings
import Tasmota
import Testing

@Suite struct TopicTests {
  private let energy = #"{"ENERGY":{"Power":1}}"#

  @Test(
    arguments: [
      ("tele/fridge/SENSOR", "fridge"), ("/tele/fridge/SENSOR", "/fridge"), ("fridge/tele/SENSOR", "fridge"),
      ("home/attic/tele/fan/SENSOR", "home/attic/fan"), ("tasmota/35D7A0/tele/SENSOR", "tasmota/35D7A0"),
      ("iot/sonoff/tele/sonoff-pow-2/SENSOR", "iot/sonoff/sonoff-pow-2"), ("fridge/SENSOR", "fridge"),
      ("emoncms/ch2i/factory/denky/tele/SENSOR", "emoncms/ch2i/factory/denky"), ("tele/tele/SENSOR", "tele"),
      ("stat/home/first/pinu/pow/STATUS8", "home/first/pinu/pow"), ("tele/Küche/SENSOR", "Küche"),
      ("tele/a b/SENSOR", "a b"), ("Tele/fridge/SENSOR", "Tele/fridge"), ("tele/SENSOR", "tele"),
      ("tele/x/y/SENSOR", "x/y"), ("tele//x/SENSOR", "/x"), ("telex/stat/SENSOR", "telex"),
    ])
  func aTopicNamesItsPlugByTheLevelsWithoutPrefix(topic: String, device: String) {
    var bench = Bench()
    let payload = topic.hasSuffix("STATUS8") ? #"{"StatusSNS":\#(energy)}"# : energy
    #expect(bench.decode(topic, payload) == .reading(0))
    #expect(bench.decoder.devices == [Device(topic: device)])
  }

  @Test func eachTopicIsOnePlugAndCaseMatters() {
    var bench = Bench()
    for (index, topic) in ["tele/a/SENSOR", "tele/A/SENSOR", "/tele/a/SENSOR", "x/tele/a/SENSOR"].enumerated() {
      #expect(bench.decode(topic, energy) == .reading(index))
      #expect(bench.decode(topic, energy) == .reading(index))
    }
    #expect(bench.decode("stat/a/STATUS8", #"{"StatusSNS":\#(energy)}"#) == .reading(0))
    #expect(bench.decode("tele/a/sensor", energy) == .ignored(.otherTopic))
  }

  @Test(
    arguments: [
      ("cmnd/a/POWER", .command), ("a/cmnd/POWER", .command), ("x/cmnd/a/SENSOR", .command),
      ("cmnd/a/Any/Thing", .command),
      ("tele/a/STATE", .state), ("foo/bar", .otherTopic), ("tele/a/UPTIME", .otherTopic),
      ("stat/a/STATUS", .otherTopic),
      ("stat/a/STATUS1", .otherTopic), ("stat/a/POWER33", .otherTopic), ("stat/a/POWER0", .otherTopic),
      ("tele/a/INFO4", .otherTopic), ("tasmota/discovery/0123456789AB/sensors", .discoverySensors),
      ("tasmota/discovery/0123456789AB/other", .otherTopic), ("a/ENERGY", .otherTopic),
      ("$SYS/broker/uptime", .otherTopic),
      ("shellies/shellyem/emeter/0/power", .otherTopic),
    ] as [(String, IgnoredReason)])
  func whatIsNotOursIsIgnored(topic: String, reason: IgnoredReason) {
    var bench = Bench()
    #expect(bench.decode(topic, energy) == .ignored(reason))
    #expect(bench.decode(topic, energy) == .ignored(reason))
    #expect(bench.decode(topic, energy, retained: true) == .retained)
    #expect(bench.decoder.devices.isEmpty)
  }

  @Test func brokenTopicsAreRefused() {
    var bench = Bench()
    let payload = Array(energy.utf8)
    for piece: [UInt8] in [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0], [0x0A], [0x7F], [0xC2, 0x85], [0x2B], [0x23],
    ] {
      #expect(bench.decode(Array("tele/".utf8) + piece + Array("/SENSOR".utf8), payload) == .refused(.invalidTopic))
    }
    #expect(bench.decode([], payload) == .refused(.invalidTopic))
    #expect(bench.decode("SENSOR", energy) == .refused(.noDeviceInTopic))
    #expect(bench.decode("/SENSOR", energy) == .refused(.noDeviceInTopic))
    let long = String(repeating: "x", count: 245)
    #expect(bench.decode("tele/\(long.dropLast())/SENSOR", energy) == .reading(0))
    #expect(bench.decode("tele/\(long)/SENSOR", energy) == .refused(.topicTooLong))
    #expect(bench.decode("tele/\(long)/other", energy) == .ignored(.otherTopic))
    #expect(bench.decode(Array(repeating: 0x78, count: 70_000), payload) == .refused(.invalidTopic))
  }

  @Test func theRetainFlagDecidesBeforeAnythingElse() {
    var bench = Bench()
    for topic in ["tele/a/SENSOR", "stat/a/POWER", "stat/a/RESULT", "tele/a/INFO1", "tele/a/STATE", "cmnd/a/POWER"] {
      #expect(bench.decode(topic, energy, retained: true) == .retained)
      #expect(bench.decode(topic, "", retained: true) == .retained)
    }
    #expect(bench.decode("tasmota/discovery/0123456789AB/sensors", "{}", retained: true) == .retained)
    // A template does not take a retained message either.
    #expect(bench.decode("tele/a/SENSOR", Samples.standard) == .reading(0))
    #expect(bench.decode("tele/a/SENSOR", Samples.standard, retained: true) == .retained)
    #expect(bench.decode("tele/a/SENSOR", "") == .ignored(.emptyPayload))
    #expect(bench.decode("tele/a/LWT", "", retained: true) == .ignored(.emptyPayload))
    #expect(bench.decode("tele/a/LWT", "Online", retained: true).isEvent(.availability, "online"))
  }

  @Test func devicesAreBoundedAndOldOnesGoOn() {
    var bench = Bench(maximumDevices: 2)
    #expect(bench.decode("tele/a/SENSOR", energy) == .reading(0))
    // What has not measured yet holds no place against one that has.
    #expect(bench.decode("tele/b/LWT", "Online").isEvent(.availability, "online"))
    #expect(bench.decode("tele/c/SENSOR", energy) == .reading(1))
    #expect(bench.decode("tele/b/SENSOR", energy) == .refused(.tooManyDevices))
    #expect(bench.decode("tele/a/SENSOR", energy) == .reading(0))
    #expect(bench.decode("tele/c/SENSOR", energy) == .reading(1))
    #expect(bench.decode("tele/d/SENSOR", #"{"Time":"x"}"#) == .ignored(.noEnergy))
  }

  /// A recorder of many plugs knows all of them by discovery, the lamps beside them, too.
  @Test func discoveryHasRoomForAllThatHaveAPlace() throws {
    var bench = Bench(maximumDevices: 900)
    func mac(_ place: Int) -> String { "DC4F22" + String(100_000 + place) }
    for place in 0..<1700 {
      let mac = mac(place)
      let outcome = bench.decode(
        "tasmota/discovery/\(mac)/config",
        #"{"mac":"\#(mac)","t":"p\#(place)","ft":"%prefix%/%topic%/","tp":["cmnd","stat","tele"]}"#, retained: true)
      guard case .event = outcome else {
        Issue.record("\(place): \(outcome)")
        return
      }
    }
    for place in [0, 1500, 1699] {
      _ = bench.decode(
        "tele/p\(place)/SENSOR", #"{"Time":"2026-05-01T00:00:00","ENERGY":{"Total":1.000,"Power":5}}"#)
    }
    #expect(bench.decoder.devices.map(\.mac) == [mac(0), mac(1500), mac(1699)])
  }

  @Test func aFloodOfTopicsFillsNothing() {
    var bench = Bench(maximumDevices: 8)
    for number in 0..<20_000 {
      let expected: Outcome = number < 8 ? .reading(number) : .refused(.tooManyDevices)
      #expect(bench.decode("tele/plug-\(number)/SENSOR", energy) == expected)
      if number % 100 == 0 { #expect(bench.decode("foo/\(number)", energy) == .ignored(.otherTopic)) }
    }
    for number in 0..<8 { #expect(bench.decode("tele/plug-\(number)/SENSOR", energy) == .reading(number)) }
  }

  @Test func theDefaultFiltersMatchWhatIsRecordedAndNothingWide() throws {
    let filters = try DefaultTopics.filters.map { try SubscriptionFilter(recording: $0) }
    #expect(Set(DefaultTopics.filters).count == filters.count)
    #expect(!DefaultTopics.filters.contains { $0.contains("#") })
    for topic in [
      "tele/a/SENSOR", "/tele/a/SENSOR", "a/SENSOR", "emoncms/ch2i/factory/denky/tele/SENSOR", "stat/a/STATUS8",
      "stat/a/STATUS10", "a/tele/LWT", "stat/a/POWER", "stat/a/POWER4", "stat/a/RESULT", "tele/a/INFO1", "tele/a/INFO3",
      "tele/a/MARGINS", "tele/a/ENERGY", "tasmota/discovery/0123456789AB/config",
    ] {
      #expect(
        filters.filter { filter in Array(topic.utf8).withUnsafeBytes { filter.matches($0) } }.count == 1, "\(topic)")
    }
    for topic in ["tele/a/STATE", "SENSOR", "foo", "tasmota/discovery/0123456789AB/sensors", "$SYS/SENSOR"] {
      #expect(!filters.contains { filter in Array(topic.utf8).withUnsafeBytes { filter.matches($0) } }, "\(topic)")
    }
  }

  @Test(
    arguments: [
      ("a/b", "a/b", true), ("a/+", "a/b", true), ("a/+", "a/b/c", false), ("a/+", "a/", true), ("a/+", "a", false),
      ("#", "a/b", true), ("a/#", "a", true), ("a/#", "a/b/c", true), ("a/#", "ab", false), ("+/b", "/b", true),
      ("+", "$SYS", false), ("#", "$SYS/x", false), ("$SYS/#", "$SYS/x", true), ("+/+", "/", true),
      ("a/b", "a/b/", false),
    ])
  func aFilterMatchesAsTheStandardSays(filter: String, topic: String, expected: Bool) throws {
    let filter = try SubscriptionFilter(filter)
    #expect(Array(topic.utf8).withUnsafeBytes { filter.matches($0) } == expected)
  }

  @Test(
    arguments: [
      ("", .empty), ("a#", .misplacedHash), ("a/#/b", .misplacedHash), ("a+/b", .misplacedPlus),
      ("+a", .misplacedPlus), ("a\0", .zeroCharacter), (String(repeating: "a", count: 1025), .tooLong),
    ] as [(String, SubscriptionFilter.Problem)])
  func aFilterThatMQTTForbidsIsNone(text: String, problem: SubscriptionFilter.Problem) {
    #expect(throws: problem) { try SubscriptionFilter(text) }
  }

  @Test func everythingOnABrokerIsHeardButNotRecorded() throws {
    #expect(throws: SubscriptionFilter.Problem.everything) { try SubscriptionFilter(recording: "#") }
    #expect(try SubscriptionFilter("#").text == "#")
  }
}

extension Outcome {
  func isEvent(_ kind: Event.Kind, _ detail: String) -> Bool {
    guard case .event(let event) = self else { return false }
    return event.kind == kind && event.detail == detail
  }
}
