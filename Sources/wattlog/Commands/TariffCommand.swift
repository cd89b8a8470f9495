import Calendar
import Clock
import Configuration
import Household
import JSON5
import Pricing
import Readings
import Text

extension Command {
  private static let date = Option("date", value: "DATE", "for show: the day (default: today)")
  private static let listName = Option("name", value: "NAME", "for import: what the tariff is called")
  private static let startColumn = Option(
    "start", value: "COLUMN", "for import: the column of starts, by name or number")
  private static let endColumn = Option("end", value: "COLUMN", "for import: the column of ends")
  private static let priceColumn = Option("price", value: "COLUMN", "for import: the column of prices")
  private static let condition = Option(
    "where", value: "COLUMN=VALUE", repeats: true, "for import: take these rows alone; may be repeated")
  private static let unit = Option(
    "unit", value: "UNIT", "for import: what prices are of: kWh, MWh, EUR/MWh, p or ct (hundredths)")
  private static let dates = Option(
    "dates", value: "ORDER", choices: ["dmy", "mdy"], "for import: which comes first in 11/12/2025 (default: dmy)")
  private static let importOptions = [listName, startColumn, endColumn, priceColumn, condition, unit, dates]

  static let tariff = Command(
    name: "tariff", summary: "write a tariff file, check it, show a day's prices, or import published prices",
    operands: "init|check|show|import [FILE]", operandCount: 1...2,
    operandChoices: ["init", "check", "show", "import"],
    description: """
      init writes a tariff with comments to fill in, to FILE or stdout.
      check says what is wrong with a tariff file (exit 4), and what is valid but will not do what its author thinks: \
      rates that never apply, overlaps, prices that look like pence or like prices per MWh (exit 3).
      show prints every stretch of a day with its price, what that is made of and its rate, days on which the clocks \
      change included; prices are with VAT.
      Without FILE the tariff of the configuration is meant.
      import takes a file of prices as it is published (CSV of any separator, JSON of Octopus, aWATTar, Tibber, Nord \
      Pool and energy-charts, XML of ENTSO-E …), in the configuration's currency, and writes with -o the tariff and \
      beside it a plain list; into a tariff that has a list already it appends. Nothing is guessed: where two columns or \
      units fit, it names them and the option.
      """,
    options: [date] + importOptions + [.output],
    examples: [
      ("wattlog tariff init tariff.json", "a tariff to fill in"),
      ("wattlog tariff check tariff.json", "see whether every hour has a price"),
      ("wattlog tariff show tariff.json --date 2026-10-25", "the rates of the day on which the clocks go back"),
      ("wattlog tariff import agile.json --name agile -o tariff.json", "prices as the API of Octopus answers"),
      (
        "wattlog tariff import prices.csv --name spot --price 'Preis (ct/kWh)' -o tariff.json",
        "prices that somebody keeps in a spreadsheet"
      ),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let verb = arguments.operands[0]
    let operand = arguments.operands.dropFirst().first
    for option in importOptions where verb != "import" && arguments.isTyped(option) {
      throw .usage("'tariff \(verb)' does not take --\(option.name)")
    }
    switch verb {
    case "init": return try TariffTemplate.write(to: operand ?? arguments.text(.output), settings, console)
    case "import": return try importPrices(operand, arguments, settings, zone, console)
    default: break
    }
    guard let path = operand ?? settings.configuration.site.tariff.map(settings.resolve) else {
      throw .usage(
        "no tariff file is named and the configuration names none",
        "write 'wattlog tariff \(verb) FILE'; 'wattlog tariff init FILE' makes one")
    }
    let file = try TariffFiles.load(path, currency: settings.configuration.site.currency, zone: zone.rules)
    if verb == "check" { return check(file, path, console) }
    var day = zone.rules.date(at: SystemClock.now)
    if let text = arguments.text(date) {
      guard let period = CalendarPeriod(text, today: day), period.unit == .day else {
        throw arguments.refusal(date, "is no date; write 2026-10-25")
      }
      day = period.first
    }
    return try TariffDayTable(
      tariff: file.tariff, zone: zone, day: day, billing: settings.configuration.site.billing
    ).write(to: arguments.text(.output), console)
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

  private static func importPrices(
    _ path: String?, _ arguments: Arguments, _ settings: Settings, _ zone: SiteZone, _ console: Console
  ) throws(Failure) -> ExitCode {
    guard let path else {
      throw .usage("'tariff import' needs a price list", "write 'wattlog tariff import FILE --name N'")
    }
    guard let name = arguments.text(listName), !name.isEmpty else {
      throw .usage("'tariff import' needs --name, what the tariff is called")
    }
    guard let currency = settings.configuration.site.currency.flatMap(Currency.init) else {
      throw .usage("no currency is configured", "set site.currency in the configuration, such as \"GBP\"")
    }
    let central = (try? ZoneFiles.load("Europe/Brussels")).flatMap { try? TimeZoneRules(tzif: $0) }
    var options = PriceImportOptions(currency: currency, zone: zone.rules, centralZone: central ?? zone.rules)
    options.start = arguments.text(startColumn)
    options.end = arguments.text(endColumn)
    options.price = arguments.text(priceColumn)
    options.unit = arguments.text(unit)
    options.isMonthFirst = arguments.text(dates) == "mdy"
    for text in arguments.texts(condition) {
      guard let mark = text.firstIndex(of: "="), mark > text.startIndex else {
        throw arguments.refusal(condition, "is no condition; write COLUMN=VALUE")
      }
      options.conditions.append((String(text[..<mark]), String(text[text.index(after: mark)...])))
    }
    return try PriceListImport(zone: zone, options: options, name: name, output: arguments.text(.output)).run(
      path, console)
  }
}
