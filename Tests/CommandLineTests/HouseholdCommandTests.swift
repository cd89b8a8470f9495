import Foundation
import TestSupport
import Testing

/// What people's plugs and brokers do, seen from the command line: copies, shared topics, new plugs, main meters.
@Suite struct HouseholdCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  /// 2026-05-25T00:00:00Z.
  private static let midnight = 1_779_667_200

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "UTC")
  }

  private static func clock(_ time: Int) -> String {
    let format = ISO8601DateFormatter()
    return String(format.string(from: Date(timeIntervalSince1970: Double(time))).dropLast())
  }

  /// A message of a plug whose Total was `base` at midnight, in Wh.
  private static func line(
    _ topic: String, at time: Int, base: Int = 300_000, today: Int, yesterday: Int = 2200, watts: Int = 300
  ) -> String {
    func kWh(_ wattHours: Int) -> String { String(format: "%.3f", Double(wattHours) / 1000) }
    return "\(time) 0 \(topic) {\"Time\":\"\(clock(time))\",\"ENERGY\":{\"TotalStartTime\":\"2025-11-02T18:20:11\","
      + "\"Total\":\(kWh(base + today)),\"Yesterday\":\(kWh(yesterday)),\"Today\":\(kWh(today)),\"Power\":\(watts),"
      + "\"ApparentPower\":\(watts),\"ReactivePower\":0,\"Factor\":1.00,\"Voltage\":230,\"Current\":1.304}}\n"
  }

  private func configure(_ text: String) throws {
    let folder = directory.path + "/config/wattlog"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/wattlog.json"))
  }

  private func replay(_ lines: String) throws {
    let run = try wattlog.run("-q", "replay", "-", input: Data(lines.utf8))
    #expect(run.exit == 0, "\(run)")
  }

  private func report(_ arguments: String...) throws -> [String: Any] {
    let run = try wattlog.run(["report"] + arguments + ["-f", "json"])
    #expect(run.exit == 0, "\(run)")
    return try #require(JSONSerialization.jsonObject(with: Data(run.stdout.utf8)) as? [String: Any])
  }

  private func rows(_ report: [String: Any]) -> [String: Double] {
    let periods = report["periods"] as? [[String: Any]]
    let devices = periods?.first?["devices"] as? [[String: Any]] ?? []
    return Dictionary(
      devices.compactMap { row in
        (row["device"] as? String).flatMap { name in (row["kWh"] as? Double).map { (name, $0) } }
      }, uniquingKeysWith: +)
  }

  private static let day = ["day", "-p", "2026-05-25"]

  // MARK: One plug under two topics, two under one

  /// A bridge's copies: named in the report and by `doctor`, and one plug once both have the same name.
  @Test func oneCopyOfAPlugIsNamedAndCanBeNamedAway() throws {
    try replay(
      (0..<24).map { place in
        let time = Self.midnight + 3600 + place * 300
        return Self.line("tele/fridge/SENSOR", at: time, today: 300 + 25 * place)
          + Self.line("cabin/tele/fridge/SENSOR", at: time, today: 300 + 25 * place)
      }.joined())
    let run = try wattlog.run(["report"] + Self.day)
    #expect(run.stdout.contains("one plug heard under") && run.stdout.contains("0.575 kWh"), "\(run)")
    let doctor = try wattlog.run("doctor")
    #expect(doctor.stdout.contains("are one plug heard under two topics") && doctor.exit == 3, "\(doctor)")
    try configure(
      """
      {"devices": [{"match": "fridge", "name": "cold"}, {"match": "cabin/fridge", "name": "cold"}]}
      """)
    let named = try report("day", "-p", "2026-05-25")
    #expect(rows(named) == ["cold": 0.575])
    #expect((named["notes"] as? [Any])?.isEmpty == true)
    #expect(try wattlog.run("events").exit == 11)
  }

  @Test func twoPlugsOnOneTopicAreNamedOnce() throws {
    try replay(
      (0..<24).map { place in
        let time = Self.midnight + 3600 + place * 300
        return Self.line("tele/tasmota/SENSOR", at: time, base: 20_000, today: 800 + 83 * place)
          + Self.line("tele/tasmota/SENSOR", at: time + 130, base: 309_600, today: 418 + 42 * place, yesterday: 1200)
      }.joined())
    #expect(rows(try report("day", "-p", "2026-05-25")) == ["tasmota": 2.875])
    let events = try wattlog.run("events", "-f", "csv").stdout.split(separator: "\r\n")
    #expect(events.count == 2 && events[1].hasPrefix("shared-topic,tasmota,"), "\(events)")
    let doctor = try wattlog.run("doctor")
    #expect(doctor.stdout.contains("two plugs on one topic") && doctor.stdout.contains("Topic tasmota_%06X"))
    let explained = try wattlog.run("explain", "tasmota", "2026-05-25")
    #expect(explained.stdout.contains("Sum: 2.875 kWh."), "\(explained)")
  }

  // MARK: What a plug says of itself

  @Test func aDeviceWithoutCounterAndPowerIsARowWithAReason() throws {
    try replay(
      (0..<20).map { place in
        let time = Self.midnight + 60 * place
        return "\(time) 0 tele/meters/SENSOR {\"Time\":\"\(Self.clock(time))\",\"ENERGY\":{\"Boiler-V\":121.300,"
          + "\"Boiler-E\":\(102 + place)}}\n"
      }.joined())
    let run = try wattlog.run(["report"] + Self.day)
    #expect(run.exit == 0 && run.stdout.contains("meters") && run.stdout.contains("neither Total nor"), "\(run)")
    let explained = try wattlog.run("explain", "meters", "2026-05-25")
    #expect(explained.exit == 0 && !explained.stdout.contains("the power of each message"), "\(explained)")
  }

  /// The counter beside the power: a fraction, and one that stands still; a sound one, and a kettle between samples, are well.
  @Test func aCounterThatCountsAFractionIsNamed() throws {
    var lines = ""
    for place in 0..<60 {
      let time = Self.midnight + 3600 + place * 300
      lines += Self.line("tele/still/SENSOR", at: time, today: 200, watts: 350)
      lines += Self.line("tele/slow/SENSOR", at: time, base: 5000, today: 200 + 2 * place, watts: 373)
      lines += Self.line("tele/sound/SENSOR", at: time, base: 9000, today: 200 + 25 * place)
      lines += Self.line(
        "tele/kettle/SENSOR", at: time, base: 7000, today: 40 * (place / 9), watts: place % 9 == 0 ? 2000 : 0)
    }
    try replay(lines)
    let doctor = try wattlog.run("doctor").stdout
    #expect(doctor.contains("still: its counter stands still, but its power makes 1.72"), "\(doctor)")
    #expect(doctor.contains("slow: its counter counts only 0.118 kWh"), "\(doctor)")
    #expect(!doctor.contains("sound: its counter") && !doctor.contains("kettle: its counter counts only"), "\(doctor)")
  }

  @Test func aFalseReadingIsNoReasonToSetACounter() throws {
    try replay(
      (0..<24).map { place in
        let isFalse = [8, 9, 17].contains(place)
        return Self.line(
          "tele/meter/SENSOR", at: Self.midnight + 3600 + place * 300, base: isFalse ? 9_011_845 : 9_011_100,
          today: isFalse ? 9_014_355 : 1200 + 42 * place, watts: 500)
      }.joined())
    #expect(try !wattlog.run("doctor").stdout.contains("EnergyTotal"))
    try replay(Self.line("tele/high/SENSOR", at: Self.midnight + 3600, base: 20_000_000, today: 100))
    #expect(try wattlog.run("doctor").stdout.contains("EnergyTotal 0"))
  }

  // MARK: The running day

  /// A plug that has spoken once, a moment ago, is in today's report beside one that spoke before.
  @Test func aPlugThatSpokeOnceIsARow() throws {
    let now = Int(Date().timeIntervalSince1970)
    // In the first minutes of a day the other plug's messages would be of the day before.
    let first = max(now - 600, now / 86_400 * 86_400)
    try replay(
      stride(from: first, to: now - 60, by: 60).map { time in
        Self.line("tele/fridge/SENSOR", at: time, today: 300 + (time - first) / 60)
      }.joined() + Self.line("tele/lamp/SENSOR", at: now - 5, base: 40_000, today: 5, yesterday: 20, watts: 12))
    #expect(rows(try report("day", "-p", "today"))["lamp"] == 0)
  }

  @Test func oneReadingOfEachIsNoSilence() throws {
    let now = Int(Date().timeIntervalSince1970)
    let names = ["lamp", "fridge", "tv"]
    let earliest = now / 86_400 * 86_400
    try replay(
      names.enumerated().map { place, name in
        Self.line("tele/\(name)/SENSOR", at: max(now - 150 + 60 * place, earliest), base: 40_000 + place, today: 5)
      }.joined())
    #expect(rows(try report("day", "-p", "today")) == ["lamp": 0, "fridge": 0, "tv": 0])
  }

  // MARK: The house

  private func house() throws {
    try replay(
      (0...96).map { place in
        let time = Self.midnight + place * 900
        return Self.line(
          "tele/mains/SENSOR", at: time, base: 900_000, today: place < 96 ? 500 * place : 0,
          yesterday: place < 96 ? 0 : 48_000)
          + Self.line(
            "tele/tv/SENSOR", at: time, base: 50_000, today: place < 96 ? 200 * place : 0,
            yesterday: place < 96 ? 0 : 19_200)
          + Self.line(
            "tele/pc/SENSOR", at: time, base: 20_000, today: place < 96 ? 100 * place : 0,
            yesterday: place < 96 ? 0 : 9600)
      }.joined())
  }

  @Test func checkCountsTheHouseOnceAndKnowsItsDays() throws {
    try house()
    func check(_ condition: String, at time: String) throws -> Int32 {
      try wattlog.run("check", "--at", "2026-05-25T" + time, condition).exit
    }
    try configure(#"{"site": {"mainMeter": "MAINS"}}"#)
    #expect(try check("today>23.9kWh", at: "12:00") == 10 && check("today>24.1kWh", at: "12:00") == 0)
    #expect(try check("*.today>24.1kWh", at: "12:00") == 0 && check("tv.today>9.5kWh", at: "12:00") == 10)
    try configure(#"{"site": {"mainMeter": "mains", "dayStart": "06:00"}}"#)
    #expect(try check("today>12.1kWh", at: "12:00") == 0 && check("today>11.9kWh", at: "12:00") == 10)
    // At five it is still the day before.
    #expect(try check("today>9.9kWh", at: "05:00") == 10 && check("yesterday>0kWh", at: "05:00") == 11)
  }

  @Test func aTierCountsTheHouse() throws {
    try house()
    try Data(
      """
      {"name": "home", "currency": "EUR", "periods": [{"from": "2025-01-01", "rates": [{"name": "flat", "price": 0.3}],
       "tiers": [{"aboveKWhPerBill": 20, "add": 0.25}]}]}
      """.utf8
    ).write(to: URL(fileURLWithPath: directory.path + "/tariff.json"))
    for mainMeter in ["", #", "mainMeter": "mains""#] {
      try configure(#"{"site": {"tariff": "\#(directory.path)/tariff.json", "billingDay": 25\#(mainMeter)}}"#)
      func cost(_ arguments: String...) throws -> Double? {
        let run = try wattlog.run(["report", "day", "-p", "2026-05-25", "-f", "json"] + arguments)
        let report = try JSONSerialization.jsonObject(with: Data(run.stdout.utf8)) as? [String: Any]
        let devices = (report?["periods"] as? [[String: Any]])?.first?["devices"] as? [[String: Any]]
        return devices?.first { $0["device"] as? String == "tv" }?["cost"] as? Double
      }
      let all = try #require(try cost())
      #expect(try cost("--device", "tv") == all && all > 19.2 * 0.3 + 1)
      let rows = try wattlog.run("export", "-p", "2026-05-25", "--every", "1h", "--device", "tv").stdout
      let sum = rows.split(separator: "\r\n").dropFirst().reduce(0.0) { sum, row in
        sum + (Double(row.split(separator: ",", omittingEmptySubsequences: false)[9]) ?? 0)
      }
      #expect(abs(sum - all) < 0.011, "\(sum) \(all)")
    }
  }

  // MARK: Names

  @Test func plugsAnswerToAnyNameInAnyCase() throws {
    let discovery =
      #"{"mac":"DC4F22AA0A01","dn":"Kitchen Fridge","t":"Cold_1","ft":"%prefix%/%topic%/","tp":["cmnd","stat","tele"]}"#
    try replay(
      "\(Self.midnight) 1 tasmota/discovery/DC4F22AA0A01/config \(discovery)\n"
        + (0..<20).map { place in
          Self.line("tele/Cold_1/SENSOR", at: Self.midnight + 300 * place, today: 10 * place)
            + Self.line("tele/tv/SENSOR", at: Self.midnight + 300 * place, base: 7000, today: 5 * place)
            + Self.line("tele/TV/SENSOR", at: Self.midnight + 300 * place, base: 3000, today: 6 * place)
        }.joined())
    for word in [
      "Cold_1", "cold_1", "COLD_1", "dc:4f:22:aa:0a:01", "DC-4F-22-AA-0A-01", "dc4f22aa0a01", "kitchen fridge",
      "Kitchen Fridge", "cold*",
    ] {
      let run = try wattlog.run(["report", "--device", word, "-f", "json"] + Self.day)
      #expect(run.exit == 0 && run.stdout.contains("\"Cold_1\"") && !run.stdout.contains("\"tv\""), "\(word): \(run)")
      if word != "cold*" { #expect(try wattlog.run("explain", word, "2026-05-25").exit == 0, "\(word)") }
    }
    // As it is written it is one of two; otherwise nobody knows which.
    #expect(try wattlog.run(["report", "--device", "tv", "-f", "json"] + Self.day).stdout.contains("\"TV\"") == false)
    let either = try wattlog.run("explain", "Tv", "2026-05-25")
    #expect(either.exit == 2 && either.stderr.contains("in several places"), "\(either)")
    #expect(try wattlog.run(["report", "--device", "Tv"] + Self.day).exit == 11)
    #expect(try wattlog.run("check", "--at", "2026-05-25T02:00", "KITCHEN FRIDGE.today>100Wh").exit == 10)
  }

  /// People read the name that a plug told; what scripts read does not change when somebody renames it.
  @Test func namesOfDiscoveryAreShownAndTopicsAreKept() throws {
    let discovery =
      #"{"mac":"DC4F22AA0A01","dn":"Kitchen Fridge","t":"Cold_1","ft":"%prefix%/%topic%/","tp":["cmnd","stat","tele"]}"#
    try replay(
      "\(Self.midnight) 1 tasmota/discovery/DC4F22AA0A01/config \(discovery)\n"
        + (0..<20).map { Self.line("tele/Cold_1/SENSOR", at: Self.midnight + 300 * $0, today: 10 * $0) }.joined())
    let day = ["-p", "2026-05-25"]
    let page = directory.path + "/pages"
    #expect(try wattlog.run("pages", page).exit == 0)
    let shown =
      [
        try wattlog.run(["report"] + day), try wattlog.run(["report", "-f", "html"] + day),
        try wattlog.run(["report", "-f", "md"] + day), try wattlog.run("status"), try wattlog.run("device", "list"),
        try wattlog.run("explain", "Cold_1", "2026-05-25"), try wattlog.run(["standby"] + day),
        try wattlog.run("check", "--at", "2026-05-25T04:00", "silent>1h"), try wattlog.run("doctor"),
      ].map(\.stdout) + [try String(contentsOfFile: page + "/index.html", encoding: .utf8)]
    for text in shown { #expect(text.contains("Kitchen Fridge") && !text.contains("Kitchen Fridge ("), "\(text)") }
    let kept = [
      try wattlog.run(["report", "-f", "csv"] + day), try wattlog.run(["report", "-f", "json"] + day),
      try wattlog.run("export", "--raw"), try wattlog.run("export", "--every", "1h"),
      try wattlog.run("status", "--json"), try wattlog.run("status", "-f", "prometheus"),
      try wattlog.run("device", "list", "--json"), try wattlog.run(["standby", "-f", "json"] + day),
      try wattlog.run("doctor", "--json"),
    ]
    for run in kept {
      #expect(run.stdout.contains("Cold_1") && !run.stdout.contains("Kitchen Fridge"), "\(run)")
    }
  }

  // MARK: Corrections

  /// Readings are gone, and half an hour is left out: the rest of the day stays, to the Wh.
  @Test func whatIsLeftOutOfRollupsIsThatTimeAlone() throws {
    try replay(
      (0..<48).map {
        Self.line("tele/tv/SENSOR", at: Self.midnight + 32_400 + 300 * $0, today: 1000 + 50 * $0, watts: 600)
      }
      .joined())
    for command in [["compact"], ["retain", "--raw", "7d"]] { #expect(try wattlog.run(command).exit == 0) }
    #expect(try wattlog.run("export", "--raw").exit == 11)
    let ignore = try wattlog.run(
      "device", "ignore", "tv", "--from", "2026-05-25T10:00", "--to", "2026-05-25T10:30", "--why", "another lamp")
    #expect(ignore.exit == 0)
    #expect(rows(try report("day", "-p", "2026-05-25")) == ["tv": 2.05])
    #expect(try wattlog.run("device", "undo", "1").exit == 0)
    #expect(rows(try report("day", "-p", "2026-05-25")) == ["tv": 2.35])
  }
}
