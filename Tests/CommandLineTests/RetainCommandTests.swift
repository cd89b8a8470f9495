import Foundation
import TestSupport
import Testing

/// Readings go, reports stay.
@Suite struct RetainCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
  }

  /// Five days of last spring with power cuts and silences; the clocks change in them. Among the plugs are one with two
  /// channels, a meter of three phases and one that tells what is fed in.
  private func fill() throws -> String {
    let capture = directory.path + "/capture.log"
    let simulated = try wattlog.run(
      "simulate", "--from", "2026-03-27", "--to", "2026-04-01", "--devices", "fridge,kettle,pc,solar,wallbox",
      "--channels",
      "pc=2", "--period", "60s", "--split-totals", "--faults", "power-cut,offline,restart", "--no-state", "-o", capture)
    #expect(simulated.exit == 0)
    #expect(try wattlog.run("-q", "replay", capture).exit == 0)
    return capture
  }

  private var reports: [[String]] {
    [
      ["report", "day", "--from", "2026-03-27", "--to", "2026-04-01", "-f", "json"],
      ["report", "-p", "2026-03", "-f", "csv"], ["gaps", "--from", "2026-03-27", "--to", "2026-04-01", "-f", "json"],
      ["events", "--from", "2026-03-27", "--to", "2026-04-01", "-f", "json"],
      ["export", "--every", "1h", "--from", "2026-03-27", "--to", "2026-04-01"],
    ]
  }

  private let raw = ["export", "--raw", "--from", "2026-03-27", "--to", "2026-04-01"]

  /// What changes with each run: when it was made.
  private func texts() throws -> [String] {
    try reports.map { words in
      let run = try wattlog.run(words)
      #expect(run.exit == 0, "\(run)")
      return run.stdout.split(separator: "\n").filter { !$0.contains("\"generated\"") }.joined(separator: "\n")
    }
  }

  @Test func reportsStayWhatTheyWereWhenTheReadingsAreGone() throws {
    let capture = try fill()
    let before = try texts()
    let dry = try wattlog.run("retain", "--raw", "30d", "--dry-run")
    #expect(dry.exit == 0 && dry.stderr.contains("would go"), "\(dry)")
    #expect(try wattlog.run(raw).stdout.utf8.count > 1_000_000)
    let done = try wattlog.run("retain", "--raw", "30d")
    #expect(done.exit == 0 && done.stderr.contains("dropped, their rollups kept"), "\(done)")
    #expect(try wattlog.run(raw).exit == 11)
    #expect(try texts() == before)
    #expect(try wattlog.run("verify", "--deep").exit == 0)
    for command in [["compact"], ["repair"], ["retain", "--raw", "30d"], ["backup", directory.path + "/copy"]] {
      #expect(try wattlog.run(command).exit == 0, "\(command)")
    }
    #expect(try texts() == before)
    #expect(try wattlog.run("verify", "--deep", "--store", directory.path + "/copy").exit == 0)
    // What comes again tells nothing new.
    #expect(try wattlog.run("-q", "replay", capture).exit == 0)
    #expect(try texts() == before)
  }

  @Test func readingsThatNoRollupsTellStay() throws {
    let capture = directory.path + "/capture.log"
    #expect(
      try wattlog.run(
        "simulate", "--from", "2026-03-27", "--to", "2026-03-28", "--devices", "pc", "--time-format", "epoch", "-o",
        capture
      ).exit == 0)
    #expect(try wattlog.run("-q", "replay", capture).exit == 0)
    let rows = try wattlog.run(raw).stdout
    #expect(rows.utf8.count > 100_000)
    let done = try wattlog.run("retain", "--raw", "30d")
    #expect(done.exit == 0 && done.stderr.contains("stay"), "\(done)")
    #expect(try wattlog.run(raw).stdout == rows)
  }

  @Test func aScaleCountsWhatIsLeftOfDroppedReadings() throws {
    _ = try fill()
    #expect(try wattlog.run("device", "scale", "fridge", "2", "--from", "2026-03-28").exit == 0)
    func fridge() throws -> Double? {
      let report = try wattlog.run("report", "range", "--from", "2026-03-27", "--to", "2026-04-01", "-f", "json")
      let object = try JSONSerialization.jsonObject(with: Data(report.stdout.utf8)) as? [String: Any]
      let periods = object?["periods"] as? [[String: Any]]
      let devices = periods?.first?["devices"] as? [[String: Any]]
      return devices?.first { $0["device"] as? String == "fridge" }?["kWh"] as? Double
    }
    let before = try #require(try fridge())
    #expect(before > 5)
    #expect(try wattlog.run("retain", "--raw", "30d").exit == 0)
    #expect(try fridge() == before)
  }

  @Test func youngReadingsStay() throws {
    _ = try fill()
    let rows = try wattlog.run(raw).stdout
    #expect(rows.utf8.count > 100_000)
    #expect(try wattlog.run("retain", "--raw", "50y").exit == 0)
    #expect(try wattlog.run(raw).stdout == rows)
  }

  @Test func aSpanIsNeeded() throws {
    #expect(try wattlog.run("retain").exit == 2)
    #expect(try wattlog.run("retain", "--raw", "3").exit == 2)
    #expect(try wattlog.run("retain", "--raw", "1h").exit == 2)
  }
}
