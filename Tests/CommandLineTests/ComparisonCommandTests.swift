import Foundation
import TestSupport
import Testing

/// `--compare` says of another time what that time's own report says, and changes nothing else.
@Suite struct ComparisonCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  /// Twelve days over a clock change, with all that befalls plugs.
  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
    let capture = directory.path + "/capture.log"
    let simulated = try wattlog.run(
      "simulate", "--from", "2025-03-25", "--to", "2025-04-06", "--devices", "heater,fridge,solar", "--period", "60s",
      "--seed", "77", "--faults", "power-cut,offline,restart,reset,clock-1970", "--no-state", "-o", capture)
    #expect(simulated.exit == 0, "\(simulated)")
    #expect(try wattlog.run("-q", "replay", capture).exit == 0)
  }

  private func report(_ arguments: [String]) throws -> [String: Any] {
    let run = try wattlog.run(["report"] + arguments + ["-f", "json"])
    #expect(run.exit == 0, "\(run)")
    return try #require(try JSONSerialization.jsonObject(with: Data(run.stdout.utf8)) as? [String: Any], "\(run)")
  }

  private func periods(_ report: [String: Any]) throws -> [[String: Any]] {
    try #require(report["periods"] as? [[String: Any]])
  }

  @Test(arguments: [
    // Periods that touch or overlap those that they are compared with, that lie apart, and one that is cut.
    ["day", "--from", "2025-03-27", "--to", "2025-04-04"], ["day", "-p", "2025-03-30"], ["week", "-p", "2025-W14"],
    ["month", "-p", "2025-04"], ["bill", "-p", "2025-04-02"], ["range", "--from", "2025-03-30", "--to", "2025-04-02"],
    ["day", "--from", "2025-03-29T15:00+00:00", "--to", "2025-04-01T11:30+01:00"],
  ])
  func whatAPeriodIsComparedWithIsThatTimesOwnReport(_ period: [String]) throws {
    let tariff = try directory.write(
      """
      { name: "home", currency: "GBP", vat: "5%", periods: [ { from: "2024-01-01", standingCharge: 0.5724, export: 0.15,
        tiers: [ { aboveKWhPerBill: 8, add: 0.0213 } ],
        rates: [ { name: "night", price: 0.0905, hours: "00:30-05:30" }, { name: "day", price: 0.2333 } ] } ] }
      """, to: "home.json")
    let sites = [
      "", "billingDay: 2", "dayStart: \"06:00\", mainMeter: \"heater\"", "dayStart: \"06:00\"",
    ]
    var compared = 0
    for (place, site) in sites.enumerated() {
      let configuration = try directory.write(
        "{ site: { timeZone: \"Europe/London\", currency: \"GBP\", tariff: \"home.json\"\(site.isEmpty ? "" : ", ")\(site) } }",
        to: "site\(place).json")
      let options = ["--config", configuration, "--tariff", tariff]
      let plain = try report(period + options)
      for kind in ["previous", "year"] {
        var with = try report(period + options + ["--compare", kind])
        var cleared = try periods(with)
        for index in cleared.indices {
          let comparison = cleared[index].removeValue(forKey: "comparison") as? [String: Any]
          guard let comparison, let start = comparison["start"] as? String, let end = comparison["end"] as? String
          else {
            continue
          }
          compared += 1
          let own = try #require(
            try periods(try report(["range", "--from", start, "--to", end] + options)).first?["total"] as? [String: Any]
          )
          #expect(own["kWh"] as? Double == comparison["kWh"] as? Double, "\(period) \(site) \(kind) \(start)")
          // Several periods are rounded together.
          let cost = try #require(own["cost"] as? Double)
          let difference = abs(cost - (comparison["cost"] as? Double ?? .infinity))
          #expect(difference < 0.011, "\(period) \(site) \(kind) \(start)")
        }
        with["periods"] = cleared.map { $0.filter { $0.key != "comparison" } }
        let others = try periods(plain).map { $0.filter { $0.key != "comparison" } }
        #expect(with["periods"] as? NSArray == others as NSArray, "\(period) \(site) \(kind)")
        #expect(with["notes"] as? NSArray == plain["notes"] as? NSArray, "\(period) \(site) \(kind)")
      }
    }
    #expect(compared >= 2, "\(period)")
  }
}
