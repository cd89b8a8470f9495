import Foundation
import TestSupport
import Testing

/// `wattlog status -f prometheus`.
@Suite struct MetricsCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess
  private static let noon = 1_792_929_600

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path)
  }

  /// Messages from a place on; the counter falls back at the sixth, when the plug lost power.
  private func replay(_ steps: Range<Int>) throws {
    var lines = ""
    for step in steps {
      let today = step < 6 ? 2500 + step * 10 : 100 + (step - 6) * 10
      let text = { (wattHours: Int) in String(format: "%d.%03d", wattHours / 1000, wattHours % 1000) }
      lines += "\(Self.noon + step * 300) 0 tele/heater/SENSOR {\"Time\":\"2026-10-25T\(12 + step / 12):"
      lines += String(format: "%02d", step % 12 * 5)
      lines += ":00\",\"ENERGY\":{\"TotalStartTime\":\"2026-01-01T00:00:00\",\"Total\":\(text(10_000 + today)),"
      lines += "\"Yesterday\":0.800,\"Today\":\(text(today)),\"Power\":120}}\n"
    }
    lines += "\(Self.noon + steps.upperBound * 300) 0 tele/heater/SENSOR {\"ENERGY\":{\"Total\":}}\n"
    #expect(try wattlog.run(["-q", "replay", "-"], input: Data(lines.utf8)).exit == 0)
  }

  private func energy(_ text: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix("wattlog_energy_kwh_total{") }.map(String.init)
  }

  @Test func theTextIsWhatReportsSayAndNothingMore() throws {
    try replay(0..<5)
    let metrics = try wattlog.run("status", "-f", "prometheus")
    #expect(metrics.exit == 0 && metrics.stderr == "")
    let lines = metrics.stdout.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
    #expect(
      lines.prefix(2) == [
        "wattlog_energy_kwh_total{device=\"heater\",channel=\"\"} 0.040",
        "wattlog_last_reading_timestamp_seconds{device=\"heater\"} \(Self.noon + 1200).000",
      ])
    #expect(lines.contains("wattlog_recorder_up 0"))
    #expect(lines.contains { $0.hasPrefix("wattlog_refused_messages_total{reason=\"") && $0.hasSuffix("} 1") })
    #expect(!metrics.stdout.contains("wattlog_power_watts"), "a power of long ago is none of now")
  }

  @Test func theFileIsReplacedAsAWholeAndItsCountersDoNotFall() throws {
    let file = directory.path + "/wattlog.prom"
    try replay(0..<5)
    #expect(try wattlog.run("status", "-o", file) == Transcript(stdout: "", stderr: "", exit: 0))
    let first = try String(contentsOfFile: file, encoding: .utf8)
    #expect(energy(first) == "wattlog_energy_kwh_total{device=\"heater\",channel=\"\"} 0.040")
    // The plug's own Total falls by 2.4 kWh; the figure goes on.
    try replay(5..<9)
    #expect(try wattlog.run("status", "-o", file).exit == 0)
    let second = try String(contentsOfFile: file, encoding: .utf8)
    let value = try #require(energy(second)?.split(separator: " ").last.flatMap { Double($0) })
    #expect(value >= 0.07 && value <= 0.18)
    // A correction that lowers the past lowers reports, and no counter.
    #expect(
      try wattlog.run("device", "scale", "heater", "0.5", "--from", "2026-10-25", "--why", "measured").exit == 0)
    #expect(try wattlog.run("status", "-o", file).exit == 0)
    #expect(energy(try String(contentsOfFile: file, encoding: .utf8)) == energy(second))
    let fresh = try wattlog.run("status", "-f", "prometheus")
    #expect(energy(fresh.stdout) != energy(second))
    #expect(!FileManager.default.fileExists(atPath: file + ".partial"))
  }

  @Test func formatsThatContradictEachOtherAreRefused() throws {
    try replay(0..<2)
    #expect(
      try wattlog.run("status", "--json", "-f", "prometheus")
        == Transcript(
          stdout: "", stderr: "wattlog: --json and -f prometheus exclude each other; leave one of them out\n", exit: 2))
    #expect(try wattlog.run("status", "-f", "json").stdout.hasPrefix("{\"schema\":\"wattlog.status/1\""))
    #expect(try wattlog.run("status", "-o", "status.csv").exit == 2)
  }
}
