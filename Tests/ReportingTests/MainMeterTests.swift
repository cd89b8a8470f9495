import Calendar
import EnergyAccounting
import Pricing
import Readings
import Reporting
import Testing
import Text

/// The main meter is the total; what no plug counted is a line of its own.
struct MainMeterTests {
  private static func at(_ hour: Int64) -> Timestamp { Timestamp(seconds: 1_777_593_600 + hour * 3600) }

  /// - Parameter edges: hours between which buckets lie; nil for all hours.
  private static func ledger(
    _ name: String, _ wattHours: [Int64], covered: Int64, channels: Int = 1, edges: [Int64]? = nil
  ) -> NamedLedger {
    let cuts = (0...wattHours.count).map { at(Int64($0)) }
    let edges = edges?.map(at) ?? cuts
    let buckets = wattHours.map {
      Bucket(
        duration: 3_600_000, measured: Energy(milliwattHours: $0 * 1000), covered: covered,
        missing: 3_600_000 - covered, messages: 60)
    }
    let ledgers = (1...channels).map {
      ChannelLedger(
        channel: channels == 1 ? nil : $0, counterPlaces: 3, folding: buckets, cutPoints: cuts, edges: edges)
    }
    return NamedLedger(
      name: name,
      ledger: DeviceLedger(
        cutPoints: cuts, bucketEdges: edges, channels: ledgers, firstReading: cuts[0], lastReading: cuts.last))
  }

  @Test func theLinesTogetherAreTheMainMeter() throws {
    let ledgers = [
      Self.ledger("house", [1000, 2000], covered: 3_600_000, edges: [0, 2]),
      Self.ledger("tv", [100, 200], covered: 3_000_000, edges: [0, 2]),
      Self.ledger("strip", [50, 0], covered: 3_600_000, channels: 2, edges: [0, 2]),
    ]
    let plan = ReportPlan(
      ReportRequest(
        granularity: .range, range: Self.at(0)..<Self.at(2), split: .hour, zone: .utc, zoneName: "UTC",
        mainMeter: "house"))
    let report = ReportBuilder(plan).report(ledgers)
    let period = try #require(report.periods.first)
    #expect(period.devices.map(\.title) == ["strip 1", "strip 2", "tv", "unmetered"])
    #expect(period.devices.last?.kWh.text == "2.600" && period.total.kWh.text == "3.000")
    #expect(period.devices.last?.coverage.text == "0.833")
    #expect(period.devices.last?.parts.map(\.kWh.text) == ["0.800", "1.800"])
    #expect(!period.complete && report.mainMeter == "house")
    #expect(JSONRenderer.render(report).contains("\"mainMeter\":\"house\""))
    #expect(TableRenderer.render(report, options: TableRenderer.Options(width: 100)).contains("house"))
  }

