import Calendar
import Configuration
import EnergyAccounting
import Foundation
import JSON5
import Pricing
import Readings
import TestSupport
import Testing

@Suite struct TariffFileTests {
  private func read(_ text: String, prices: String = "") throws -> TariffFile {
    try TariffFile(parsing: Array(text.utf8), name: "file", currency: Currency(code: "EUR")) {
      (path) throws(TariffFile.UnreadablePrices) in
      guard path == "p.csv" else { throw .init(reason: "not here") }
      return Array(prices.utf8)
    }
  }

  private func rate(_ members: String) throws -> Tariff.Rate {
    let file = try read("{ periods: [ { from: '2026-01-01', rates: [ { name: 'r', price: 1, \(members) } ] } ] }")
    guard case .rates(let rates) = file.tariff.periods[0].pricing else { throw CancellationError() }
    return rates[0]
  }

  @Test func nameAndCurrencyComeFromOutsideWhereTheFileNamesNone() throws {
    let tariff = try read("{ periods: [ { from: '2026-01-01', rates: [ { name: 'r', price: 0.25 } ] } ] }").tariff
    #expect(tariff.name == "file" && tariff.currency.code == "EUR")
    #expect(tariff.tax == .none && tariff.periods[0].export == nil && tariff.periods[0].tiers.isEmpty)
  }

  @Test(
    arguments: [
      ("mon-fri", [1, 2, 3, 4, 5]), ("sat,sun", [6, 7]), ("fri-mon", [1, 5, 6, 7]), ("Wednesday", [3]),
      ("mon, wed-thu", [1, 3, 4]), ("mon-mon", [1]),
    ] as [(String, Set<Int>)])
  func daysAreWordsAndSpans(text: String, expected: Set<Int>) throws {
    #expect(try rate("days: '\(text)'").selector.days == expected)
  }

  @Test(arguments: [("nov-feb", [1, 2, 11, 12]), ("jul", [7]), ("march,May", [3, 5])] as [(String, Set<Int>)])
  func monthsAreWordsAndSpans(text: String, expected: Set<Int>) throws {
    #expect(try rate("months: '\(text)'").selector.months == expected)
  }

  @Test(arguments: ["", "mo", "monkey", "mon-", "mon--fri", "1-5", "mon;tue", "jan"])
  func whatIsNoDayIsRefused(text: String) {
    #expect(throws: ConfigurationError.self) { try rate("days: '\(text)'") }
  }

  @Test(arguments: [("00:30-05:30", 30, 330), ("22:00-6:00", 1320, 360), ("16:00 - 24:00", 960, 1440)])
  func hoursAreTwoClockTimes(text: String, start: Int, end: Int) throws {
    #expect(try rate("hours: '\(text)'").selector.hours == Tariff.ClockWindow(start: start, end: end))
  }

  @Test(arguments: ["", "0-6", "24:00-06:00", "06:00", "06:00-06:00", "06:00-25:00", "06:60-07:00", "+6:00-07:00"])
  func whatIsNoWindowIsRefused(text: String) {
    #expect(throws: ConfigurationError.self) { try rate("hours: '\(text)'") }
  }

  private func prices(_ csv: String) throws -> Tariff.PriceList {
    let file = try read("{ periods: [ { from: '2026-01-01', name: 'agile', prices: 'p.csv' } ] }", prices: csv)
    guard case .prices(let list) = file.tariff.periods[0].pricing else { throw CancellationError() }
    return list
  }

  @Test func aPriceListMayStandInAnyOrderWithOffsetsAndOtherColumns() throws {
    let list = try prices(
      "\u{FEFF}price,start,note\r\n-0.0101,\"2027-01-01T02:00:00+01:00\",x\r\n0.2,2027-01-01T00:30Z,\r\n\r\n0.10,2027-01-01 00:00,\r\n"
    )
    #expect(list.name == "agile")
    let midnight = Timestamp(seconds: CivilTime(year: 2027, month: 1, day: 1).secondsSince1970)
    #expect(list.starts == [0, 1800, 3600].map { midnight.advanced(byMilliseconds: $0 * 1000) })
    #expect(list.prices.map(\.units) == [10_000_000, 20_000_000, -1_010_000])
    #expect(list.ends.last == midnight.advanced(byMilliseconds: 5_400_000))
  }

