import Calendar
import EnergyAccounting
import Foundation
import Pricing
import Readings
import Reporting
import TestSupport
import Testing

@Suite struct IntervalExportTests {
  static let start = Timestamp(seconds: CivilTime(year: 2026, month: 9, day: 28, hour: 23).secondsSince1970)
  static let range = start..<start.advanced(byMilliseconds: 2 * 86_400_000)

  static func plan(_ spacing: IntervalExport.Spacing, tariff: Tariff?) -> IntervalExport.Plan {
    IntervalExport.Plan(
      spacing: spacing,
      ReportRequest(
        granularity: .range, range: range, zone: TimeZoneRules(offsetSeconds: 3600), zoneName: "x", tariff: tariff))
  }

  /// A random ledger with the cut points of a plan, which may have parts of nothing known.
  static func ledger(_ plan: IntervalExport.Plan, _ random: inout SeededGenerator) -> DeviceLedger {
    let buckets = zip(plan.cutPoints, plan.cutPoints.dropFirst()).map { start, end in
      let duration = end.milliseconds - start.milliseconds
      if Int.random(in: 0..<10, using: &random) == 0 { return Bucket(duration: duration, missing: duration) }
      let power = Int64.random(in: 0...2_000_000, using: &random)
      return Bucket(
        duration: duration, measured: Energy(milliwattHours: Int64.random(in: 0...300, using: &random) * 1000),
        covered: duration, messages: 30, peakMilliwatts: power + 1000, lowestMilliwatts: power,
        powerTime: power * duration, poweredTime: duration)
    }
    return DeviceLedger(
      cutPoints: plan.cutPoints, bucketEdges: plan.bucketEdges,
      channels: [
        ChannelLedger(
          channel: nil, counterPlaces: 3, folding: buckets, cutPoints: plan.cutPoints, edges: plan.bucketEdges)
      ],
      firstReading: range.lowerBound, lastReading: range.upperBound)
  }

  /// What bounds an export's length is never less than what it comes to.
  @Test(arguments: IntervalExport.Spacing.allCases, [1, 40, 400])
  func stepsAreCountedBeforeTheyAreMade(spacing: IntervalExport.Spacing, days: Int64) {
    let range = Self.start..<Self.start.advanced(byMilliseconds: days * 86_400_000)
    let plan = IntervalExport.Plan(
      spacing: spacing,
      ReportRequest(granularity: .range, range: range, zone: TimeZoneRules(offsetSeconds: 3600), zoneName: "x"))
    let count = spacing.count(in: range)
    // The first one and the last one are cut.
    #expect(plan.intervals.count <= count + 2 && count <= plan.intervals.count * 31 / 28 + 1)
  }

  @Test(arguments: zip(IntervalExport.Spacing.allCases, [192, 96, 48, 2]))
  func intervalsAddUpToTheLedger(spacing: IntervalExport.Spacing, count: Int) throws {
    var random = SeededGenerator(seed: 7)
    let plan = Self.plan(spacing, tariff: try ReportBuilderTests.tariff(&random, tiers: false))
    #expect(plan.intervals.count == count)
    let ledgers = [
      NamedLedger(name: "b", ledger: Self.ledger(plan, &random)),
      NamedLedger(name: "a", ledger: Self.ledger(plan, &random)),
    ]
    let export = IntervalExport(format: .csv(.iso))
    let table = CSVReader.rows(String(decoding: export.heading() + export.rows(plan, ledgers), as: UTF8.self))
    #expect(
      table[0] == [
        "time", "time_utc", "device", "channel", "energy_kwh", "power_mean_w", "power_min_w", "power_max_w", "coverage",
        "cost", "currency",
      ])
    #expect(table.count == 2 * count + 1)
    #expect(table[1][0] == "2026-09-29T00:00:00+01:00" && table[1][1] == "2026-09-28T23:00:00Z" && table[1][2] == "a")
    for named in ledgers {
      let printed = table.filter { $0[2] == named.name }.compactMap { Decimal(string: $0[4]) }.reduce(0, +)
      let ledger = named.ledger.channels[0].buckets.reduce(Energy.zero) { $0 + $1.energy }
      #expect(printed == Decimal(ledger.milliwattHours) / 1_000_000)
    }
    for row in table.dropFirst() where row[8] == "0.000" { #expect(row[4...7].allSatisfy { $0 == "" }) }
  }

  @Test func jsonLinesLeaveOutWhatIsUnknown() throws {
    var random = SeededGenerator(seed: 9)
    let plan = Self.plan(.hour, tariff: nil)
    let export = IntervalExport(format: .jsonLines)
    #expect(export.heading().isEmpty)
    let text = String(
      decoding: export.rows(plan, [NamedLedger(name: "tv", ledger: Self.ledger(plan, &random))]), as: UTF8.self)
    var unknown = 0
    for line in text.split(separator: "\n") {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(object["cost"] == nil && object["channel"] == nil && object["coverage"] != nil)
      if object["energy_kwh"] == nil { unknown += 1 }
    }
    #expect(unknown > 0)
  }

  @Test func fieldsOfIntervalsAreFound() throws {
    #expect(try IntervalField.named(["energy", "power"]) == [.energy, .powerMean, .powerMin, .powerMax])
    #expect(throws: ExportFieldError.self) { try IntervalField.named(["voltage"]) }
  }
}
