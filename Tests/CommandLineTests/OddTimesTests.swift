import Foundation
import TestSupport
import Testing

/// Whatever time is asked for, a command answers or says why not.
@Suite struct OddTimesTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  /// A plug on 1 and 2 October 2026.
  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path)
    let lines = (0..<2 * 96).map { step in
      let clock = ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: Double(1_790_812_800 + step * 900)))
      return "\(1_790_812_800 + step * 900) 0 tele/fridge/SENSOR "
        + "{\"Time\":\"\(clock.dropLast())\",\"ENERGY\":{\"Total\":\(100 + step).025,\"Power\":100}}\n"
    }
    #expect(try wattlog.run("replay", "-q", "-", input: Data(lines.joined().utf8)).exit == 0)
  }

  private static let times = [
    "0001-01-01", "1970-01-01", "2020-01-01", "2026-10-02", "2026-10-02T00:00:00.001", "9999-12-31",
  ]

  private static let periods =
    times.flatMap { [["--from", $0], ["--to", $0]] }
    + times.flatMap { from in times.map { ["--from", from, "--to", $0] } }
    + [
      "..2020", "..2026-10-01", "2020..", "9999..", "..9999", "..", "1970", "9999", "0h", "36600h", "tomorrow",
      "..today", "2026-10-02..2026-10-01",
    ].map { ["-p", $0] }

  @Test(arguments: [
    ["report"], ["report", "month", "--compare", "previous"], ["report", "--chart", "--by", "hour"], ["gaps"],
    ["events"], ["export"], ["export", "--every", "1d"], ["runs", "fridge"], ["standby"],
  ])
  func `a command ends by itself`(_ command: [String]) throws {
    for period in Self.periods {
      let run = try wattlog.run(command + period + ["-q"])
      #expect(run.exit < 128, "\(command + period): \(run.exit) \(run.stderr.prefix(200))")
      #expect(run.exit == 0 || !run.stderr.isEmpty || run.exit == 11, "\(command + period)")
    }
  }

  @Test func `an open start is the day of the first reading`() throws {
    let run = try wattlog.run("report", "-p", "..2026-10-02", "--timezone", "Europe/London")
    #expect(run.exit == 0 && run.stdout.hasPrefix("1–2 October 2026 · Europe/London\n"), "\(run.stdout)")
    let before = try wattlog.run("report", "--to", "2020-01-01")
    #expect(before.exit == 11 && before.stderr.contains("there is no reading"), "\(before.stderr)")
  }
}
