import Calendar
import EnergyAccounting
import Foundation
import Pricing
import Readings
import TestSupport
import Testing

struct TimeZoneRulesTests {
  static func zone(_ name: String) throws -> TimeZoneRules? {
    guard let data = FileManager.default.contents(atPath: "/usr/share/zoneinfo/" + name) else { return nil }
    return try TimeZoneRules(tzif: [UInt8](data))
  }

  static let names = [
    "Europe/London", "Europe/Berlin", "Europe/Dublin", "Europe/Lisbon", "Europe/Moscow", "Europe/Istanbul",
    "Europe/Chisinau", "Atlantic/Azores", "Atlantic/Reykjavik", "America/New_York", "America/Chicago", "America/Denver",
    "America/Phoenix", "America/Los_Angeles", "America/Anchorage", "America/St_Johns", "America/Halifax",
    "America/Sao_Paulo", "America/Santiago", "America/Asuncion", "America/Havana", "America/Caracas", "America/Nuuk",
    "America/Bogota", "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Asia/Kolkata", "Asia/Kathmandu",
    "Asia/Tehran", "Asia/Jerusalem", "Asia/Amman", "Asia/Tokyo", "Asia/Pyongyang", "Australia/Sydney",
    "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Apia",
    "Pacific/Norfolk",
    "Antarctica/Troll",
  ]

