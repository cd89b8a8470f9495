import Calendar
import Configuration
import EnergyAccounting
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
  private static let chart = Option("chart", "draw bars")
  private static let format = Option(
    "format", short: "f", value: "FORMAT", choices: ["table", "csv", "json", "html"],
    "how to print (default: table, or by the suffix of -o)")
  private static let strict = Option("strict", "exit 3 if a period is incomplete")

  static let report = Command(
    name: "report", summary: "kWh and cost by device, for a person",
    operands: "[day|week|month|bill|year|range]", operandCount: 0...1,
    operandChoices: ["day", "week", "month", "bill", "year", "range"],
    description: """
      Prints what each device used, from the plugs' own counters, and what it cost by the tariff.
      Without a period the running day (week, month, bill, year) is reported up to the last message. A period that is longer than the \
      unit gives a row per unit: 'report day -p 2026-10' prints every day of October. A bill runs from the \
      configuration's billingDay to the next; -p 'last bill' names one, and with another period every bill that begins \
      in it is printed whole, with the lines of the bill: each rate, standing charge, VAT, export credit. '--by charge' shows \
      these lines for any period. range prints one table for \
      the whole of --from and --to. Costs appear when the configuration or --tariff names a tariff; --tariff given \
      twice or more prices the same use by each and prints the costs side by side.
      """,
    options: [.period, .from, .to, split, .device, compare, .tariffs, chart, format, .output, strict],
    examples: [
      ("wattlog report day -p yesterday --chart", "what each device used yesterday, with bars"),
      ("wattlog report bill -p 'last bill'", "what the last bill should say, line by line"),
      ("wattlog report month -p 2026 -f csv -o 2026.csv", "a row per month and device for a spreadsheet"),
      (
        "wattlog report month -p 2026 --tariff home.json --tariff agile.json",
        "what last year would have cost by another tariff"
      ),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let format = try format(of: arguments)
    let now = SystemClock.now.truncated(toMilliseconds: 1000)
    let asked = Result { () throws(Failure) in try span(arguments, zone, now: now) }
    let opened = Handover<Result<StoreAccess, Failure>>()
    // While a price list is read, the store is opened; while the report is planned, the store's events are read.
    let (withEvents, planned) = Workers.sideBySide.both(
      { () -> StoreAccess? in
        let store = Result { () throws(Failure) in try StoreAccess(settings) }
        let apart = try? store.get().apart()
        opened.give(store)
        if let range = try? asked.get().1 { _ = try? apart?.reader.events(in: range) }
        return apart
      },
      {
        Result { () throws(Failure) in try plan(arguments, settings, console, zone, format, asked, now: now, opened) }
      })
    let reading = try planned.get()
    let store = withEvents ?? reading.store
    let (report, work) = try ReportReading(store: store, devices: reading.devices, plan: reading.plan).report()
    // Over a hole there is a report of nothing, which names it.
    guard
      report.periods.contains(where: { !$0.devices.isEmpty }) || report.notes.contains(where: { $0.kind == "damage" })
    else { throw noData(reading.plan.request.range, zone, store) }
    kept = (report, work, store, reading, opened)
    try print(report, format, arguments, console)
    tellUnpriced(report, console)
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

  /// To the end of the process: taking a year's report and its events apart would be work for nothing.
  private nonisolated(unsafe) static var kept: Any?

  /// What is to be read, and for which report.
  private static func plan(
    _ arguments: Arguments, _ settings: Settings, _ console: Console, _ zone: SiteZone, _ format: String,
    _ asked: Result<(Report.Granularity, Range<Timestamp>), Failure>, now: Timestamp,
    _ opened: Handover<Result<StoreAccess, Failure>>
  ) throws(Failure) -> ReportReading {
    let tariffs = TariffFiles.all(arguments, settings, zone)
    let opened = opened.take()
    let tariff = try tariffs.first.get()
    let store = try opened.get()
    let devices = try store.selected(arguments)
    let isDamaged = store.reader.damage.contains { !$0.isNormal }
    guard !devices.isEmpty || isDamaged else {
      throw Failure(.noData, "the store at '\(SafeText.printable(settings.store))' holds no reading yet")
    }
    var (granularity, range) = try asked.get()
    if !arguments.isSet(.period), !arguments.isSet(.from), let first = devices.map(\.first).min() {
      range = max(range.lowerBound, zone.days.range(of: zone.days.date(at: first)).lowerBound)..<range.upperBound
    }
    let end = min(range.upperBound, OpenPeriod.end(now, of: devices, after: range.lowerBound))
    guard range.lowerBound < end else { throw noData(range, zone, store) }
    var request = ReportRequest(
      granularity: granularity, range: range.lowerBound..<end,
      split: arguments.text(split).flatMap(Report.Split.init),
      comparison: arguments.text(compare).flatMap(Report.Comparison.Kind.init), zone: zone.rules, zoneName: zone.name,
      tariff: tariff?.tariff,
      otherTariffs: try tariffs.others.get().map(\.tariff),
      billing: settings.configuration.site.billing, dayStartMinute: zone.days.startMinute,
      mainMeter: arguments.isSet(.device) ? nil : store.mainMeter(settings, console))
    request.otherNames = store.otherNames
    request.knownUntil = OpenPeriod.end(now, of: devices, after: Timestamp(milliseconds: 0))
    request.listsCharges = arguments.text(split) == "charge"
    request.hasCharges = request.listsCharges || format != "csv"
    if request.listsCharges, tariff == nil {
      throw .usage("'--by charge' needs a tariff", "name one with --tariff, or in the configuration")
    }
    return ReportReading(store: store, devices: devices, plan: ReportPlan(request))
  }

  private static func noData(_ range: Range<Timestamp>, _ zone: SiteZone, _ store: StoreAccess) -> Failure {
    let from = InstantText.text(range.lowerBound, in: zone.rules)
    return store.noReading("there is no reading from \(from) to \(InstantText.text(range.upperBound, in: zone.rules))")
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
      return (Report.Granularity(rawValue: period.unit.rawValue) ?? .range, range)
    }
    let unit = CalendarPeriod.Unit(rawValue: asked?.rawValue ?? "day") ?? .day
    guard unit != .range else { throw .usage("'report range' needs a time", "name it with -p, or --from and --to") }
    let period = CalendarPeriod(unit, holding: zone.days.date(at: now), billing: zone.billing)
    return (asked ?? .day, zone.days.start(of: period.first)..<zone.days.start(of: period.end))
  }

  private static func format(of arguments: Arguments) throws(Failure) -> String {
    if let format = arguments.text(format) { return format }
    guard let path = arguments.text(.output) else { return "table" }
    for (suffix, format) in [(".csv", "csv"), (".json", "json"), (".html", "html"), (".htm", "html")]
    where path.lowercased().hasSuffix(suffix) {
      return format
    }
    return "table"
  }

  private static func print(
    _ report: Report, _ format: String, _ arguments: Arguments, _ console: Console
  ) throws(Failure) {
    let toTerminal = console.writesToTerminal && !arguments.isSet(.output)
    let pieces: [[UInt8]] =
      switch format {
      case "csv": CSVRenderer.pieces(of: report, working: Workers.sideBySide)
      case "json": [Array(JSONRenderer.render(report).utf8)]
      case "html": [Array(HTMLRenderer.render(report).utf8)]
      default:
        [
          Array(
            TableRenderer.render(
              report,
              options: TableRenderer.Options(
                width: toTerminal ? Console.width : 100, colour: toTerminal && console.allowsColour,
                chart: arguments.isSet(chart))
            ).utf8)
        ]
      }
    let output = try OutputFile(arguments.text(.output))
    for piece in pieces { try output.write(piece) }
    try output.finish()
  }
}
