import Foundation
import TestSupport
import Testing

@Suite struct ArgumentTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path)
  }

  @Test(arguments: [
    (["reprot"], "unknown command 'reprot'; did you mean 'report'?"),
    (["xyzzy"], "unknown command 'xyzzy'; 'wattlog --help' lists the commands"),
    (["help", "confg"], "unknown command 'confg'; did you mean 'config'?"),
    (["report", "--strickt"], "unknown option '--strickt' for 'report'; did you mean '--strict'?"),
    (["report", "-x"], "unknown option '-x' for 'report'; see 'wattlog report --help'"),
    (["report", "-qx"], "unknown option '-x' for 'report'; see 'wattlog report --help'"),
    (["report", "--strict=1"], "--strict takes no value; leave out '=1'"),
    (["report", "--from"], "--from needs a value; write --from T"),
    (["report", "--from="], "--from has an empty value; write --from T"),
    (["report", "-p"], "-p needs a value; write -p PERIOD"),
    (["report", "dya"], "'report' does not know 'dya'; did you mean 'day'?"),
    (["report", "day", "week"], "'report' does not expect 'week'; see 'wattlog report --help'"),
    (["report", "-f", "cvs"], "-f does not know 'cvs'; did you mean 'csv'?"),
    (["report", "--format=pdf"], "--format does not know 'pdf'; it takes table, csv, json, html, md, xlsx"),
    (["report", "--by", "dya"], "--by does not know 'dya'; did you mean 'day'?"),
    (
      ["config"],
      "'config' needs check|show|init [FILE]; such as 'wattlog config check /etc/wattlog/wattlog.json'; "
        + "see 'wattlog config --help'"
    ),
    (["completion", "tcsh"], "'completion' does not know 'tcsh'; it takes bash, zsh, fish"),
    (["simulate", "--seed", "x"], "--seed 'x' must be a whole number from 0 to 9223372036854775807"),
    (["simulate", "--period", "1s"], "--period '1s' must be a length of time with its unit, from 10s to 1h"),
    (["simulate", "--devices", "frige"], "--devices does not know 'frige'; did you mean 'fridge'?"),
    (
      ["config", "show", "--timezone", "Europe/Lodnon"],
      "--timezone: unknown time zone 'Europe/Lodnon'; did you mean 'Europe/London'?"
    ),
    (
      ["config", "show", "--timezone", "../../etc/passwd"],
      "--timezone: unknown time zone '../../etc/passwd'; write a name such as Europe/London"
    ),
    (
      ["simulate", "--timezone", "Europe/London", "--from", "2026-10-25T01:30"],
      "--from '2026-10-25T01:30' is there twice because the clocks go back; write 2026-10-25T01:30:00+01:00 or 2026-10-25T01:30:00+00:00"
    ),
    (
      ["simulate", "--timezone", "Europe/London", "--from", "2026-03-29 01:30"],
      "--from '2026-03-29 01:30' does not exist because the clocks go forward: after 2026-03-29T00:59:59+00:00 comes 2026-03-29T02:00:00+01:00"
    ),
    (
      ["simulate", "--from", "soon"],
      "--from 'soon' is no date or time; write 2026-10-25, '2026-10-25 01:30' or 2026-10-25T01:30:00+01:00"
    ),
    (["bad\u{1B}[31m"], "unknown command 'bad?[31m'; 'wattlog --help' lists the commands"),
  ])
  func wrongUsageNamesTheWordAndSuggests(arguments: [String], message: String) throws {
    #expect(try wattlog.run(arguments) == Transcript(stdout: "", stderr: "wattlog: \(message)\n", exit: 2))
  }

  @Test func noCommandPrintsTheHelpToStderr() throws {
    let help = try wattlog.run("--help")
    #expect(help.exit == 0 && help.stderr == "")
    #expect(try wattlog.run() == Transcript(stdout: "", stderr: help.stdout, exit: 2))
    #expect(try wattlog.run("help") == help)
    #expect(try wattlog.run("--config", "house.json", "help") == help)
  }

  /// As `--help` lists them.
  private func commands() throws -> [String] {
    let lines = try wattlog.run("--help").stdout.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex(of: ""))
    let list = lines[(start + 1)...].drop { !$0.hasPrefix("  ") }.prefix { !$0.isEmpty }
    return list.filter { !$0.hasPrefix("   ") }.compactMap { $0.split(separator: " ").first.map(String.init) }
  }

  @Test func everyCommandHasHelpWithTwoExamples() throws {
    let commands = try commands()
    #expect(commands.count >= 6 && commands.contains("config"))
    for command in commands {
      let help = try wattlog.run(command, "--help")
      #expect(help.exit == 0 && help.stderr == "", "\(command)")
      #expect(help.stdout.hasPrefix("usage: wattlog \(command)"))
      let examples = try #require(help.stdout.range(of: "\nExamples:\n"))
      let lines = help.stdout[examples.upperBound...].split(separator: "\n").filter {
        $0.hasPrefix("  ") && !$0.hasPrefix("   ")
      }
      #expect(lines.count >= 2, "\(command) has \(lines.count) examples")
      #expect(try wattlog.run("help", command) == help)
      #expect(try wattlog.run(command, "-h", "--no-such-option=1").exit == 2)
    }
  }

  @Test func helpFitsTheTerminal() throws {
    for command in try commands() {
      for line in try wattlog.run(command, "--help").stdout.split(separator: "\n") where !line.contains("wattlog ") {
        #expect(line.count <= 100, "\(command): \(line)")
      }
    }
  }

  @Test func versionIsOneLine() throws {
    let version = try wattlog.run("version")
    #expect(version.exit == 0 && version.stdout.hasPrefix("wattlog ") && version.stdout.filter(\.isNewline).count == 1)
    #expect(try wattlog.run("--version") == version)
    #expect(try wattlog.run("config", "--version") == version)
  }

  @Test func commonOptionsMayStandBeforeTheCommand() throws {
    let show = try wattlog.run("--store", "/x", "config", "show")
    #expect(show.exit == 0 && show.stdout.contains("\"store\": \"/x\""))
    #expect(try wattlog.run("--store=/x", "config", "show") == show)
    #expect(try wattlog.run("config", "show", "--store", "/x") == show)
    #expect(try wattlog.run("config", "--store", "/x", "--", "show") == show)
  }

  @Test func optionsAreReadFromTheEnvironmentAndTheCommandLineWins() throws {
    let variables = ["WATTLOG_STORE": "/from-environment", "WATTLOG_TIMEZONE": "UTC"]
    #expect(
      try wattlog.run("config", "show", environment: variables).stdout.contains("\"store\": \"/from-environment\""))
    let typed = try wattlog.run(["config", "show", "--store", "/typed"], environment: variables)
    #expect(typed.stdout.contains("\"store\": \"/typed\""))
    let wrong = try wattlog.run("report", environment: ["WATTLOG_FORMAT": "cvs"])
    #expect(
      wrong
        == Transcript(stdout: "", stderr: "wattlog: WATTLOG_FORMAT does not know 'cvs'; did you mean 'csv'?\n", exit: 2)
    )
    let flag = try wattlog.run("report", environment: ["WATTLOG_STRICT": "maybe"])
    #expect(flag.stderr == "wattlog: WATTLOG_STRICT 'maybe' must be 1 or 0\n" && flag.exit == 2)
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionScriptsAreSound(shell: String) throws {
    let script = try wattlog.run("completion", shell)
    #expect(script.exit == 0 && script.stdout.contains("--timezone") || script.stdout.contains("-l timezone"))
    guard let path = Programs.path(of: shell) else {
      print("skipped: \(shell) is not installed")
      return
    }
    let file = URL(fileURLWithPath: directory.path).appendingPathComponent("completion")
    try Data(script.stdout.utf8).write(to: file)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["-n", file.path]
    try process.runOnLeash()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test func bashCompletesCommandsOptionsAndValues() throws {
    guard FileManager.default.isExecutableFile(atPath: "/bin/bash") else { return }
    // Names come from the field: what a shell would run in one is completed as it stands.
    let names = ["washing machine", "$(touch ran)"]
    let rules = names.enumerated().map { "{ match: 'plug\($0.offset)', name: '\($0.element)' }" }
    _ = try directory.write("{ devices: [\(rules.joined(separator: ","))] }", to: "config/wattlog/wattlog.json")
    let lines = names.indices.map { place in
      "1770120010 0 tele/plug\(place)/SENSOR "
        + #"{"Time":"2026-02-03T12:00:00","ENERGY":{"Total":1.5,"Power":7}}"# + "\n"
    }
    #expect(try wattlog.run("replay", "-q", "-", input: Data(lines.joined().utf8)).exit == 0)
    let script = try wattlog.run("completion", "bash").stdout
    let program =
      script + """

        try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _wattlog; echo "${COMPREPLY[*]}"; }
        try wattlog rep
        try wattlog report --str
        try wattlog report -f ''
        try wattlog completion f
        try wattlog runs 'wash'
        try wattlog report 'WASH'
        try wattlog report --device '$('
        try wattlog report last_7
        """
    let file = URL(fileURLWithPath: directory.path).appendingPathComponent("try.bash")
    try Data(program.utf8).write(to: file)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [file.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.environment = wattlog.environment
    process.currentDirectoryURL = URL(fileURLWithPath: directory.path)
    process.environment?["PATH"] = WattlogProcess.executable.deletingLastPathComponent().path + ":/usr/bin:/bin"
    try process.runOnLeash()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let completed = output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(completed[0].split(separator: " ").contains("report"))
    #expect(completed[1] == "--strict")
    #expect(completed[2] == "table csv json html md xlsx")
    #expect(completed[3] == "fish")
    #expect(completed[4] == "washing machine" && completed[5] == "washing machine", "\(output)")
    #expect(completed[6] == "$(touch ran)" && completed[7] == "last_7_days", "\(output)")
    #expect(!FileManager.default.fileExists(atPath: directory.path + "/ran"))
  }

  @Test func theManualPageNamesEveryCommandAndExitCode() throws {
    let page = try wattlog.run("man").stdout
    #expect(page.hasPrefix(".TH WATTLOG 1"))
    for command in try commands() { #expect(page.contains(".SS \"wattlog \(command)")) }
    for code in ["0", "4", "12", "143"] { #expect(page.contains("\n.B \(code)\n")) }
  }
}
