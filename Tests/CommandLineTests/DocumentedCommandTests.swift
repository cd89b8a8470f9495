import Foundation
import TestSupport
import Testing

/// Every command line that README.md and `--help` show, run as a person pastes it: in Tests/Documented/run.sh's household,
/// with a store of some months, a real Mosquitto and plugs that speak.
@Suite struct DocumentedCommandTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// What no test can paste, and who looks at it instead. A line that is not here is run.
  private static let notRun = [
    "sudo apt install \"$(Scripts/package deb)\"": "builds a release; Scripts/try-package installs it",
    "sudo wattlog setup": "asks at a terminal; SetupCommandTests types the answers",
    "wattlog setup": "asks at a terminal; SetupCommandTests types the answers",
    "sudo adduser $USER wattlog": "the group is the package's; Scripts/try-package",
    "sudo systemctl enable --now wattlog-nightly.timer": "needs a systemd; ServiceUnitTests",
    "mosquitto_passwd /etc/mosquitto/passwd wattlog": "asks at a terminal; it is Mosquitto's",
    "wattlog status --watch": "draws on a terminal; StatusWatchTests",
    "Scripts/demo": "builds a release", "Scripts/test": "runs this test", "Scripts/package deb": "builds a release",
  ]

  /// What a line needs beside the household.
  private static let before = [
    "wattlog setup --": "rm -r ~/.config/wattlog /etc/wattlog/*", "wattlog config init": "rm -r ~/.config/wattlog",
    "wattlog tariff init": "rm ~/.config/wattlog/tariff.json tariff.json",
    "wattlog tariff import agile.json": "rm tariff.json; "
      + #"echo '{"results":[{"value_exc_vat":20.0,"value_inc_vat":21.0,"#
      + #""valid_from":"2026-11-01T00:00:00Z","valid_to":"2026-11-01T00:30:00Z"}]}' > agile.json"#,
    "wattlog tariff import prices.csv": "rm tariff.json",
    // A page for each day of the household's months takes a debug build minutes.
    "wattlog pages": "rm -r ~/.local/share/wattlog; wattlog simulate --devices fridge,kettle --period 15m "
      + "--from $(date -d '2 days ago' +%FT00:00:00) --to $(date -u +%FT%TZ) | wattlog replay -q -",
  ]

  /// How a line may end beside 0: by what it finds.
  private static let otherEnds: [(prefix: String, exits: Set<Int>)] = [
    ("wattlog gaps", [11]), ("wattlog events", [11]), ("wattlog check", [10]), ("wattlog doctor", [3]),
  ]

  /// Programs that not every machine has.
  private static let optional = ["jq", "zstd", "man"]

  private struct Line {
    var text: String

    /// It goes on until it is interrupted.
    var isEndless: Bool {
      text.hasPrefix("wattlog record") || text.hasPrefix("wattlog live")
        || text.hasPrefix("wattlog simulate") && text.contains("--broker")
    }
    /// Recorders of one store throw each other out at the broker, and what waits for plugs waits beside the rest.
    var lane: Int {
      text.hasPrefix("wattlog record") ? 1 : isEndless ? 2 : text.hasPrefix("wattlog d") ? 3 : 4
    }
    var missing: String? {
      optional.first { program in
        let isCalled = text.split { " |;&".contains($0) }.contains { $0 == program } && !text.hasSuffix("wattlog man")
        return isCalled && text.contains("| \(program)") || text.hasPrefix(program)
          ? Programs.path(of: program) == nil : false
      }
    }
  }

  /// Lines of indented blocks, those behind `$ ` in fenced ones, and command lines in the text.
  private static func linesOfReadme() throws -> [String] {
    let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    var lines: [String] = []
    var isFenced = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") { isFenced.toggle() }
      if isFenced {
        if line.hasPrefix("$ ") { lines.append(String(line.dropFirst(2))) }
      } else if line.hasPrefix("    ") {
        let command = line.trimmingCharacters(in: .whitespaces).replacing(#/\s{2,}#.*$/#, with: "")
        lines.append(command)
      } else if !line.hasPrefix("|") {
        for code in line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        where code.offset % 2 == 1 && isCommandLine(code.element) { lines.append(String(code.element)) }
      }
    }
    return lines
  }

  /// More than a command's name, and without a placeholder.
  private static func isCommandLine(_ code: Substring) -> Bool {
    let words = code.split(separator: " ")
    guard words.count > 2, ["wattlog", "sudo", "mosquitto_passwd"].contains(words[0]) else { return false }
    return code.contains { "-/.".contains($0) } && code.firstMatch(of: #/\b[A-Z]{2,}\b/#) == nil
      || code == "wattlog config init"
  }

  /// The worked examples of every command, and of the program.
  private static func linesOfHelp(_ wattlog: WattlogProcess) throws -> [String] {
    let whole = try wattlog.run("--help").stdout
    let commands = whole.split(separator: "\n").compactMap { $0.firstMatch(of: #/^  ([a-z]+) {2,}/#)?.1 }
    #expect(commands.count > 25)
    var lines: [String] = []
    for text in try [whole] + commands.map({ try wattlog.run("help", String($0)).stdout }) {
      let examples = try #require(text.components(separatedBy: "\nExamples:\n").last)
      let found = examples.split(separator: "\n").filter {
        $0.firstMatch(of: #/^ {2,4}[a-z]/#) != nil && !$0.hasPrefix("      ")
      }
      #expect(found.count >= 2, "\(text)")
      lines += found.map { $0.trimmingCharacters(in: .whitespaces) }
    }
    return lines
  }

  private static func unshare(_ words: [String]) throws -> (text: String, exit: Int32) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Programs.path(of: "unshare")))
    let user = getuid() == 0 ? [] : ["--user", "--map-root-user"]
    process.arguments =
      user + ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"] + words
    let output = try TemporaryDirectory()
    let file = output.path + "/output"
    try Data().write(to: URL(fileURLWithPath: file))
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
    process.standardError = process.standardOutput
    process.standardInput = FileHandle.nullDevice
    try process.runOnLeash(seconds: 1500)
    process.waitUntilExit()
    return (try String(contentsOfFile: file, encoding: .utf8), process.terminationStatus)
  }

  /// Why the household cannot be here; nil where it can.
  private static let obstacle: String? = {
    guard PrivateBroker.isInstalled else { return PrivateBroker.notInstalled }
    for program in ["unshare", "ip", "timeout", "chroot"] where Programs.path(of: program) == nil {
      return "\(program) is not installed"
    }
    guard let directory = try? TemporaryDirectory() else { return "no temporary directory" }
    let layers =
      "mount -t tmpfs tmpfs $0 && mkdir $0/u $0/w $0/r && mount -t overlay overlay -o lowerdir=/,upperdir=$0/u,workdir=$0/w $0/r"
    let tried = try? unshare(["sh", "-c", layers, directory.path])
    return tried?.exit == 0 ? nil : "no overlay of the machine's files can be mounted: \(tried?.text ?? "")"
  }()

  @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")")) func everyLineThatIsShownRunsAsPasted() throws {
    let directory = try TemporaryDirectory()
    let shown = try Self.linesOfReadme() + Self.linesOfHelp(WattlogProcess(home: directory.path))
    var texts: [String] = []
    for text in shown where !texts.contains(text) { texts.append(text) }
    #expect(texts.count > 85, "\(texts.count) lines")
    for line in Self.notRun.keys { #expect(texts.contains(line), "'\(line)' is shown nowhere") }
    #expect(Self.notRun.count <= 10, "what can be run is run")
    for prefix in Self.before.keys { #expect(texts.contains { $0.hasPrefix(prefix) }, "'\(prefix)' is shown nowhere") }

    var lines = texts.filter { Self.notRun[$0] == nil }.map(Line.init)
    for line in lines { if let program = line.missing { print("skipped: \(line.text): \(program) is not installed") } }
    lines.removeAll { $0.missing != nil }
    let table = lines.map { line in
      let first = Self.before.first { line.text.hasPrefix($0.key) }.map { $0.value + "; " } ?? ""
      return "\(line.lane)\t\(line.isEndless ? 8 : 0)\t\(first)\(line.text)\n"
    }
    let file = try directory.write(table.joined(), to: "lines")
    let out = directory.path + "/out"
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    let script = Self.root.appending(path: "Tests/Documented/run.sh").path
    let (text, exit) = try Self.unshare(["bash", script, WattlogProcess.executable.path, file, out])
    try #require(exit == 0, "\(text)")
    for (place, line) in lines.enumerated() {
      func said(_ kind: String) -> String {
        (try? String(contentsOfFile: "\(out)/\(place + 1).\(kind)", encoding: .utf8)) ?? ""
      }
      let end = Int(said("exit").trimmingCharacters(in: .whitespacesAndNewlines))
      let allowed: Set<Int> =
        line.isEndless
        ? [130] : (Self.otherEnds.first { line.text.hasPrefix($0.prefix) }?.exits ?? []).union([0])
      #expect(
        end.map(allowed.contains) == true, "\(line.text)\nexit \(end ?? -1)\n\(said("out").prefix(500))\n\(said("err"))"
      )
    }
  }
}
