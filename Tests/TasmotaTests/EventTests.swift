import Readings
import Tasmota
import Testing

@Suite struct EventTests {
  @Test(
    arguments: [
      ("tele/a/LWT", "Online", .availability, "online"), ("tele/a/LWT", "Offline", .availability, "offline"),
      ("stat/a/POWER", "ON", .relay, "POWER ON"), ("stat/a/POWER2", "off", .relay, "POWER2 OFF"),
      ("stat/a/POWER", #"{"POWER":"ON"}"#, .relay, "POWER ON"), ("stat/a/POWER1", "TOGGLE", .relay, "POWER1 TOGGLE"),
      ("stat/a/RESULT", #"{"POWER":"OFF"}"#, .relay, "POWER OFF"),
      ("stat/a/RESULT", #"{"POWER":"ON","Dimmer":100,"Color":"FFFFFF0000"}"#, .relay, "POWER ON"),
      ("stat/a/RESULT", #"{"POWER1":"ON","POWER2":"OFF"}"#, .relay, "POWER1 ON, POWER2 OFF"),
      ("stat/a/RESULT", #"{"Delay":20}"#, .result, #"{"Delay":20}"#),
      (
        "home/stat/a/RESULT", #"{"EnergyReset":{"Total":0.000, "Today":0.000}} "#, .result,
        #"{"EnergyReset":{"Total":0.000, "Today":0.000}} "#
      ),
      (
        "tele/a/INFO1",
        #"{"Info1":{"Module":"Sonoff Pow R2","Version":"14.4.0.1(release-tasmota)","FallbackTopic":"x"}}"#, .restart,
        "Version 14.4.0.1(release-tasmota)"
      ),
      ("tele/a/INFO1", #"{"Module":"Sonoff Pow","Version":"5.12.0"}"#, .restart, "Version 5.12.0"),
      ("tele/a/INFO2", #"{"Info2":{"WebServerMode":"Admin"}}"#, .restart, #"{"Info2":{"WebServerMode":"Admin"}}"#),
      ("tele/a/INFO3", #"{"RestartReason":"Power on"}"#, .restart, "RestartReason Power on"),
      (
        "tele/a/INFO3", #"{"Info3":{"RestartReason":{"Exception":29},"BootCount":7}}"#, .restart,
        #"{"Info3":{"RestartReason":{"Exception":29},"BootCount":7}}"#
      ),
      ("tele/a/MARGINS", #"{"MARGINS":{"PowerDelta":-1980}}"#, .margins, #"{"MARGINS":{"PowerDelta":-1980}}"#),
    ] as [(String, String, Event.Kind, String)])
  func aMessageIsAnEventWithItsDetail(topic: String, payload: String, kind: Event.Kind, detail: String) {
    var bench = Bench()
    let outcome = bench.decode(topic, payload)
    #expect(outcome.isEvent(kind, detail), "\(outcome)")
    guard case .event(let event) = outcome else { return }
    #expect(event.device == Device(topic: topic.hasPrefix("home") ? "home/a" : "a"))
    #expect(event.at == Timestamp(seconds: 1_741_638_343))
  }

  @Test(
    arguments: [
      ("tele/a/LWT", "Onlin", .unknownAvailability), ("stat/a/POWER", "maybe", .unknownRelayState),
      ("stat/a/POWER", #"{"Dimmer":1}"#, .unknownRelayState), ("stat/a/RESULT", "ON", .notJSON),
      ("stat/a/RESULT", #"{"Delay":20"#, .truncatedJSON), ("tele/a/INFO1", #"{"Info1":}"#, .malformedJSON),
      ("tele/a/MARGINS", #"{"MARGINS":{"PowerDelta":1e999}}"#, .numberNotFinite),
      ("stat/a/RESULT", #"{"a":\#(String(repeating: "[", count: 600))"#, .nestingTooDeep),
    ] as [(String, String, RefusalReason)])
  func aBrokenEventIsRefused(topic: String, payload: String, reason: RefusalReason) {
    var bench = Bench()
    #expect(bench.decode(topic, payload) == .refused(reason))
  }

  @Test func withoutPrefixOrDiscoveryOnlyWhatIsUnmistakableCounts() {
    var bench = Bench()
    #expect(bench.decode("a/LWT", "Online").isEvent(.availability, "online"))
    #expect(bench.decode("a/LWT", "connected", retained: true) == .ignored(.otherTopic))
    #expect(bench.decode("meter/POWER", "230.5") == .ignored(.otherTopic))
    #expect(bench.decode("a/RESULT", "ok") == .ignored(.otherTopic))
    #expect(bench.decode("a/SENSOR", "23.5") == .ignored(.otherTopic))
    #expect(bench.decode("a/SENSOR", #"{"ENERGY":{"Power":"#) == .refused(.truncatedJSON))
  }

  @Test func aDetailIsBoundedAndEndsWithAWholeCharacter() {
    var bench = Bench()
    for padding in 0..<4 {
      let payload = #"{"\#(String(repeating: "x", count: padding))":"\#(String(repeating: "é", count: 1000))"}"#
      guard case .event(let event) = bench.decode("stat/a/RESULT", payload) else {
        Issue.record("no event")
        continue
      }
      #expect(event.detail.utf8.count <= Event.maximumDetailBytes && event.detail.utf8.count > 480)
      #expect(payload.hasPrefix(event.detail))
    }
    #expect(bench.decode("stat/a/RESULT", "{\n\t\"a\": 1\n}").isEvent(.result, "{  \"a\": 1 }"))
  }
}

@Suite struct DiscoveryTests {
  private func config(
    _ mac: String, topic: String, fullTopic: String = "%prefix%/%topic%/",
    prefixes: String = #"["cmnd","stat","tele"]"#,
    more: String = ""
  ) -> String {
    #"{"ip":"192.168.1.20","dn":"Fridge","fn":["Fridge",null],"hn":"host-1","mac":"\#(mac)","ofln":"Gone","onln":"Here","state":["aus","an","TOGGLE","HOLD"],"sw":"14.4.0.1","t":"\#(topic)","ft":"\#(fullTopic)","tp":\#(prefixes),"so":{"4":0},"ver":1\#(more)}"#
  }
  private let one = "8CAAB5000001"
  private let two = "8CAAB5000002"
  private let energy = #"{"ENERGY":{"Power":1}}"#

  @Test(arguments: [false, true]) func discoveryTellsMacAndWords(retained: Bool) {
    var bench = Bench()
    #expect(
      bench.decode("tasmota/discovery/\(one)/config", config(one, topic: "fridge"), retained: retained)
        .isEvent(.discovery, "\(one)\tfridge\tFridge\t14.4.0.1"))
    #expect(bench.decode("tele/fridge/SENSOR", energy) == .reading(0))
    #expect(bench.decoder.devices == [Device(topic: "fridge", mac: one)])
    #expect(bench.decode("tele/fridge/LWT", "Here", retained: true).isEvent(.availability, "online"))
    #expect(bench.decode("tele/fridge/LWT", "Gone").isEvent(.availability, "offline"))
    #expect(bench.decode("tele/other/LWT", "Gone") == .refused(.unknownAvailability))
    #expect(bench.decode("stat/fridge/POWER", "an").isEvent(.relay, "POWER ON"))
    #expect(bench.decode("stat/fridge/RESULT", #"{"POWER2":"aus"}"#).isEvent(.relay, "POWER2 OFF"))
  }

  /// FriendlyNames tell the channels of a plug that has several; a list that is too long is left out, not cut.
  @Test func namesOfChannelsFollow() {
    var bench = Bench()
    func told(_ names: String) -> Outcome {
      let text = config(one, topic: "strip").replacing(#""fn":["Fridge",null]"#, with: #""fn":[\#(names)]"#)
      return bench.decode("tasmota/discovery/\(one)/config", text)
    }
    #expect(told(#""Left","Right",null,null"#).isEvent(.discovery, "\(one)\tstrip\tFridge\t14.4.0.1\tLeft\tRight"))
    #expect(told("null,null").isEvent(.discovery, "\(one)\tstrip\tFridge\t14.4.0.1"))
    #expect(told("7,{\"a\":null},[null]").isEvent(.discovery, "\(one)\tstrip\tFridge\t14.4.0.1"))
    let long = "\"" + String(repeating: "x", count: 199) + "\""
    #expect(told([long, long, long].joined(separator: ",")).isEvent(.discovery, "\(one)\tstrip\tFridge\t14.4.0.1"))
  }

  @Test(
    arguments: [
      ("%topic%/%prefix%/", "fridge/t/SENSOR", "fridge/c/POWER", "fridge"),
      ("home/%prefix%/%topic%", "home/t/fridge/SENSOR", "home/c/fridge/X", "home/fridge"),
      ("/%prefix%/%topic%/", "/t/fridge/SENSOR", "/c/fridge/X", "/fridge"),
      ("%prefix%//%topic%//", "t/fridge/SENSOR", "c/fridge/X", "fridge"),
      ("tasmota/%topic%/", "tasmota/fridge/SENSOR", "tasmota/fridge/c/POWER", "tasmota/fridge"),
      ("%prefix%/%hostname%/%id%/", "t/host-1/8CAAB5000001/SENSOR", "c/host-1/8CAAB5000001/X", "host-1/8CAAB5000001"),
      ("%prefix%/", "t/SENSOR", "c/X", "fridge"),
    ])
  func everyFullTopicIsResolved(fullTopic: String, sensor: String, command: String, device: String) {
    var bench = Bench()
    _ = bench.decode(
      "tasmota/discovery/\(one)/config",
      config(one, topic: "fridge", fullTopic: fullTopic, prefixes: #"["c","s","t"]"#), retained: true)
    #expect(bench.decode(sensor, energy) == .reading(0))
    #expect(bench.decode(command, "") == .ignored(.command))
    #expect(bench.decoder.devices == [Device(topic: device, mac: one)])
  }

  @Test func aPlugThatSpokeBeforeItsDiscoveryIsTheSamePlug() {
    var bench = Bench()
    #expect(bench.decode("telemetry/fridge/SENSOR", energy) == .reading(0))
    #expect(bench.decode("tele/lamp/SENSOR", energy) == .reading(1))
    #expect(bench.decoder.devices == [Device(topic: "telemetry/fridge"), Device(topic: "lamp")])
    _ = bench.decode(
      "tasmota/discovery/\(one)/config",
      config(one, topic: "fridge", prefixes: #"["command","status","telemetry"]"#), retained: true)
    _ = bench.decode("tasmota/discovery/\(two)/config", config(two, topic: "lamp"))
    #expect(bench.decoder.devices == [Device(topic: "fridge", mac: one), Device(topic: "lamp", mac: two)])
    #expect(bench.decode("telemetry/fridge/SENSOR", energy) == .reading(0))
    #expect(bench.decode("tele/lamp/SENSOR", energy) == .reading(1))
    #expect(bench.decode("status/fridge/STATUS8", #"{"StatusSNS":\#(energy)}"#) == .reading(0))
  }

  @Test func anotherMacUnderTheTopicIsAnotherDevice() {
    var bench = Bench()
    func announce(_ mac: String, retained: Bool, at seconds: Int64) {
      _ = bench.decode("tasmota/discovery/\(mac)/config", config(mac, topic: "fridge"), retained: retained, at: seconds)
    }
    announce(one, retained: true, at: 1000)
    #expect(bench.decode("tele/fridge/SENSOR", energy) == .reading(0))
    // A plug that takes over a topic has started; what only says so is not believed against live readings.
    announce(two, retained: false, at: 1_741_638_344)
    #expect(bench.decode("tele/fridge/SENSOR", energy) == .reading(0))
    _ = bench.decode("tele/fridge/LWT", "Online", at: 1_741_638_345)
    announce(two, retained: false, at: 1_741_638_350)
    #expect(bench.decode("tele/fridge/SENSOR", energy) == .reading(1))
    // Both retained messages come again on a new subscription, in either order: the one in force stays.
    announce(one, retained: true, at: 5000)
    announce(two, retained: true, at: 5000)
    #expect(bench.decode("tele/fridge/SENSOR", energy) == .reading(1))
    announce(two, retained: true, at: 6000)
    announce(one, retained: true, at: 6000)
    #expect(bench.decode("tele/fridge/SENSOR", energy) == .reading(1))
    // A retained one alone, later: that plug came while nobody listened.
    announce(one, retained: true, at: 9000)
    #expect(bench.decode("tele/fridge/SENSOR", energy) == .reading(0))
    #expect(bench.decoder.devices.map(\.mac) == [one, two])
  }

  @Test func ofTwoRetainedMessagesTheStoresPlugIsBelieved() {
    for order in [[one, two], [two, one]] {
      var bench = Bench(knownDevices: [Device(topic: "fridge", mac: two)])
      #expect(bench.decode("tele/fridge/SENSOR", energy) == .reading(0))
      for mac in order {
        _ = bench.decode("tasmota/discovery/\(mac)/config", config(mac, topic: "fridge"), retained: true)
      }
      _ = bench.decode("tele/fridge/SENSOR", energy)
      #expect(bench.decoder.devices.first?.mac == two)
      #expect(bench.decode("tele/fridge/SENSOR", energy) == .reading(0))
    }
  }

  @Test func aPlugThatMovesLeavesItsOldTopic() {
    var bench = Bench()
    _ = bench.decode("tasmota/discovery/\(one)/config", config(one, topic: "fridge"))
    #expect(bench.decode("tele/fridge/SENSOR", energy) == .reading(0))
    _ = bench.decode("tasmota/discovery/\(one)/config", config(one, topic: "freezer"))
    #expect(bench.decode("tele/freezer/SENSOR", energy) == .reading(1))
    #expect(bench.decoder.devices.last == Device(topic: "freezer", mac: one))
  }

  @Test func brokenDiscoveryIsRefused() {
    var bench = Bench()
    let topic = "tasmota/discovery/\(one)/config"
    #expect(bench.decode(topic, "") == .ignored(.emptyPayload))
    #expect(bench.decode(topic, "{}") == .refused(.malformedDiscovery))
    #expect(bench.decode(topic, config(two, topic: "x")) == .refused(.malformedDiscovery))
    #expect(bench.decode(topic, config(one, topic: "")) == .refused(.malformedDiscovery))
    #expect(bench.decode(topic, config(one, topic: "x", prefixes: #"["a"]"#)) == .refused(.malformedDiscovery))
    #expect(bench.decode("tasmota/discovery/xyz/config", config(one, topic: "x")) == .refused(.malformedDiscovery))
    let whole = config(one, topic: "x")
    for count in stride(from: 1, to: whole.utf8.count, by: 3) {
      #expect(bench.decode(Array(topic.utf8), Array(whole.utf8.prefix(count))) == .refused(.truncatedJSON))
    }
    #expect(bench.decoder.devices.isEmpty)
  }

  @Test func aFloodOfDiscoveryTakesNoPlace() {
    var bench = Bench(maximumDevices: 4)
    for number in 0..<3000 {
      let digits = String(number)
      let mac = String(repeating: "0", count: 12 - digits.count) + digits
      guard case .event = bench.decode("tasmota/discovery/\(mac)/config", config(mac, topic: "plug-\(number)")) else {
        Issue.record("discovery of plug \(number) is no event")
        continue
      }
    }
    #expect(bench.decoder.devices.isEmpty)
    for number in 0..<4 { #expect(bench.decode("tele/new-\(number)/SENSOR", energy) == .reading(number)) }
    #expect(bench.decode("tele/new-4/SENSOR", energy) == .refused(.tooManyDevices))
  }
}
