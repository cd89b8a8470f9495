import Foundation
import TestSupport
import Testing

/// `wattlog status --watch` on a terminal.
@Suite struct StatusWatchTests {
  @Test func theTableIsDrawnAnewUntilAnInterrupt() throws {
    let directory = try TemporaryDirectory()
    let wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
    func replay(_ lines: Int, from second: Int) throws {
      let text = (0..<lines).map { line in
        """
        \(second + line * 10) 0 tele/tv/SENSOR {"Time":"2026-02-03T12:00:00","ENERGY":{"Total":1.5,"Power":1\(line % 10)}}\n
        """
      }
      #expect(try wattlog.run("replay", "-q", "-", input: Data(text.joined().utf8)).exit == 0)
    }
    try replay(12_345, from: 1_770_120_000)
    let terminal = try PseudoTerminal()
    let process = Process()
    process.executableURL = WattlogProcess.executable
    process.arguments = ["status", "--watch"]
    process.environment = wattlog.environment
    for part in [\Process.standardInput, \.standardOutput, \.standardError] { process[keyPath: part] = terminal.end }
    try process.runOnLeash()
    let first = try terminal.read(until: "availability\r\ntv")
    #expect(first.hasPrefix("\u{1B}[H\u{1B}[J") && first.contains("12 345 messages"), "\(first)")
    // What comes in meanwhile is in a later drawing, over the first one.
    try replay(1, from: 1_770_300_000)
    let second = try terminal.read(until: "12 346 messages")
    #expect(second.contains("\u{1B}[H\u{1B}[J"), "\(second)")
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
  }

  @Test func withoutATerminalOrWithAFormatItIsRefused() throws {
    let directory = try TemporaryDirectory()
    let wattlog = WattlogProcess(home: directory.path)
    for words in [["status", "--watch"], ["status", "--watch", "--json"], ["status", "--watch", "-o", "x.prom"]] {
      let run = try wattlog.run(words)
      #expect(run.exit == 2 && run.stderr.contains("--watch draws a table on a terminal; for a script"), "\(run)")
    }
  }
}
