import Calendar
import Configuration
import JSON5
import Pricing
import Readings
import TestSupport
import Testing
import Text

@Suite struct ConfigurationTests {
  static let full = """
    {
      store: "/var/lib/wattlog", // where
      site: { timeZone: "Europe/London", currency: "GBP", tariff: "tariff.json", billingDay: 14 },
      broker: { url: "mqtts://homeassistant.local:8883", user: "wattlog", passwordFile: "/etc/wattlog/password", ca: "/etc/wattlog/ca.pem" },
      record: { topics: [], commitInterval: "10s", timeResolution: "1s", maximumDevices: 256 },
      devices: [ { match: "A0B765112233", name: "fridge-freezer", group: "kitchen", maximumPower: 400 } ],
    }
    """

  @Test func aFullConfigurationIsRead() throws {
    let configuration = try Configuration(parsing: Array(ConfigurationTests.full.utf8))
    #expect(configuration.store == "/var/lib/wattlog")
    #expect(configuration.site.timeZone == "Europe/London")
    #expect(configuration.site.billingDay == 14)
    #expect(configuration.broker.url == "mqtts://homeassistant.local:8883")
    #expect(configuration.record.commitIntervalMilliseconds == 10_000)
    #expect(
      configuration.devices == [
        .init(match: "A0B765112233", name: "fridge-freezer", group: "kitchen", maximumPower: 400)
      ])
  }

  @Test func anEmptyConfigurationHasTheDefaults() throws {
    let configuration = try Configuration(parsing: Array("{}".utf8))
    #expect(configuration == Configuration())
    #expect(configuration.record.timeResolutionMilliseconds == 1000)
    #expect(configuration.record.maximumDevices == 256)
    #expect(configuration.site.billingDay == 1)
  }

  @Test(arguments: [
    ("{ stroe: 1 }", "line 1, column 3: stroe: unknown key; did you mean 'store'?"),
    ("{ store: 1 }", "line 1, column 10: store: must be a text in quotes, not a number"),
    ("{ store: '' }", "line 1, column 10: store: must not be empty"),
    ("[]", "line 1, column 1: must be an object { … }, not a list"),
    ("{ site: 'x' }", "line 1, column 9: site: must be an object { … }, not a text"),
    ("{ site: {\n timezone: 'x' } }", "line 2, column 2: site.timezone: unknown key; did you mean 'timeZone'?"),
    ("{ site: { billingDay: 0 } }", "line 1, column 23: site.billingDay: must be a whole number from 1 to 31, not 0"),
    (
      "{ site: { billingDay: 1.5 } }",
      "line 1, column 23: site.billingDay: must be a whole number from 1 to 31, not 1.5"
    ),
    ("{ site: { billingDay: '1' } }", "line 1, column 23: site.billingDay: must be a number, not a text"),
    (
      "{ site: { currency: 'pounds' } }",
      "line 1, column 21: site.currency: must be three capital letters, such as \"GBP\", not \"pounds\""
    ),
    (
      "{ site: { wibble: 1 } }",
      "line 1, column 11: site.wibble: unknown key; known keys: timeZone, currency, tariff, billingDay, billingFrom, billingMonths, dayStart, mainMeter"
    ),
    (
      "{ broker: { password: 'x' } }",
      "line 1, column 13: broker.password: unknown key; did you mean 'passwordFile'?"
    ),
    (
      "{ record: { commitInterval: '10' } }",
      "line 1, column 29: record.commitInterval: must be a length of time from 1s to 5m, such as \"10s\", not \"10\""
    ),
    (
      "{ record: { commitInterval: '301s' } }",
      "line 1, column 29: record.commitInterval: must be a length of time from 1s to 5m, such as \"10s\", not \"301s\""
    ),
    (
      "{ record: { timeResolution: '2s' } }",
      "line 1, column 29: record.timeResolution: must be \"1s\" or \"1ms\", not \"2s\""
    ),
    (
      "{ record: { maximumDevices: 0 } }",
      "line 1, column 29: record.maximumDevices: must be a whole number from 1 to 4096, not 0"
    ),
    ("{ record: { topics: 'x' } }", "line 1, column 21: record.topics: must be a list [ … ], not a text"),
    (
      "{ record: { topics: ['a', '#'] } }",
      "line 1, column 27: record.topics[1]: would subscribe to everything on the broker; name the topics, such as \"tele/+/SENSOR\""
    ),
    (
      "{ record: { topics: ['a/b+/c'] } }",
      "line 1, column 22: record.topics[0]: has '+' beside other characters of a level"
    ),
    ("{ devices: [{ name: 'x' }] }", "line 1, column 13: devices[0]: 'match' is missing: the plug's MAC or topic"),
    (
      "{ devices: [{ match: 'a', maxPower: 1 }] }",
      "line 1, column 27: devices[0].maxPower: unknown key; did you mean 'maximumPower'?"
    ),
    (
      "{ devices: [{ match: 'a0:b7:65:11:22:33' }, { match: 'A0B765112233' }] }",
      "line 1, column 45: devices[1]: matches 'A0B765112233', as devices[0] does"
    ),
    ("{ store: 'a\\u0007b' }", "line 1, column 10: store: must not hold control characters"),
    ("{ store: }", "line 1, column 10: expected a value, found '}'"),
  ])
  func eachMistakeNamesItsPlaceAndItsKey(text: String, expected: String) {
    let error = #expect(throws: ConfigurationError.self) { try Configuration(parsing: Array(text.utf8)) }
    #expect(error?.problems.map(\.description) == [expected])
  }

  @Test func allMistakesAreSaidAtOnceInTheOrderOfTheText() {
    let text = "{ devices: [ 3 ],\n record: { commitInterval: 1 },\n site: { zone: 1 } }"
    let error = #expect(throws: ConfigurationError.self) { try Configuration(parsing: Array(text.utf8)) }
    #expect(error?.problems.map(\.path) == ["devices[0]", "record.commitInterval", "site.zone"])
    #expect(error?.lines(in: "w.json").first == "w.json:1:14: devices[0]: must be an object { … }, not a number")
  }

  @Test func noMutationOfAConfigurationTraps() {
    let original = Array(ConfigurationTests.full.utf8)
    var generator = SeededGenerator(seed: 7)
    for count in 0..<original.count { _ = try? Configuration(parsing: Array(original[..<count])) }
    for _ in 0..<5000 {
      var bytes = original
      let index = Int.random(in: 0..<bytes.count, using: &generator)
      if Bool.random(using: &generator) {
        bytes[index] = UInt8.random(in: 0...255, using: &generator)
      } else {
        bytes.removeSubrange(index..<min(bytes.count, index + 4))
      }
      _ = try? Configuration(parsing: bytes)
    }
  }
}

