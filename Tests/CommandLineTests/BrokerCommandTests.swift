import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.enabled(if: PrivateBroker.isInstalled, "mosquitto or its clients are not installed"))
struct BrokerCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path)
  }

  @Test func aBrokerThatIsAwayIsExit8() throws {
    let port = try PrivateBroker.freePort()
    for command in ["discover", "live"] {
      let run = try wattlog.run(command, "-q", "--broker", "mqtt://127.0.0.1:\(port)")
      #expect(run.exit == 8)
      #expect(
        run.stderr == "wattlog: cannot reach the broker at 127.0.0.1:\(port): Connection refused; "
          + "does a broker run there? Mosquitto listens on port 1883, with TLS on 8883\n")
    }
  }

  /// A folder that the dynamic linker looks into first.
  private func folder(withLibrary make: (URL) throws -> Void) throws -> [String: String] {
    let folder = URL(fileURLWithPath: directory.path).appendingPathComponent("lib-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try make(folder.appendingPathComponent("libmosquitto.so.1"))
    return ["LD_LIBRARY_PATH": folder.path]
  }

  @Test func withoutLibmosquittoReportsWorkAndARecorderSaysWhatToInstall() throws {
    let broken = try folder { try Data("no library".utf8).write(to: $0) }
    let line = "1761350400 0 tele/tv/SENSOR {\"Time\":\"2025-10-25T00:00:00\",\"ENERGY\":{\"Total\":1.5,\"Power\":7}}\n"
    #expect(try wattlog.run("replay", "-q", "-", input: Data(line.utf8), environment: broken).exit == 0)
    let report = try wattlog.run("report", "-p", "2025-10-25", "-f", "csv", environment: broken)
    #expect(report.exit == 0 && report.stdout.contains("tv"))
    // The port is free: it is not even tried.
    let url = "mqtt://127.0.0.1:\(try PrivateBroker.freePort())"
    for command in ["discover", "live", "record"] {
      let run = try wattlog.run(command, "-q", "--broker", url, environment: broken)
      #expect(run.exit == 1)
      #expect(run.stderr.hasPrefix("wattlog: cannot load libmosquitto, which speaks to brokers ("))
      #expect(
        run.stderr.contains("/libmosquitto.so.1: file too short); install it: on Debian 'apt install libmosquitto1'\n"))
    }
    let maps = try #require(try FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd())
    let another = try #require(
      String(decoding: maps, as: UTF8.self).split { " \n".contains($0) }.first { $0.contains("/libm.so") })
    let lacking = try folder {
      try FileManager.default.createSymbolicLink(
        at: $0, withDestinationURL: URL(fileURLWithPath: String(another)))
    }
    let run = try wattlog.run("discover", "-q", "--broker", url, environment: lacking)
    #expect(run.exit == 1 && run.stderr.contains("libmosquitto.so.1 has no function mosquitto_"))
  }

  @Test func aRefusedLoginIsExit9() throws {
    let broker = try PrivateBroker(users: ["u": "right"])
    let password = directory.path + "/password"
    try Data("wrong\n".utf8).write(to: URL(fileURLWithPath: password))
    chmod(password, 0o600)
    let run = try wattlog.run(
      "discover", "-q", "--broker", "mqtt://u@127.0.0.1:\(broker.port)", "--password-file", password)
    #expect(run.exit == 9 && run.stderr.hasPrefix("wattlog: the broker refused the login of user 'u'"))
    chmod(password, 0o644)
    let exposed = try wattlog.run(
      "discover", "-q", "--broker", "mqtt://u@127.0.0.1:\(broker.port)", "--password-file", password)
    #expect(exposed.exit == 4 && exposed.stderr.contains("chmod 600"))
  }

  @Test func discoverTellsWhatWouldBeRecordedAndWhatNot() throws {
    let broker = try PrivateBroker()
    try broker.publish(["-t", "zigbee2mqtt/lamp", "-r", "-m", "{}"])
    try broker.publish(["-t", "tele/tv/LWT", "-r", "-m", "Online"])
    let config =
      "{\"dn\":\"Cellar\",\"mac\":\"A0B765112233\",\"t\":\"cellar\",\"ft\":\"%prefix%/%topic%/\","
      + "\"tp\":[\"cmnd\",\"stat\",\"tele\"]}"
    try broker.publish(["-t", "tasmota/discovery/A0B765112233/config", "-r", "-m", config])
    let (process, output, _) = try wattlog.start(
      ["discover", "-q", "--json", "--for", "1h", "--broker", "mqtt://127.0.0.1:\(broker.port)"])
    let deadline = Date().addingTimeInterval(120)
    while !broker.log.contains("Sending SUBACK to wattlog-discover"), Date() < deadline { usleep(2000) }
    // A publisher that waits for its acknowledgement ends after the broker has sent the message on; the signal may
    // then come before the program has read it, and what arrived counts all the same.
    for payload in ["{\"Time\":\"2026-10-25T00:00:00\",\"ENERGY\":{\"Total\":1.5,\"Power\":7}}", "{\"ENERGY\":"] {
      try broker.publish(["-q", "1", "-t", "tele/tv/SENSOR", "-m", payload])
    }
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: output)) as? [String: Any]
    let topics = try #require(object?["topics"] as? [[String: Any]])
    try #require(
      topics.map { $0["topic"] as? String } == [
        "tasmota/discovery/A0B765112233/config", "tele/tv/LWT", "tele/tv/SENSOR", "zigbee2mqtt/lamp",
      ])
    #expect(topics[1]["events"] as? Int == 1 && topics[1]["retained"] as? Int == 1)
    #expect(topics[2]["recorded"] as? Int == 1 && topics[2]["device"] as? String == "tv")
    #expect((topics[2]["refused"] as? [String: Int])?.values.reduce(0, +) == 1)
    #expect(topics[3]["recorded"] as? Int == 0)
    // The plug that only discovery knows is named, and is known not to have spoken.
    let plugs = try #require(object?["plugs"] as? [[String: Any]])
    try #require(plugs.map { $0["topic"] as? String } == ["cellar", "tv"])
    #expect(plugs[0]["name"] as? String == "Cellar" && plugs[0]["mac"] as? String == "A0B765112233")
    #expect(plugs[0]["messages"] as? Int == 0 && plugs[0]["measures"] as? Bool == false)
    #expect(plugs[1]["availability"] as? String == "online" && plugs[1]["measures"] as? Bool == true)
  }

  @Test func whatIsPublishedIsInTheStoreAfterSIGTERM() throws {
    let broker = try PrivateBroker()
    let url = "mqtt://127.0.0.1:\(broker.port)"
    let capture = directory.path + "/capture.log"
    let (process, _, errors) = try wattlog.start(["record", "--broker", url, "--capture", capture])
    let deadline = Date().addingTimeInterval(20)
    func said() throws -> String { try String(contentsOf: errors, encoding: .utf8) }
    while try !said().contains("connected to"), Date() < deadline { usleep(2000) }
    // A second recorder of the same store is told who holds it; one that stores nothing may listen.
    let second = try wattlog.run("record", "--broker", url)
    #expect(second.exit == 6 && second.stderr.contains("is held by process \(process.processIdentifier)"))
    let payload = "{\"Time\":\"2026-10-25T00:00:00\",\"ENERGY\":{\"Total\":1.NNN,\"Power\":7}}\n"
    let lines = (100..<600).map { payload.replacingOccurrences(of: "NNN", with: String($0)) }.joined()
    try broker.publish(["-t", "tele/tv/SENSOR", "-l"], standardInput: lines)
    func captured() -> Int { (try? String(contentsOfFile: capture, encoding: .utf8))?.filter { $0 == "\n" }.count ?? 0 }
    while captured() < 500, Date() < deadline { usleep(2000) }
    let status = try JSONSerialization.jsonObject(with: Data(try wattlog.run("status", "--json").stdout.utf8))
    let recorder = try #require((status as? [String: Any])?["recorder"] as? [String: Any])
    #expect(recorder["running"] as? Bool == true && recorder["connected"] as? Bool == true)
    #expect(recorder["broker"] as? String == url && recorder["dropped"] as? Int == 0)
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    #expect(process.terminationStatus == 143)
    let raw = try wattlog.run("export", "--raw", "--fields", "energy_total")
    #expect(raw.stdout.split(separator: "\r\n").dropFirst().count == 500)
    #expect(try wattlog.run("verify", "--deep").exit == 0)
    let files = try FileManager.default.contentsOfDirectory(atPath: directory.path + "/data/wattlog")
    #expect(!files.contains { $0.hasPrefix("journal") })
    // The capture holds the same messages.
    let again = try wattlog.run("replay", "--json", capture)
    #expect(again.stdout.contains("\"readings\":0,"))
  }

  @Test func aRecorderThatIsRefusedAtFirstEndsAndADryRunStoresNothing() throws {
    let broker = try PrivateBroker(users: ["u": "right"])
    let refused = try wattlog.run("record", "-q", "--broker", "mqtt://127.0.0.1:\(broker.port)")
    #expect(refused.exit == 9 && refused.stderr.hasPrefix("wattlog: the broker refused an anonymous login"))
    let password = directory.path + "/password"
    try Data("right\n".utf8).write(to: URL(fileURLWithPath: password))
    chmod(password, 0o600)
    let (process, output, errors) = try wattlog.start([
      "record", "--dry-run", "--broker", "mqtt://u@127.0.0.1:\(broker.port)", "--password-file", password,
    ])
    let deadline = Date().addingTimeInterval(20)
    while try !String(contentsOf: errors, encoding: .utf8).contains("connected to"), Date() < deadline { usleep(2000) }
    try broker.publish(["-u", "u", "-P", "right", "-t", "tele/tv/LWT", "-m", "Online"])
    func printed() throws -> String { try String(contentsOf: output, encoding: .utf8) }
    while try printed().isEmpty, Date() < deadline { usleep(2000) }
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    #expect(try printed() == "tele/tv/LWT: an event, availability: online\n")
    #expect(try wattlog.run("status").exit == 5 || wattlog.run("status").stdout.contains("0 messages"))
  }
}
