import Foundation
import TestSupport
import Testing

/// Corrections from the outside: entered, seen in the figures, taken back.
@Suite struct DeviceCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path)
    let capture = try wattlog.run(
      "simulate", "--devices", "fridge,tv,kettle", "--from", "2026-03-02", "--to", "2026-03-05", "--period", "60s",
      "--seed", "3")
    #expect(try wattlog.run("replay", "-", "-q", input: Data(capture.stdout.utf8)).exit == 0)
  }

  private func kWh(_ device: String, _ day: String = "2026-03-03") throws -> Double? {
    let run = try wattlog.run("report", "day", "-p", day, "-f", "json")
    let report = try JSONSerialization.jsonObject(with: Data(run.stdout.utf8)) as? [String: Any]
    let periods = report?["periods"] as? [[String: Any]]
    let devices = periods?.first?["devices"] as? [[String: Any]]
    return devices?.first { $0["device"] as? String == device }?["kWh"] as? Double
  }

  @Test func everyCorrectionChangesFiguresNotReadingsAndCanBeTakenBack() throws {
    let raw = try wattlog.run("export", "--raw").stdout
    let report = try wattlog.run("report", "day", "-p", "2026-03-02..2026-03-04", "-f", "json").stdout
    let tv = try #require(try kWh("tv"))
    let kettle = try #require(try kWh("kettle"))
    let entries = [
      ["rename", "tv", "telly"], ["scale", "telly", "0.5", "--from", "2026-03-02"],
      ["ignore", "kettle", "--from", "2026-03-03", "--to", "2026-03-04", "--why", "lent"],
      ["swap", "fridge", "kettle", "--at", "2026-03-04"],
    ]
    for (index, entry) in entries.enumerated() {
      let run = try wattlog.run(["device"] + entry)
      #expect(run.exit == 0 && run.stdout == "\(index + 1)\n", "\(run)")
      #expect(try wattlog.run("export", "--raw").stdout == raw)
    }
    let halved = try #require(try kWh("telly"))
    #expect(abs(halved - tv / 2) < 0.0011 && kettle > 0)
    #expect(try kWh("tv") == nil)
    #expect(try kWh("kettle") == 0)
    let gaps = try wattlog.run("gaps", "--device", "kettle", "-f", "json").stdout
    #expect(gaps.contains("\"ignored\"") && gaps.contains("lent"))
    #expect(try wattlog.run("events", "--kind", "swap").stdout.contains("fridge"))
    let every = try wattlog.run("export", "--every", "1d", "--device", "telly", "-p", "2026-03-03")
    #expect(every.exit == 0 && every.stdout.contains("telly"))
    for id in 1...4 { #expect(try wattlog.run("device", "undo", String(id)).exit == 0) }
    #expect(try wattlog.run("report", "day", "-p", "2026-03-02..2026-03-04", "-f", "json").stdout == report)
    #expect(try wattlog.run("export", "--raw").stdout == raw)
    #expect(try wattlog.run("device", "undo", "5").exit == 0)
    #expect(try kWh("telly") == tv)
  }

  @Test func theListShowsPlugsAndCorrections() throws {
    #expect(try wattlog.run("device", "scale", "tv", "0.98", "--from", "2026-03-03", "--why", "measured").exit == 0)
    let list = try wattlog.run("device", "list", "--json")
    let object = try JSONSerialization.jsonObject(with: Data(list.stdout.utf8)) as? [String: Any]
    let devices = try #require(object?["devices"] as? [[String: Any]])
    #expect(devices.compactMap { $0["device"] as? String } == ["fridge", "kettle", "tv"])
    #expect(devices.compactMap { ($0["macs"] as? [String])?.count } == [1, 1, 1])
    #expect(devices.last?["corrections"] as? [Int] == [1])
    let table = try wattlog.run("device", "list").stdout
    #expect(table.contains("× 0.98") && table.contains("measured") && table.contains("in force"))
  }

  @Test(arguments: [
    (["device"], 2, "'device' needs"), (["device", "lst"], 2, "did you mean 'list'?"),
    (["device", "rename", "tv"], 2, "'device rename' takes other words"),
    (["device", "rename", "tv", "kettle"], 2, "another device is called 'kettle'"),
    (["device", "rename", "tvv", "x"], 11, "no device is called 'tvv'; did you mean 'tv'?"),
    (["device", "ignore", "tv", "--from", "2026-03-03", "--to", "2026-03-04"], 2, "needs --why"),
    (
      ["device", "ignore", "tv", "--from", "2026-03-04", "--to", "2026-03-03", "--why", "x"], 2, "the range is empty"
    ),
    (["device", "scale", "tv", "x", "--from", "2026-03-03"], 2, "'x' is no factor"),
    (["device", "scale", "tv", "0.9"], 2, "needs --from"),
    (["device", "scale", "tv", "0.9", "--from", "2026-03-03", "--at", "2026-03-03"], 2, "does not take --at"),
    (["device", "swap", "fridge", "tv"], 2, "needs --at"), (["device", "undo", "7"], 11, "there is no correction 7"),
    (["device", "undo", "seven"], 2, "is no number of a correction"),
  ])
  func wrongWordsChangeNothing(words: [String], exit: Int32, message: String) throws {
    let run = try wattlog.run(words)
    #expect(run.exit == exit && run.stderr.contains(message) && run.stdout == "", "\(run)")
    #expect(!FileManager.default.fileExists(atPath: directory.path + "/data/wattlog/corrections"))
  }

  @Test func anEditedLineIsNamedInTheReport() throws {
    #expect(try wattlog.run("device", "scale", "tv", "0.98", "--from", "2026-03-03").exit == 0)
    let path = directory.path + "/data/wattlog/corrections"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try text.replacingOccurrences(of: "0.98", with: "0.18").write(toFile: path, atomically: true, encoding: .utf8)
    let run = try wattlog.run("report", "day", "-p", "2026-03-03", "--strict")
    #expect(run.exit == 3 && run.stdout.contains("corrections is damaged or was edited"))
  }

  @Test func verifyChecksEveryLineOfTheCorrections() throws {
    #expect(try wattlog.run("device", "scale", "tv", "0.98", "--from", "2026-03-03").exit == 0)
    #expect(try wattlog.run("device", "scale", "fridge", "0.98", "--from", "2026-03-03").exit == 0)
    let sound = try wattlog.run("verify")
    #expect(sound.exit == 0 && sound.stderr.contains("2 corrections"), "\(sound)")
    let path = directory.path + "/data/wattlog/corrections"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    func write(_ text: String) throws { try text.write(toFile: path, atomically: true, encoding: .utf8) }
    func json() throws -> [String: Any] {
      let run = try wattlog.run("verify", "--json")
      #expect(run.stderr == "", "\(run)")
      return try #require(try JSONSerialization.jsonObject(with: Data(run.stdout.utf8)) as? [String: Any])
    }
    // Edited.
    try write(text.replacingOccurrences(of: "0.98", with: "0.18"))
    let edited = try wattlog.run("verify")
    #expect(edited.exit == 7 && edited.stderr.contains("corrections at byte"), "\(edited)")
    #expect(edited.stderr.contains("line 2 does not match its checksum") && edited.stderr.contains("2 damaged"))
    let damage = try #require(try json()["damage"] as? [[String: Any]])
    #expect(damage.count == 2 && damage.allSatisfy { $0["kind"] as? String == "corrections" })
    let doctor = try wattlog.run("doctor")
    #expect(doctor.exit == 3 && doctor.stdout.contains("line 2 does not match its checksum"), "\(doctor)")
    // Put aside as the advice says.
    try write(
      text.split(separator: "\n").map { $0.hasPrefix("#") ? "\($0)" : "# \($0)" }.joined(separator: "\n") + "\n")
    #expect(try wattlog.run("verify").exit == 0)
    // Torn: normal, and told.
    try write(String(text.dropLast(20)))
    let torn = try wattlog.run("verify")
    #expect(torn.exit == 0 && torn.stderr.contains("is unfinished"), "\(torn)")
    #expect(try json()["sound"] as? Bool == true)
    // Right by its checksum, and unknown.
    try write(text + "3 2030-01-01T00:00:00Z teleport device=\"tv\" #1da0d52a\n")
    let unknown = try wattlog.run("verify")
    #expect(unknown.exit == 7 && unknown.stderr.contains("no correction that this wattlog knows"), "\(unknown)")
    #expect(try json()["sound"] as? Bool == false)
  }

  @Test func explainShowsTheReportsFigureAndItsParts() throws {
    let tariff = directory.path + "/tariff.json"
    try Data(
      """
      { name: "home", currency: "GBP", vat: "5%", periods: [ { from: "2026-01-01", rates: [
        { name: "night", price: 0.0905, hours: "00:30-05:30" }, { name: "day", price: 0.2333 } ] } ] }
      """.utf8
    ).write(to: URL(fileURLWithPath: tariff))
    let figure = try #require(try kWh("fridge"))
    let run = try wattlog.run("explain", "fridge", "2026-03-03", "--tariff", tariff)
    #expect(run.exit == 0 && run.stderr == "", "\(run)")
    let digits = String(format: "%.3f kWh", figure)
    #expect(run.stdout.contains(digits) && run.stdout.contains("midnight") && run.stdout.contains("× 1.05 VAT"))
    #expect(run.stdout.contains("The plug's own Yesterday"))
    let verbose = try wattlog.run("explain", "fridge", "2026-03-03", "-v").stdout
    #expect(verbose.split(separator: "\n").filter { $0.contains("  Power ") }.count >= 1430)
    #expect(try wattlog.run("explain", "fridge", "2026-02-03").exit == 11)
    #expect(try wattlog.run("explain", "fridgee", "2026-03-03").stderr.contains("did you mean 'fridge'?"))
    #expect(try wattlog.run("explain", "fridge", "2026-03").exit == 2)
  }

  @Test func aMainMeterAndAnotherStartOfTheDay() throws {
    let path = directory.path + "/main.json"
    try Data("{ site: { mainMeter: 'tv', dayStart: '06:00' } }".utf8).write(to: URL(fileURLWithPath: path))
    let run = try wattlog.run("report", "day", "-p", "2026-03-03", "-f", "json", "--config", path)
    #expect(run.exit == 0 && run.stdout.contains("\"mainMeter\":\"tv\"") && run.stdout.contains("\"unmetered\""))
    #expect(run.stdout.contains("\"start\":\"2026-03-03T06:00:00+00:00\""))
    let shown = try wattlog.run("config", "show", "--config", path).stdout
    #expect(shown.contains("\"dayStart\": \"06:00\"") && shown.contains("\"mainMeter\": \"tv\""))
    try Data("{ site: { dayStart: '24:00' } }".utf8).write(to: URL(fileURLWithPath: path))
    #expect(try wattlog.run("config", "check", path).exit == 4)
  }
}
