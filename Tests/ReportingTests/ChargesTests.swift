import Calendar
import EnergyAccounting
import Foundation
import Pricing
import Readings
import Reporting
import TestSupport
import Testing
import Text

/// Rates, standing charge, VAT and credit add up to the total as printed, in every form and currency.
@Suite struct ChargesTests {
  /// A printed amount in units of its last digit.
  private static func units(_ text: some StringProtocol) throws -> Int {
    try #require(Int(String(text.filter { $0.isNumber || $0 == "-" })), "'\(text)'")
  }

  private static func report(_ seed: UInt64) throws -> Report {
    var random = SeededGenerator(seed: seed)
    let start = Timestamp(seconds: CivilTime(year: 2026, month: 9, day: 13, hour: 23).secondsSince1970)
    let granularities: [Report.Granularity] = [.day, .month, .bill, .year, .week, .range]
    var request = ReportRequest(
      granularity: granularities[Int(seed % 6)],
      range: start..<start.advanced(byMilliseconds: Int64.random(in: 1...70, using: &random) * 86_400_000),
      zone: ReportBuilderTests.london, zoneName: "Test/Zone",
      tariff: try ReportBuilderTests.tariff(&random, tiers: seed % 3 == 0), billing: BillingCycle(day: 14))
    if seed % 5 == 0 { request.tariff?.tax = .none }
    if seed % 7 == 0 {
      for index in request.tariff?.periods.indices ?? 0..<0 { request.tariff?.periods[index].includesTax = true }
    }
    request.listsCharges = true
    let plan = ReportPlan(request)
    let ledgers = (0..<3).map { index in
      NamedLedger(
        name: "plug \(index)",
        ledger: ReportBuilderTests.ledger(plan.main, places: 3, channels: 0, export: index == 2, random: &random))
    }
    return ReportBuilder(plan).report(ledgers)
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func theLinesOfABillAddUpToItsTotal(seed: UInt64) throws {
    let report = try Self.report(seed)
    let digits = try #require(report.currency).digits
    for total in report.periods.map(\.total) + [report.total] {
      let cost = try #require(total.cost)
      #expect(Figure.sum(total.charges.map(\.amount)) == cost, "seed \(seed)")
      #expect(total.charges.allSatisfy { $0.amount.places == digits }, "seed \(seed)")
      #expect((total.tax == nil) == (seed % 5 == 0), "seed \(seed)")
      let credit = total.exportCredit ?? Figure(0)
      if let net = total.net, let tax = total.tax {
        #expect(net + tax == cost + credit, "seed \(seed)")
        // 5 %: within what rounding each line by less than two units can do.
        let lines = Int64(total.charges.count)
        #expect(abs(net.mantissa - 20 * tax.mantissa) <= 21 * 2 * lines * Int64(report.periods.count), "seed \(seed)")
      }
      let kWh = Figure.sum(total.charges.compactMap(\.kWh), places: 3)
      #expect(!kWh.isLess(than: total.kWh) && !total.kWh.isLess(than: kWh), "seed \(seed)")
    }
    for (place, charge) in report.total.charges.enumerated() {
      #expect(Figure.sum(report.periods.map { $0.total.charges[place].amount }) == charge.amount, "seed \(seed)")
    }
  }

  /// What a reader of each form would add up.
  @Test(arguments: 1...24 as ClosedRange<UInt64>)
  func everyFormPrintsLinesThatAddUp(seed: UInt64) throws {
    let report = try Self.report(seed)
    let total = try Self.units(try #require(report.total.cost).text)

    let table = TableRenderer.render(report, options: .init(width: 120)).split(
      separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(table.firstIndex { $0.hasPrefix("the bill") })
    let rows = table[(start + 1)...].prefix { !$0.isEmpty }.filter { !$0.contains("─") }
    let amounts = try rows.map { row in
      let cell = String(row).components(separatedBy: "  ").last { !$0.isEmpty } ?? ""
      return (label: row.prefix { $0 != " " }, units: try Self.units(cell))
    }
    #expect(amounts.last?.label == "total" && amounts.last?.units == total, "seed \(seed)")
    let parts = amounts.dropLast().filter { $0.label != "net" }
    #expect(parts.reduce(0) { $0 + $1.units } == total, "seed \(seed)\n\(rows.joined(separator: "\n"))")
    if let net = amounts.firstIndex(where: { $0.label == "net" }) {
      #expect(amounts[..<net].reduce(0) { $0 + $1.units } == amounts[net].units, "seed \(seed)")
    }

    var sums: [String: Int] = [:]
    let csv = CSVReader.rows(CSVRenderer.render(report))
    for row in csv.dropFirst() {
      sums[row[0], default: 0] += (row[2] == "total" ? -1 : 1) * (try Self.units(row[5]))
    }
    #expect(sums.count == report.periods.count && sums.values.allSatisfy { $0 == 0 }, "seed \(seed)")

    let object = try JSONSerialization.jsonObject(with: Data(JSONRenderer.bytes(report))) as? [String: Any]
    let whole = try #require(object?["total"] as? [String: Any])
    func number(_ value: Any?) throws -> Foundation.Decimal { try #require(value as? NSNumber).decimalValue }
    let charges = try #require(whole["charges"] as? [[String: Any]])
    let sum = try charges.reduce(Foundation.Decimal(0)) { $0 + (try number($1["amount"])) }
    #expect(abs((sum - (try number(whole["cost"]))) * 1000) < 1, "seed \(seed)")
    if whole["vat"] != nil {
      let gross = try number(whole["net"]) + number(whole["vat"]) - number(whole["exportCredit"])
      #expect(abs((gross - (try number(whole["cost"]))) * 1000) < 1, "seed \(seed)")
    }

    let html = HTMLRenderer.render(report)
    let bill = try #require(
      html.components(separatedBy: "<h2>The bill</h2>").last?.components(separatedBy: "</table>").first)
    var shown = 0
    for row in bill.components(separatedBy: "<tr").dropFirst(2) where !row.contains("<bdi>net</bdi>") {
      let cell = try #require(row.components(separatedBy: "<td>").last?.components(separatedBy: "</td>").first)
      let units = try Self.units(cell.replacing("<b>", with: "").replacing("</b>", with: ""))
      shown += row.contains("<bdi>total</bdi>") ? -units : units
    }
    #expect(shown == 0, "seed \(seed)")
  }
}
