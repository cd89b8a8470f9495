import Calendar
import EnergyAccounting
import Pricing
import Readings
import Reporting
import TestSupport
import Testing
import Text

@Suite struct ReportBuilderTests {
  static let london: TimeZoneRules = TimeZoneRules(offsetSeconds: 3600)

  /// A ledger with random buckets in whole counter units for a plan's pass.
  static func ledger(
    _ pass: ReportPlan.Pass, places: Int, channels: Int, export: Bool, random: inout SeededGenerator
  ) -> DeviceLedger {
    let unit = Energy.unit(places: places).milliwattHours
    let ledgers = (0..<max(channels, 1)).map { channel in
      let buckets = zip(pass.cutPoints, pass.cutPoints.dropFirst()).map { start, end in
        let duration = end.milliseconds - start.milliseconds
        return Bucket(
          duration: duration,
          measured: Energy(milliwattHours: Int64.random(in: 0...300, using: &random) * unit),
          inferred: Energy(milliwattHours: Int64.random(in: 0...3, using: &random) * unit),
          export: Energy(milliwattHours: export ? Int64.random(in: 0...90, using: &random) * unit : 0),
          covered: duration, messages: 30, peakMilliwatts: Int64.random(in: 0...2_000_000, using: &random),
          peakAt: start)
      }
      return ChannelLedger(
        channel: channels == 0 ? nil : channel + 1, counterPlaces: places, folding: buckets, cutPoints: pass.cutPoints,
        edges: pass.bucketEdges)
    }
    return DeviceLedger(
      cutPoints: pass.cutPoints, bucketEdges: pass.bucketEdges, channels: ledgers,
      firstReading: pass.cutPoints.first, lastReading: pass.cutPoints.last)
  }

  static func tariff(_ random: inout SeededGenerator, tiers: Bool) throws -> Tariff {
    func price(_ range: ClosedRange<Int64>) -> Price {
      Price(units: Int64.random(in: range, using: &random))
    }
    return Tariff(
      name: "random",
      currency: try #require(Currency(code: ["GBP", "JPY", "KWD"].randomElement(using: &random) ?? "EUR")),
      tax: Tax(millionths: 50_000),
      periods: [
        Tariff.Period(
          from: try #require(LocalDate(year: 2026, month: 1, day: 1)), standingCharge: price(0...99_999_999),
          pricing: .rates([
            .init(name: "night", price: price(-5_000_000...20_000_000), hours: .init(start: 30, end: 330)),
            .init(name: "day", price: price(10_000_000...40_000_000)),
          ]),
          tiers: tiers ? [.init(above: Energy(milliwattHours: 3_000_000), add: price(0...5_000_000))] : [],
          export: .flat(price(0...15_000_000))),
        Tariff.Period(
          from: try #require(LocalDate(year: 2026, month: 10, day: 4)), standingCharge: price(0...99_999_999),
          pricing: .rates([.init(name: "flat", price: price(10_000_000...40_000_000))])),
      ])
  }

