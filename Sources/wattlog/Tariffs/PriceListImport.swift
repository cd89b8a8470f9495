import Calendar
import Household
import JSON5
import Pricing
import Readings
import Tables
import Text

/// `tariff import`: a tariff file and a plain list of prices out of a file as it is published.
struct PriceListImport {
  let zone: SiteZone
  let options: PriceImportOptions
  let name: String
  let output: String?

  func run(_ path: String, _ console: Console) throws(Failure) -> ExitCode {
    let shown = SafeText.printable(path)
    let bytes: [UInt8]
    do throws(InputFile.Unreadable) {
      bytes = try InputFile.read(path, maximumByteCount: TariffFiles.maximumByteCount)
    } catch {
      throw Failure(.invalidConfiguration, "cannot read the price list '\(shown)': \(error.reason)")
    }
    let imported = try prices(bytes, shown)
    guard let output, output != "-" else { return try plain(imported, path, bytes, console) }
    return try write(imported, from: path, bytes, to: output, console)
  }

  private func prices(_ bytes: [UInt8], _ shown: String) throws(Failure) -> ImportedPrices {
    do throws(TableRefusal) {
      return try ImportedPrices(bytes, options)
    } catch {
      switch error {
      case .choice(let cause, let advice): throw .usage("\(shown): \(cause)", advice)
      case .mistake(let cause): throw Failure(.invalidConfiguration, "\(shown): \(cause)")
      }
    }
  }

  /// A list that is plain already is used as it is; the tariff goes to stdout.
  private func plain(
    _ imported: ImportedPrices, _ path: String, _ bytes: [UInt8], _ console: Console
  ) throws(Failure) -> ExitCode {
    guard imported.isPlain else {
      throw .usage(
        "'\(SafeText.printable(path))' is no plain list (start,price per kWh), so a list has to be written beside the tariff",
        "name the tariff with -o FILE")
    }
    let text = TariffText.tariff(
      name: name, currency: options.currency, from: date(imported.rows[0].start), list: listPath(path),
      includesTax: imported.includesTax)
    let out = try OutputFile(nil)
    try out.write(text)
    try out.finish()
    tell(imported, console)
    return try judge(text, list: bytes, console)
  }

  /// The list's path as a tariff in the working directory names it.
  private func listPath(_ path: String) -> String {
    guard InputFile.directory(of: path) == "." else { return InputFile.absolute(path) }
    return path.split(separator: "/").last.map(String.init) ?? path
  }

  // MARK: Two files

  private func write(
    _ imported: ImportedPrices, from path: String, _ bytes: [UInt8], to output: String, _ console: Console
  ) throws(Failure) -> ExitCode {
    let directory = InputFile.directory(of: output)
    let file = output.split(separator: "/").last.map(String.init) ?? output
    let stem = file.lowercased().hasSuffix(".json") ? String(file.dropLast(5)) : file
    var target = TariffText.Target(text: nil, list: stem + ".csv")
    if InputFile.exists(output) {
      target = try existing(output, imported, default: target.list)
    }
    let listFile = InputFile.path(target.list, relativeTo: directory)
    let isItself = InputFile.absolute(listFile) == InputFile.absolute(path) || listFile == path
    if isItself, !imported.isPlain {
      throw .usage(
        "the list beside '\(SafeText.printable(output))' would be '\(SafeText.printable(path))', which is being imported",
        "choose another name for the tariff")
    }
    var old: [ImportedPrices.Row] = []
    if !isItself, target.text != nil, InputFile.exists(listFile) { old = try rows(of: listFile) }
    let merged = PriceMerge(old, imported.rows)
    let from = date(merged.rows[0].start)
    let text: String
    if let existing = target.text {
      text = try appended(existing, output, target, from: from, imported)
    } else {
      text = TariffText.tariff(
        name: name, currency: options.currency, from: from, list: target.list, includesTax: imported.includesTax)
    }
    let list = isItself ? bytes : Array(ImportedPrices.text(of: merged.rows).utf8)
    let code = try judge(text, list: list, named: target.list, directory: directory, console)
    guard code != .invalidConfiguration else { return code }
    if !isItself, merged.isChanged || !InputFile.exists(listFile) {
      let out = try OutputFile(listFile)
      try out.write(list)
      try out.finish()
    }
    if text != target.text {
      let out = try OutputFile(output)
      try out.write(text)
      try out.finish()
    }
    tell(imported, console)
    if !old.isEmpty {
      console.note(
        "of these \(merged.knownCount) were there already, \(merged.newCount) are new"
          + (merged.changedCount > 0
            ? ", \(merged.changedCount) have another price than before, which was replaced" : ""))
    }
    return code
  }

