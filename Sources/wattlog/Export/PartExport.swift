import Calendar
import EnergyAccounting
import Glibc
import Household
import Parquet
import Pricing
import Readings
import Reporting
import Storage
import Text

/// `export -f parquet`, and parts of `export -f influx`: one file, or a directory with a part for each month or day of
/// the local clock.
struct PartExport {
  /// What a part is written in.
  enum Form {
    /// nil for pages that are not compressed.
    case parquet(Zstandard?)
    /// InfluxDB's line protocol.
    case influx

    var name: String {
      switch self {
      case .parquet: "parquet"
      case .influx: "influx"
      }
    }

    var suffix: String {
      switch self {
      case .parquet: "parquet"
      case .influx: "lp"
      }
    }
  }

  /// What the rows are.
  enum Content {
    /// Every message, in these columns; nil for all that were sent, of line protocol alone.
    case readings([ExportField]?)
    /// Energy, power and cost of steps, in these columns.
    case intervals([IntervalField], IntervalExport.Spacing, Tariff?, SharedCosts)

    /// Whether readings before and behind a time tell something of it.
    var isMetered: Bool {
      if case .intervals = self { true } else { false }
    }

    /// The directory of its parts.
    var folder: String {
      switch self {
      case .readings: "readings"
      case .intervals: "intervals"
      }
    }
  }

  let store: HouseholdStore
  let devices: [LogicalDevice]
  let zone: SiteZone
  let content: Content
  let form: Form
  let console: Console

  /// Rows so far, and numbers that no column could hold.
  private(set) var rowCount = 0
  private(set) var unfitCount = 0
  /// Parts were left alone because they are as they would be.
  private(set) var isCurrent = false

  init(
    _ store: HouseholdStore, _ devices: [LogicalDevice], _ zone: SiteZone, _ content: Content, _ form: Form,
    _ console: Console
  ) {
    self.store = store
    self.devices = devices
    self.zone = zone
    self.content = content
    self.form = form
    self.console = console
  }

  private static let creator = "wattlog version \(Program.version)"

  // MARK: One file

  /// - Parameter path: nil for stdout.
  /// - Returns: false where the time has no row; then nothing is written.
  mutating func write(_ range: Range<Timestamp>, to path: String?) throws(Failure) -> Bool {
    let before = rowCount
    let output = try OutputFile(path)
    try write(range, to: output)
    guard rowCount > before else { return false }
    try output.finish()
    return true
  }

  private mutating func write(_ range: Range<Timestamp>, to output: OutputFile) throws(Failure) {
    switch form {
    case .parquet(let codec): try writeParquet(range, codec, to: output)
    case .influx: try writeLines(range, to: output)
    }
  }

  private mutating func writeParquet(
    _ range: Range<Timestamp>, _ codec: Zstandard?, to output: OutputFile
  ) throws(Failure) {
    let sink: ParquetWriter.Sink = { try output.write($0) }
    switch content {
    case .readings(let fields):
      let fields = fields ?? []
      var part = ParquetReadings(fields, zone: zone.rules, codec: codec, creator: PartExport.creator)
      for device in devices where device.first < range.upperBound && device.last >= range.lowerBound {
        try ExportQuery(store, [device], range: range).forEachPortion { (stretch) throws(Failure) in
          for rows in stretch { try written { try part.append(rows, sink) } }
        }
        try written { try part.endDevice(sink) }
      }
      if part.rowCount > 0 { try written { try part.finish(sink) } }
      rowCount += part.rowCount
      unfitCount += part.unfitCount
    case .intervals(let fields, let spacing, let tariff, let share):
      var part = ParquetIntervals(fields, codec: codec, creator: PartExport.creator)
      let query = IntervalQuery(store, share, site: zone, range: range, spacing: spacing, tariff: tariff)
      try query.forEachPlan { (plan, ledgers) throws(Failure) in
        try written { try part.append(plan, ledgers, sink) }
      }
      if part.rowCount > 0 { try written { try part.finish(sink) } }
      rowCount += part.rowCount
      unfitCount += part.unfitCount
    }
  }

