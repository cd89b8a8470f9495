import Calendar
import Pricing
import Readings
import Reporting
import Testing
import Text

/// What is always on, made of a report.
@Suite struct StandbyTests {
  private static func span(hours: Int64) -> Report.Span {
    let start = Timestamp(seconds: 1_793_577_600)
    return Report.Span(
      start: LocalInstant(start, offsetSeconds: 0),
      end: LocalInstant(start.advanced(byMilliseconds: hours * 3_600_000), offsetSeconds: 0))
  }

  private static func entry(_ name: String, watts: Figure?, kWh: Int64) -> Report.Entry {
    Report.Entry(
      device: name, kWh: Figure(kWh, places: 3), measuredKWh: Figure(kWh, places: 3),
      inferredKWh: Figure(0, places: 3), exportKWh: Figure(0, places: 3), coverage: Figure(990, places: 3),
      messages: 100, alwaysOnW: watts)
  }

  private static func report(_ entries: [Report.Entry], hours: Int64 = 100, cost: Int64? = nil) -> Report {
    let kWh = Figure.sum(entries.map(\.kWh), places: 3)
    let total = Report.Total(
      kWh: kWh, exportKWh: Figure(0, places: 3), energyCost: nil, standingCharge: nil, exportCredit: nil,
      cost: cost.map { Figure($0, places: 2) })
    return Report(
      granularity: .range, timeZone: "UTC", currency: cost == nil ? nil : .init(code: "EUR", digits: 2),
      tariff: cost == nil ? nil : "flat",
      periods: [Report.Period(span: span(hours: hours), complete: true, devices: entries, total: total)], total: total)
  }

  private static let entries = [
    entry("router", watts: Figure(85, places: 1), kWh: 850), entry("pc", watts: Figure(2), kWh: 5000),
    entry("lamp", watts: Figure(0), kWh: 900), entry("new", watts: Figure(100), kWh: 12),
    entry("solar", watts: Figure(-3), kWh: 10), entry("silent", watts: nil, kWh: 0),
  ]

  @Test func energyIsNeverMoreThanThePlugUsed() throws {
    let standby = try #require(Standby(Self.report(Self.entries), prices: [:]))
    #expect(standby.lines.map(\.device) == ["new", "router", "pc", "lamp", "silent", "solar"])
    #expect(standby.lines.map(\.kWh.text) == ["0.012", "0.850", "0.200", "0.000", "0.000", "0.000"])
    #expect(standby.lines.map(\.kWhPerYear.text) == ["876.0", "74.5", "17.5", "0.0", "0.0", "0.0"])
    #expect(standby.total.watts.text == "110.5" && standby.total.kWh.text == "1.062")
    #expect(standby.lines[1].shareOfPlug?.text == "100.0" && standby.shareOfUse?.text == "15.7")
    #expect(standby.total.costPerYear == nil && standby.cost == nil && standby.shareOfBill == nil)
  }

  @Test func energyIsThatOfTheTimeWithPowers() throws {
    var entries = Self.entries
    // Eight of a hundred hours.
    entries[0].powerTime = Report.PowerTime(known: 8 * 3600, counted: 100 * 3600)
    entries[1].powerTime = Report.PowerTime(known: 100 * 3600, counted: 100 * 3600)
    let standby = try #require(Standby(Self.report(entries), prices: [:]))
    #expect(standby.lines.map(\.kWh.text).prefix(3) == ["0.012", "0.068", "0.200"])
    #expect(standby.lines[1].shareOfPlug == nil && standby.lines[2].shareOfPlug?.text == "4.0")
    // A year is told by the power alone.
    #expect(standby.lines[1].kWhPerYear.text == "74.5")
    #expect(standby.partWithPower == 54 && standby.shareOfUse == nil)
    #expect(standby.table(options: .init(width: 80)).contains("0.280 kWh in the 54 % of it whose power is known\n"))
  }

  @Test func costsAddUpAsPrinted() throws {
    let price = Money(units: 30_000_000_000_000_000_000)  // 0.30
    let prices = Dictionary(
      uniqueKeysWithValues: Self.entries.map { ($0.device, Standby.Prices(period: price, year: price)) })
    let standby = try #require(Standby(Self.report(Self.entries, cost: 300), prices: prices))
    #expect(Figure.sum(standby.lines.compactMap(\.costPerYear)) == standby.total.costPerYear)
    #expect(standby.total.costPerYear?.text == "290.39")
    // 1.062 kWh at 0.30, of 3.00.
    #expect(standby.cost?.text == "0.32" && standby.shareOfBill?.text == "10.7")
    let table = standby.table(options: .init(width: 80))
    #expect(table.contains("€290.39") && table.contains("€0.32, 11 % of its cost"))
    #expect(standby.json().contains("\"schema\":\"wattlog.standby/1\""))
    #expect(standby.csv().split(separator: "\r\n").count == 7)
  }

  @Test func aReportWithoutPlugsHasNoStandby() throws {
    #expect(try #require(Standby(Self.report([]), prices: [:])).lines.isEmpty)
  }
}