@Suite struct NearestWordTests {
  @Test(
    arguments: [
      ("reprot", "report"), ("stat", "status"), ("exprot", "export"), ("Record", "record"), ("xyzzy", nil), ("", nil),
      ("rec", "record"), ("q", nil),
    ] as [(String, String?)])
  func theNearestWordIsFoundAndNothingFarAway(word: String, expected: String?) {
    #expect(NearestWord.nearest(to: word, in: ["record", "replay", "report", "export", "status"]) == expected)
  }
}

@Suite struct SpanTextTests {
  @Test(
    arguments: [
      ("10s", 10_000), ("1ms", 1), ("15m", 900_000), ("1h", 3_600_000), ("2d", 172_800_000), ("0s", 0), ("10", nil),
      ("s", nil), ("-1s", nil), ("1x", nil), ("99999999999999s", nil), ("１s", nil), ("", nil), ("1 s", nil),
    ] as [(String, Int64?)])
  func lengthsOfTimeAreReadExactly(text: String, expected: Int64?) {
    #expect(SpanText.milliseconds(text) == expected)
  }

  @Test(arguments: [0, 1, 1500, 10_000, 60_000, 300_000, 86_400_000] as [Int64])
  func writtenLengthsAreReadBack(length: Int64) {
    #expect(SpanText.milliseconds(SpanText.text(milliseconds: length)) == length)
  }
}

@Suite struct GlobPatternTests {
  @Test(arguments: [
    ("*", "", true), ("*", "fridge", true), ("fridge", "fridge", true), ("fridge", "Fridge", false),
    ("f*e", "fridge", true), ("f*x", "fridge", false), ("?v", "tv", true), ("?v", "v", false),
    ("*-[0-9]", "pc-7", true), ("*-[!0-9]", "pc-7", false), ("[", "[", true), ("a\\*", "a*", true),
    ("a\\*", "ab", false), ("kitchen/*", "kitchen/a/b", true), ("**a**", "bab", true),
  ])
  func patternsMatchAsInAShell(pattern: String, text: String, expected: Bool) {
    #expect(GlobPattern(pattern).matches(text) == expected)
  }

  @Test func aHostilePatternStaysQuick() {
    let pattern = GlobPattern(String(repeating: "*a", count: 200) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 2000)))
  }
}