  static func checkSums(_ report: Report, _ comment: Comment) {
    func add(_ figures: [Figure?]) -> Figure { Figure.sum(figures.compactMap { $0 }) }
    func same(_ a: Figure?, _ b: Figure?) -> Bool {
      guard let a, let b else { return a == b }
      return !a.isLess(than: b) && !b.isLess(than: a)
    }
    for period in report.periods {
      let total = period.total
      #expect(same(add(period.devices.map(\.kWh)), total.kWh), comment)
      #expect(same(add(period.devices.map(\.exportKWh)), total.exportKWh), comment)
      if report.currency != nil {
        #expect(same(add(period.devices.map(\.cost)), total.energyCost), comment)
      }
      for entry in period.devices {
        #expect(same(entry.measuredKWh + entry.inferredKWh, entry.kWh), comment)
        if report.currency != nil {
          #expect(same(add(entry.byRate.map(\.kWh)), entry.kWh), comment)
          #expect(same(add(entry.byRate.map(\.cost)), entry.cost), comment)
        }
        if report.split != nil {
          #expect(same(add(entry.parts.map(\.kWh)), entry.kWh), comment)
          if report.currency != nil { #expect(same(add(entry.parts.map(\.cost)), entry.cost), comment) }
        }
      }
    }
    for total in report.periods.map(\.total) + [report.total] where report.currency != nil {
      if let energy = total.energyCost, let standing = total.standingCharge, let credit = total.exportCredit {
        #expect(same(total.cost, energy + standing + Figure(-credit.mantissa, places: credit.places)), comment)
      }
    }
    #expect(same(add(report.periods.map(\.total.kWh)), report.total.kWh), comment)
    #expect(same(add(report.periods.map(\.total.energyCost)), add([report.total.energyCost])), comment)
    #expect(same(add(report.periods.map(\.total.cost)), add([report.total.cost])), comment)
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func printedRowsAddUpToPrintedTotals(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let splits: [Report.Split?] = [nil, .hour, .tariff, .day, .week]
    let start = Timestamp(seconds: CivilTime(year: 2026, month: 9, day: 28, hour: 23).secondsSince1970)
    let request = ReportRequest(
      granularity: Report.Granularity.allCases.randomElement(using: &random) ?? .day,
      range: start..<start.advanced(byMilliseconds: Int64.random(in: 1...20, using: &random) * 86_400_000),
      split: splits.randomElement(using: &random) ?? nil,
      comparison: [nil, .previous, .year].randomElement(using: &random) ?? nil, zone: Self.london,
      zoneName: "Test/Zone",
      tariff: seed % 4 == 0 ? nil : try Self.tariff(&random, tiers: seed % 3 == 0), billing: BillingCycle(day: 14))
    let plan = ReportPlan(request)
    let shapes = [(3, 0, false), (5, 0, true), (3, 2, false)]
    let ledgers = shapes.enumerated().map { index, shape in
      NamedLedger(
        name: "plug \(index)",
        ledger: Self.ledger(plan.main, places: shape.0, channels: shape.1, export: shape.2, random: &random))
    }
    let compared = plan.comparison.map { pass in
      [NamedLedger(name: "a", ledger: Self.ledger(pass, places: 3, channels: 0, export: false, random: &random))]
    }
    let report = ReportBuilder(plan).report(ledgers, comparedWith: compared ?? [])
    #expect(!report.periods.isEmpty)
    #expect(report.periods.allSatisfy { $0.devices.count == 4 })
    #expect(report.periods.allSatisfy { ($0.comparison != nil) == (request.comparison != nil) })
    Self.checkSums(report, "seed \(seed)")
    for width in [40, 80, 200] {
      let table = TableRenderer.render(report, options: .init(width: width, chart: true))
      for line in table.split(separator: "\n") { #expect(SafeText.width(String(line)) <= width, "seed \(seed)") }
    }
  }

  @Test func cutPointsHoldMidnightsHoursAndTariffSwitches() throws {
    var random = SeededGenerator(seed: 1)
    let start = Timestamp(seconds: CivilTime(year: 2026, month: 9, day: 28, hour: 23).secondsSince1970)
    let range = start..<start.advanced(byMilliseconds: 86_400_000)
    let tariff = try Self.tariff(&random, tiers: false)
    let day = ReportPlan(
      ReportRequest(granularity: .day, range: range, zone: Self.london, zoneName: "x", tariff: tariff))
    #expect(day.main.cutPoints.map { ($0.milliseconds - start.milliseconds) / 60_000 } == [0, 30, 330, 1440])
    #expect(day.main.bucketEdges == [start, range.upperBound])
    let hours = ReportPlan(
      ReportRequest(granularity: .day, range: range, split: .hour, zone: Self.london, zoneName: "x"))
    #expect(hours.main.cutPoints.count == 25)
  }

  @Test func energyBeforeTheFirstPriceIsNotedAndHasNoCost() throws {
    var random = SeededGenerator(seed: 1)
    let start = Timestamp(seconds: CivilTime(year: 2025, month: 9, day: 28, hour: 23).secondsSince1970)
    let plan = ReportPlan(
      ReportRequest(
        granularity: .day, range: start..<start.advanced(byMilliseconds: 86_400_000), zone: Self.london, zoneName: "x",
        tariff: try Self.tariff(&random, tiers: false)))
    let ledger = Self.ledger(plan.main, places: 3, channels: 0, export: false, random: &random)
    let report = ReportBuilder(plan).report([NamedLedger(name: "tv", ledger: ledger)])
    let entry = try #require(report.periods.first?.devices.first)
    #expect(entry.cost == nil)
    #expect(entry.byRate.map(\.rate) == ["unpriced"])
    #expect(entry.notes == ["P1"])
    #expect(report.notes.map(\.kind) == ["no-price"])
  }

  /// From one billing day to the next, on the month's last day where it is shorter; lines add up as printed.
  @Test(arguments: [
    (14, ["2026-01-14", "2026-02-14", "2026-03-14"]), (31, ["2026-01-31", "2026-02-28", "2026-03-31"]),
  ])
  func billsRunFromOneBillingDayToTheNext(billingDay: Int, starts: [String]) throws {
    var random = SeededGenerator(seed: 14)
    let first = try #require(LocalDate(year: 2026, month: 1, day: billingDay))
    let end = (0..<3).reduce(first) { date, _ in BillingCycle(day: billingDay).next(after: date) }
    let plan = ReportPlan(
      ReportRequest(
        granularity: .bill, range: Self.london.start(of: first)..<Self.london.start(of: end), comparison: .previous,
        zone: Self.london, zoneName: "Europe/London", tariff: try Self.tariff(&random, tiers: true),
        billing: BillingCycle(day: billingDay)))
    func ledgers(_ pass: ReportPlan.Pass) -> [NamedLedger] {
      ["a", "b"].map {
        NamedLedger(name: $0, ledger: Self.ledger(pass, places: 3, channels: 0, export: true, random: &random))
      }
    }
    let pass = try #require(plan.comparison)
    let report = ReportBuilder(plan).report(ledgers(plan.main), comparedWith: ledgers(pass))
    #expect(report.periods.map(\.span.start.date) == starts)
    #expect(report.periods.dropFirst().map(\.comparison?.span) == report.periods.dropLast().map(\.span))
    for period in report.periods {
      let days = (period.span.seconds / 86_400)
      #expect((28...31).contains(days))
      #expect(period.total.standingCharge != nil && period.devices[0].byRate.contains { $0.rate == "tier" })
    }
    Self.checkSums(report, "billing day \(billingDay)")
    #expect(TableRenderer.render(report, options: .init(width: 100)).contains("by bill"))
  }
}
