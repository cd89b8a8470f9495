import Calendar
import EnergyAccounting
import Readings
import TestSupport
import Testing

/// Weeks of real plugs against what is known to be true of them.
struct CaptureTests {
  /// A local day of a plug as it was counted, and what its messages said at both ends of all.
  private struct Day {
    var date: LocalDate
    var bucket: Bucket
    /// kWh that no message tells: used today before the first message of all, or since the last one.
    var untold: Double
  }

  private static func days(of plug: DecodedPlug, in zone: TimeZoneRules) throws -> [Day] {
    let first = try #require(plug.runs.first?.rows)
    let last = try #require(plug.runs.last?.rows)
    let start = try #require(first.times.first)
    let end = try #require(last.times.last)
    var dates: [LocalDate] = []
    var date = zone.date(at: start)
    while zone.start(of: date) <= end {
      dates.append(date)
      date = date.advanced(byDays: 1)
    }
    let ledger = plug.ledger(
      cutPoints: dates.map(zone.start) + [zone.start(of: date)], options: MeteringOptions(timeZone: zone))
    let buckets = try #require(ledger.channels.first).buckets
    var days = zip(dates, buckets).map { Day(date: $0, bucket: $1, untold: 0) }
    // Today at the first message, and the last power until another message was due.
    let today = Double(try #require(first.column(.today)?.values.first)) / 1000
    let period = last.times.suffix(2).reduce(0) { $1.milliseconds - $0 }
    let power = Double(try #require(last.column(.power)?.values.last))
    days[0].untold += today
    days[days.count - 1].untold += power * Double(period) / 3.6e9
    return days
  }

  @Test(arguments: CapturedPlugs.names)
  func everyDayAgreesWithTheTruth(capture: String) throws {
    guard let plugs = CapturedPlugs.plugs(of: capture), let truths = CapturedPlugs.truths(),
      let london = try TimeZoneRulesTests.zone("Europe/London")
    else {
      print("skipped: the captures, zstd or the time zone files are not there")
      return
    }
    var checked = 0
    for (topic, plug) in plugs {
      var previous: CapturedPlugs.Truth?
      for day in try Self.days(of: plug, in: london) {
        let name = CapturedPlugs.name(day.date)
        let bucket = day.bucket
        let kilowattHours = Double(bucket.energy.milliwattHours) / 1_000_000
        guard let truth = truths[name + topic] else {
          #expect(bucket.energy == .zero, "\(name) \(topic)")
          previous = nil
          continue
        }
        defer { previous = truth }
        #expect(bucket.messages == truth.messages)
        // Whatever happened, the day is what was used, but for what no message tells: then it says so.
        let difference = truth.exact - kilowattHours
        if bucket.isComplete {
          #expect(abs(difference) <= 0.005, "\(name) \(topic) exact")
        } else {
          #expect(difference >= -0.005 && difference <= day.untold + 0.005, "\(name) \(topic) exact, not complete")
          continue
        }
        let isOutage = truth.note.contains("outage") || previous?.note.contains("outage") == true
        // The column books what a step over midnight counts wholly on the second day: a minute, for `mains`.
        let expected = isOutage ? truth.plug : truth.counter
        // Both are printed with a thousandth: half of one is the comparison's own.
        #expect(
          abs(kilowattHours - expected) <= max(0.0035, expected * 0.003), "\(name) \(topic) \(truth.note)")
        checked += 1
      }
    }
    #expect(checked >= (capture == "spring" ? 150 : 0))
    #expect(capture != "autumn" || checked >= 18)
  }
}
