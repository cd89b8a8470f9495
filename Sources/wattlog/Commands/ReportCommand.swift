import Calendar
import Clock
import Household
import Pricing
import Readings
import Reporting
import Storage
import Text
import Work

extension Command {
  private static let split = Option(
    "by", value: "PART", choices: ["device", "tariff", "hour", "day", "week", "month", "charge"],
    "split each device's use (default: device, no split); charge: the lines of the bill")
  private static let compare = Option(
    "compare", value: "WITH", choices: ["previous", "year", "none"], "the period before, or a year before")
  private static let sort = Option(
    "sort", value: "ORDER", choices: Report.Order.allCases.map(\.rawValue),
    "which devices stand first in tables and on the page (default: use; change needs --compare)")
  private static let standingCharge = Option(
    "standing-charge", "add the household's standing charge to a report of single devices")
  private static let chart = Option(
    "chart", "draw use over time, and bars; in ASCII on a terminal that is not of UTF-8")
  private static let format = Option(
    "format", short: "f", value: "FORMAT", choices: ["table", "csv", "json", "html", "md", "xlsx"],
    "how to print (default: table, or by the suffix of -o)")
  private static let program = Option(
    "for", value: "PROGRAM", choices: CSVDialect.Preset.allCases.map(\.rawValue),
    "the program that opens the CSV (default: iso)")
  private static let wide = Option("wide", "CSV and xlsx with a row a period and a column a plug")
  private static let oneLine = Option("oneline", "one line: period, kWh and cost, as for a status bar")
  private static let strict = Option("strict", "exit 3 if a period is incomplete")

  static let report = Command(
    name: "report", summary: "kWh and cost by device, for a person",
    operands: "[day|week|month|bill|year|range] [PERIOD] [DEVICE…]", operandCount: 0...1000,
    operandChoices: ReportWords.units, takesOtherOperands: true,
    description: """
      Prints what each device used, from the plugs' own counters, and what it cost by the tariff. A period \
      and devices may stand as plain words, in any order: report yesterday, report fridge last week.
      Without a period the running day (week, month, bill, year) is reported up to the last message. A period that is longer than the \
      unit gives a row per unit: 'report day -p 2026-10' prints every day of October. A bill runs from the \
      configuration's billingDay to the next; -p 'last bill' names one, and with another period every bill that begins \
      in it is printed whole, with the lines of the bill: each rate, standing charge, VAT, export credit. '--by charge' shows \
      these lines for any period. range prints one table for \
      the whole of --from and --to. --compare shows each device beside the time before, and says where that lacks data. \
      A report of single devices has no standing charge: the household pays it with or without them. Costs appear when the configuration or --tariff names a tariff; --tariff given \
      twice or more prices the same use by each and prints the costs side by side.
      """,
    options: [
      .period, .from, .to, split, .device, compare, sort, .tariffs, standingCharge, chart, format, program, wide,
      oneLine,
      .output, strict,
    ],
    examples: [
      ("wattlog report yesterday --chart", "what each device used yesterday, with bars"),
      ("wattlog report bill -p 'last bill'", "what the last bill should say, line by line"),
      ("wattlog report month -p 2026 -o 2026.xlsx", "a row per month and device for a spreadsheet"),
      ("wattlog report week --compare previous --sort change", "what changed since last week, the largest rise first"),
      (
        "wattlog report month -p 2026 --tariff home.json --tariff agile.json",
        "what last year would have cost by another tariff"
      ),
    ]
  ) { given, console throws(Failure) in
    let settings = try Settings(given)
    let zone = try SiteZone(given, settings, console)
    let format = try format(of: given)
    let now = SystemClock.now.truncated(toMilliseconds: 1000)
    let words = try ReportWords(given, zone, now: now)
    let arguments = words.arguments
    if arguments.text(sort) == Report.Order.change.rawValue,
      arguments.text(compare).flatMap(Report.Comparison.Kind.init) == nil
    {
      throw .usage("--sort change has nothing to compare with", "add --compare previous or --compare year")
    }
    // While a price list is read, the store is opened.
    let opened = Workers.sideBySide.both(
      { Result { () throws(Failure) in try HouseholdStore(settings, for: format) } },
      { TariffFiles.all(arguments, settings, zone) })
    if let doubt = words.doubt, (try? opened.0.get().selected(arguments)) == nil { throw doubt }
    let query = try query(arguments, settings, console, zone, format, now: now, opened)
    let store = query.store
    var report = query.report()
    report.palette = store.devices.sorted { ($0.first, $0.name) < ($1.first, $1.name) }.map(\.name)
    report.order = arguments.text(sort).flatMap(Report.Order.init) ?? .use
    // Over a hole there is a report of nothing, which names it.
    guard
      report.periods.contains(where: { !$0.devices.isEmpty }) || report.notes.contains(where: { $0.kind == "damage" })
    else { throw noData(query.plan.request.range, zone, store) }
    try print(report, format, arguments, console)
    tellUnpriced(report, console)
    // The other forms print their notes.
    if format == "csv" { for note in report.notes where note.kind == "damage" { console.error(note.text) } }
    guard arguments.isSet(strict) else { return .done }
    if let period = report.periods.first(where: { !$0.complete }) {
      console.note("incomplete: \(period.span.start.iso) to \(period.span.end.iso), as the notes say")
      return .incomplete
    }
    return report.notes.contains { $0.kind == "damage" } ? .incomplete : .done
  }

