import Foundation
import TestSupport
import Testing

/// `wattlog setup`, by options and at a terminal, with a real Mosquitto.
@Suite(.enabled(if: PrivateBroker.isInstalled, "mosquitto or its clients are not installed"))
struct SetupCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
  }

  private var place: String { directory.path + "/config/wattlog" }

  private func content(_ name: String) throws -> String {
    try String(contentsOfFile: "\(place)/\(name)", encoding: .utf8)
  }

  private func mode(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  private func announce(_ name: String, on broker: PrivateBroker, login: [String] = []) throws {
    let config =
      "{\"dn\":\"\(name)\",\"mac\":\"A0B765112233\",\"t\":\"plug1\",\"ft\":\"%prefix%/%topic%/\","
      + "\"tp\":[\"cmnd\",\"stat\",\"tele\"]}"
    try broker.publish(login + ["-t", "tasmota/discovery/A0B765112233/config", "-r", "-m", config])
    try broker.publish(login + ["-t", "tele/plug1/LWT", "-r", "-m", "Online"])
  }

  @Test func optionsAnswerEverythingAndTheFilesWorkTogether() throws {
    let broker = try PrivateBroker(users: ["watt": "se cret"])
    try announce("Washing machine", on: broker, login: ["-u", "watt", "-P", "se cret"])
    let secret = try directory.write("se cret\n", to: "secret")
    let url = "mqtt://127.0.0.1:\(broker.port)"
    let run = try wattlog.run(
      "setup", "--broker", url, "--user", "watt", "--password-file", secret, "--price", "0,275")
    #expect(run.exit == 0 && run.stdout == "", "\(run)")
    #expect(run.stderr.contains("wattlog: the broker lets wattlog in\nwattlog: 1 plug: Washing machine\n"), "\(run)")
    #expect(run.stderr.contains("start the recorder with: wattlog record\n") && run.stderr.contains("wattlog report"))
    #expect(try mode(place) == 0o750 && mode(place + "/password") == 0o600)
    #expect(try mode(place + "/wattlog.json") & 0o027 == 0)
    #expect(try content("password") == "se cret\n" && !FileManager.default.fileExists(atPath: place + "/password.new"))
    #expect(try content("tariff.json").contains("currency: \"GBP\"") && content("tariff.json").contains("price: 0.275"))
    #expect(try wattlog.run("config", "check").exit == 0 && wattlog.run("tariff", "check").exit == 0)
    // A recorder needs nothing more.
    let found = try wattlog.run("discover", "-q", "--for", "1s")
    #expect(found.exit == 0 && found.stdout.contains("Washing machine"), "\(found)")

    // Again, with nothing new: nothing is written. Then with another zone: that line alone.
    let before = try content("wattlog.json")
    let again = try wattlog.run("setup")
    #expect(again.exit == 0 && !again.stderr.contains("wrote"), "\(again)")
    #expect(try content("wattlog.json") == before)
    let moved = try wattlog.run("setup", "--timezone", "Europe/Dublin")
    #expect(moved.exit == 0 && moved.stderr.contains("/config/wattlog/wattlog.json\n"), "\(moved)")
    #expect(try content("wattlog.json") == before.replacingOccurrences(of: "Europe/London", with: "Europe/Dublin"))
    // A price does not replace a tariff.
    let dearer = try wattlog.run("setup", "--price", "0.30")
    #expect(dearer.exit == 1 && dearer.stderr.contains("is there already and is not overwritten"), "\(dearer)")
  }

  @Test func aPersonsOwnFileKeepsItsCommentsAndAnAnonymousLoginItsPeace() throws {
    let broker = try PrivateBroker()
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    _ = try directory.write(
      "// mine\n{\n  broker: {\n    user: \"old\",  // gone soon\n    url: \"mqtt://elsewhere\",\n  },\n}\n",
      to: "config/wattlog/wattlog.json")
    let run = try wattlog.run("setup", "--broker", "127.0.0.1:\(broker.port)", "--anonymous", "--price", "none")
    #expect(run.exit == 0 && run.stderr.contains("it knows no Tasmota plug yet"), "\(run)")
    #expect(
      try content("wattlog.json") == """
        // mine
        {
          site: { currency: "GBP", timeZone: "Europe/London" },
          broker: {
            // gone soon
            url: "mqtt://127.0.0.1:\(broker.port)",
          },
        }

        """)
  }

  @Test func aRefusedLoginSaysWhereAUserIsMadeAndLeavesNothing() throws {
    let broker = try PrivateBroker(users: ["watt": "right"])
    let wrong = try directory.write("wrong\n", to: "secret")
    let run = try wattlog.run(
      "setup", "--broker", "127.0.0.1:\(broker.port)", "--user", "watt", "--password-file", wrong)
    #expect(run.exit == 9, "\(run)")
    #expect(
      run.stderr.contains("refused the login of user 'watt'") && run.stderr.contains("Mosquitto broker"), "\(run)")
    #expect(run.stderr.contains("mosquitto_passwd") && run.stderr.filter { $0 == "\n" }.count == 1, "\(run)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: place).isEmpty)
  }

  @Test func withoutATerminalWhatIsMissingIsNamed() throws {
    let broker = try PrivateBroker(users: ["watt": "right"])
    for (words, missing) in [
      ([], "--user NAME"), (["--user", "watt"], "--password-file FILE"),
    ] as [([String], String)] {
      let run = try wattlog.run(["setup", "--broker", "127.0.0.1:\(broker.port)"] + words)
      #expect(
        run
          == Transcript(
            stdout: "",
            stderr: "wattlog: there is no terminal to ask at, and no default was found for \(missing); "
              + "add this option, or run 'wattlog setup' on a terminal\n", exit: 2))
    }
    for (words, message) in [
      (["--price", "27"], "hundredths"), (["--price", "cheap"], "is no price"),
      (["--currency", "euros"], "is no currency"),
      (["--timezone", "Europe/Lodnon"], "did you mean 'Europe/London'?"), (["--broker", "http://h"], "unknown scheme"),
    ] {
      let open = try PrivateBroker()
      let broker = words[0] == "--broker" ? [] : ["--broker", "127.0.0.1:\(open.port)"]
      let run = try wattlog.run(["setup", "--anonymous", "--currency", "GBP"] + broker + words)
      #expect(run.exit == 2 && run.stderr.contains(message) && run.stderr.contains(words[0]), "\(run)")
    }
    #expect(try wattlog.run("setup", "--anonymous", "--user", "u").exit == 2)
    let away = try PrivateBroker.freePort()
    let run = try wattlog.run("setup", "--anonymous", "--broker", "127.0.0.1:\(away)")
    #expect(run.exit == 8 && run.stderr.contains("cannot reach the broker"), "\(run)")
  }

  /// The person types a wrong password first, and takes each default that is offered.
  @Test func atATerminalQuestionsAreAskedAndPasswordsAreNotShown() throws {
    let broker = try PrivateBroker(users: ["watt": "s3cret"])
    let terminal = try PseudoTerminal()
    let process = Process()
    process.executableURL = WattlogProcess.executable
    process.arguments = ["setup"]
    process.environment = wattlog.environment
    process.currentDirectoryURL = URL(fileURLWithPath: directory.path)
    for part in [\Process.standardInput, \.standardOutput, \.standardError] { process[keyPath: part] = terminal.end }
    try process.runOnLeash()
    var shown = ""
    for (question, answer) in [
      ("Broker", "127.0.0.1:\(broker.port)"), ("User at the broker (- for none): ", "watt"),
      ("Password of watt: ", "wr0ng"),
      ("User at the broker (- for none) [watt]: ", ""), ("Password of watt: ", "s3cret"),
      ("Currency [GBP]: ", ""), ("Price of a kWh in GBP, with all taxes [none]: ", "cheap"),
      ("such as 0.30\r\nPrice of a kWh in GBP, with all taxes [none]: ", "0.30"),
    ] {
      shown += try terminal.read(until: question)
      try terminal.type(answer + "\n")
    }
    shown += try terminal.read(until: "wattlog report")
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(shown)")
    #expect(shown.contains("refused the login of user 'watt'") && shown.contains("is no price"))
    #expect(!shown.contains("s3cret") && !shown.contains("wr0ng"), "\(shown)")
    #expect(try content("password") == "s3cret\n" && content("tariff.json").contains("price: 0.30"))
    #expect(try wattlog.run("config", "check").exit == 0)
  }
}
