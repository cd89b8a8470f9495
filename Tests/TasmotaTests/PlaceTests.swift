import Readings
import Tasmota
import Testing

/// Who gets one of the places for plugs, and who holds a topic.
@Suite struct PlaceTests {
  private let energy = #"{"Time":"2025-11-01T00:00:00","ENERGY":{"Total":1.5,"Power":60}}"#
  private let known = "A0B765112233"

  private func discovery(_ mac: String, _ topic: String) -> String {
    #"{"ip":"192.168.1.2","dn":"\#(topic)","fn":["\#(topic)"],"hn":"h","mac":"\#(mac)","md":"Plug","ofln":"Offline","#
      + #""onln":"Online","state":["OFF","ON","TOGGLE","HOLD"],"sw":"14.4.0","t":"\#(topic)","#
      + #""ft":"%prefix%/%topic%/","tp":["cmnd","stat","tele"]}"#
  }

  private func invented(_ number: Int) -> String {
    let digits = String(number, radix: 16, uppercase: true)
    return "DEAD" + String(repeating: "0", count: 8 - digits.count) + digits
  }

  @Test func `what never measures takes no place`() {
    var bench = Bench(maximumDevices: 2)
    for number in 0..<1500 {
      _ = bench.decode("tele/lamp\(number)/LWT", "Online", retained: true)
      _ = bench.decode("tasmota/discovery/\(invented(number))/config", discovery(invented(number), "lamp\(number)"))
    }
    #expect(bench.decoder.devices.isEmpty)
    #expect(bench.decode("tele/one/SENSOR", energy) == .reading(0))
    #expect(bench.decode("tele/two/SENSOR", energy) == .reading(1))
    #expect(bench.decode("tele/three/SENSOR", energy) == .refused(.tooManyDevices))
    // A new plug is still understood: the inventions before it are forgotten.
    _ = bench.decode("tasmota/discovery/\(known)/config", discovery(known, "one"))
    #expect(bench.decoder.devices[0] == Device(topic: "one", mac: known))
  }

  @Test func `plugs of the store always have their place`() {
    let plugs = (0..<4).map { Device(topic: "plug\($0)") }
    var bench = Bench(maximumDevices: 5, knownDevices: plugs)
    for number in 0..<20 { _ = bench.decode("tele/rogue\(number)/SENSOR", energy) }
    for plug in plugs {
      guard case .reading = bench.decode("tele/\(plug.topic)/SENSOR", energy) else {
        Issue.record("\(plug.topic) has no place")
        continue
      }
    }
    #expect(bench.decoder.devices.count == 5)
  }

  @Test func `live readings hold their topic until the plug restarts or falls silent`() {
    var bench = Bench()
    let start: Int64 = 1_762_000_000
    _ = bench.decode("tasmota/discovery/\(known)/config", discovery(known, "fridge"), at: start)
    #expect(bench.decode("tele/fridge/SENSOR", energy, at: start + 10) == .reading(0))
    for number in 0..<300 {
      _ = bench.decode(
        "tasmota/discovery/\(invented(number))/config", discovery(invented(number), "fridge"), at: start + 12)
    }
    #expect(bench.decode("tele/fridge/SENSOR", energy, at: start + 20) == .reading(0))
    #expect(bench.decoder.devices == [Device(topic: "fridge", mac: known)])
    // A plug that takes the topic over says that it has started.
    _ = bench.decode("tele/fridge/LWT", "Online", at: start + 25)
    _ = bench.decode("tasmota/discovery/\(invented(1))/config", discovery(invented(1), "fridge"), at: start + 30)
    #expect(bench.decode("tele/fridge/SENSOR", energy, at: start + 35) == .reading(1))
    // Silence is enough.
    _ = bench.decode("tasmota/discovery/\(invented(2))/config", discovery(invented(2), "fridge"), at: start + 1000)
    #expect(bench.decode("tele/fridge/SENSOR", energy, at: start + 1001) == .reading(2))
  }
}
