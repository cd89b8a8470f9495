import Foundation
import TestSupport
import Testing

/// `wattlog live` on a terminal.
@Suite(.enabled(if: PrivateBroker.isInstalled, "mosquitto or its clients are not installed"))
struct LiveTableTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path)
  }

  /// What a terminal shows when the fridge's power is there.
  private func shown(columns: Int, locale: String) throws -> [Substring] {
    let broker = try PrivateBroker()
    let terminal = try PseudoTerminal()
    let process = Process()
    process.executableURL = WattlogProcess.executable
    process.arguments = ["live", "--broker", "mqtt://127.0.0.1:\(broker.port)"]
    process.environment = wattlog.environment.merging(
      ["COLUMNS": "\(columns)", "LC_ALL": locale, "NO_COLOR": "1"]
    ) { $1 }
    for part in [\Process.standardInput, \.standardOutput, \.standardError] { process[keyPath: part] = terminal.end }
    try process.runOnLeash()
    _ = try terminal.read(until: "\u{1B}[H\u{1B}[J")
    for (plug, power) in [("fridge", 62), ("heater-in-the-attic", 1800)] {
      let payload = "{\"Time\":\"2026-10-25T00:00:00\",\"ENERGY\":{\"Total\":1.5,\"Today\":0.25,\"Power\":\(power)}}"
      try broker.publish(["-q", "1", "-t", "tele/\(plug)/SENSOR", "-m", payload])
    }
    _ = try terminal.read(until: "total")
    // Of the next drawing all that there is.
    let text = try terminal.read(until: "\u{1B}[H\u{1B}[J")
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    let drawing = try #require(try text.contains("fridge") ? text : terminal.read(until: "fridge"))
    return drawing.replacing("\r\n", with: "\n").split(separator: "\n")
  }

  @Test(arguments: [("C.UTF-8", "█", "#"), ("C", "#", "█")])
  func powersAreDrawnInTheTerminalsCharacters(locale: String, bar: String, other: String) throws {
    let text = try shown(columns: 100, locale: locale).joined(separator: "\n")
    #expect(text.contains(bar) && !text.contains(other), "\(text)")
  }

  @Test func nothingIsWiderThanTheTerminal() throws {
    for line in try shown(columns: 40, locale: "C.UTF-8") { #expect(line.count <= 40, "\(line)") }
  }
}
