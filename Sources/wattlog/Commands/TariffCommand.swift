import Calendar
import Configuration
import EnergyAccounting
import JSON5
import Pricing
import Readings
import Text

extension Command {
  private static let date = Option("date", value: "DATE", "for show: the day (default: today)")
  private static let listName = Option("name", value: "NAME", "for import: what the tariff is called")

  static let tariff = Command(
    name: "tariff", summary: "check a tariff file, show a day's prices, or make one of a price list",
    operands: "check|show|import [FILE]", operandCount: 1...2, operandChoices: ["check", "show", "import"],
    description: """
      check says what is wrong with a tariff file (exit 4), and what is valid but will not do what its author thinks: \
      rates that never apply, overlaps (exit 3).
      show prints every stretch of a day with its rate, days on which the clocks change included; prices are with VAT.
      Without FILE the tariff of the configuration is meant.
      import makes a tariff of a price list (CSV with the columns start,price, in UTC or with an offset) under --name, \
      in the configuration's currency.
      """,
    options: [date, listName, .output],
    examples: [
      ("wattlog tariff check tariff.json", "see whether every hour has a price"),
      ("wattlog tariff show tariff.json --date 2026-10-25", "the rates of the day on which the clocks go back"),
      ("wattlog tariff import agile.csv --name agile -o agile.json", "a tariff of half-hour prices"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let currency = settings.configuration.site.currency
    if arguments.operands[0] == "import" {
      return try PriceListImport(zone: zone, currency: currency, output: arguments.text(.output)).run(
        arguments.operands.dropFirst().first, name: arguments.text(listName), console)
    }
    if arguments.isSet(listName) { throw .usage("'tariff \(arguments.operands[0])' does not take --name") }
    guard let path = arguments.operands.dropFirst().first ?? settings.configuration.site.tariff.map(settings.resolve)
    else {
      throw .usage("no tariff file is named and the configuration names none", "write 'wattlog tariff check FILE'")
    }
    let file = try TariffFiles.load(path, currency: currency)
    if arguments.operands[0] == "check" { return check(file, path, console) }
    return try show(file.tariff, zone, arguments, console)
  }

  static func check(_ file: TariffFile, _ path: String, _ console: Console) -> ExitCode {
    let findings = file.findings
    for finding in findings {
      let problem = ConfigurationError([finding.problem]).lines(in: path)[0]
      console.error(finding.severity == .error ? problem : problem + " (warning)")
    }
    if findings.contains(where: { $0.severity == .error }) { return .invalidConfiguration }
    guard findings.isEmpty else { return .incomplete }
    let count = file.tariff.periods.count
    console.note("\(SafeText.printable(path)) is valid: \(count) period\(count == 1 ? "" : "s")")
    return .done
  }

  private static func show(
    _ tariff: Tariff, _ zone: SiteZone, _ arguments: Arguments, _ console: Console
  ) throws(Failure) -> ExitCode {
    let now = SystemClock.now
    var day = zone.rules.date(at: now)
    if let text = arguments.text(date) {
      guard let period = CalendarPeriod(text, today: day), period.unit == .day else {
        throw arguments.refusal(date, "is no date; write 2026-10-25")
      }
      day = period.first
    }
    guard let period = tariff.period(on: day) else {
      throw Failure(.noData, "the tariff '\(SafeText.printable(tariff.name))' has no prices for that day")
    }
    let range = zone.rules.range(of: day)
    let edges = [range.lowerBound] + tariff.switches(in: range, zone: zone.rules) + [range.upperBound]
    let minutes = (range.upperBound.milliseconds - range.lowerBound.milliseconds) / 60_000
    let length = "\(minutes / 60) h" + (minutes % 60 == 0 ? "" : " \(minutes % 60) min")
    // Exact: a price of eight decimals with a tax of six.
    let charge = PriceText.trimmed(
      Int64(clamping: tariff.standingCharge(in: range, zone: zone.rules).units / 1_000_000), places: Money.places - 6)
    console.note(
      "\(SafeText.printable(tariff.name)), \(length), prices with VAT; standing charge \(charge) "
        + tariff.currency.code
        + (period.export.map { "; export \(PriceText.trimmed($0.units, places: Price.places))" } ?? ""))
    let output = try OutputFile(arguments.text(.output))
    for (start, end) in zip(edges, edges.dropFirst()) {
      let from = InstantText.text(start, in: zone.rules)
      let to = InstantText.text(end, in: zone.rules)
      if let rate = tariff.rate(at: start, in: zone.rules) {
        let price = PriceText.perKWh(rate)
        try output.write("\(from)  \(to)  \(price) \(tariff.currency.code)/kWh  \(SafeText.printable(rate.name))\n")
      } else {
        try output.write("\(from)  \(to)  no price\n")
      }
    }
    try output.finish()
    return .done
  }
}

/// Prices as text.
enum PriceText {
  /// `units` / 10^`places` without trailing zeros beyond the second digit.
  static func trimmed(_ units: Int64, places: Int) -> String {
    var text = Decimal.string(units, places: places)
    for _ in 0..<max(0, places - 2) where text.hasSuffix("0") { text.removeLast() }
    return text
  }

  /// A rate's price with tax, rounded to six decimals, trailing zeros beyond the fourth left out.
  static func perKWh(_ rate: PricedRate) -> String {
    // price is 10^-8, factor 10^-6; six decimals are 10^8 of their product.
    let product = Int128(rate.price.units) * Int128(rate.factor)
    let divisor: Int128 = 100_000_000
    let rounded = (product >= 0 ? product + divisor / 2 : product - divisor / 2) / divisor
    var text = Decimal.string(Int64(clamping: rounded), places: 6)
    for _ in 0..<2 where text.hasSuffix("0") { text.removeLast() }
    return text
  }
}
