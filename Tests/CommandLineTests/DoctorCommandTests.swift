import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct DoctorCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
  }

  private var store: String { directory.path + "/data/wattlog" }

  /// Messages of the last hour, every `period` seconds, with the plug's clock as `clock` makes it from UTC.
  private func replay(
    _ device: String, period: Int, places: Int = 5, watts: Int = 60, ago: Int = 0, clock: (Date) -> String
  ) throws {
    let end = Int(Date().timeIntervalSince1970) - ago
    var lines = ""
    for (number, time) in stride(from: end - 3600, through: end, by: period).enumerated() {
      let total = String(format: "%.\(places)f", 12 + Double(number) * 0.01)
      lines += "\(time) 0 tele/\(device)/SENSOR {\"Time\":\"\(clock(Date(timeIntervalSince1970: Double(time))))\","
      lines += "\"ENERGY\":{\"Total\":\(total),\"Power\":\(watts)}}\n"
    }
    #expect(try wattlog.run(["-q", "replay", "-"], input: Data(lines.utf8)).exit == 0)
  }

  private func text(_ date: Date, zone: String, offset: String = "") -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: zone)
    format.dateFormat = "yyyy-MM-dd'T'HH:mm:ss"
    return format.string(from: date) + offset
  }

  @Test func `a store and a plug that are well are exit 0`() throws {
    try replay("fridge", period: 10) { text($0, zone: "UTC", offset: "+00:00") }
    chmod(store, 0o750)
    let run = try wattlog.run("doctor")
    #expect(run.exit == 0 && run.stderr == "", "\(run)")
    #expect(run.stdout.hasSuffix("\n0 problems, 0 hints\n"), "\(run)")
    for words in [
      "all checksums are right", "free on the disk", "no recorder runs",
      "not examined: none is configured, and none is named with --broker", " a year\n", "commits every 10s",
    ] {
      #expect(run.stdout.contains(words), "\(words) in \(run)")
    }
  }

  @Test func `what is wrong with plugs is told, with commands to paste`() throws {
    try replay("slow", period: 300, places: 3, watts: 2) { text($0, zone: "Europe/London") }
    try replay("zone", period: 20) { text($0, zone: "Asia/Tokyo") }
    try replay("late", period: 20) { text($0.addingTimeInterval(-2000), zone: "UTC", offset: "+00:00") }
    try replay("new", period: 20) { _ in "1970-01-01T00:10:00" }
    try replay("gone", period: 20, ago: 86_400) { text($0, zone: "UTC", offset: "+00:00") }
    let before = try FileManager.default.subpathsOfDirectory(atPath: store).sorted()
    let run = try wattlog.run("doctor", "--json")
    #expect(run.exit == 3 && run.stderr == "", "\(run)")
    #expect(try FileManager.default.subpathsOfDirectory(atPath: store).sorted() == before)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(run.stdout.utf8)) as? [String: Any])
    #expect(object["schema"] as? String == "wattlog.doctor/1" && object["problems"] as? Int == 4)
    let findings = try #require(object["findings"] as? [[String: Any]])
    func said(_ device: String) -> [String] {
      findings.filter { $0["device"] as? String == device }.map {
        "\($0["weight"] as? String ?? ""): \($0["text"] as? String ?? "")"
      }
    }
    #expect(said("slow").count == 3)
    #expect(said("slow").first?.hasPrefix("hint: sends every 300 s") ?? false)
    #expect(said("slow").last == "hint: at its mean of 2.0 W a step of its counter (0.001 kWh) takes 30 min")
    let summer = TimeZone(identifier: "Europe/London")?.isDaylightSavingTime() ?? false
    #expect(said("zone").first == "problem: its clock is \(summer ? 8 : 9) h ahead of Europe/London: another time zone")
    #expect(said("late") == ["problem: its clock is 33 min behind"])
    #expect(
      said("new").count == 1 && said("new").first?.contains("carry the year 1970: no time server answers") ?? false)
    #expect(said("gone") == ["problem: silent for 1 d 0 h"])
    let paper = try wattlog.run("doctor").stdout
    #expect(paper.contains("slow  Backlog TelePeriod 30; SetOption52 1; EnergyRes 5\n"))
    #expect(paper.contains("zone  Backlog Timezone 99; TimeStd 0,0,10,1,2,0; TimeDst 0,0,3,1,1,60; SetOption52 1\n"))
    #expect(paper.contains("new   Backlog NtpServer1 pool.ntp.org\n") && paper.contains("\n4 problems, 4 hints\n"))
  }

  @Test func `zones are told in the firmware's words`() throws {
    for (zone, command) in [
      ("America/New_York", "Timezone 99; TimeStd 0,1,11,1,2,-300; TimeDst 0,2,3,1,2,-240"),
      ("Australia/Sydney", "Timezone 99; TimeStd 1,1,4,1,3,600; TimeDst 1,1,10,1,2,660"),
      ("Asia/Kolkata", "Timezone +05:30"),
    ] {
      let store = directory.path + "/" + zone.split(separator: "/")[1]
      let environment = ["WATTLOG_STORE": store, "WATTLOG_TIMEZONE": zone]
      let now = Date()
      let clock = text(now.addingTimeInterval(3 * 3600), zone: zone)
      let line =
        "\(Int(now.timeIntervalSince1970)) 0 tele/tv/SENSOR {\"Time\":\"\(clock)\",\"ENERGY\":{\"Total\":1.50000}}\n"
      #expect(try wattlog.run(["-q", "replay", "-"], input: Data(line.utf8), environment: environment).exit == 0)
      let run = try wattlog.run(["doctor"], environment: environment)
      #expect(run.stdout.contains("tv  Backlog \(command); SetOption52 1\n"), "\(run)")
    }
  }

  @Test func `damage and open files are problems`() throws {
    try replay("fridge", period: 10) { text($0, zone: "UTC", offset: "+00:00") }
    let password = directory.path + "/password"
    try Data("secret\n".utf8).write(to: URL(fileURLWithPath: password))
    chmod(password, 0o644)
    let configuration = directory.path + "/wattlog.json"
    try Data("{ broker: { passwordFile: \"password\" } }".utf8).write(to: URL(fileURLWithPath: configuration))
    chmod(configuration, 0o666)
    chmod(store, 0o777)
    let segment = try #require(
      try FileManager.default.subpathsOfDirectory(atPath: store).first { $0.hasSuffix(".segment") })
    var bytes = try Data(contentsOf: URL(fileURLWithPath: store + "/" + segment))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: store + "/" + segment))
    let run = try wattlog.run("doctor", "--config", configuration)
    #expect(run.exit == 3, "\(run)")
    for words in [
      "problem  \(store)/\(segment) at byte", "wattlog repair --store \(store)",
      "everyone on this machine may write to",
      "chmod 600 \(password)", "chmod go-w \(configuration)", "\n4 problems, 0 hints\n",
    ] {
      #expect(run.stdout.contains(words), "\(words) in \(run)")
    }
    #expect(!run.stdout.contains("secret"))
    #expect(try wattlog.run("doctor", "--store", directory.path + "/none").exit == 5)
    // Before there is a store the rest is examined.
    let empty = try TemporaryDirectory()
    let first = try WattlogProcess(home: empty.path).run("doctor")
    #expect(first.exit == 0 && first.stdout.contains("there is none yet at"), "\(first)")
    #expect(first.stdout.contains("no recorder runs") && first.stdout.contains("no configuration file"), "\(first)")
  }

  @Test(.enabled(if: PrivateBroker.isInstalled, "mosquitto or its clients are not installed"))
  func `an open broker with a retained SENSOR is a problem, one with a login is not`() throws {
    try replay("fridge", period: 10) { text($0, zone: "UTC", offset: "+00:00") }
    chmod(store, 0o750)
    let open = try PrivateBroker()
    try open.publish(["-t", "tele/tv/SENSOR", "-r", "-m", "{\"ENERGY\":{\"Total\":1}}"])
    let run = try wattlog.run("doctor", "--for", "1s", "--broker", "mqtt://127.0.0.1:\(open.port)")
    #expect(run.exit == 3 && run.stdout.contains("\n2 problems, 0 hints\n"), "\(run)")
    #expect(run.stdout.contains("it lets everyone in without a password"))
    #expect(run.stdout.contains("mosquitto_pub -h 127.0.0.1 -p \(open.port) -r -n -t tele/tv/SENSOR\n"))
    let closed = try PrivateBroker(users: ["u": "right"])
    let password = directory.path + "/password"
    try Data("right\n".utf8).write(to: URL(fileURLWithPath: password))
    chmod(password, 0o600)
    let url = "mqtt://u@127.0.0.1:\(closed.port)"
    let login = try wattlog.run("doctor", "--for", "1s", "--broker", url, "--password-file", password)
    #expect(login.exit == 0 && login.stdout.contains("\(closed.port) answers;"), "\(login)")
    let stranger = try wattlog.run("doctor", "--for", "1s", "--broker", "mqtt://127.0.0.1:\(closed.port)")
    #expect(stranger.exit == 3 && stranger.stdout.contains("refused an anonymous login"), "\(stranger)")
    let away = try wattlog.run("doctor", "--for", "1s", "--broker", "mqtt://127.0.0.1:\(try PrivateBroker.freePort())")
    #expect(away.exit == 3 && away.stdout.contains("Connection refused"), "\(away)")
  }
}