  /// Energy without a price makes a bill too small without any other sign.
  private static func tellUnpriced(_ report: Report, _ console: Console) {
    for note in report.notes where note.kind == "no-price" {
      console.error(
        "warning: \(note.device.map { SafeText.printable($0) + ": " } ?? "")\(SafeText.printable(note.text))")
    }
  }

  /// What is to be read, and for which report.
  private static func query(
    _ arguments: Arguments, _ settings: Settings, _ console: Console, _ zone: SiteZone, _ format: String,
    now: Timestamp, _ opened: (store: Result<HouseholdStore, Failure>, tariffs: TariffFiles.All)
  ) throws(Failure) -> ReportQuery {
    let tariff = try opened.tariffs.first.get()
    let store = try opened.store.get()
    let devices = try store.selected(arguments)
    let isDamaged = store.reader.damage.contains { !$0.isNormal }
    guard !devices.isEmpty || isDamaged else {
      throw Failure(.noData, "the store at '\(SafeText.printable(settings.store))' holds no reading yet")
    }
    var (granularity, range) = try span(arguments, zone, now: now)
    if zone.hasOpenStart(arguments), let first = devices.map(\.first).min() {
      let start = max(range.lowerBound, zone.days.start(of: zone.days.date(at: first)))
      guard start < range.upperBound else { throw noData(range, zone, store) }
      range = start..<range.upperBound
    }
    let end = min(range.upperBound, OpenPeriod.end(now, of: devices, after: range.lowerBound, in: store))
    guard range.lowerBound < end else { throw noData(range, zone, store) }
    try checkLength(range.lowerBound..<end, granularity, byHours: arguments.text(split) == "hour", zone)
    let others = try opened.tariffs.others.get().map(\.tariff)
    let share = SharedCosts(
      of: devices, in: store, isAll: !arguments.isSet(.device), mainMeter: store.mainMeter(settings, console),
      tariffs: (tariff.map { [$0.tariff] } ?? []) + others)
    var request = ReportRequest(
      granularity: granularity, range: range.lowerBound..<end,
      split: arguments.text(split).flatMap(Report.Split.init),
      comparison: arguments.text(compare).flatMap(Report.Comparison.Kind.init), zone: zone.rules, zoneName: zone.name,
      tariff: tariff?.tariff,
      otherTariffs: others, billing: zone.billing, dayStartMinute: zone.days.startMinute, mainMeter: share.mainMeter)
    request.shown = share.shown
    request.listsCharges = arguments.text(split) == "charge"
    request.hasStandingCharge = !arguments.isSet(.device) || arguments.isSet(standingCharge)
    if format == "html" || arguments.isSet(chart) { request.draw() }
    request.hasCharges = request.listsCharges || format != "csv"
    if request.listsCharges, tariff == nil {
      throw .usage("'--by charge' needs a tariff", "name one with --tariff, or in the configuration")
    }
    return ReportQuery(store, share.read, request, now: now, of: devices)
  }

  /// Memory grows with the periods: a reading of the year 9999, or a slip in a date, must not take all of it.
  private static let maximumPeriodCount: Int64 = 400_000

