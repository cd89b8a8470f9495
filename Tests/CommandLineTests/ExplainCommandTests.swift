import Foundation
import TestSupport
import Testing

/// What `explain` comes to is what `report` prints, to the last digit, whatever kind of day it is.
@Suite struct ExplainCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
  }

  private static let tariff = """
    { name: "home", currency: "GBP", vat: "5%", periods: [ { from: "2025-01-01", standingCharge: 0.5724, export: 0.15,
      tiers: [ { aboveKWhPerBill: 8, add: 0.0213 } ],
      rates: [ { name: "night", price: 0.0905, hours: "00:30-05:30" }, { name: "day", price: 0.2333 } ] } ] }
    """

  /// Some days around a clock change, with all that befalls plugs.
  private func fill(
    from: String, to: String, seed: Int, period: Int = 60,
    faults: String = "power-cut,offline,restart,reset,glitch,clock-1970,swap"
  ) throws {
    let capture = directory.path + "/capture.log"
    let simulated = try wattlog.run(
      "simulate", "--from", from, "--to", to, "--devices", "heater,fridge,kettle,solar", "--period",
      "\(period)s", "--seed", String(seed), "--faults", faults, "--no-state", "-o", capture)
    #expect(simulated.exit == 0, "\(simulated)")
    #expect(try wattlog.run("-q", "replay", capture).exit == 0)
  }

  private func figure(_ value: Any?, _ digits: Int) throws -> String {
    String(format: "%.\(digits)f", try #require(value as? NSNumber).doubleValue)
  }

  /// The words between two others, in the first line that has both.
  private func words(_ text: String, _ before: String, _ after: String) -> String? {
    for line in text.split(separator: "\n") {
      guard let start = line.range(of: before), let end = line[start.upperBound...].range(of: after) else { continue }
      return String(line[start.upperBound..<end.lowerBound])
    }
    return nil
  }

  private func compare(_ days: [String], _ options: [String]) throws {
    for day in days {
      let run = try wattlog.run(["report", "day", "-p", day, "-f", "json"] + options)
      let object = try JSONSerialization.jsonObject(with: Data(run.stdout.utf8)) as? [String: Any]
      let period = try #require((object?["periods"] as? [[String: Any]])?.first, "\(run)")
      let total = try #require(period["total"] as? [String: Any])
      var told: [(name: String, row: [String: Any])] = []
      for entry in try #require(period["devices"] as? [[String: Any]]) {
        told.append((try #require(entry["device"] as? String), entry))
      }
      #expect(told.count >= 4)
      for (name, entry) in told {
        let text = try wattlog.run(["explain", name, day] + options).stdout
        let kWh = try figure(entry["kWh"], 3)
        let place = Comment(rawValue: "\(name) \(day) \(options)\n\(text)")
        #expect(text.contains("\n\(kWh) kWh: \(try figure(entry["measuredKWh"], 3)) measured"), place)
        #expect(text.contains(", \(try figure(entry["inferredKWh"], 3)) inferred"), place)
        if let sum = words(text, "Sum: ", " kWh") {
          #expect(words(text, "carried out, ", " counted") ?? sum == kWh, place)
        } else {
          #expect(name == "unmetered", place)
          #expect(text.contains("= unmetered") && text.contains(" \(kWh) "), place)
        }
        let cost = try figure(entry["cost"], 2)
        #expect(text.contains(", printed \(cost)\n"), place)
        let rates = try #require(entry["byRate"] as? [[String: Any]])
        for rate in rates where rates.count > 1 {
          let words = "\(rate["rate"] ?? "") \(try figure(rate["kWh"], 3)) kWh \(try figure(rate["cost"], 2))"
          #expect(text.contains(words), place)
        }
        #expect(text.contains("\n  energy \(try figure(total["energyCost"], 2))\n"), place)
        #expect(text.contains("printed \(try figure(total["standingCharge"], 2))\n"), place)
        let (sum, tax) = (try figure(total["cost"], 2), try figure(total["vat"], 2))
        #expect(text.contains("\n  total \(sum), of which VAT \(tax)\n"), place)
      }
      if let main = object?["mainMeter"] as? String {
        let text = try wattlog.run(["explain", main, day] + options).stdout
        #expect(text.contains("\n\(try figure(total["kWh"], 3)) kWh: "), "\(text)")
        #expect(text.contains(", printed \(try figure(total["energyCost"], 2))\n"), "\(text)")
      }
    }
  }

  @Test(arguments: [
    (1, "2026-03-27", ["2026-03-28", "2026-03-29", "2026-03-30"]),
    (2, "2025-10-24", ["2025-10-25", "2025-10-26", "2025-10-27"]),
  ])
  func explainEndsWithTheReportsFigures(seed: Int, from: String, days: [String]) throws {
    try fill(from: from, to: days[2] + "T18:00", seed: seed)
    let tariff = try directory.write(Self.tariff, to: "tariff.json")
    let main = try directory.write("{ site: { mainMeter: 'heater', tariff: 'tariff.json' } }", to: "main.json")
    let shifted = try directory.write(
      "{ site: { dayStart: '06:00', billingDay: 14, tariff: 'tariff.json' } }", to: "shifted.json")
    try compare(days, ["--tariff", tariff])
    try compare(days, ["--config", main])
    try compare(days, ["--config", shifted])
    #expect(try wattlog.run("device", "scale", "fridge", "1.037", "--from", days[0]).exit == 0)
    try compare([days[1]], ["--tariff", tariff])
  }

  @Test func explainFollowsRollupsWhereReadingsWereDropped() throws {
    try fill(from: "2026-03-27", to: "2026-03-30", seed: 3, period: 30, faults: "power-cut,offline,restart")
    let tariff = try directory.write(Self.tariff, to: "tariff.json")
    let main = try directory.write("{ site: { mainMeter: 'heater', tariff: 'tariff.json' } }", to: "main.json")
    let before = try wattlog.run("explain", "fridge", "2026-03-29").stdout
    #expect(!before.contains("are gone"))
    #expect(try wattlog.run("retain", "--raw", "30d").exit == 0)
    try compare(["2026-03-28", "2026-03-29"], ["--tariff", tariff])
    try compare(["2026-03-29"], ["--config", main])
    let text = try wattlog.run("explain", "fridge", "2026-03-29", "-v").stdout
    #expect(text.contains("readings of this day are gone: they were dropped by 'wattlog retain'"), "\(text)")
    #expect(text.contains("\n  none is left\n"))
    #expect(words(text, "\n", " kWh: ") == words(before, "\n", " kWh: "))
  }

  @Test func explainOfTodayEndsWithTheLastMessage() throws {
    let now = Date().timeIntervalSince1970
    let start = Int(now) - 7200
    var lines = ""
    for step in 0..<20 {
      let time = start + step * 300
      let plugTime = ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: Double(time))).dropLast()
      lines += """
        \(time).0 0 tele/tv/SENSOR {"Time":"\(plugTime)","ENERGY":{"TotalStartTime":"2025-01-01T00:00:00","Total":1.\(
          100 + step),"Yesterday":0.200,"Today":0.\(100 + step),"Power":12}}

        """
    }
    let capture = try directory.write(lines.replacingOccurrences(of: "\n\n", with: "\n"), to: "today.log")
    #expect(try wattlog.run("-q", "replay", capture).exit == 0)
    let report = try wattlog.run("report", "day", "-p", "today", environment: ["WATTLOG_TIMEZONE": "UTC"])
    // Just after midnight the messages are yesterday's.
    guard report.exit == 0,
      let until = words(report.stdout, "until ", "\n")
        ?? report.stdout.split(separator: "\n").first
        .map({ String($0).components(separatedBy: "until ").last ?? "" })
    else { return }
    let text = try wattlog.run("explain", "tv", "today", environment: ["WATTLOG_TIMEZONE": "UTC"]).stdout
    #expect(text.split(separator: "\n").first?.hasSuffix("until \(until)") == true, "\(text)\n\(report)")
  }
}