  @Test(arguments: [
    ("", "p.csv, line 1: there is no price"),
    ("time,price\n", "p.csv, line 1: the first line must name the columns start,price"),
    ("start,price\n2027-01-01T00:00Z\n", "p.csv, line 2: there are fewer cells than in the header"),
    (
      "start,price\n2027-01-01,1\n",
      "p.csv, line 2: '2027-01-01' is no time; write 2027-01-01T00:30Z or 2027-01-01T00:30+01:00"
    ),
    ("start,price\n2027-01-01T00:00Z,1p\n", "p.csv, line 2: '1p' is no price"),
    (
      "start,price\n2027-01-01T23:30Z,1\n2027-01-01T24:00Z,2\n",
      "p.csv, line 3: '2027-01-01T24:00Z' is no time; write 2027-01-01T00:30Z or 2027-01-01T00:30+01:00"
    ),
    (
      "start,price\n2027-01-01T00:30Z,1\n2027-01-01T00:60Z,2\n",
      "p.csv, line 3: '2027-01-01T00:60Z' is no time; write 2027-01-01T00:30Z or 2027-01-01T00:30+01:00"
    ),
    (
      "start,price\n2027-01-01T00:30Z,1\n2027-01-01T0:130Z,2\n",
      "p.csv, line 3: '2027-01-01T0:130Z' is no time; write 2027-01-01T00:30Z or 2027-01-01T00:30+01:00"
    ),
    (
      "start,price\n2027-01-01T00:00Z,1\n2027-01-01T01:00+01:00,2\n",
      "p.csv, line 3: there is a price for this time in line 2 already"
    ),
  ])
  func aMistakeInAPriceListNamesItsLine(csv: String, message: String) {
    let error = #expect(throws: ConfigurationError.self) { try prices(csv) }
    #expect(error?.problems.map(\.message) == [message])
    #expect(error?.problems.map(\.path) == ["periods[0].prices"])
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func aRowMeansTheSameWhateverStandsBeforeIt(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let start = CivilTime(year: 2024, month: 2, day: 27).secondsSince1970
    let instants = (0..<400).map { start + Int64($0) * 1800 }
    let zones = [("Z", 0), ("z", 0), ("", 0), ("+01:00", 60), ("+0530", 330), ("-09:30", -570), ("+02", 120)]
    let isMixed = Bool.random(using: &generator)
    var (zone, clock) = (zones[0], "")
    let rows = (Bool.random(using: &generator) ? instants.shuffled(using: &generator) : instants).map { instant in
      if isMixed || clock.isEmpty {
        zone = zones.randomElement(using: &generator) ?? zones[0]
        clock = ["T-", "T-:00", " -:00.000", "t-"].randomElement(using: &generator) ?? ""
      }
      func two(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
      let civil = CivilTime(secondsSince1970: instant + Int64(zone.1) * 60)
      let time = clock.replacingOccurrences(of: "-", with: "\(two(civil.hour)):\(two(civil.minute))")
      return "\(civil.year)-\(two(civil.month))-\(two(civil.day))\(time)\(zone.0),0.1\n"
    }
    #expect(try prices("start,price\n" + rows.joined()).starts == instants.map { Timestamp(seconds: $0) })
  }

  @Test func noMutationOfATariffTraps() throws {
    let text = """
      { name: "home", currency: "GBP", vat: "5%", periods: [ { from: "2026-04-01", standingCharge: 0.5724,
        rates: [ { name: "night", price: 0.0905, hours: "00:30-05:30", days: "mon-fri", months: "nov-feb" } ],
        tiers: [ { aboveKWhPerBill: 250, add: 0.02 } ], export: 0.15 }, { from: "2027-01-01", prices: "p.csv" } ] }
      """
    let csv = "start,price\n2027-01-01T00:00Z,0.1\n2027-01-01T00:30Z,0.2\n"
    _ = try read(text, prices: csv)
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<3000 {
      var bytes = Array(text.utf8)
      var rows = Array(csv.utf8)
      for _ in 0..<2 {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 32...126, using: &generator)
        rows[Int.random(in: 0..<rows.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      _ = try? TariffFile(parsing: bytes, name: "t") { _ throws(TariffFile.UnreadablePrices) in rows }
    }
  }
}