  private static func checkLength(
    _ range: Range<Timestamp>, _ granularity: Report.Granularity, byHours: Bool, _ zone: SiteZone
  ) throws(Failure) {
    let length = range.upperBound.milliseconds - range.lowerBound.milliseconds
    let count = length / (byHours ? 3_600_000 : granularity.shortestDayCount * 86_400_000)
    guard count <= maximumPeriodCount else {
      throw .usage(
        "from \(InstantText.text(range.lowerBound, in: zone.rules)) to "
          + "\(InstantText.text(range.upperBound, in: zone.rules)) there are \(count) periods, more than "
          + "\(maximumPeriodCount)", "report longer ones, or name a shorter time with --from and --to")
    }
  }

  private static func noData(_ range: Range<Timestamp>, _ zone: SiteZone, _ store: HouseholdStore) -> Failure {
    let from = InstantText.text(range.lowerBound, in: zone.rules)
    let to = InstantText.text(range.upperBound, in: zone.rules)
    return store.noReading("there is no reading from \(from) to \(to)", in: zone.rules)
  }

  /// Which unit is reported, and over which time.
  private static func span(
    _ arguments: Arguments, _ zone: SiteZone, now: Timestamp
  ) throws(Failure) -> (Report.Granularity, Range<Timestamp>) {
    let asked = arguments.operands.first.flatMap(Report.Granularity.init)
    if let range = try zone.range(arguments, now: now) {
      if asked == .bill, arguments.isSet(.period) { return (.bill, zone.bills(in: range)) }
      if let asked { return (asked, range) }
      // -p 2026-10 alone is a month, -p 2026-W43 a week; --from and --to alone one table.
      guard let text = arguments.text(.period) else { return (.range, range) }
      if PeriodWords.hours(text) != nil { return (.range, range) }
      let period = try zone.period(text, arguments, now: now)
      return (period.unit, range)
    }
    let unit = asked ?? .day
    guard unit != .range else { throw .usage("'report range' needs a time", "name it with -p, or --from and --to") }
    let period = CalendarPeriod(unit, holding: zone.days.date(at: now), billing: zone.billing)
    return (unit, zone.range(of: period))
  }

  private static func format(of arguments: Arguments) throws(Failure) -> String {
    let name = try OutputFormat.named(
      arguments.text(format), path: arguments.text(.output),
      suffixes: [
        (".csv", "csv"), (".json", "json"), (".html", "html"), (".htm", "html"), (".md", "md"), (".xlsx", "xlsx"),
        (".txt", "table"),
      ], usual: "table")
    if arguments.isSet(oneLine), name != "table" {
      throw .usage("--oneline and -f \(name) exclude each other", "leave one of them out")
    }
    if arguments.isSet(wide), name != "csv", name != "xlsx" {
      throw .usage("--wide is for CSV and xlsx", "add -f csv, or -o FILE.xlsx")
    }
    if arguments.isSet(program), name != "csv" { throw .usage("--for is for CSV", "add -f csv") }
    return name
  }

  private static func workbook(_ report: Report, isWide: Bool) throws(Failure) -> [UInt8] {
    do throws(WorkbookTooLong) {
      return try WorkbookRenderer.render(report, isWide: isWide)
    } catch {
      throw .usage("\(error)", "choose a shorter time, or -f csv")
    }
  }

  private static func print(
    _ report: Report, _ format: String, _ arguments: Arguments, _ console: Console
  ) throws(Failure) {
    let pieces: [[UInt8]] =
      switch format {
      case "csv":
        CSVRenderer.pieces(
          of: report, dialect: CSVDialect(preset: arguments.text(program).flatMap(CSVDialect.Preset.init) ?? .iso),
          isWide: arguments.isSet(wide), working: Workers.sideBySide)
      case "xlsx": [try workbook(report, isWide: arguments.isSet(wide))]
      case "md": [Array(MarkdownRenderer.render(report).utf8)]
      case _ where arguments.isSet(oneLine): [Array(OneLineRenderer.render(report).utf8)]
      case "json": [Array(JSONRenderer.render(report).utf8)]
      case "html": [Array(HTMLRenderer.render(report).utf8)]
      default:
        [
          Array(
            TableRenderer.render(report, options: console.tableOptions(arguments, chart: arguments.isSet(chart))).utf8)
        ]
      }
    let output = try OutputFile(arguments.text(.output))
    for piece in pieces { try output.write(piece) }
    try output.finish()
  }
}
