import Calendar
import Configuration
import EnergyAccounting
import Foundation
import Readings
import Testing
import Text

private func date(_ year: Int, _ month: Int, _ day: Int) -> LocalDate {
  LocalDate(CivilTime(year: year, month: month, day: day))
}

@Suite struct CalendarPeriodTests {
  /// A Sunday, the day on which Europe's clocks go back.
  static let today = date(2026, 10, 25)

  @Test(
    arguments: [
      ("today", .day, date(2026, 10, 25), date(2026, 10, 26)),
      ("Yesterday", .day, date(2026, 10, 24), date(2026, 10, 25)),
      ("this week", .week, date(2026, 10, 19), date(2026, 10, 26)),
      ("last week", .week, date(2026, 10, 12), date(2026, 10, 19)),
      ("this month", .month, date(2026, 10, 1), date(2026, 11, 1)),
      ("last  Month", .month, date(2026, 9, 1), date(2026, 10, 1)),
      ("last_month", .month, date(2026, 9, 1), date(2026, 10, 1)),
      ("last bill", .bill, date(2026, 9, 1), date(2026, 10, 1)),
      ("this year", .year, date(2026, 1, 1), date(2027, 1, 1)),
      ("last year", .year, date(2025, 1, 1), date(2026, 1, 1)),
      ("last day", .day, date(2026, 10, 24), date(2026, 10, 25)),
      ("last 7 days", .range, date(2026, 10, 18), date(2026, 10, 25)),
      ("2026-10-25", .day, date(2026, 10, 25), date(2026, 10, 26)),
      ("2026-10", .month, date(2026, 10, 1), date(2026, 11, 1)),
      ("2024-12", .month, date(2024, 12, 1), date(2025, 1, 1)),
      ("2026-W43", .week, date(2026, 10, 19), date(2026, 10, 26)),
      ("2026-w01", .week, date(2025, 12, 29), date(2026, 1, 5)),
      ("2026-W53", .week, date(2026, 12, 28), date(2027, 1, 4)),
      ("2026", .year, date(2026, 1, 1), date(2027, 1, 1)),
      ("2026-10-01..2026-10-03", .range, date(2026, 10, 1), date(2026, 10, 4)),
      ("2026-09..today", .range, date(2026, 9, 1), date(2026, 10, 26)),
      ("2026-09..", .range, date(2026, 9, 1), date(2026, 10, 26)),
      ("..2026-09", .range, date(1970, 1, 1), date(2026, 10, 1)),
      ("2026-Q1", .range, date(2026, 1, 1), date(2026, 4, 1)),
      ("last quarter", .range, date(2026, 7, 1), date(2026, 10, 1)),
      ("this quarter", .range, date(2026, 10, 1), date(2027, 1, 1)),
      ("last 2 quarters", .range, date(2026, 4, 1), date(2026, 10, 1)),
      ("last 3 months", .range, date(2026, 7, 1), date(2026, 10, 1)),
      ("last 2 weeks", .range, date(2026, 10, 5), date(2026, 10, 19)),
      ("7d", .range, date(2026, 10, 18), date(2026, 10, 25)),
      ("Monday", .day, date(2026, 10, 19), date(2026, 10, 20)),
      ("sun", .day, date(2026, 10, 25), date(2026, 10, 26)),
      ("oct", .month, date(2026, 10, 1), date(2026, 11, 1)),
      ("November", .month, date(2025, 11, 1), date(2025, 12, 1)),
      ("nov 2024", .month, date(2024, 11, 1), date(2024, 12, 1)),
      ("28.11.2025", .day, date(2025, 11, 28), date(2025, 11, 29)),
      ("28/11/2025", .day, date(2025, 11, 28), date(2025, 11, 29)),
      ("27.11.2025..28.12.2025", .range, date(2025, 11, 27), date(2025, 12, 29)),
    ] as [(String, CalendarPeriod.Unit, LocalDate, LocalDate)])
  func wordsAndDatesNameTheirDays(text: String, unit: CalendarPeriod.Unit, first: LocalDate, end: LocalDate) {
    #expect(
      CalendarPeriod(text, today: CalendarPeriodTests.today) == CalendarPeriod(unit: unit, first: first, end: end))
  }

  @Test(arguments: [
    "", "tomorow", "2026-13", "2026-00", "2026-02-29", "2026-W54", "2025-W53", "2026-W00", "26-10", "2026-1", "last",
    "last fortnight",
    "last range", "0000", "2026-10-25T00:00", "2026-10-03..2026-10-01", "last 0 days", "..", "2027..", "+026",
    "03/04/2025", "2026-Q5", "october 26", "31.11.2025", "24h",
    "2026-+1",
  ])
  func whatNamesNoPeriodIsNone(text: String) {
    #expect(CalendarPeriod(text, today: CalendarPeriodTests.today) == nil)
  }
}

