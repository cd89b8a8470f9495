import Calendar
import EnergyAccounting
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
