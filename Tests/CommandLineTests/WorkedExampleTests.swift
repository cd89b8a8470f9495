import Foundation
import TestSupport
import Testing

/// The worked examples of Reports/README.md are real runs: messages in, the program's own words out. `UPDATE_GOLDEN=1`
/// rewrites the samples; every line of a block ```` ```text NAME ```` in the document must be a line of that sample.
@Suite struct WorkedExampleTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
  }

  private static let reports = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Reports")

  private static func sample(_ name: String) throws -> String {
    try String(decoding: Data(contentsOf: reports.appending(path: "samples/\(name)")), as: UTF8.self)
  }

  /// Runs the program, and compares what it prints with the sample.
  @discardableResult private func expect(_ words: String..., prints name: String) throws -> String {
    let run = try wattlog.run(words, environment: ["COLUMNS": "100"])
    #expect(run.exit == 0 && run.stderr == "", "\(run)")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try Data(run.stdout.utf8).write(to: Self.reports.appending(path: "samples/\(name)"))
    }
    #expect(try run.stdout == Self.sample(name), "\(name) differs")
    return run.stdout
  }

  /// London's clock: summer time until 2026-10-25T01:00Z.
  private static func offset(at time: Int) -> Int { time < 1_792_890_000 && time > 1_774_746_000 ? 3600 : 0 }

  private static func utc(_ text: String) throws -> Int {
    Int(try #require(ISO8601DateFormatter().date(from: text)).timeIntervalSince1970)
  }

  private static func kWh(_ wattHours: Int) -> String { String(format: "%d.%03d", wattHours / 1000, wattHours % 1000) }

  private static func line(_ name: String, at time: Int, total: Int, today: Int, yesterday: Int, power: Int) -> String {
    let local = Date(timeIntervalSince1970: Double(time + offset(at: time)))
    let clock = ISO8601DateFormatter().string(from: local).dropLast()
    return """
      \(time) 0 tele/\(name)/SENSOR {"Time":"\(clock)","ENERGY":{"TotalStartTime":"2025-01-01T00:00:00","Total":\(
        kWh(total)),"Yesterday":\(kWh(yesterday)),"Today":\(kWh(today)),"Power":\(power)}}
      """
  }

  private func replay(_ lines: [String]) throws {
    let path = directory.path + "/capture.log"
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
    let run = try wattlog.run("-q", "replay", "--json", path)
    #expect(run.exit == 0 && run.stdout.contains("\"refused\":{}"), "\(run)")
  }

  @Test func aPowerCut() throws {
    let noon = try Self.utc("2026-02-03T12:00:00Z")
    let rows = [
      (-600, 12480, 2480), (-300, 12490, 2490), (0, 12500, 2500), (3600, 10100, 100), (3900, 10200, 200),
      (4200, 10400, 400),
    ]
    try replay(
      rows.map { Self.line("heater", at: noon + $0.0, total: $0.1, today: $0.2, yesterday: 800, power: 1200) })
    let text = try expect("explain", "heater", "2026-02-03", prints: "power-cut.txt")
    #expect(text.contains("counted 0.100 kWh"))
  }

  @Test func aGapOverMidnight() throws {
    let start = try Self.utc("2026-02-03T00:00:00Z")
    func line(_ seconds: Int, _ total: Int, _ today: Int, _ yesterday: Int) -> String {
      Self.line("heater", at: start + seconds, total: total, today: today, yesterday: yesterday, power: 60)
    }
    // 1.500 kWh until 22:00, then nothing is heard until 03:00.
    var lines = (0...264).map { line($0 * 300, 18_500 + $0 * 1500 / 264, $0 * 1500 / 264, 900) }
    lines += (0...252).map { line(97_200 + $0 * 300, 21_300 + $0 * 5, 300 + $0 * 5, 2500) }
    try replay(lines)
    try expect("report", "day", "--from", "2026-02-03", "--to", "2026-02-05", prints: "gap-over-midnight.txt")
    try expect("explain", "heater", "2026-02-03", prints: "gap-over-midnight-explained.txt")
    let second = try wattlog.run("explain", "heater", "2026-02-04").stdout
    #expect(second.contains("0.300 inferred") && !second.contains("not complete"), "\(second)")
  }

  /// A lamp of 100 W and a fridge, with the tariff of the example, for a bill and what lies around it.
  private func fillMonth() throws {
    let (start, end) = (try Self.utc("2026-10-13T22:00:00Z"), try Self.utc("2026-11-14T01:00:00Z"))
    var lines: [String] = []
    for (name, night, day) in [("lamp", 100 * 342, 100 * 342), ("fridge", 12540, 12600)] {
      var fine = 0  // 1/4104 Wh
      var (midnight, yesterday) = (0, 0)
      var lastDay = -1
      for time in stride(from: start, through: end, by: 300) {
        let local = time + Self.offset(at: time)
        let total = 50_000 + fine / 4104
        if lastDay != local / 86_400 {
          (yesterday, midnight) = (lastDay < 0 ? 0 : total - midnight, total)
          lastDay = local / 86_400
        }
        let minute = local / 60 % 1440
        let step = minute >= 30 && minute < 330 ? night : day
        lines.append(
          Self.line(
            name, at: time, total: total, today: total - midnight, yesterday: yesterday, power: step * 12 / 4104))
        fine += step
      }
    }
    try replay(lines)
    let tariff = """
      { name: "home", currency: "GBP", vat: "5%", periods: [
        { from: "2026-04-01", standingCharge: 0.5724,
          rates: [ { name: "night", price: 0.0905, hours: "00:30-05:30" }, { name: "day", price: 0.2333 } ],
          tiers: [ { aboveKWhPerBill: 80, add: 0.02 } ] } ] }
      """
    try Data(tariff.utf8).write(to: URL(fileURLWithPath: directory.path + "/tariff.json"))
    let directory = directory.path + "/config/wattlog"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try Data("{ site: { billingDay: 14, tariff: '../../tariff.json' } }".utf8).write(
      to: URL(fileURLWithPath: directory + "/wattlog.json"))
  }

  @Test func aDayOf25HoursAndABill() throws {
    try fillMonth()
    let day = try expect("report", "day", "-p", "2026-10-25", "--by", "charge", prints: "day-of-25-hours.txt")
    #expect(day.contains("25 h (clocks back 02:00→01:00)"))
    let hours = try wattlog.run("report", "day", "-p", "2026-10-25", "--by", "hour").stdout
    #expect(hours.contains("01:00 +01:00") && hours.contains("01:00 +00:00"))
    for format in ["txt", "md", "json", "csv", "html"] {
      try expect(
        "report", "bill", "-p", "2026-10-14", "-f", format == "txt" ? "table" : format, prints: "bill.\(format)")
    }
    try expect("report", "bill", "-p", "2026-10-14", "--by", "charge", "-f", "csv", prints: "bill-charges.csv")
  }

  @Test func theDocumentShowsWhatTheProgramPrints() throws {
    let document = try String(decoding: Data(contentsOf: Self.reports.appending(path: "README.md")), as: UTF8.self)
    let blocks = document.components(separatedBy: "```text ").dropFirst()
    #expect(blocks.count >= 4)
    for block in blocks {
      let text = block.components(separatedBy: "```")[0].split(separator: "\n", omittingEmptySubsequences: false)
      let name = try #require(text.first)
      let lines = Set(
        try Self.sample(String(name)).split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
      for line in text.dropFirst() where !line.isEmpty && line != "…" {
        #expect(lines.contains(line.trimmingCharacters(in: .whitespaces)), "\(name): '\(line)'")
      }
    }
  }
}
