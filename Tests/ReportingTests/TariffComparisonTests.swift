import Calendar
import EnergyAccounting
import Pricing
import Readings
import Reporting
import TestSupport
import Testing
import Text

/// Several tariffs price the same use, each as it would alone.
@Suite struct TariffComparisonTests {
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func eachTariffCostsWhatItCostsAlone(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let start = Timestamp(seconds: CivilTime(year: 2026, month: 9, day: 28, hour: 23).secondsSince1970)
    var first = try ReportBuilderTests.tariff(&random, tiers: false)
    var second = try ReportBuilderTests.tariff(&random, tiers: false)
    second.currency = first.currency
    first.name = "first"
    second.name = "second"
    func request(_ tariff: Tariff, _ others: [Tariff]) -> ReportRequest {
      ReportRequest(
        granularity: seed % 2 == 0 ? .day : .month, range: start..<start.advanced(byMilliseconds: 9 * 86_400_000),
        zone: ReportBuilderTests.london, zoneName: "Test/Zone", tariff: tariff, otherTariffs: others)
    }
    let plan = ReportPlan(request(first, [second]))
    let ledgers = (0..<3).map { index in
      NamedLedger(
        name: "plug \(index)",
        ledger: ReportBuilderTests.ledger(plan.main, places: 3, channels: 0, export: index == 2, random: &random))
    }
    let report = ReportBuilder(plan).report(ledgers)
    let swapped = ReportBuilder(ReportPlan(request(second, [first]))).report(ledgers)
    #expect(report.otherTariffs == ["second"] && report.total.others.count == 1)
    #expect(report.total.others[0].cost == swapped.total.cost)
    #expect(swapped.total.others[0].cost == report.total.cost)
    for (period, other) in zip(report.periods, swapped.periods) {
      #expect(period.total.others[0].cost == other.total.cost)
      #expect(period.total.others[0].standingCharge == other.total.standingCharge)
      let costs = period.devices.compactMap { $0.otherCosts[0] }
      #expect(Figure.sum(costs) == period.total.others[0].energyCost)
    }
    let json = JSONRenderer.render(report)
    #expect(json.contains("\"tariffs\":[\"first\",\"second\"]") && json.contains("\"difference\":"))
    let table = TableRenderer.render(report, options: .init(width: 100))
    #expect(table.contains("first") && table.contains("second"))
    let csv = CSVRenderer.render(report)
    #expect(csv.contains("cost first,cost second,difference second"))
    #expect(csv.split(separator: "\r\n").count == 1 + report.periods.reduce(0) { $0 + $1.devices.count + 3 })
  }

  @Test func manySilencesAreOneLineOfTheTable() {
    var report = SampleReports.day
    let span = report.notes[1].span
    report.notes = (1...23).map {
      .init(
        id: "G\($0)", device: "tv", kind: "gap", span: span, text: "no messages", cause: $0 > 3 ? "no-power" : "silent",
        energy: Energy(milliwattHours: 5000))
    }
    report.periods[0].devices[2].notes = report.notes.map(\.id)
    let table = TableRenderer.render(report, options: .init(width: 200))
    #expect(table.contains("23 silences") && table.contains("(plug without power 20, plug silent 3); 0.115 kWh"))
    #expect(table.contains("wattlog gaps --from 2026-10-25 --to 2026-10-26 --device tv"))
    #expect(!table.contains("G2 ") && !table.contains("G23"))
    #expect(JSONRenderer.render(report).contains("\"id\":\"G23\""))
  }
}