@Suite(.enabled(if: FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/Europe/London")))
struct InstantTextTests {
  static func zone(_ name: String) throws -> TimeZoneRules {
    try TimeZoneRules(tzif: Array(Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/" + name))))
  }
  static let now = Timestamp(seconds: 1_792_992_800)  // 2026-10-26T05:33:20Z

  @Test(arguments: [
    ("2026-10-25", "2026-10-25T00:00:00+01:00"), ("2026-10-26", "2026-10-26T00:00:00+00:00"),
    ("2026-10-25 00:30", "2026-10-25T00:30:00+01:00"), ("2026-10-25T02:00", "2026-10-25T02:00:00+00:00"),
    ("2026-10-25T01:30+01:00", "2026-10-25T01:30:00+01:00"), ("2026-10-25t01:30:00z", "2026-10-25T01:30:00+00:00"),
    ("2026-10-25T01:30:00+0000", "2026-10-25T01:30:00+00:00"), ("2026-07-01T12:00:00-05", "2026-07-01T18:00:00+01:00"),
    ("yesterday", "2026-10-25T00:00:00+01:00"), ("now", "2026-10-26T05:33:20+00:00"),
    ("2026-10", "2026-10-01T00:00:00+01:00"), ("2026-W43", "2026-10-19T00:00:00+01:00"),
  ])
  func timesAreReadInTheZone(text: String, expected: String) throws {
    let zone = try InstantTextTests.zone("Europe/London")
    #expect(InstantText.text(try InstantText.instant(text, in: zone, now: InstantTextTests.now), in: zone) == expected)
  }

  @Test func fractionsAreKeptToTheMillisecond() throws {
    let instant = try InstantText.instant("1970-01-01T00:00:01.2345Z", in: .utc, now: InstantTextTests.now)
    #expect(instant.milliseconds == 1234)
  }

  @Test func aTimeThatIsThereTwiceNamesBothCandidates() throws {
    let zone = try InstantTextTests.zone("Europe/London")
    let wanted = InstantText.Refusal.ambiguous(
      earlier: "2026-10-25T01:30:00+01:00", later: "2026-10-25T01:30:00+00:00")
    #expect(throws: wanted) { try InstantText.instant("2026-10-25T01:30", in: zone, now: InstantTextTests.now) }
    #expect(wanted.reason.contains("+01:00 or 2026-10-25T01:30:00+00:00"))
  }

  @Test func aTimeThatTheClocksJumpOverIsRefused() throws {
    let zone = try InstantTextTests.zone("Europe/London")
    let wanted = InstantText.Refusal.skipped(
      before: "2026-03-29T00:59:59+00:00", after: "2026-03-29T02:00:00+01:00")
    #expect(throws: wanted) { try InstantText.instant("2026-03-29 01:30", in: zone, now: InstantTextTests.now) }
  }

  @Test(arguments: [
    "", "x", "2026-10-25T", "2026-10-25T24:00", "2026-10-25T12:60", "2026-10-25T12:00:60", "2026-10-25T12:00+1",
    "2026-10-25T12:00:00.", "2026-02-30T12:00", "2026-10-25T12:00Zx", "2026-10-25T12:00+99:00", "today..today",
    "2026-10-25T１2:00", "2026-10-25T12:00:00.1234567890Z",
  ])
  func whatIsNoTimeIsRefused(text: String) {
    #expect(throws: InstantText.Refusal.malformed) {
      try InstantText.instant(text, in: .utc, now: InstantTextTests.now)
    }
  }
}
