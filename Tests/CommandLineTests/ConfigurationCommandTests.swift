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

  private func write(_ text: String, to name: String) throws -> String {
    let path = directory.path + "/" + name
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func theFirstConfigurationIsValidAndIsNotOverwritten() throws {
    let path = directory.path + "/config/wattlog/wattlog.json"
    #expect(try wattlog.run("config", "init").exit == 0)
    #expect(
      try wattlog.run("config", "check") == Transcript(stdout: "", stderr: "wattlog: \(path) is valid\n", exit: 0))
    let again = try wattlog.run("config", "init")
    #expect(again.stderr == "wattlog: '\(path)' exists; replace it with --force\n" && again.exit == 1)
    #expect(try wattlog.run("config", "init", "--force").exit == 0)
  }

  @Test func whatIsShownIsAConfigurationOfTheSameSettings() throws {
    let path = try write(
      """
      { store: "/s", site: { timeZone: "Europe/London", currency: "GBP", billingDay: 14, },
        broker: { url: "mqtts://h:8884", user: "u\\"x", },
        record: { topics: ["tele/+/SENSOR"], commitInterval: "1m", timeResolution: "1ms", maximumDevices: 9 },
        devices: [ { match: "A0B765112233", name: "fridge", group: "kitchen", maximumPower: 400 } ] }
      """, to: "wattlog.json")
    let shown = try wattlog.run("config", "show", "--config", path)
    #expect(shown.exit == 0 && shown.stderr == "")
    let second = try write(shown.stdout, to: "second.json")
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
    let path = try write(text, to: "wattlog.json")
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
    let path = try write("{ broker: { url: 'mqtt://h', passwordFile: 'secret' } }", to: "wattlog.json")
    let run = try wattlog.run("config", "check", path)
    #expect(
      run
        == Transcript(
          stdout: "", stderr: "wattlog: \(path): broker.passwordFile: there is no file 'secret'\n", exit: 4))
  }

  @Test func theUsersConfigurationIsFoundAndTheMachinesZoneIsTheDefault() throws {
    _ = try write("{ store: '/mine' }", to: "config/wattlog/wattlog.json")
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
    _ = try write("start,price\n2027-01-01T00:30Z,0.2\n2027-01-01T00:00Z,0.1\n", to: "agile.csv")
    let path = try write(ConfigurationCommandTests.tariff, to: "tariff.json")
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
    let path = try write(text, to: "tariff.json")
    let run = try wattlog.run("tariff", "check", path)
    #expect(run == Transcript(stdout: "", stderr: "wattlog: \(path):\(message)\n", exit: exit))
  }
}