  private mutating func writeLines(_ range: Range<Timestamp>, to output: OutputFile) throws(Failure) {
    switch content {
    case .readings(let fields):
      let sink: RawExport.Sink = { try output.write($0) }
      var rows = RawExport(
        format: .influx, fields: fields, zone: zone.rules, hasMilliseconds: store.reader.timeUnit < 1000,
        working: Workers.sideBySide)
      try ExportQuery(store, devices, range: range).forEachPortion { (stretch) throws(Failure) in
        try written {
          if rows.rowCount == 0 { try rows.begin(sink) }
          try rows.append(stretch, sink)
        }
      }
      if rows.rowCount > 0 { try written { try rows.finish(sink) } }
      rowCount += rows.rowCount
    case .intervals(let fields, let spacing, let tariff, let share):
      let export = IntervalExport(format: .influx, fields: fields)
      let query = IntervalQuery(store, share, site: zone, range: range, spacing: spacing, tariff: tariff)
      var count = 0
      try query.forEachPlan { (plan, ledgers) throws(Failure) in
        let lines = export.rows(plan, ledgers, working: Workers.sideBySide)
        count += lines.count { $0 == UInt8(ascii: "\n") }
        try output.write(lines)
      }
      rowCount += count
    }
  }

  private func written(_ body: () throws -> Void) throws(Failure) {
    do {
      try body()
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.failed, "the rows cannot be written: \(error)")
    }
  }

  // MARK: Parts

  /// A part for each month of millennia, because one reading is of the year 9999, helps nobody.
  private static let maximumPartCount = 20_000

  /// Writes `readings/month=2026-10/part.parquet` and its like, each as a whole at once.
  ///
  /// - Parameters:
  ///   - unit: month or day.
  ///   - settings: changes with what makes the same readings other rows.
  ///   - resumes: leaves alone what is there and was made of the same.
  mutating func writeParts(
    _ range: Range<Timestamp>, of unit: CalendarPeriod.Unit, in directory: String, settings: UInt64, resumes: Bool
  ) throws(Failure) {
    var status = stat()
    if stat(directory, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
      throw .usage("'\(SafeText.printable(directory))' is a file", "name a directory for the parts with -o")
    }
    let folder = directory + "/" + content.folder
    let parts = parts(of: unit, range)
    guard parts.count < PartExport.maximumPartCount else {
      throw .usage(
        "from \(InstantText.text(range.lowerBound, in: zone.rules)) to "
          + "\(InstantText.text(range.upperBound, in: zone.rules)) there are \(PartExport.maximumPartCount) parts or more",
        "name the time that is wanted with --from and --to")
    }
    try Directories.create(folder)
    let made = MadeFiles(folder + "/.wattlog-\(form.name)", title: "wattlog \(form.name) 1")
    let outline = store.reader.outline
    var files = made.known
    var (writtenCount, keptCount) = (0, 0)
    var bar = ProgressBar(
      "export", total: (range.upperBound.milliseconds - range.lowerBound.milliseconds) / 3_600_000,
      unit: .items("hours"),
      console)
    for part in parts {
      var print = Fingerprint()
      print.add(PartExport.creator)
      print.add(Int64(bitPattern: settings))
      print.add(part.range.lowerBound.milliseconds)
      print.add(part.range.upperBound.milliseconds)
      print.add(Int64(bitPattern: outline.fingerprint(of: part.range, withNeighbours: content.isMetered)))
      let path = folder + "/" + part.file
      if resumes, files[part.file] == print.text, InputFile.exists(path) {
        keptCount += 1
        isCurrent = true
        continue
      }
      try Directories.create(InputFile.directory(of: path))
      if try write(part.range, to: path) {
        files[part.file] = print.text
        writtenCount += 1
      } else if files.removeValue(forKey: part.file) != nil {
        try made.remove(path)
      } else {
        // Nothing of that time: no directory without a part.
        rmdir(InputFile.directory(of: path))
      }
      bar.update((part.range.upperBound.milliseconds - range.lowerBound.milliseconds) / 3_600_000)
    }
    bar.finish()
    try made.save(files, madeOf: "-")
    let kept = keptCount > 0 ? "; \(CountText.text(keptCount, "part")) as they were" : ""
    console.note("\(CountText.text(writtenCount, "part")) written in '\(SafeText.printable(folder))'\(kept)")
  }

  private func parts(of unit: CalendarPeriod.Unit, _ range: Range<Timestamp>) -> [(
    file: String, range: Range<Timestamp>
  )] {
    var parts: [(file: String, range: Range<Timestamp>)] = []
    var from = range.lowerBound
    while from < range.upperBound, parts.count < PartExport.maximumPartCount {
      let date = zone.days.date(at: from)
      let (year, month, day) = date.components
      let next =
        unit == .day ? date.advanced(byDays: 1) : LocalDate.firstOfMonth(year: year, month: month + 1)
      let to = min(range.upperBound, max(zone.days.start(of: next), from.advanced(byMilliseconds: 1)))
      var name = "\(year)-\(String(month, padded: 2))"
      if unit == .day { name += "-\(String(day, padded: 2))" }
      parts.append(("\(unit == .day ? "day" : "month")=\(name)/part.\(form.suffix)", from..<to))
      from = to
    }
    return parts
  }
}
