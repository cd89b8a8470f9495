import Foundation
import TestSupport
import Testing

@Suite struct ConfigurationCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path)
  }

  @Test func theFirstConfigurationIsToBeFilledInAndIsNotOverwritten() throws {
    let path = directory.path + "/config/wattlog/wattlog.json"
    #expect(try wattlog.run("config", "init").exit == 0)
    let check = try wattlog.run("config", "check")
    #expect(
      check.exit == 3 && check.stderr.hasPrefix("wattlog: \(path): broker.url is not filled in")
        && check.stderr.contains("'wattlog setup'"), "\(check)")
    // Filled in with what its comments say, and with what 'tariff init' makes.
    let text = try String(contentsOfFile: path, encoding: .utf8)
    _ = try directory.write(
      text.replacingOccurrences(of: "// url: ", with: "url: ").replacingOccurrences(
        of: "// tariff: ", with: "tariff: "),
      to: "config/wattlog/wattlog.json")
    let missing = try wattlog.run("config", "check")
    let tariff = directory.path + "/config/wattlog/tariff.json"
    #expect(missing.exit == 4 && missing.stderr.hasSuffix("'wattlog tariff init \(tariff)' makes one to fill in\n"))
    #expect(try wattlog.run("tariff", "init", tariff).exit == 0)
    #expect(
      try wattlog.run("config", "check") == Transcript(stdout: "", stderr: "wattlog: \(path) is valid\n", exit: 0))
    let again = try wattlog.run("config", "init")
    #expect(again.stderr == "wattlog: '\(path)' exists; replace it with --force\n" && again.exit == 1)
    #expect(try wattlog.run("config", "init", "--force").exit == 0)
  }

  /// The configuration of the top README, with what stands before it.
  @Test func theReadmesConfigurationWorksAsPasted() throws {
    let readme = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../README.md").standardizedFileURL
    let parts = try String(contentsOf: readme, encoding: .utf8).components(separatedBy: "```json5\n")
    try #require(parts.count == 2)
    #expect(
      parts[0].contains("`wattlog config init`,\n`wattlog tariff init ~/.config/wattlog/tariff.json`, a password"))
    let place = directory.path + "/config/wattlog"
    #expect(try wattlog.run("config", "init").exit == 0)
    #expect(try wattlog.run("tariff", "init", place + "/tariff.json").exit == 0)
    let password = try directory.write("secret\n", to: "config/wattlog/password")
    _ = try directory.write(parts[1].components(separatedBy: "```")[0], to: "config/wattlog/wattlog.json")
    chmod(password, 0o644)
    let exposed = try wattlog.run("config", "check")
    #expect(exposed.exit == 4 && exposed.stderr.contains("chmod 600 \(password)"), "\(exposed)")
    chmod(password, 0o600)
    let check = try wattlog.run("config", "check")
    #expect(check.exit == 0 && check.stderr.hasSuffix("is valid\n"), "\(check)")
    #expect(try wattlog.run("tariff", "check").exit == 0)
  }

  @Test func whatIsShownIsAConfigurationOfTheSameSettings() throws {
    let path = try directory.write(
      """
      { store: "/s", site: { timeZone: "Europe/London", currency: "GBP", billingDay: 14, },
        broker: { url: "mqtts://h:8884", user: "u\\"x", },
        record: { topics: ["tele/+/SENSOR"], commitInterval: "1m", timeResolution: "1ms", maximumDevices: 9 },
        devices: [ { match: "A0B765112233", name: "fridge", group: "kitchen", maximumPower: 400 } ] }
      """, to: "wattlog.json")
    let shown = try wattlog.run("config", "show", "--config", path)
    #expect(shown.exit == 0 && shown.stderr == "")
    let second = try directory.write(shown.stdout, to: "second.json")
    #expect(try wattlog.run("config", "show", "--config", second) == shown)
    #expect(shown.stdout.contains("\"commitInterval\": \"1m\", \"timeResolution\": \"1ms\", \"maximumDevices\": 9"))
  }

  @Test(arguments: [
    ("{ store: ", "1:10: expected a value, found the end of the text"),
    ("{\n  stroe: 'x' }", "2:3: stroe: unknown key; did you mean 'store'?"),
    (
      "{ site: { timeZone: 'Europe/Lodnon' } }",
      "1:21: site.timeZone: unknown time zone 'Europe/Lodnon'; did you mean 'Europe/London'?"
    ),
    (
      "{ broker: { url: 'http://h' } }",
      "1:18: broker.url: unknown scheme 'http'; write mqtt://HOST or mqtts://HOST"
    ),
  ])
  func nothingStartsOnABadConfiguration(text: String, message: String) throws {
    let path = try directory.write(text, to: "wattlog.json")
    let expected = Transcript(stdout: "", stderr: "wattlog: \(path):\(message)\n", exit: 4)
    #expect(try wattlog.run("config", "check", path) == expected)
    #expect(try wattlog.run("config", "show", "--config", path) == expected)
    #expect(try wattlog.run("report", "--config", path) == expected)
  }

  @Test func aMissingConfigurationThatWasNamedIsAnError() throws {
    let run = try wattlog.run("config", "show", "--config", "/no/such")
    #expect(run.exit == 4)
    #expect(
      run.stderr
        == "wattlog: cannot read the configuration '/no/such': No such file or directory; 'wattlog config init' writes a first one\n"
    )
  }

  @Test func filesThatAreNamedMustBeThere() throws {
    let path = try directory.write("{ broker: { url: 'mqtt://h', passwordFile: 'secret' } }", to: "wattlog.json")
    let run = try wattlog.run("config", "check", path)
    #expect(
      run
        == Transcript(
          stdout: "", stderr: "wattlog: \(path): broker.passwordFile: there is no file 'secret'\n", exit: 4))
  }

  @Test func theUsersConfigurationIsFoundAndTheMachinesZoneIsTheDefault() throws {
    _ = try directory.write("{ store: '/mine' }", to: "config/wattlog/wattlog.json")
    let shown = try wattlog.run(["config", "show"], environment: ["TZ": ":Europe/Berlin"])
    #expect(shown.stdout.contains("\"store\": \"/mine\""))
    #expect(shown.stdout.contains("\"timeZone\": \"Europe/Berlin\""))
    let lost = try wattlog.run(["config", "show", "-v"], environment: ["TZ": "Nowhere/Land"])
    #expect(lost.stdout.contains("\"timeZone\": \"UTC\""))
    #expect(lost.stderr == "wattlog: TZ 'Nowhere/Land' names no zone file; days are those of UTC\n")
  }

  static let tariff = """
    { name: "home", currency: "GBP", vat: "5%",
      periods: [
        { from: "2026-04-01", standingCharge: 0.5724,
          rates: [ { name: "night", price: 0.0905, hours: "00:30-05:30" },
                   { name: "peak", price: 0.31, hours: "16:00-19:00", days: "mon-fri", months: "nov-feb" },
                   { name: "day", price: 0.2333 } ] },
        { from: "2027-01-01", prices: "agile.csv" } ] }
    """

  @Test func aTariffIsCheckedWithItsPriceListAndShownForADay() throws {
    _ = try directory.write("start,price\n2027-01-01T00:30Z,0.2\n2027-01-01T00:00Z,0.1\n", to: "agile.csv")
    let path = try directory.write(ConfigurationCommandTests.tariff, to: "tariff.json")
    let check = try wattlog.run("tariff", "check", path)
    #expect(check == Transcript(stdout: "", stderr: "wattlog: \(path) is valid: 2 periods\n", exit: 0))
    let day = try wattlog.run("tariff", "show", path, "--date", "2026-10-25", "--timezone", "Europe/London")
    #expect(
      day.stdout == """
        2026-10-25T00:00:00+01:00  2026-10-25T00:30:00+01:00  0.244965 GBP/kWh  day
        2026-10-25T00:30:00+01:00  2026-10-25T05:30:00+00:00  0.095025 GBP/kWh  night
        2026-10-25T05:30:00+00:00  2026-10-26T00:00:00+00:00  0.244965 GBP/kWh  day

        """)
    let early = try wattlog.run("tariff", "show", path, "--date", "2026-03-31")
    #expect(early.exit == 11 && early.stdout == "")
  }

  @Test(arguments: [
    ("{ currency: 'GBP' }", 4, "1:1: 'periods' is missing: a list of dated prices"),
    ("{ currency: 'GBP', periods: [] }", 4, "1:29: periods: must hold at least one period"),
    (
      "{ currency: 'GBP', periods: [ { from: '2026-04-01' } ] }", 4,
      "1:31: periods[0]: 'rates' is missing: a list of rates, or 'prices' with the name of a price file"
    ),
    (
      "{ currency: 'GBP', periods: [ { from: '2026-04-01', rates: [ { name: 'a', price: 1, hours: '25:00-26:00' } ] } ] }",
      4,
      "1:92: periods[0].rates[0].hours: must be two local times such as \"00:30-05:30\", not \"25:00-26:00\""
    ),
    (
      "{ currency: 'GBP', periods: [ { from: '2026-04-01', prices: 'none.csv' } ] }", 4,
      "1:61: periods[0].prices: cannot read 'none.csv': No such file or directory"
    ),
    (
      "{ currency: 'GBP', vat: 0.05, periods: [ { from: '2026-04-01', rates: [ { name: 'a', price: 1 } ] } ] }", 4,
      "1:25: vat: must be a text in quotes, not a number"
    ),
    (
      "{ currency: 'GBP', periods: [ { from: '2026-04-01', rates: [ { name: 'a', price: 1, hours: '00:00-12:00' } ] } ] }",
      4,
      "1:60: periods[0].rates: a rate holds not at every time: none in January on a Monday at 12:00"
    ),
    (
      "{ currency: 'GBP', periods: [ { from: '2026-04-01', rates: [ { name: 'a', price: 1 }, { name: 'b', price: 2 } ] } ] }",
      3,
      "1:87: periods[0].rates[1]: 'b' never applies: rates above it match first at all its times (warning)"
    ),
  ])
  func mistakesInATariffAreNamed(text: String, exit: Int32, message: String) throws {
    let path = try directory.write(text, to: "tariff.json")
    let run = try wattlog.run("tariff", "check", path)
    #expect(run == Transcript(stdout: "", stderr: "wattlog: \(path):\(message)\n", exit: exit))
  }

  /// Holes, overlaps and wrong keys, each with its path.
  @Test(arguments: [
    (
      "rates: [ { name: 'a', price: 1, hours: '00:00-13:00' }, { name: 'b', price: 2, hours: '12:00-24:00' } ]", 3,
      "periods[0].rates[1]: 'b' overlaps 'a', which wins where both match (warning)"
    ),
    (
      "rates: [ { name: 'a', price: 1, days: 'mon-fri' } ]", 4,
      "periods[0].rates: a rate holds not at every time: none in January on a Saturday at 00:00"
    ),
    (
      "rates: [ { name: 'a', price: 1, months: 'mar-nov' } ]", 4,
      "periods[0].rates: a rate holds not at every time: none in January on a Monday at 00:00"
    ),
    ("rates: [ { name: 'a', price: 1, hour: '00:00-06:00' } ]", 4, "periods[0].rates[0].hour: unknown key"),
    ("rates: [ { name: 'a' } ]", 4, "periods[0].rates[0]: 'price' is missing"),
    ("rates: [ { price: 1 } ]", 4, "periods[0].rates[0]: 'name' is missing"),
    ("rates: [ { name: 'a', price: 'x' } ]", 4, "periods[0].rates[0].price: "),
    ("prices: 'hole.csv'", 4, "periods[0].prices: no price for 1440 minutes from 2026-04-02T00:30Z on"),
    (
      "prices: 'late.csv'", 4,
      "periods[0].prices: the first price is of 2026-04-03T00:00Z, but the period begins on 2026-04-01"
    ),
    (
      "prices: 'late.csv' }, { from: '2026-05-01', rates: [ { name: 'a', price: 1 } ]", 4,
      "periods[0].prices: the last price ends at 2026-04-03T02:00Z, but the next period begins on 2026-05-01"
    ),
    (
      "rates: [ { name: 'a', price: 1 } ] }, { from: '2026-03-01', rates: [ { name: 'a', price: 1 } ]", 4,
      "periods[1].from: must be later than the 'from' of the period above"
    ),
    (
      "rates: [ { name: 'a', price: 1 } ] }, { from: '2026-04-01', rates: [ { name: 'a', price: 1 } ]", 4,
      "periods[1].from: must be later than the 'from' of the period above"
    ),
    ("rates: [ { name: 'a', price: 1 } ], tiers: [ { aboveKWhPerBill: -1, add: 1 } ]", 4, "periods[0].tiers[0]"),
    ("rates: [ { name: 'a', price: 1 } ], standing: 1", 4, "periods[0].standing: unknown key"),
  ])
  func holesOverlapsAndWrongKeysAreNamed(period: String, exit: Int32, message: String) throws {
    _ = try directory.write(
      "start,price\n2026-04-01T00:00Z,1\n2026-04-01T00:30Z,1\n2026-04-03T00:30Z,1\n2026-04-03T01:00Z,1\n",
      to: "hole.csv")
    _ = try directory.write("start,price\n2026-04-03T00:00Z,1\n2026-04-03T01:00Z,1\n", to: "late.csv")
    let path = try directory.write(
      "{ currency: 'GBP', periods: [ { from: '2026-04-01', \(period) } ] }", to: "tariff.json")
    let run = try wattlog.run("tariff", "check", path)
    #expect(run.exit == exit && run.stdout == "" && run.stderr.contains(message), "\(run)")
  }

  /// Days of 23, 25, 23.5 and 24.5 hours: every stretch once, none left out.
  @Test(arguments: [
    ("Europe/London", "2027-03-28", 23.0, 4.0), ("Europe/London", "2026-10-25", 25, 6),
    ("Australia/Lord_Howe", "2026-10-04", 23.5, 4.5), ("Australia/Lord_Howe", "2027-04-04", 24.5, 5.5),
    ("Europe/London", "2026-06-01", 24, 5),
  ])
  func aDaysPricesAreShownWhole(zone: String, day: String, hours: Double, night: Double) throws {
    let path = try directory.write(
      """
      { currency: "GBP", vat: "5%", periods: [ { from: "2026-04-01", standingCharge: 0.5724, export: 0.15, rates: [
        { name: "night", price: 0.1, hours: "00:30-05:30" }, { name: "day", price: 0.2 } ] } ] }
      """, to: "tariff.json")
    let run = try wattlog.run("tariff", "show", path, "--date", day, "--timezone", zone)
    #expect(run.exit == 0 && run.stderr.contains("standing charge 0.60102 GBP; export 0.15"), "\(run)")
    var sums: [String: Double] = [:]
    var end: String?
    for line in run.stdout.split(separator: "\n") {
      let cells = line.split(separator: " ").map(String.init)
      if let end { #expect(end == cells[0]) }
      end = cells[1]
      let formatter = ISO8601DateFormatter()
      let times = try cells[0...1].map { try #require(formatter.date(from: $0)).timeIntervalSince1970 }
      sums[cells[4], default: 0] += (times[1] - times[0]) / 3600
    }
    #expect(sums == ["night": night, "day": hours - night], "\(run)")
  }

  @Test func aPriceListBecomesATariff() throws {
    let list = try directory.write("start,price\n2027-01-01T00:30Z,0.2\n2027-01-01T00:00Z,0.1\n", to: "agile.csv")
    let config = try directory.write("{ site: { currency: 'GBP' } }", to: "wattlog.json")
    let out = directory.path + "/agile.json"
    let run = try wattlog.run("tariff", "import", list, "--name", "agile", "-o", out, "--config", config)
    #expect(run.exit == 0 && run.stderr.contains("2 prices from 2027-01-01T00:00:00+00:00 on"), "\(run)")
    #expect(try wattlog.run("tariff", "check", out).exit == 0)
    let text = try String(contentsOfFile: out, encoding: .utf8)
    #expect(text.contains("\"prices\":\"agile.csv\"") && text.contains("\"from\":\"2027-01-01\""), "\(text)")
    let shown = try wattlog.run("tariff", "show", out, "--date", "2027-01-01").stdout
    #expect(shown.contains("2027-01-01T00:30:00+00:00  0.1000 GBP/kWh  dynamic") && shown.contains("no price"))
    for (words, exit, message) in [
      (["tariff", "import", list], 2, "--name"), (["tariff", "import", "--name", "x"], 2, "needs a price list"),
      (["tariff", "import", list, "--name", "x"], 2, "site.currency"),
      (["tariff", "import", "none.csv", "--name", "x", "--config", config], 4, "No such file"),
      (["tariff", "import", config, "--name", "x", "--config", config], 4, "start,price"),
      (["tariff", "check", out, "--name", "x"], 2, "does not take --name"),
    ] as [([String], Int32, String)] {
      let run = try wattlog.run(words)
      #expect(run.exit == exit && run.stderr.contains(message) && run.stdout == "", "\(run)")
    }
  }

  /// A list grows by what is new; the same file again changes nothing, and a price that was corrected replaces the old one.
  @Test func importAppendsOnceAndReplacesWhatWasCorrected() throws {
    let lists = [
      "start,price\n2027-01-01T00:00Z,0.1\n2027-01-01T00:30Z,0.2\n",
      "start,price\n2027-01-01T00:30Z,0.2\n2027-01-01T01:00Z,0.4\n",
      "start,price\n2027-01-01T00:30Z,0.3\n2027-01-01T01:00Z,0.4\n",
    ]
    let config = try directory.write("{ site: { currency: 'GBP', timeZone: 'Europe/London' } }", to: "wattlog.json")
    let out = directory.path + "/agile.json"
    var texts: [String] = []
    for (step, list) in [0, 1, 1, 0, 2].enumerated() {
      let file = try directory.write(lists[list], to: "list-\(list).csv")
      let run = try wattlog.run("tariff", "import", file, "--name", "agile", "-o", out, "--config", config)
      #expect(run.exit == 0, "\(run)")
      #expect(try wattlog.run("tariff", "check", out).exit == 0, "step \(step)")
      texts.append(try String(contentsOfFile: directory.path + "/agile.csv", encoding: .utf8))
    }
    #expect(texts[1] != texts[0] && texts[1].contains("2027-01-01T01:00Z,2027-01-01T01:30Z,0.4"))
    #expect(texts[2] == texts[1] && texts[3] == texts[1])
    #expect(texts[4] == texts[1].replacing("00:30Z,2027-01-01T01:00Z,0.2", with: "00:30Z,2027-01-01T01:00Z,0.3"))
  }
}