  /// Asks Python for the first instant of every local day of thirty years.
  @Test func dayStartsAgreeWithPython() throws {
    let script = """
      import sys
      from datetime import datetime, timedelta
      from zoneinfo import ZoneInfo
      for name in sys.argv[1:]:
          try: zone = ZoneInfo(name)
          except Exception: continue
          day = datetime(2010, 1, 1)
          out = []
          while day.year < 2040:
              out.append(int(day.replace(tzinfo=zone).timestamp()))
              day += timedelta(days=1)
          print(name, *out)
      """
    guard let output = run("python3", ["-c", script] + Self.names), !output.isEmpty else {
      print("skipped: python3 with zoneinfo is not there")
      return
    }
    var compared = 0
    for line in output.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let zone = try Self.zone(String(words[0])) else { continue }
      let first = try #require(LocalDate(year: 2010, month: 1, day: 1))
      var wrong: [String] = []
      for (index, word) in words.dropFirst().enumerated() {
        let date = first.advanced(byDays: index)
        if zone.start(of: date).seconds != Int64(word) { wrong.append("\(date.components) \(word)") }
        compared += 1
      }
      #expect(wrong.isEmpty, "\(words[0]): \(wrong.prefix(5))")
    }
    #expect(compared > 400_000)
  }

  private func run(_ program: String, _ arguments: [String]) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    do { try process.runOnLeash() } catch { return nil }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
  }

  @Test(arguments: [
    ("Europe/London", 2025, 3, 30, 23 * 60), ("Europe/London", 2024, 10, 27, 25 * 60),
    ("Europe/London", 2050, 7, 1, 1440),
    ("Australia/Lord_Howe", 2025, 4, 6, 1470), ("Australia/Lord_Howe", 2025, 10, 5, 1410),
    ("Pacific/Apia", 2011, 12, 30, 0), ("America/Sao_Paulo", 2018, 11, 4, 1380), ("America/Santiago", 2040, 4, 1, 1440),
  ])
  func daysHaveTheirLength(name: String, year: Int, month: Int, day: Int, minutes: Int) throws {
    guard let zone = try Self.zone(name), let date = LocalDate(year: year, month: month, day: day) else { return }
    let range = zone.range(of: date)
    #expect((range.upperBound.milliseconds - range.lowerBound.milliseconds) / 60_000 == Int64(minutes))
  }

  @Test func aClockReadingMayBeTwoInstantsOrNone() throws {
    guard let london = try Self.zone("Europe/London") else { return }
    let twice = CivilTime(year: 2026, month: 10, day: 25, hour: 1, minute: 30)
    #expect(
      london.instants(of: twice)
        == .two(earlier: Timestamp(seconds: 1_792_888_200), later: Timestamp(seconds: 1_792_891_800)))
    let never = CivilTime(year: 2026, month: 3, day: 29, hour: 1, minute: 30)
    #expect(london.instants(of: never) == .none(skippedAt: Timestamp(seconds: 1_774_746_000)))
    let once = CivilTime(year: 2026, month: 7, day: 1, hour: 12)
    #expect(london.instants(of: once) == .one(Timestamp(seconds: 1_782_903_600)))
  }

  /// `Jn` and `n` days, offsets with minutes, and rules of the southern half of the world, as footers of small files.
  @Test(
    arguments: [
      ("XST5XDT,J60,J300/3", 2024, 1_709_276_400, 1_730_012_400),
      ("XST5XDT,59,299", 2024, 1_709_190_000, 1_729_922_400),
      ("XST-10:30XDT-11,M10.1.0,M4.1.0", 2025, 1_743_865_200, 1_759_591_800),
    ] as [(String, Int, Int64, Int64)])
  func footersOfEveryFormAreUnderstood(rule: String, year: Int, first: Int64, second: Int64) throws {
    let zone = try TimeZoneRules(tzif: Self.file(footer: rule))
    let range =
      Timestamp(
        seconds: CivilTime(year: year, month: 1, day: 1).secondsSince1970)..<Timestamp(
        seconds: CivilTime(year: year + 1, month: 1, day: 1).secondsSince1970)
    #expect(zone.changes(in: range).map(\.seconds) == [first, second])
  }

  static func file(footer: String) -> [UInt8] {
    let header: [UInt8] = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
    func counts(_ values: [UInt8]) -> [UInt8] { values.flatMap { [0, 0, 0, $0] } }
    let block: [UInt8] = [0, 0, 0, 0, 0, 0] + Array("X\0".utf8)
    let half = header + counts([0, 0, 0, 0, 1, 2]) + block
    return half + half + Array("\n\(footer)\n".utf8)
  }

  @Test func everyPrefixAndEveryChangedByteOfAFileIsAnErrorOrAZone() throws {
    guard let data = FileManager.default.contents(atPath: "/usr/share/zoneinfo/Europe/London") else { return }
    let bytes = [UInt8](data)
    for length in 0..<bytes.count {
      #expect(throws: TimeZoneError.self) { try TimeZoneRules(tzif: Array(bytes.prefix(length))) }
    }
    for index in stride(from: 0, to: bytes.count, by: 3) {
      for value in [UInt8(0), 0xFF, 0x80] {
        var changed = bytes
        changed[index] = value
        if let zone = try? TimeZoneRules(tzif: changed) {
          _ = zone.start(of: LocalDate(dayNumber: 20_000))
          _ = zone.changes(in: Timestamp(seconds: 0)..<Timestamp(seconds: 2_000_000_000))
        }
      }
    }
  }

  @Test func weeksMonthsAndBillingPeriodsFollowTheCalendar() throws {
    let date = try #require(LocalDate(year: 2027, month: 1, day: 2))
    #expect(date.isoWeek == (2026, 53))
    #expect(LocalDate(isoWeek: 53, of: 2026) == LocalDate(year: 2026, month: 12, day: 28))
    #expect(LocalDate(isoWeek: 53, of: 2025) == nil)
    #expect(date.weekday == 6)
    #expect(BillingCycle(day: 14).start(holding: date) == LocalDate(year: 2026, month: 12, day: 14))
    #expect(BillingCycle(day: 14).next(after: date) == LocalDate(year: 2027, month: 1, day: 14))
    let march = try #require(LocalDate(year: 2027, month: 3, day: 30))
    #expect(BillingCycle(day: 31).start(holding: march) == LocalDate(year: 2027, month: 2, day: 28))
    #expect(BillingCycle(day: 31).next(after: march) == LocalDate(year: 2027, month: 3, day: 31))
    #expect(LocalDate(year: 2027, month: 2, day: 29) == nil)
    #expect(LocalDate.firstOfMonth(year: 2026, month: 13) == LocalDate(year: 2027, month: 1, day: 1))
    #expect(LocalDate.firstOfMonth(year: 2026, month: 0) == LocalDate(year: 2025, month: 12, day: 1))
  }
}
