import Foundation
import TestSupport
import Testing

/// `Reports/questions.md` holds what the program prints: its `sh` block makes the store, then every line that begins with
/// `$ ` is run, and what follows it is what it prints. `UPDATE_GOLDEN=1` rewrites the page.
@Suite struct QuestionTests {
  private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Reports/questions.md")

  /// A part of the page: text, or a command with what it is said to print.
  private enum Part {
    case text([String])
    case command(String, prints: [String])
  }

  private static func parts(of lines: [String]) -> [Part] {
    var parts: [Part] = []
    var text: [String] = []
    var isConsole = false
    var place = lines.startIndex
    while place < lines.endIndex {
      let line = lines[place]
      place += 1
      if line == "```console" { isConsole = true } else if line.hasPrefix("```") { isConsole = false }
      guard isConsole, line.hasPrefix("$ ") else {
        text.append(line)
        continue
      }
      let printed = lines[place...].prefix { !$0.hasPrefix("$ ") && $0 != "```" }
      place += printed.count
      parts += [.text(text), .command(String(line.dropFirst(2)), prints: Array(printed))]
      text = []
    }
    return parts + [.text(text)]
  }

  @Test func theAnswersAreTheProgramsOwn() throws {
    let directory = try TemporaryDirectory()
    let wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
    let lines = try String(contentsOf: Self.page, encoding: .utf8).components(separatedBy: "\n")
    func shell(_ command: String) throws -> (text: String, exit: Int32) {
      let output = directory.path + "/printed"
      try Data().write(to: URL(fileURLWithPath: output))
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-e", "-c", command]
      let folder = WattlogProcess.executable.deletingLastPathComponent().path
      process.environment = wattlog.environment.merging([
        "PATH": folder + ":/usr/bin:/bin", "COLUMNS": "100", "WATTLOG_CONFIG": directory.path + "/wattlog.json",
      ]) { $1 }
      process.currentDirectoryURL = URL(fileURLWithPath: directory.path)
      process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
      try process.runOnLeash()
      process.waitUntilExit()
      return (try String(contentsOfFile: output, encoding: .utf8), process.terminationStatus)
    }
    let start = try #require(lines.firstIndex(of: "```sh"))
    let setUp = lines[(start + 1)...].prefix { $0 != "```" }
    // The configuration is not there yet.
    let made = try shell("unset WATTLOG_CONFIG; " + setUp.joined(separator: "\n"))
    #expect(made.exit == 0 && made.text.isEmpty, "\(made)")
    var written: [String] = []
    var count = 0
    for part in Self.parts(of: lines) {
      switch part {
      case .text(let text): written += text
      case .command(let command, let said):
        count += 1
        let run = try shell(command)
        #expect(run.exit == 0, "\(command)")
        let printed = Array(run.text.components(separatedBy: "\n").dropLast())
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
          written += ["$ " + command] + printed
        } else {
          #expect(printed == said, "\(command)")
        }
      }
    }
    #expect(count >= 8)
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try Data(written.joined(separator: "\n").utf8).write(to: Self.page)
    }
  }
}
