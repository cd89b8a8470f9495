import Readings
import Reporting
import Storage

extension Command {
  private static let fields = Option(
    "fields", value: "LIST", "columns: power,energy_total,voltage,… (default: everything that was sent)")
  private static let raw = Option("raw", "every message, every digit as sent")
  private static let format = Option(
    "format", short: "f", value: "FORMAT", choices: ["csv", "jsonl", "influx"],
    "what to write (default: csv, or by the suffix of -o)")
  private static let program = Option(
    "for", value: "PROGRAM", choices: CSVDialect.Preset.allCases.map(\.rawValue),
    "the program that opens the CSV (default: iso)")
  private static let separator = Option("separator", value: "C", "between CSV cells: ',' ';' '|' or tab")
  private static let decimalMark = Option("decimal", value: "C", "decimal mark of CSV: '.' or ','")
  private static let byteOrderMark = Option("bom", "begin CSV with a byte order mark")

  static let export = Command(
    name: "export", summary: "rows for spreadsheets and other engines",
    description: """
      Writes every message of the time, in order of receive time, each number with the digits that the plug sent. \
      Without a time everything is written. A plug's channels have rows of their own.
      """,
    options: [
      .period, .from, .to, .device, fields, raw, format, program, separator, decimalMark, byteOrderMark, .output,
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
    let devices = try store.selected(arguments)
    guard let first = devices.map(\.first).min(), let last = devices.map(\.last).max() else {
      throw Failure(.noData, "the store at '\(Console.printable(settings.store))' holds no reading yet")
    }
    let asked = try zone.range(arguments, now: SystemClock.now)
    let stored = first..<last.advanced(byMilliseconds: 1)
    let range = asked?.clamped(to: stored) ?? stored
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
    guard rows.rowCount > 0 else { throw noRows }
    do { try rows.finish(sink) } catch { throw MeterFeed.failure(error, store) }
    try output.finish()
    return .done
  }

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
