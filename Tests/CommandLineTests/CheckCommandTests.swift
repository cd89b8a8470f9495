import Foundation
import TestSupport
import Testing

/// `wattlog check` against a store made by replay: noon at 1,792,929,600 (2026-10-25T12:00Z).
@Suite struct CheckCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path)
    // Every five minutes from midnight to noon. The fridge takes 60 W until 08:00, then 5 W; the heater has two
    // channels and stops sending at 09:00.
    var lines = ""
    let midnight = 1_792_886_400
    for step in 0...144 {
      let time = midnight + step * 300
      func line(_ device: String, _ total: String, _ power: String) -> String {
        "\(time).25 0 tele/\(device)/SENSOR {\"Time\":\"2026-10-25T\(CheckCommandTests.clock(step * 300))\","
          + "\"ENERGY\":{\"Total\":\(total),\"Power\":\(power)}}\n"
      }
      lines += line("fridge", String(format: "%.3f", 100 + Double(step) * 0.005), step < 96 ? "60" : "5")
      if step <= 108 { lines += line("heater", String(format: "%.3f", 7 + Double(step) * 0.1), "[400,800.5]") }
    }
    #expect(try wattlog.run(["-q", "replay", "-"], input: Data(lines.utf8)).exit == 0)
  }

  private static func clock(_ seconds: Int) -> String {
    String(format: "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
  }

  private func check(_ conditions: String..., at: String = "2026-10-25T12:00:01") throws -> Transcript {
    try wattlog.run(["check", "--at", at] + conditions)
  }

  @Test func `a condition that holds is exit 10 and a line that names device and value`() throws {
    let cases: [(String, String)] = [
      ("silent>2h", "heater: silent for 3 h 0 m (silent>2h)\n"),
      ("fridge silent<1m", "fridge: silent for 1 s (fridge silent<1m)\n"),
      ("fridge.power<20W", "fridge: power 5 W (fridge.power<20W)\n"),
      ("fridge.power<20W for 3h", "fridge: power 5 W, at most 5 W for 3h (fridge.power<20W for 3h)\n"),
      ("today>5kWh", "all: 11.520 kWh today (today>5kWh)\n"),
      ("fridge.today>=720Wh", "fridge: 0.720 kWh today (fridge.today>=720Wh)\n"),
      ("heat*.month>10kWh", "heater: 10.800 kWh this month (heat*.month>10kWh)\n"),
    ]
    for (condition, line) in cases {
      let run = try check(condition)
      #expect(run == Transcript(stdout: line, stderr: "", exit: 10), "\(condition)")
    }
    // The sum of both channels, at a time when the heater still sent.
    let both = try check("heater.power>1200W for 30m", at: "2026-10-25T08:58")
    #expect(
      both.stdout == "heater: power 1200.5 W, at least 1200.5 W for 30m (heater.power>1200W for 30m)\n"
        && both.exit == 10)
  }

  @Test func `nothing that holds is exit 0 without a word`() throws {
    for condition in [
      "fridge silent>1m", "fridge.power>20W", "fridge.power<20W for 5h", "fridge.today>2kWh", "silent>4h", "week>12kWh",
    ] {
      #expect(try check(condition) == Transcript(stdout: "", stderr: "", exit: 0), "\(condition)")
    }
    // Another condition's silence does not hide one that holds, and a plug without power hides no other.
    #expect(try check("nobody silent>1h", "silent>2h").exit == 10)
    #expect(try check("power>20W").exit == 0)
  }

  @Test func `what nothing is known of is exit 11 and says why`() throws {
    let cases: [(String, String)] = [
      ("nobody.today>1kWh", "no device of that name has sent yet"),
      ("heater.power<20W", "heater: silent for 3 h 0 m, so its power is not known"),
      ("yesterday>1kWh", "all: no reading yesterday"),
    ]
    for (condition, cause) in cases {
      let run = try check(condition)
      #expect(run == Transcript(stdout: "", stderr: "wattlog: \(condition): \(cause)\n", exit: 11), "\(condition)")
    }
    #expect(try check("silent>1s", at: "2026-10-24").exit == 11)
  }

  @Test func `a condition that is no condition is exit 2 with place and cause`() throws {
    let run = try check("fridge.powr<20W")
    #expect(run.exit == 2 && run.stdout == "")
    #expect(
      run.stderr
        == "wattlog: condition 'fridge.powr<20W', character 8: 'powr' is nothing that can be compared; did you mean 'power'?\n"
    )
    #expect(try wattlog.run("check").exit == 2)
    #expect(try wattlog.run("check", "--store", "/nowhere", "silent>1h").exit == 5)
  }
}
