import Calendar
import Clock
import Household
import Pricing
import Readings
import Reporting
import Storage
import Text

extension Command {
  private static let fields = Option(
    "fields", value: "LIST", "columns: power,energy_total,voltage,… (default: everything that was sent)")
  private static let every = Option(
    "every", value: "STEP", choices: IntervalExport.Spacing.allCases.map(\.rawValue),
    "energy, and mean, lowest and highest power of each quarter hour, half hour, hour, day or month")
  private static let raw = Option("raw", "every message, every digit as sent (the default)")
  private static let format = Option(
    "format", short: "f", value: "FORMAT",
    choices: ["csv", "jsonl", "influx", "xlsx", "parquet", HomeAssistantExport.format],
    "what to write (default: csv, or by the suffix of -o)")
  private static let program = Option(
    "for", value: "PROGRAM", choices: CSVDialect.Preset.allCases.map(\.rawValue),
    "the program that opens the CSV (default: iso)")
  private static let separator = Option("separator", value: "C", "between CSV cells: ',' ';' '|' or tab")
  private static let decimalMark = Option("decimal", value: "C", "decimal mark of CSV: '.' or ','")
  private static let byteOrderMark = Option("bom", "begin CSV with a byte order mark")
  private static let strict = Option("strict", "exit 3 if damage of the store hides readings of the time")