  /// The tariff that is there, and the list that its last period uses.
  private func existing(
    _ output: String, _ imported: ImportedPrices, default list: String
  ) throws(Failure) -> TariffText.Target {
    let bytes: [UInt8]
    do throws(InputFile.Unreadable) {
      bytes = try InputFile.read(output, maximumByteCount: 4 << 20)
    } catch {
      throw Failure(.invalidConfiguration, "cannot read the tariff '\(SafeText.printable(output))': \(error.reason)")
    }
    do throws(JSON5Error) {
      return try TariffText.Target(parsing: bytes, default: list)
    } catch {
      throw Failure(
        .invalidConfiguration, "'\(SafeText.printable(output))' is there and no tariff: \(error)", "choose another name"
      )
    }
  }

  private func rows(of path: String) throws(Failure) -> [ImportedPrices.Row] {
    let bytes: [UInt8]
    do throws(InputFile.Unreadable) {
      bytes = try InputFile.read(path, maximumByteCount: TariffFiles.maximumByteCount)
    } catch {
      throw Failure(.invalidConfiguration, "cannot read '\(SafeText.printable(path))': \(error.reason)")
    }
    do throws(TableRefusal) {
      return try ImportedPrices.rows(ofPlainList: bytes, zone: zone.rules)
    } catch {
      switch error {
      case .mistake(let cause), .choice(let cause, advice: _):
        throw Failure(.invalidConfiguration, "\(SafeText.printable(path)): \(cause)")
      }
    }
  }

  /// The text of the tariff that is there, with what it needs for the list.
  private func appended(
    _ existing: String, _ output: String, _ target: TariffText.Target, from: LocalDate, _ imported: ImportedPrices
  ) throws(Failure) -> String {
    if target.usesList {
      guard target.includesTax == imported.includesTax else {
        throw Failure(
          .invalidConfiguration,
          "the prices in '\(SafeText.printable(output))' are \(target.includesTax ? "with" : "without") VAT, these are not",
          "import them under another name")
      }
      return target.beginning(from)
    }
    return target.addingPeriod(from: from, includesTax: imported.includesTax)
  }

  // MARK: Words

  private func date(_ instant: Timestamp) -> LocalDate { zone.rules.date(at: instant) }

  private func tell(_ imported: ImportedPrices, _ console: Console) {
    for remark in imported.remarks { console.note(remark) }
    let first = imported.rows[0].start
    let end = imported.rows.last.flatMap(\.end).map { " to \(InstantText.text($0, in: zone.rules))" } ?? ""
    let count = CountText.text(imported.rows.count, "price")
    console.note("\(count) from \(InstantText.text(first, in: zone.rules)) on\(end)")
  }

  /// What `tariff check` says of the result.
  private func judge(
    _ text: String, list: [UInt8], named: String? = nil, directory: String = ".", _ console: Console
  ) throws(Failure) -> ExitCode {
    var surroundings = TariffFiles.surroundings(of: directory, currency: options.currency, zone: zone.rules)
    let others = surroundings.file
    surroundings.file = { (path) throws(TariffFile.UnreadablePrices) in
      if named == nil || path == named { return list }
      return try others(path)
    }
    let findings: [(severity: TariffProblem.Severity, problem: ConfigurationError.Problem)]
    do throws(ConfigurationError) {
      findings = try TariffFile(parsing: Array(text.utf8), name: name, surroundings).findings
    } catch {
      throw Failure(.invalidConfiguration, Settings.describe(error, in: output ?? name))
    }
    for finding in findings {
      let isUnit = finding.problem.message.contains("hundredths")
      console.error(
        finding.problem.message
          + (isUnit ? " --unit says it: --unit p (or ct), --unit MWh, --unit kWh" : ""))
    }
    if findings.contains(where: { $0.severity == .error }) { return .invalidConfiguration }
    return findings.isEmpty ? .done : .incomplete
  }
}

/// Prices that are there and prices that come: one for each start, the later one where they differ.
struct PriceMerge {
  private(set) var rows: [ImportedPrices.Row] = []
  private(set) var newCount = 0
  private(set) var knownCount = 0
  private(set) var changedCount = 0
  private(set) var isChanged = false

  init(_ old: [ImportedPrices.Row], _ new: [ImportedPrices.Row]) {
    var byStart = Dictionary(old.map { ($0.start, $0) }, uniquingKeysWith: { $1 })
    for row in new {
      if let known = byStart[row.start] {
        if known.price == row.price { knownCount += 1 } else { changedCount += 1 }
        // What follows tells where the last row of a list ends better than that list did.
        if known != row { isChanged = true }
      } else {
        newCount += 1
        isChanged = true
      }
      byStart[row.start] = row
    }
    rows = byStart.values.sorted { $0.start < $1.start }
    for place in rows.indices.dropLast() {
      if let end = rows[place].end, end > rows[place + 1].start { rows[place].end = rows[place + 1].start }
    }
  }
}
