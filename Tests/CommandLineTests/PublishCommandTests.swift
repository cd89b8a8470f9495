import Foundation
import Glibc
import TestSupport
import Testing

/// `record --publish` and `publish` against a real Mosquitto.
@Suite(.serialized, .enabled(if: PrivateBroker.isInstalled, "mosquitto or its clients are not installed"))
struct PublishCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path)
  }

  /// Everything that a broker was told, as somebody sees it who listens.
  private final class Listener {
    private let process = Process()
    private let file: String

    init(_ broker: PrivateBroker, in directory: String, _ arguments: [String] = []) throws {
      file = directory + "/heard-\(UUID().uuidString)"
      try Data().write(to: URL(fileURLWithPath: file))
      process.executableURL = URL(fileURLWithPath: try #require(Programs.path(of: "mosquitto_sub")))
      process.arguments =
        ["-h", "127.0.0.1", "-p", String(broker.port), "-t", "wattlog/#", "-t", "homeassistant/#", "-F", "%r %t %p"]
        + arguments
      process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
      process.standardError = FileHandle.nullDevice
      try process.runOnLeash()
    }

    deinit { process.terminate() }

    var lines: [String] {
      let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
      return text.split(separator: "\n").map(String.init)
    }

    /// By topic what was said last; without what was taken back.
    var kept: [String: String] {
      var kept: [String: String] = [:]
      for line in lines {
        let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3 else { continue }
        kept[String(words[1])] = words[2].isEmpty ? nil : String(words[2])
      }
      return kept
    }

    /// The energies by topic.
    var energies: [String: Double] {
      var energies: [String: Double] = [:]
      for (topic, text) in kept where topic.hasSuffix("/energy") {
        let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        energies[topic] = object?["kwh"] as? Double
      }
      return energies
    }
  }

  private func wait(_ what: String, seconds: Double = 90, _ isDone: () throws -> Bool) throws {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline {
      if try isDone() { return }
      usleep(20_000)
    }
    Issue.record("in vain: \(what)")
    throw CancellationError()
  }

  private func configure(_ broker: PrivateBroker, publish: String, topics: String = "") throws {
    let folder = directory.path + "/config/wattlog"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let text = """
      { site: { timeZone: "Europe/London", tariff: "tariff.json" },
        broker: { url: "mqtt://127.0.0.1:\(broker.port)" }, record: { topics: [\(topics)] }, publish: \(publish) }
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/wattlog.json"))
    let tariff =
      #"{ name: "home", currency: "GBP", periods: [ { from: "2020-01-01", rates: [ { name: "day", price: 0.2 } ] } ] }"#
    try Data(tariff.utf8).write(to: URL(fileURLWithPath: folder + "/tariff.json"))
  }

  /// Days of plugs with faults, which end some hours ago.
  private func fillStore(_ devices: String) throws {
    let form = DateFormatter()
    form.dateFormat = "yyyy-MM-dd"
    form.timeZone = TimeZone(identifier: "UTC")
    let (from, to) = (Date().addingTimeInterval(-4 * 86_400), Date().addingTimeInterval(-86_400))
    let lines = try wattlog.run(
      "simulate", "-q", "--devices", devices, "--from", form.string(from: from), "--to", form.string(from: to),
      "--period", "60s", "--faults", "power-cut,reset,glitch,offline", "--seed", "7", "--timezone", "UTC")
    #expect(lines.exit == 0 && lines.stderr.isEmpty)
    #expect(try wattlog.run(["replay", "-q", "-"], input: Data(lines.stdout.utf8)).exit == 0)
  }

  /// What the report over all time says of one plug, by channel.
  private func reported(_ device: String) throws -> [String: Double] {
    let run = try wattlog.run(
      "report", "range", "--from", "2020-01-01", "--device", device, "-f", "json", "--timezone", "Europe/London")
    try #require(run.exit == 0, "\(run)")
    let object = try JSONSerialization.jsonObject(with: Data(run.stdout.utf8)) as? [String: Any]
    let periods = try #require(object?["periods"] as? [[String: Any]], "\(run)")
    var energies: [String: Double] = [:]
    for entry in periods.flatMap({ $0["devices"] as? [[String: Any]] ?? [] }) {
      let channel = (entry["channel"] as? Int).map { "/\($0)" } ?? ""
      energies["wattlog/\(device)\(channel)/energy"] = entry["kWh"] as? Double
    }
    return energies
  }

  private func sensor(
    _ name: String, _ total: Double, today: String = "0.100", power: Int, to broker: PrivateBroker
  ) throws {
    let form = ISO8601DateFormatter()
    form.formatOptions = [.withFullDate, .withTime, .withColonSeparatorInTime]
    let total = String(format: "%.3f", total)
    let payload =
      #"{"Time":"\#(form.string(from: Date()))","ENERGY":{"Total":\#(total),"Today":\#(today),"Power":\#(power)}}"#
    try broker.publish(["-q", "1", "-t", "tele/\(name)/SENSOR", "-m", payload])
  }

  private func record(_ arguments: String...) throws -> (process: Process, stderr: URL) {
    let (process, _, errors) = try wattlog.start(["record"] + arguments)
    return (process, errors)
  }

  private func stop(_ recorder: Process, _ signal: Int32 = SIGTERM) {
    kill(recorder.processIdentifier, signal)
    recorder.waitUntilExit()
  }

  @Test func `the figure is the report's, whatever befalls recorder, broker and plugs`() throws {
    let broker = try PrivateBroker()
    // These filters bring in what the recorder publishes, too.
    try configure(
      broker, publish: #"{ to: "home-assistant", interval: "1s", sensors: ["power", "cost"] }"#,
      topics: #""+/+/SENSOR", "+/+/LWT", "+/+", "+/+/energy", "+/+/power", "+/+/cost""#)
    try fillStore("heater,fridge,tv")
    try broker.publish(["-r", "-t", "tele/heater/LWT", "-m", "Online"])
    let names = ["heater", "fridge", "tv"]
    func expected(_ names: [String]) throws -> [String: Double] {
      try names.reduce(into: [:]) { sum, name in sum.merge(try reported(name)) { one, _ in one } }
    }
    let listener = try Listener(broker, in: directory.path)
    var (recorder, errors) = try record()
    defer { stop(recorder, SIGKILL) }
    let first = try expected(names)
    #expect(first.count == 3 && first.values.allSatisfy { $0 > 0.1 }, "\(first)")
    try wait("the first figures") { listener.energies == first }
    #expect(listener.kept["wattlog/status"] == "online")
    try wait("the plug's last will") {
      listener.kept.contains { $0.key.contains("/energy/config") && $0.value.contains("tele/heater/LWT") }
    }
    try checkOffers(listener)

    // The counter goes on after a silence: what it gained counts.
    let before = try #require(try lastTotal(of: "heater"))
    try sensor("heater", before + 0.5, power: 1200, to: broker)
    try wait("a step") { listener.energies["wattlog/heater/energy"] ?? 0 > (first["wattlog/heater/energy"] ?? 0) + 0.4 }
    #expect(try reported("heater")["wattlog/heater/energy"] == listener.energies["wattlog/heater/energy"])
    #expect(listener.kept["wattlog/heater/power"]?.contains(#""w":1200"#) == true)
    try wait("today's cost") { listener.kept["wattlog/heater/cost"]?.contains(#""cost":"#) == true }

    // A correction lowers a figure; another name has another topic and the same sensor.
    #expect(try wattlog.run("device", "scale", "heater", "0.5", "--from", "2020-01-01", "--why", "test").exit == 0)
    let halved = try reported("heater")
    #expect(try #require(halved["wattlog/heater/energy"]) < (first["wattlog/heater/energy"] ?? 0))
    try wait("the correction") { listener.energies["wattlog/heater/energy"] == halved["wattlog/heater/energy"] }
    let ids = identifiers(listener)
    #expect(try wattlog.run("device", "rename", "tv", "television").exit == 0)
    let renamed = try expected(["heater", "fridge", "television"])
    try wait("the name") { listener.energies == renamed }
    #expect(identifiers(listener) == ids)

    // Another plug takes the fridge's place.
    try sensor("spare", 700, power: 80, to: broker)
    try wait("another plug") { listener.energies["wattlog/spare/energy"] == 0 }
    let form = DateFormatter()
    form.dateFormat = "yyyy-MM-dd'T'HH:mm"
    form.timeZone = TimeZone(identifier: "Europe/London")
    let at = form.string(from: Date().addingTimeInterval(-6 * 3600))
    let swap = try wattlog.run("device", "swap", "fridge", "spare", "--at", at)
    #expect(swap.exit == 0, "\(swap)")
    try wait("the swap") { listener.energies == renamed }
    #expect(identifiers(listener) == ids)
    // A watt hour since then is no more than any plug can draw.
    try sensor("spare", 700.001, today: "0.101", power: 80, to: broker)
    let swapped = (renamed["wattlog/fridge/energy"] ?? 0) + 0.001
    try wait("the other plug's use") { abs((listener.energies["wattlog/fridge/energy"] ?? 0) - swapped) < 1e-9 }

    // Killed, its last will says so; started again, it goes on where it was.
    let kept = listener.energies
    stop(recorder, SIGKILL)
    try wait("the last will") { listener.kept["wattlog/status"] == "offline" }
    (recorder, errors) = try record()
    try wait("the recorder's return") { listener.kept["wattlog/status"] == "online" && listener.energies == kept }

    // A broker that forgets everything is told again.
    broker.stop()
    try broker.start()
    let second = try Listener(broker, in: directory.path)
    try wait("the broker's return") { second.kept["wattlog/status"] == "online" && second.energies == kept }
    #expect(identifiers(second).isSuperset(of: ids))

    #expect(try expected(["heater", "fridge", "television"]) == kept)
    stop(recorder)
    #expect(recorder.terminationStatus == 143)
    try wait("goodbye") { second.kept["wattlog/status"] == "offline" }
    #expect(try !String(contentsOf: errors, encoding: .utf8).contains("publish"))
    try checkNothingCameBack()
    try checkCommand(broker, second)
  }

  private func identifiers(_ listener: Listener) -> Set<String> {
    Set(
      listener.kept.filter { $0.key.hasSuffix("/energy/config") }.compactMap { _, text in
        (try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])?["unique_id"] as? String
      })
  }

  private func lastTotal(of device: String) throws -> Double? {
    let rows = try wattlog.run("export", "--raw", "--fields", "energy_total", "--device", device)
    return rows.stdout.split(separator: "\r\n").last?.split(separator: ",", omittingEmptySubsequences: false).last
      .flatMap { Double($0) }
  }

  /// What Home Assistant's own checks ask of a sensor.
  private func checkOffers(_ listener: Listener) throws {
    let kept = listener.kept
    for (topic, text) in kept where topic.hasSuffix("/config") {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      let levels = topic.split(separator: "/")
      #expect(levels.count == 5 && levels[2].hasPrefix("wattlog_"), "\(topic)")
      #expect(levels[2].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) })
      let kind = String(levels[3])
      #expect(object["unique_id"] as? String == "\(levels[2])_\(kind)")
      #expect(object["device_class"] as? String == ["energy": "energy", "power": "power", "cost": "monetary"][kind])
      #expect(object["state_class"] as? String == (kind == "power" ? "measurement" : "total"))
      #expect(object["unit_of_measurement"] as? String == ["energy": "kWh", "power": "W", "cost": "GBP"][kind])
      let device = try #require(object["device"] as? [String: Any])
      #expect((device["identifiers"] as? [String])?.count == 1 && device["model"] != nil)
      let stateTopic = try #require(object["state_topic"] as? String)
      #expect(kept[stateTopic] != nil, "\(topic) offers \(stateTopic), which has no state")
      let availability = try #require(object["availability"] as? [[String: Any]])
      #expect(availability.first?["topic"] as? String == "wattlog/status")
    }
  }

  private func checkNothingCameBack() throws {
    let status = try JSONSerialization.jsonObject(with: Data(try wattlog.run("status", "--json").stdout.utf8))
    let object = try #require(status as? [String: Any])
    let devices = try #require(object["devices"] as? [[String: Any]])
    #expect(devices.map { $0["device"] as? String } == ["fridge", "heater", "television"])
    // They did come in.
    #expect(try #require(object["ignored"] as? Int) > 10)
    #expect((object["refused"] as? [String: Int])?.isEmpty == true)
  }

  /// `publish` prints what the broker has, and takes it back.
  private func checkCommand(_ broker: PrivateBroker, _ listener: Listener) throws {
    let printed = try wattlog.run("publish", "--dry-run")
    var said: [String: String] = [:]
    for line in printed.stdout.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 2)
      #expect(words[0] == "1")
      said[String(words[1])] = String(words[2])
    }
    func energies(_ kept: [String: String]) -> [String: String] { kept.filter { $0.key.hasSuffix("/energy") } }
    #expect(energies(said) == energies(listener.kept))
    #expect(
      Set(said.keys.filter { $0.hasSuffix("/energy/config") })
        == Set(listener.kept.keys.filter { $0.hasSuffix("/energy/config") }))
    let removed = try wattlog.run("publish", "--remove")
    #expect(removed.exit == 0, "\(removed)")
    try wait("the last take-back") { listener.kept.isEmpty }
    #expect(removed.stdout.contains("took back wattlog/status\n"))
    let again = try wattlog.run("publish", "--remove")
    #expect(again.exit == 0 && again.stdout.isEmpty && again.stderr.contains("keeps nothing"))
    #expect(try wattlog.run("publish").exit == 2)
    #expect(try wattlog.run("record", "--dry-run", "--publish", "home-assistant").exit == 2)
  }

  /// Each answer to a command may explain a step of the counter, so the plug is read again; who forges many makes work.
  @Test func `a flood of forged answers makes the store be read a fiftieth of the time`() throws {
    let broker = try PrivateBroker()
    try configure(broker, publish: #"{ to: "home-assistant", interval: "1s" }"#)
    try fillStore("fridge,tv")
    let began = Date()
    let (recorder, errors) = try record("-v")
    defer { stop(recorder, SIGKILL) }
    func readings() throws -> [Double] {
      try String(contentsOf: errors, encoding: .utf8).split(separator: "\n")
        .filter { $0.contains("the store was read in") }.compactMap {
          Double($0.split(separator: " ").dropLast().last ?? "")
        }
    }
    var number = 0
    try wait("readings of the store") {
      number += 1
      try broker.publish(["-t", "stat/fridge/RESULT", "-m", #"{"EnergyTotal":{"Total":\#(number),"Today":0}}"#])
      return try readings().count >= 4
    }
    let milliseconds = Date().timeIntervalSince(began) * 1000
    let spent = try readings().dropLast().reduce(0, +)
    #expect(spent * 50 <= milliseconds, "\(spent) ms of \(milliseconds)")
    #expect(number > 4)
  }

  @Test func `a broker that refuses what is published stops nothing, and that is said once`() throws {
    let rules = directory.path + "/acl"
    try Data("topic read tele/#\ntopic read tasmota/#\nuser plugs\ntopic tele/#\n".utf8).write(
      to: URL(fileURLWithPath: rules))
    chmod(rules, 0o644)
    let broker = try PrivateBroker(options: ["acl_file \(rules)"])
    try configure(broker, publish: #"{ interval: "1s" }"#)
    try fillStore("fridge,tv")
    let (recorder, errors) = try record("--publish", "home-assistant")
    defer { stop(recorder, SIGKILL) }
    func said() throws -> [Substring] { try String(contentsOf: errors, encoding: .utf8).split(separator: "\n") }
    try wait("the refusal") { try said().contains { $0.contains("does not let this user publish on") } }
    let before = try #require(try lastTotal(of: "fridge"))
    for step in 1...3 {
      // Anonymous clients may only read; this one has a name.
      try broker.publish(
        ["-q", "1", "-u", "plugs", "-t", "tele/fridge/SENSOR", "-m"]
          + [#"{"Time":"2026-10-25T00:00:0\#(step)","ENERGY":{"Total":\#(before + Double(step) / 10),"Power":7}}"#])
    }
    stop(recorder)
    #expect(recorder.terminationStatus == 143)
    let lines = try said()
    #expect(lines.filter { $0.contains("publish") }.count == 1, "\(lines)")
    #expect(lines.last?.contains("stopped: 3 readings") == true, "\(lines)")
  }
}