  static let export = Command(
    name: "export", summary: "rows for spreadsheets and other engines",
    description: """
      Writes every message of the time, in order of receive time, each number with the digits that the plug sent; a \
      plug's channels have rows of their own. With --every it writes energy, power, coverage and cost per step of the \
      local clock, from the counters as reports do; with a main meter (site.mainMeter) the rest that no plug counted \
      stands in its place, so that rows add up to the house. Without a time everything is written. Damage of the store that \
      hides readings is named on stderr.
      Parquet (Schema/parquet.md) is for DuckDB, Polars, Spark, ClickHouse and their like: with --partition, -o names a \
      directory that gets readings/ (or, with --every, intervals/) with a file a month or a day; -f \
      influx does so too. With --every 1h, ha-statistics (Reports/home-assistant.md) is for Home Assistant's long-term \
      statistics.
      """,
    options: [
      .period, .from, .to, .device, fields, every, raw, format, program, separator, decimalMark, byteOrderMark,
      PartOptions.partition, PartOptions.compress, PartOptions.resume, .tariff, .output, strict,
    ],
    examples: [
      ("wattlog export --raw -p yesterday --for excel-de -o gestern.csv", "open in Excel by double click"),
      (
        "wattlog export --raw --device fridge --fields power,voltage -f jsonl", "two numbers per message, as JSON lines"
      ),
      (
        "wattlog export -f parquet --partition month --resume -o lake/site=home", "what is new, for other engines"
      ),
      ("wattlog export --every 1h -f ha-statistics -o statistics.jsonl", "for Home Assistant's long-term statistics"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let format = try exportFormat(arguments)
    try PartOptions.check(
      arguments, format: formatName(arguments), against: [program, separator, decimalMark, byteOrderMark])
    let form = try PartOptions.form(arguments, format: formatName(arguments))
    try HomeAssistantExport.check(
      arguments, format: formatName(arguments), every: every,
      against: [fields, program, separator, decimalMark, byteOrderMark])
    let store = try HouseholdStore(settings)
    // Every message is printed as it came; only figures made of them follow the corrections.
    let devices = try store.selected(
      arguments, among: arguments.isSet(every) ? store.devices : store.uncorrectedDevices)
    let request = ExportRequest(
      arguments: arguments, settings: settings, zone: zone, console: console, store: store, devices: devices,
      format: format, form: form)
    guard let first = devices.map(\.first).min(), let last = devices.map(\.last).max() else {
      let everything = Timestamp(milliseconds: .min)..<Timestamp(milliseconds: .max)
      let asked = try zone.range(arguments, now: SystemClock.now) ?? everything
      if StoreHoles(store, devices, range: asked).tell(console) { return holesFound(arguments) }
      throw store.noReading("the store at '\(SafeText.printable(settings.store))' holds no reading", in: zone.rules)
    }
    let asked = try zone.range(arguments, now: SystemClock.now)
    let stored = first..<last.advanced(byMilliseconds: 1)
    let range = asked?.clamped(to: stored) ?? stored
    if arguments.isSet(every) {
      return try writeSteps(request, asked, stored)
    }
    Allocator.shareFreedMemory()
    let query = ExportQuery(store, devices, range: range)
    let keys = try presentKeys(query, format, arguments)
    guard !range.isEmpty, keys.map({ !$0.isEmpty }) ?? true else {
      if StoreHoles(store, devices, range: range).tell(console) { return holesFound(arguments) }
      throw noRows
    }
    let columns = try columns(arguments, format, present: keys ?? [])
    if let form {
      return try writeParts(.readings(columns), form, request, range)
    }
    var rows = RawExport(
      format: format, fields: columns, zone: zone.rules, hasMilliseconds: store.reader.timeUnit < 1000,
      working: Workers.sideBySide)
    if try formatName(arguments) == "xlsx" {
      return try writeWorkbook(query, columns ?? [], request)
    }
    let output = try OutputFile(arguments.text(.output))
    var bar = ProgressBar("export", total: query.estimatedRowCount, unit: .items("rows"), console)
    let sink: RawExport.Sink = { try output.write($0) }
    try query.forEachPortion { (stretch) throws(Failure) in
      try written {
        if rows.rowCount == 0 { try rows.begin(sink) }
        try rows.append(stretch, sink)
      }
      bar.update(Int64(rows.rowCount))
    }
    bar.finish()
    let isDamaged = StoreHoles(store, devices, range: range).tell(console)
    guard rows.rowCount > 0 || isDamaged else { throw noRows }
    try written { try rows.finish(sink) }
    try output.finish()
    return isDamaged ? holesFound(arguments) : .done
  }

  /// `export --every`.
  ///
  /// - Parameters:
  ///   - asked: nil for all.
  ///   - stored: from the first reading to behind the last.
  private static func writeSteps(
    _ request: ExportRequest, _ asked: Range<Timestamp>?, _ stored: Range<Timestamp>
  ) throws(Failure) -> ExitCode {
    let (arguments, zone, console, store) = (request.arguments, request.zone, request.console, request.store)
    guard !arguments.isSet(raw) else { throw .usage("--every and --raw exclude each other", "leave one of them out") }
    // Whole days, so that the first step begins where a clock would have it; what is not over ends now.
    let (first, last) = (stored.lowerBound, stored.upperBound.advanced(byMilliseconds: -1))
    let firstDay = zone.days.range(of: zone.days.date(at: first))
    let lastDay = zone.days.range(of: zone.days.date(at: last))
    let days =
      firstDay.lowerBound..<min(lastDay.upperBound, max(SystemClock.now, last.advanced(byMilliseconds: 1000)))
    let range = asked?.clamped(to: days) ?? days
    guard !range.isEmpty else { throw noRows }
    let spacing = arguments.text(every).flatMap(IntervalExport.Spacing.init) ?? .hour
    try checkLength(range, spacing, zone)
    let holes = StoreHoles(store, request.devices, range: range)
    let tariff = try TariffFiles.site(arguments, request.settings, zone)?.tariff
    let share = SharedCosts(
      of: request.devices, in: store, isAll: !arguments.isSet(.device),
      mainMeter: store.mainMeter(request.settings, console), tariffs: tariff.map { [$0] } ?? [])
    if let form = request.form {
      let content = PartExport.Content.intervals(try intervalFields(arguments), spacing, tariff, share)
      return try writeParts(content, form, request, range)
    }
    if try formatName(arguments) == HomeAssistantExport.format {
      try checkLength(days, spacing, zone)
      let export = HomeAssistantExport(store, share, zone, tariff, all: days, written: range)
      let isEmpty = try !export.write(to: arguments.text(.output), console)
      let isDamaged = holes.tell(console)
      guard !isEmpty || isDamaged else { throw noRows }
      return isDamaged ? holesFound(arguments) : .done
    }
    let query = IntervalQuery(store, share, site: zone, range: range, spacing: spacing, tariff: tariff)
    return try writeIntervals(query, holes, request)
  }

  /// A row for each step of millennia, because one reading is of the year 9999, helps nobody.
  private static let maximumStepCount: Int64 = 2_000_000

  private static func checkLength(
    _ range: Range<Timestamp>, _ spacing: IntervalExport.Spacing, _ zone: SiteZone
  ) throws(Failure) {
    let count = spacing.count(in: range)
    guard count <= maximumStepCount else {
      throw .usage(
        "from \(InstantText.text(range.lowerBound, in: zone.rules)) to "
          + "\(InstantText.text(range.upperBound, in: zone.rules)) there are \(count) steps, more than "
          + "\(maximumStepCount)", "name the time that is wanted with --from and --to")
    }
  }

  private static func writeWorkbook(
    _ query: ExportQuery, _ fields: [ExportField], _ request: ExportRequest
  ) throws(Failure) -> ExitCode {
    let output = try OutputFile(request.arguments.text(.output))
    let sink: RawExport.Sink = { try output.write($0) }
    var book = WorkbookExport()
    var bar = ProgressBar("export", total: query.estimatedRowCount, unit: .items("rows"), request.console)
    let rules = request.zone.rules
    try written { try book.begin(fields, sink) }
    try query.forEachPortion { (stretch) throws(Failure) in
      try written { try book.append(stretch, fields, zone: { rules.offset(at: $0) }, sink) }
      bar.update(Int64(book.rowCount))
    }
    bar.finish()
    let isDamaged = StoreHoles(query.store, query.devices, range: query.range).tell(request.console)
    guard book.rowCount > 0 || isDamaged else { throw noRows }
    try written { try book.finish(sink) }
    try output.finish()
    return isDamaged ? holesFound(request.arguments) : .done
  }

  /// What a writer's failure means to a person.
  private static func written(_ body: () throws -> Void) throws(Failure) {
    do {
      try body()
    } catch let error as WorkbookTooLong {
      throw .usage("\(error)", "choose a shorter time, longer steps with --every, or -f csv")
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.failed, "the rows cannot be written: \(error)")
    }
  }

  private static func writeParts(
    _ content: PartExport.Content, _ form: PartExport.Form, _ request: ExportRequest, _ range: Range<Timestamp>
  ) throws(Failure) -> ExitCode {
    let (arguments, store, zone, console) = (request.arguments, request.store, request.zone, request.console)
    var export = PartExport(store, request.devices, zone, content, form, console)
    if let unit = PartOptions.unit(arguments) {
      let marks = PartOptions.fingerprint(
        arguments, of: [every, fields, .device], request.settings, zone, store)
      try export.writeParts(
        range, of: unit, in: arguments.text(.output) ?? ".", settings: marks,
        resumes: arguments.isSet(PartOptions.resume))
    } else {
      _ = try export.write(range, to: arguments.text(.output))
    }
    if export.unfitCount > 0 {
      console.error(
        "\(CountText.text(export.unfitCount, "number")) left empty: more digits than a column of Parquet holds; "
          + "-f csv has them as sent")
    }
    let isDamaged = StoreHoles(store, request.devices, range: range).tell(console)
    guard export.rowCount > 0 || export.isCurrent || isDamaged else { throw noRows }
    return isDamaged ? holesFound(arguments) : .done
  }

  private static func intervalFields(_ arguments: Arguments) throws(Failure) -> [IntervalField] {
    guard arguments.isSet(fields) else { return IntervalField.standard }
    do throws(ExportFieldError) {
      return try IntervalField.named(fieldNames(arguments))
    } catch {
      throw .usage("\(arguments.origin(fields)): \(error)")
    }
  }

  private static func writeIntervals(
    _ query: IntervalQuery, _ holes: StoreHoles, _ request: ExportRequest
  ) throws(Failure) -> ExitCode {
    let (arguments, console) = (request.arguments, request.console)
    let columns = try intervalFields(arguments)
    let export = IntervalExport(format: request.format, fields: columns)
    let output = try OutputFile(arguments.text(.output))
    let length = query.range.upperBound.milliseconds - query.range.lowerBound.milliseconds
    var bar = ProgressBar("export", total: length / 3_600_000, unit: .items("hours"), console)
    defer { bar.finish() }
    var isEmpty = true
    if try formatName(arguments) == "xlsx" {
      var book = WorkbookExport()
      let sink: RawExport.Sink = { try output.write($0) }
      try written { try book.begin(export, sink) }
      try query.forEachPlan { (plan, ledgers) throws(Failure) in
        book.append(export, plan, ledgers)
        try written { try book.flush(sink) }
      }
      let isDamaged = holes.tell(console)
      guard book.rowCount > 0 || isDamaged else { throw noRows }
      try written { try book.finish(sink) }
      try output.finish()
      return isDamaged ? holesFound(arguments) : .done
    }
    try query.forEachPlan { (plan, ledgers) throws(Failure) in
      let rows = export.rows(plan, ledgers, working: Workers.sideBySide)
      guard !rows.isEmpty else { return }
      if isEmpty { try output.write(export.heading()) }
      isEmpty = false
      try output.write(rows)
      if let done = plan.intervals.last?.upperBound {
        bar.update((done.milliseconds - query.range.lowerBound.milliseconds) / 3_600_000)
      }
    }
    let isDamaged = holes.tell(console)
    guard !isEmpty || isDamaged else { throw noRows }
    try output.finish()
    return isDamaged ? holesFound(arguments) : .done
  }

  private static func holesFound(_ arguments: Arguments) -> ExitCode { arguments.isSet(strict) ? .incomplete : .done }

  private static var noRows: Failure {
    Failure(.noData, "there is no reading in that time", "'wattlog status' says what the store holds")
  }

  private static func formatName(_ arguments: Arguments) throws(Failure) -> String {
    try OutputFormat.named(
      arguments.text(format), path: arguments.text(.output),
      suffixes: [
        (".csv", "csv"), (".tsv", "csv"), (".txt", "csv"), (".jsonl", "jsonl"), (".ndjson", "jsonl"), (".lp", "influx"),
        (".influx", "influx"), (".xlsx", "xlsx"), (".parquet", "parquet"),
      ], usual: "csv")
  }

  private static func exportFormat(_ arguments: Arguments) throws(Failure) -> ExportFormat {
    switch try formatName(arguments) {
    case "jsonl": return .jsonLines
    case "influx": return .influx
    default:
      do throws(CSVDialect.DialectError) {
        return .csv(
          try CSVDialect(
            preset: arguments.text(program).flatMap(CSVDialect.Preset.init) ?? .iso,
            separator: arguments.text(separator), decimalMark: arguments.text(decimalMark),
            byteOrderMark: arguments.isSet(byteOrderMark) ? true : nil))
      } catch {
        throw .usage("\(error)")
      }
    }
  }

  /// The keys that occur, where the heading or the names of `--fields` need them: a pass of its own over the rows.
  private static func presentKeys(
    _ query: ExportQuery, _ format: ExportFormat, _ arguments: Arguments
  ) throws(Failure) -> Set<FieldKey>? {
    if arguments.isSet(fields) {
      let names = fieldNames(arguments)
      if (try? ExportField.named(names)) != nil { return nil }
    } else {
      guard case .csv = format else { return nil }
    }
    var present = PresentKeys()
    try query.forEachPortion { stretch throws(Failure) in
      for device in stretch { for rows in device.chunks { present.add(rows) } }
    }
    return present.keys
  }

  private static func columns(
    _ arguments: Arguments, _ format: ExportFormat, present: Set<FieldKey>
  ) throws(Failure) -> [ExportField]? {
    if arguments.isSet(fields) {
      do throws(ExportFieldError) {
        return try ExportField.named(fieldNames(arguments), present: present)
      } catch {
        throw .usage("\(arguments.origin(fields)): \(error)")
      }
    }
    if case .csv = format { return ExportField.all(of: present) }
    return nil
  }

  private static func fieldNames(_ arguments: Arguments) -> [String] {
    (arguments.text(fields) ?? "").split(separator: ",").map { name in
      String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }
}

/// What a command line asks for, with what was opened for it.
private struct ExportRequest {
  let arguments: Arguments
  let settings: Settings
  let zone: SiteZone
  let console: Console
  let store: HouseholdStore
  let devices: [LogicalDevice]
  let format: ExportFormat
  /// nil where no parts are asked for.
  let form: PartExport.Form?
}
