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
      #expect(run.stderr == "wattlog: cannot reach the broker at 127.0.0.1:\(port): Connection refused\n")
    }
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
    let (process, output, _) = try wattlog.start(
      ["discover", "-q", "--json", "--for", "1h", "--broker", "mqtt://127.0.0.1:\(broker.port)"])
    let deadline = Date().addingTimeInterval(20)
    while !broker.log.contains("Sending SUBACK to wattlog-discover"), Date() < deadline { usleep(2000) }
    try broker.publish([
      "-t", "tele/tv/SENSOR", "-m", "{\"Time\":\"2026-10-25T00:00:00\",\"ENERGY\":{\"Total\":1.5,\"Power\":7}}",
    ])
    try broker.publish(["-t", "tele/tv/SENSOR", "-m", "{\"ENERGY\":"])
    while broker.log.components(separatedBy: "Sending PUBLISH to wattlog-discover").count < 5, Date() < deadline {
      usleep(2000)
    }
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: output)) as? [String: Any]
    let topics = try #require(object?["topics"] as? [[String: Any]])
    #expect(topics.map { $0["topic"] as? String } == ["tele/tv/LWT", "tele/tv/SENSOR", "zigbee2mqtt/lamp"])
    #expect(topics[0]["events"] as? Int == 1 && topics[0]["retained"] as? Int == 1)
    #expect(topics[1]["recorded"] as? Int == 1 && topics[1]["device"] as? String == "tv")
    #expect((topics[1]["refused"] as? [String: Int])?.values.reduce(0, +) == 1)
    #expect(topics[2]["recorded"] as? Int == 0)
  }
}
