import Foundation
import TestSupport
import Testing

/// `wattlog runs` and `wattlog standby`, from messages to what a person reads.
@Suite struct RunsCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
  }

  private static let midnight = 1_793_577_600  // 2026-11-02T00:00Z, a Monday

  /// A day of a kettle, every ten seconds: 2,160 W for three minutes at 07:00, for two at 07:10, for five at 18:30; 0 W else.
  private func replayKettle() throws {
    let boils = [25_200..<25_380, 25_800..<25_920, 66_600..<66_900]
    var lines = ""
    var wattHours = 0
    for second in stride(from: 0, to: 86_400, by: 10) {
      let boiling = boils.filter { $0.lowerBound < second }
      wattHours = boiling.reduce(0) { $0 + (min(second, $1.upperBound) - $1.lowerBound) * 2160 } / 3600
      let power = boils.contains { $0.contains(second) } ? 2160 : 0
      let total = "\(wattHours / 1000).\(String(format: "%03d", wattHours % 1000))"
      let clock = String(format: "%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60)
      lines += "\(Self.midnight + second) 0 tele/kettle/SENSOR {\"Time\":\"2026-11-02T\(clock)\","
      lines += "\"ENERGY\":{\"TotalStartTime\":\"2026-11-02T00:00:00\",\"Total\":\(total),\"Yesterday\":0.000,"
      lines += "\"Today\":\(total),\"Power\":\(power)}}\n"
    }
    #expect(try wattlog.run(["-q", "replay", "-"], input: Data(lines.utf8)).exit == 0)
    try """
    { name: "home", currency: "GBP", periods: [ { from: "2026-01-01", standingCharge: 0.50, rates: [
      { name: "night", price: 0.10, hours: "00:30-05:30" }, { name: "day", price: 0.30 } ] } ] }
    """.write(toFile: directory.path + "/tariff.json", atomically: true, encoding: .utf8)
  }

  private func json(_ transcript: Transcript) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(transcript.stdout.utf8)) as? [String: Any])
  }

  @Test func runsOfAKettleAsTheyArePrinted() throws {
    try replayKettle()
    let table = try wattlog.run("runs", "kettle", "-p", "2026-11-02", "--tariff", "tariff.json", "--best-window")
    #expect(
      table
        == Transcript(
          stdout: """
            kettle, runs of 2026-11-02 · Europe/London · home tariff, GBP

            began                 lasted    kWh   cost  peak W  best start  cost then
            Mon 2026-11-02 07:00   3 min  0.108  £0.03    2160  Tue 00:30       £0.01
            Mon 2026-11-02 07:10   2 min  0.072  £0.02    2160  Tue 00:30       £0.01
            Mon 2026-11-02 18:30   5 min  0.180  £0.06    2160  Tue 00:30       £0.02
            ────────────────────  ──────  ─────  ─────
            3 runs                10 min  0.360  £0.11
            average                3 min  0.120  £0.04
            median                 3 min  0.108

              put off to the cheapest time within a day each, they would have cost £0.04: £0.07 less
              0.000 of 0.360 kWh were used at rest or in silences
              a run: from 1048 W on, until below 6.2 W (found from the plug's own powers; --threshold names
                another)

            """, stderr: "", exit: 0))
    let object = try json(
      try wattlog.run("runs", "kettle", "-p", "2026-11-02", "--tariff", "tariff.json", "-f", "json"))
    let runs = try #require(object["runs"] as? [[String: Any]])
    #expect(object["schema"] as? String == "wattlog.runs/1" && object["duty"] is NSNull && object["trend"] is NSNull)
    #expect(runs.map { $0["start"] as? String }.first == "2026-11-02T07:00:00+00:00")
    #expect(runs.map { $0["seconds"] as? Int } == [180, 120, 300] && runs.allSatisfy { $0["peakW"] as? Int == 2160 })
    let path = directory.path + "/runs.csv"
    #expect(try wattlog.run("runs", "kettle", "-p", "2026-11-02", "-o", path).exit == 0)
    let rows = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\r\n")
    #expect(
      rows.first == "start,end,device,seconds,energy_kwh,cost,currency,power_max_w,power_max_at,power_mean_w,marks")
    #expect(
      rows.dropFirst().first
        == "2026-11-02T07:00:00+00:00,2026-11-02T07:03:00+00:00,kettle,180,0.108,,,2160,2026-11-02T07:00:00+00:00,2046,"
    )
  }

  @Test func aThresholdAndAPauseMayBeNamed() throws {
    try replayKettle()
    let joined = try json(
      try wattlog.run(
        "runs", "kettle", "-p", "2026-11-02", "--threshold", "1500.5", "--pause", "10m", "-f", "json"))
    #expect((joined["runs"] as? [[String: Any]])?.count == 2)
    let threshold = try #require(joined["threshold"] as? [String: Any])
    #expect(threshold["onW"] as? Double == 1500.5 && threshold["found"] as? Bool == false)
    let none = try wattlog.run("runs", "kettle", "-p", "2026-11-02", "--threshold", "3000")
    #expect(none.exit == 11 && none.stdout == "" && none.stderr.contains("did not run in that time"))
    let empty = try wattlog.run("runs", "kettle", "-p", "2026-11-02", "--threshold", "3000", "-f", "json")
    let listed = try json(empty)["runs"] as? [Any]
    #expect(empty.exit == 11 && listed?.isEmpty == true)
    for (arguments, message) in [
      (["--threshold", "0"], "--threshold '0' must be a power in watts, from 0.001 to 100000"),
      (["--threshold", "5kW"], "--threshold '5kW' must be a power in watts, from 0.001 to 100000"),
      (["--pause", "2d"], "--pause '2d' must be a length of time with its unit, from 0s to 1d"),
      (["--best-window"], "'--best-window' needs a tariff; name one with --tariff, or in the configuration"),
    ] {
      #expect(
        try wattlog.run(["runs", "kettle"] + arguments)
          == Transcript(stdout: "", stderr: "wattlog: \(message)\n", exit: 2))
    }
    #expect(try wattlog.run("runs", "kettel").stderr.contains("did you mean 'kettle'?"))
    #expect(try wattlog.run("runs").exit == 2)
  }

  /// With what happens to plugs: what the runs hold is no more than the report says, each in the order of time.
  @Test func runsAreNoMoreThanTheReport() throws {
    let capture = directory.path + "/capture.log"
    #expect(
      try wattlog.run(
        "simulate", "--from", "2026-10-20", "--to", "2026-10-27", "--devices", "washer,fridge,router", "--period",
        "30s",
        "--faults", "power-cut,reset,glitch,offline", "--seed", "11", "--no-state", "-o", capture
      ).exit == 0)
    #expect(try wattlog.run("-q", "replay", capture).exit == 0)
    let report = try json(try wattlog.run("report", "range", "-p", "2026-10-21..2026-10-26", "-f", "json"))
    let periods = try #require(report["periods"] as? [[String: Any]])
    let entries = try #require(periods.first?["devices"] as? [[String: Any]])
    for device in ["washer", "fridge"] {
      let list = try json(try wattlog.run("runs", device, "-p", "2026-10-21..2026-10-26", "-f", "json"))
      let total = try #require(list["total"] as? [String: Any])
      let kWh = try #require(total["kWh"] as? Double)
      let reported = entries.first { $0["device"] as? String == device }?["kWh"] as? Double
      #expect(total["periodKWh"] as? Double == reported && kWh <= reported ?? 0 && kWh > 0.8 * (reported ?? 0))
      let starts = try #require(list["runs"] as? [[String: Any]]).compactMap { $0["start"] as? String }
      #expect(!starts.isEmpty)
    }
    let router = try wattlog.run("runs", "router", "-p", "2026-10-21..2026-10-26")
    #expect(
      router.exit == 11 && router.stderr.contains("do not tell running from resting; name a power with --threshold W"))
    // What is always on is the report's own figure.
    let standby = try json(try wattlog.run("standby", "-p", "2026-10-21..2026-10-26", "-f", "json"))
    for line in try #require(standby["devices"] as? [[String: Any]]) {
      let entry = entries.first { $0["device"] as? String == line["device"] as? String }
      #expect(entry?["alwaysOnW"] as? Double == line["alwaysOnW"] as? Double)
    }
  }

  @Test func standbyAsItIsPrinted() throws {
    // 4 W for ever, and 60 W in the evening.
    var lines = ""
    for step in 0..<288 {
      let power = step < 216 ? 4 : 64
      let milliwattHours = 4000 * step / 12 + max(0, step - 216) * 60_000 / 12
      let total = String(format: "%d.%03d", milliwattHours / 1_000_000, milliwattHours / 1000 % 1000)
      lines += "\(Self.midnight + step * 300) 0 tele/tv/SENSOR {\"ENERGY\":{\"Total\":\(total),\"Power\":\(power)}}\n"
    }
    #expect(try wattlog.run(["-q", "replay", "-"], input: Data(lines.utf8)).exit == 0)
    try """
    { name: "flat", currency: "EUR", periods: [ { from: "2026-01-01", rates: [ { name: "day", price: 0.40 } ] } ] }
    """.write(toFile: directory.path + "/tariff.json", atomically: true, encoding: .utf8)
    let table = try wattlog.run("standby", "-p", "2026-11-02", "--tariff", "tariff.json")
    #expect(
      table
        == Transcript(
          stdout: """
            always on, 2 November 2026 · Europe/London · flat tariff, EUR

            plug      W  kWh a year  cost a year  share  of its use  cover
            tv        4        35.0       €14.02  100 %        21 %   99 %
                      ─  ──────────  ───────────
            together  4        35.0       €14.02

              in this time 0.096 kWh, 21 % of what was used; €0.04, 22 % of its cost

            """, stderr: "", exit: 0))
    #expect(try wattlog.run("standby", "-p", "2026-10").exit == 11)
  }
}
