import Calendar
import EnergyAccounting
import Foundation
import Pricing
import Readings
import Reporting
import TestSupport
import Testing

/// What a period is called is what it holds.
@Suite struct PeriodNameTests {
  private func title(
    _ granularity: Report.Granularity, _ from: (Int, Int, Int, Int), _ to: (Int, Int, Int, Int), dayStart: Int = 0
  ) throws -> String {
    var random = SeededGenerator(seed: 1)
    func instant(_ time: (Int, Int, Int, Int)) -> Timestamp {
      Timestamp(seconds: CivilTime(year: time.0, month: time.1, day: time.2, hour: time.3).secondsSince1970 - 3600)
    }
    let plan = ReportPlan(
      ReportRequest(
        granularity: granularity, range: instant(from)..<instant(to), zone: ReportBuilderTests.london, zoneName: "Zone",
        dayStartMinute: dayStart))
    let ledger = ReportBuilderTests.ledger(plan.main, places: 3, channels: 0, export: false, random: &random)
    let report = ReportBuilder(plan).report([NamedLedger(name: "tv", ledger: ledger)])
    let table = TableRenderer.render(report, options: .init(width: 160))
    let title = String(table.prefix { $0 != "\n" })
    // The page has the same name.
    let page = HTMLRenderer.render(report)
    #expect(page.contains("<h1>\(title.components(separatedBy: " · ")[0])</h1>"), "\(title)")
    if dayStart != 0 {
      #expect(JSONRenderer.render(report).contains("\"dayStart\":\"06:00\""))
      #expect(page.contains("days from 06:00"))
    }
    return title
  }

  @Test func daysThatBeginAtMidnight() throws {
    #expect(try title(.day, (2026, 3, 3, 0), (2026, 3, 4, 0)) == "Tuesday 3 March 2026 · Zone")
    #expect(try title(.day, (2026, 3, 3, 0), (2026, 3, 3, 14)) == "Tuesday 3 March 2026 · Zone · until 14:00")
    #expect(try title(.day, (2026, 3, 3, 1), (2026, 3, 4, 0)).hasPrefix("2026-03-03 01:00 to 2026-03-04 00:00 · Zone"))
    #expect(try title(.week, (2026, 3, 2, 0), (2026, 3, 9, 0)) == "Week 10 of 2026, 2–8 March 2026 · Zone")
    #expect(try title(.week, (2026, 3, 4, 0), (2026, 3, 9, 0)) == "4–8 March 2026 · Zone")
    #expect(try title(.month, (2026, 3, 1, 0), (2026, 4, 1, 0)) == "March 2026 · Zone")
    #expect(try title(.month, (2026, 3, 1, 0), (2026, 3, 15, 0)) == "1–14 March 2026 · Zone")
    #expect(try title(.month, (2026, 3, 1, 0), (2026, 3, 15, 9)) == "March 2026, until 15 March 09:00 · Zone")
    #expect(try title(.year, (2026, 1, 1, 0), (2026, 3, 1, 0)) == "1 January – 28 February 2026 · Zone")
    #expect(try title(.range, (2026, 3, 1, 0), (2026, 3, 15, 9)) == "1–15 March 2026, until 09:00 · Zone")
  }

  @Test func daysThatBeginAtSix() throws {
    func shifted(
      _ granularity: Report.Granularity, _ from: (Int, Int, Int, Int), _ to: (Int, Int, Int, Int)
    ) throws -> String { try title(granularity, from, to, dayStart: 360) }
    #expect(try shifted(.day, (2026, 3, 3, 6), (2026, 3, 4, 6)) == "Tuesday 3 March 2026 · Zone · days from 06:00")
    #expect(
      try shifted(.day, (2026, 3, 3, 6), (2026, 3, 4, 2))
        == "Tuesday 3 March 2026 · Zone · days from 06:00 · until 02:00")
    #expect(
      try shifted(.week, (2026, 3, 2, 6), (2026, 3, 9, 6)) == "Week 10 of 2026, 2–8 March 2026 · Zone · days from 06:00"
    )
    #expect(try shifted(.month, (2026, 3, 1, 6), (2026, 4, 1, 6)) == "March 2026 · Zone · days from 06:00")
    #expect(
      try shifted(.range, (2026, 3, 1, 6), (2026, 3, 15, 2)) == "1–14 March 2026, until 02:00 · Zone · days from 06:00")
    #expect(
      try shifted(.day, (2026, 3, 3, 0), (2026, 3, 3, 6)).hasPrefix("2026-03-03 00:00 to 2026-03-03 06:00 · Zone"))
  }
}
