import Calendar
import Configuration
import EnergyAccounting
import Pricing
import Readings
import Reporting
import Storage
import Text

extension Command {
  private static let fields = Option(
    "fields", value: "LIST", "columns: power,energy_total,voltage,… (default: everything that was sent)")
  private static let every = Option(
    "every", value: "STEP", choices: IntervalExport.Step.allCases.map(\.rawValue),
    "energy, and mean, lowest and highest power of each quarter hour, half hour, hour or day")
  private static let raw = Option("raw", "every message, every digit as sent (the default)")
  private static let format = Option(
    "format", short: "f", value: "FORMAT", choices: ["csv", "jsonl", "influx"],
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
      local clock, from the counters as reports do. Without a time everything is written. Damage of the store that \
      hides readings is named on stderr.
      """,
    options: [
      .period, .from, .to, .device, fields, every, raw, format, program, separator, decimalMark, byteOrderMark, .tariff,
      .output, strict,
    ],
    examples: [
      ("wattlog export --raw -p yesterday --for excel-de -o gestern.csv", "open in Excel by double click"),
      (
        "wattlog export --raw --device fridge --fields power,voltage -f jsonl", "two numbers per message, as JSON lines"
      ),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let format = try exportFormat(arguments)
    let store = try StoreAccess(settings)
    // Every message is printed as it came; only figures made of them follow the corrections.
    let devices = try store.selected(
      arguments, among: arguments.isSet(every) ? store.devices : store.uncorrectedDevices)
    guard let first = devices.map(\.first).min(), let last = devices.map(\.last).max() else {
      let everything = Timestamp(milliseconds: .min)..<Timestamp(milliseconds: .max)
      let asked = try zone.range(arguments, now: SystemClock.now) ?? everything
      if StoreHoles(store: store, devices: devices, range: asked).tell(console) { return holesFound(arguments) }
      throw store.noReading("the store at '\(SafeText.printable(settings.store))' holds no reading")
    }
    let asked = try zone.range(arguments, now: SystemClock.now)
    let stored = first..<last.advanced(byMilliseconds: 1)
    let range = asked?.clamped(to: stored) ?? stored
    if arguments.isSet(every) {
      guard !arguments.isSet(raw) else { throw .usage("--every and --raw exclude each other", "leave one of them out") }
      // Whole days, so that the first step begins where a clock would have it; what is not over ends now.
      let days =
        zone.days.range(of: zone.days.date(at: first))
        .lowerBound..<min(
          zone.days.range(of: zone.days.date(at: last)).upperBound,
          max(SystemClock.now, last.advanced(byMilliseconds: 1000)))
      let range = asked?.clamped(to: days) ?? days
      guard !range.isEmpty else { throw noRows }
      let holes = StoreHoles(store: store, devices: devices, range: range)
      let export = IntervalReading(
        reading: LedgerReading(store: store, devices: devices, zone: zone.rules), zone: zone, range: range,
        step: arguments.text(every).flatMap(IntervalExport.Step.init) ?? .hour,
        tariff: try TariffFiles.site(arguments, settings, zone)?.tariff,
        billing: settings.configuration.site.billing, otherNames: store.otherNames)
      return try writeIntervals(export, holes, format, arguments, console)
    }
    let reading = ExportReading(store: store, devices: devices, range: range)
    let keys = try presentKeys(reading, format, arguments)
    guard !range.isEmpty, keys.map({ !$0.isEmpty }) ?? true else { throw noRows }
    let columns = try columns(arguments, format, present: keys ?? [])
    var rows = RawExport(
      format: format, fields: columns, zone: zone.rules, hasMilliseconds: store.reader.timeUnit < 1000)
    let output = try OutputFile(arguments.text(.output))
    var bar = ProgressBar("export", total: reading.estimatedRowCount, unit: .items("rows"), console)
    let sink: RawExport.Sink = { try output.write($0) }
    try reading.forEachStretch { (stretch) throws(Failure) in
      do {
        if rows.rowCount == 0 { try rows.begin(sink) }
        try rows.append(stretch, sink)
      } catch {
        throw MeterFeed.failure(error, store)
      }
      bar.update(Int64(rows.rowCount))
    }
    bar.finish()
    let isDamaged = StoreHoles(store: store, devices: devices, range: range).tell(console)
    guard rows.rowCount > 0 || isDamaged else { throw noRows }
    do { try rows.finish(sink) } catch { throw MeterFeed.failure(error, store) }
    try output.finish()
    return isDamaged ? holesFound(arguments) : .done
  }

  private static func writeIntervals(
    _ reading: IntervalReading, _ holes: StoreHoles, _ format: ExportFormat, _ arguments: Arguments, _ console: Console
  ) throws(Failure) -> ExitCode {
    var columns = IntervalField.standard
    if arguments.isSet(fields) {
      do throws(ExportFieldError) {
        columns = try IntervalField.named(fieldNames(arguments))
      } catch {
        throw .usage("\(arguments.origin(fields)): \(error)")
      }
    }
    let export = IntervalExport(format: format, fields: columns)
    let output = try OutputFile(arguments.text(.output))
    let length = reading.range.upperBound.milliseconds - reading.range.lowerBound.milliseconds
    var bar = ProgressBar("export", total: length / 3_600_000, unit: .items("hours"), console)
    defer { bar.finish() }
    var isEmpty = true
    try reading.forEachPlan { (plan, ledgers) throws(Failure) in
      let rows = export.rows(plan, ledgers)
      guard !rows.isEmpty else { return }
      if isEmpty { try output.write(export.heading()) }
      isEmpty = false
      try output.write(rows)
      if let done = plan.intervals.last?.upperBound {
        bar.update((done.milliseconds - reading.range.lowerBound.milliseconds) / 3_600_000)
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

  private static func exportFormat(_ arguments: Arguments) throws(Failure) -> ExportFormat {
    var name = arguments.text(format)
    if name == nil, let path = arguments.text(.output)?.lowercased() {
      for (suffix, format) in [(".jsonl", "jsonl"), (".ndjson", "jsonl"), (".lp", "influx"), (".influx", "influx")]
      where path.hasSuffix(suffix) {
        name = format
      }
    }
    switch name {
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
    _ reading: ExportReading, _ format: ExportFormat, _ arguments: Arguments
  ) throws(Failure) -> Set<FieldKey>? {
    if arguments.isSet(fields) {
      let names = fieldNames(arguments)
      if (try? ExportField.named(names)) != nil { return nil }
    } else {
      guard case .csv = format else { return nil }
    }
    var present = PresentKeys()
    try reading.forEachStretch { stretch throws(Failure) in
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