  /// A tier counts the whole house: one plug costs what it costs in a report of all, with a main meter and without.
  @Test(arguments: [nil, "house"] as [String?])
  func onePlugCostsWhatItCostsInAReportOfAll(mainMeter: String?) throws {
    let tariff = try Self.tiered()
    func request(_ shown: Set<String>?) -> ReportRequest {
      var request = ReportRequest(
        granularity: .range, range: Self.at(0)..<Self.at(3), zone: .utc, zoneName: "UTC", tariff: tariff,
        mainMeter: mainMeter)
      request.shown = shown
      return request
    }
    func report(_ shown: Set<String>?) throws -> Report.Period {
      let plan = ReportPlan(request(shown))
      let hours = plan.main.cutPoints.dropLast().map { $0 < Self.at(0) ? Int64(0) : 1 }
      func named(_ name: String, _ use: Int64) -> NamedLedger {
        let buckets = zip(hours, zip(plan.main.cutPoints, plan.main.cutPoints.dropFirst())).map { hour, edges in
          Bucket(
            duration: edges.1.milliseconds - edges.0.milliseconds, measured: Energy(milliwattHours: hour * use * 1000),
            covered: edges.1.milliseconds - edges.0.milliseconds)
        }
        return NamedLedger(
          name: name,
          ledger: DeviceLedger(
            cutPoints: plan.main.cutPoints, bucketEdges: plan.main.bucketEdges,
            channels: [
              ChannelLedger(
                channel: nil, counterPlaces: 3, folding: buckets, cutPoints: plan.main.cutPoints,
                edges: plan.main.bucketEdges)
            ], firstReading: plan.main.cutPoints.first, lastReading: plan.main.cutPoints.last))
      }
      let ledgers = [named("house", 9000), named("tv", 2000), named("washer", 3000)]
      return try #require(ReportBuilder(plan).report(ledgers).periods.first)
    }
    let all = try report(nil)
    for name in ["tv", "washer"] {
      let one = try report([name])
      #expect(one.devices.map(\.device) == [name])
      let (alone, among) = (one.devices.first, all.devices.first { $0.device == name })
      #expect(alone?.kWh == among?.kWh && alone?.cost == among?.cost && alone?.byRate == among?.byRate)
      #expect(one.total.kWh == alone?.kWh && one.total.sun == nil)
      #expect(among?.byRate.contains { $0.rate == "tier" && $0.cost?.isZero == false } == true)
    }
  }

  /// More than 5 kWh a bill cost more.
  private static func tiered() throws -> Tariff {
    Tariff(
      name: "tiers", currency: try #require(Currency(code: "EUR")),
      periods: [
        Tariff.Period(
          from: try #require(LocalDate(year: 2025, month: 1, day: 1)), standingCharge: Price(units: 0),
          pricing: .rates([.init(name: "flat", price: Price(units: 30_000_000))]),
          tiers: [.init(above: Energy(milliwattHours: 5_000_000), add: Price(units: 25_000_000))])
      ])
  }

  /// In `export --every` the rest stands in the main meter's place, so rows add up to the house and tiers count it once.
  @Test func intervalsOfAHouseWithAMainMeterAddUpToIt() throws {
    let plan = IntervalExport.Plan(
      spacing: .hour,
      ReportRequest(
        granularity: .range, range: Self.at(0)..<Self.at(2), zone: .utc, zoneName: "UTC", mainMeter: "house"))
    let ledgers = [
      Self.ledger("house", [1000, 2000], covered: 3_600_000), Self.ledger("tv", [100, 200], covered: 3_600_000),
    ]
    let rows = CSVReader.rows(
      String(decoding: IntervalExport(format: .csv(.iso)).rows(plan, ledgers), as: UTF8.self))
    #expect(rows.map { $0[2] } == ["tv", "unmetered", "tv", "unmetered"])
    #expect(rows.map { $0[4] } == ["0.100", "0.900", "0.200", "1.800"])
  }

  @Test func plugsThatCountMoreThanTheMainMeterAreNoted() {
    let ledgers = [Self.ledger("house", [100], covered: 3_600_000), Self.ledger("tv", [150], covered: 3_600_000)]
    let plan = ReportPlan(
      ReportRequest(
        granularity: .range, range: Self.at(0)..<Self.at(1), zone: .utc, zoneName: "UTC", mainMeter: "house"))
    let report = ReportBuilder(plan).report(ledgers)
    #expect(report.periods.first?.total.kWh.text == "0.100")
    #expect(report.notes.map(\.kind) == ["main-meter"])
  }

  @Test func daysMayBeginAtAnotherTime() {
    let calendar = ReportCalendar(zone: .utc, dayStartMinute: 360)
    let days = calendar.periods(of: .day, in: Self.at(3)..<Self.at(31))
    #expect(days == [Self.at(3)..<Self.at(6), Self.at(6)..<Self.at(30), Self.at(30)..<Self.at(31)])
    // 1 May 2026, 03:00 still belongs to April.
    #expect(
      calendar.periods(of: .month, in: Self.at(3)..<Self.at(7)) == [Self.at(3)..<Self.at(6), Self.at(6)..<Self.at(7)])
  }
}
