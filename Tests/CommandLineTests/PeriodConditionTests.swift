import Foundation
import TestSupport
import Testing

/// `wattlog check` about cost, forecast and trend: each is what a report says.
///
/// A fridge of 100 W, from 15 October on 150 W, and a lamp of 10 W, from 1 to 21 October 2026, noon.
@Suite struct PeriodConditionTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path)
    _ = try directory.write(
      """
      { name: "flat", currency: "EUR", vat: "20%", periods: [ { from: "2026-01-01", standingCharge: 0.50,
        rates: [ { name: "night", price: 0.10, hours: "00:00-06:00" }, { name: "day", price: 0.20 } ] } ] }
      """, to: "tariff.json")
    let first = 1_790_812_800  // 2026-10-01T00:00Z
    var lines = ""
    var (fridge, lamp) = (100_000.0, 5000.0)
    for step in 0...(20 * 96 + 48) {
      let time = first + step * 900
      let watts = step < 14 * 96 ? 100.0 : 150
      for (name, total, power) in [("fridge", fridge, watts), ("lamp", lamp, 10)] {
        lines += "\(time) 0 tele/\(name)/SENSOR {\"Time\":\"\(Self.clock(time))\","
        lines += "\"ENERGY\":{\"Total\":\(String(format: "%.3f", total / 1000)),\"Power\":\(Int(power))}}\n"
      }
      fridge += watts / 4
      lamp += 10.0 / 4
    }
    #expect(try wattlog.run("replay", "-q", "-", input: Data(lines.utf8)).exit == 0)
  }

  private static func clock(_ time: Int) -> String {
    let formatter = ISO8601DateFormatter()
    return String(formatter.string(from: Date(timeIntervalSince1970: Double(time))).dropLast())
  }

  private func check(_ conditions: String..., at: String = "2026-10-21T12:00") throws -> Transcript {
    try wattlog.run(["check", "--at", at, "--tariff", directory.path + "/tariff.json"] + conditions)
  }

  /// The total of a report.
  private func total(_ words: String...) throws -> [String: Any] {
    let run = try wattlog.run(["report", "-f", "json", "--tariff", directory.path + "/tariff.json"] + words)
    let json = try JSONSerialization.jsonObject(with: Data(run.stdout.utf8)) as? [String: Any]
    return try #require(json?["total"] as? [String: Any])
  }

  @Test func aCostIsTheReports() throws {
    // The whole household with its standing charge, a plug without, a day that is over.
    let reports: [(String, [String: Any])] = [
      ("month.cost", try total("month", "--from", "2026-10-01", "--to", "2026-10-21T12:00")),
      (
        "fridge.month.cost",
        try total("month", "--from", "2026-10-01", "--to", "2026-10-21T12:00", "--device", "fridge")
      ),
      ("yesterday.cost", try total("day", "-p", "2026-10-20")),
      ("la*.week.cost", try total("week", "--from", "2026-10-19", "--to", "2026-10-21T12:00", "--device", "lamp")),
    ]
    for (what, total) in reports {
      let cost = String(format: "%.2f", try #require(total["cost"] as? Double))
      let run = try check("\(what)>=\(cost)")
      #expect(run.exit == 10 && run.stdout.contains(": \(cost) EUR "), "\(what): \(cost), \(run)")
      #expect(try check("\(what)>\(cost)").exit == 0, "\(what)")
    }
    #expect(try check("month.cost<0").exit == 0)
    #expect(try check("yesterday.cost>0.01", at: "2026-10-01T12:00").exit == 11)
  }

  @Test func aForecastGoesOnAsTheLastDaysDid() throws {
    // 14 days of 2.640 kWh and six of 3.840: 3.000 a day, for the ten days and a half that are left.
    let soFar = try #require(try total("--from", "2026-10-01", "--to", "2026-10-21T12:00")["kWh"] as? Double)
    let run = try check("month.forecast>90kWh")
    #expect(run.exit == 10, "\(run)")
    let expected = String(format: "%.1f", soFar + 10.5 * 3)
    #expect(
      run.stdout
        == "all: \(expected) kWh expected this month, at the pace of 20 days (month.forecast>90kWh)\n")
    #expect(try check("month.forecast>94kWh").exit == 0)
    #expect(try check("bill.forecast>30EUR").exit == 10)
    #expect(try check("lamp.month.forecast>7kWh", "lamp.month.forecast>1.60").exit == 10)
    #expect(try check("lamp.month.forecast>7.5kWh", "lamp.month.forecast>1.65").exit == 0)
    let early = try check("month.forecast>1kWh", at: "2026-10-01T12:00")
    #expect(early.exit == 11 && early.stderr.contains("no whole day among the last 30"), "\(early)")
  }

  @Test func aTrendComparesWholeDays() throws {
    let week = try check("fridge.week.trend>20%")
    #expect(
      week.stdout
        == "fridge: +42.9 %, 24.000 kWh in the last 7 days, 16.800 kWh in the 7 days before (fridge.week.trend>20%)\n")
    // 14 to 20 October: a day of 100 W, six of 150 W.
    #expect(try check("fridge.week.trend>43%").exit == 0)
    #expect(try check("fridge.yesterday.trend>0%", "lamp.week.trend>0.1%").exit == 0)
    #expect(try check("fridge.yesterday.trend>49.9%", at: "2026-10-16T06:00").exit == 10)
    #expect(try check("yesterday.trend<0%", "fridge.yesterday.trend<=0%").exit == 10)
    // Nothing is made of a time of which little is known.
    let month = try check("month.trend>1%")
    #expect(month.exit == 11 && month.stderr.contains("of the time in the last 30 days alone"), "\(month)")
    let year = try check("year.trend>1%")
    #expect(year.exit == 11, "\(year)")
    #expect(try check("week.trend>1%", at: "2026-10-08T01:00").stderr.contains("no reading in the 7 days before"))
  }

  @Test func moneyNeedsATariffOfItsCurrency() throws {
    let none = try wattlog.run("check", "month.cost>5")
    #expect(
      none
        == Transcript(
          stdout: "",
          stderr: "wattlog: condition 'month.cost>5' is about money, and there is no tariff; "
            + "name one with --tariff, or in the configuration\n", exit: 2))
    let other = try check("month.cost>5GBP")
    #expect(other.exit == 2 && other.stderr.contains("the tariff is in EUR; leave 'GBP' out"), "\(other)")
    // Energy is judged without one.
    #expect(
      try wattlog.run("check", "--at", "2026-10-21T12:00", "month.forecast>90kWh", "fridge.week.trend>20%").exit == 10)
  }

  /// What has no price may cost anything: only what holds all the same is told.
  @Test func energyWithoutAPriceMakesNoCostSmall() throws {
    _ = try directory.write(
      """
      { name: "flat", currency: "EUR", periods: [ { from: "2026-10-10", rates: [ { name: "all", price: 0.20 } ] } ] }
      """, to: "tariff.json")
    #expect(try check("month.cost>1").exit == 10)
    let low = try check("month.cost<100")
    #expect(low.exit == 11 && low.stderr.contains("some of its energy has no price"), "\(low)")
    #expect(try check("month.cost>100").exit == 11)
    #expect(try check("yesterday.cost<100").exit == 10)
  }
}
