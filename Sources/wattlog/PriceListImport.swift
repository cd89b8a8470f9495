import Calendar
import Configuration
import EnergyAccounting
import JSON5
import Pricing
import Readings
import Reporting
import Text

/// `tariff import`: a tariff file that uses a price list.
struct PriceListImport {
  let zone: SiteZone
  /// Of the site.
  let currency: String?
  let output: String?

  func run(_ path: String?, name: String?, _ console: Console) throws(Failure) -> ExitCode {
    guard let path else {
      throw .usage("'tariff import' needs a price list", "write 'wattlog tariff import CSV --name N'")
    }
    guard let name, !name.isEmpty else { throw .usage("'tariff import' needs --name, what the tariff is called") }
    guard let currency else {
      throw .usage("no currency is configured", "set site.currency in the configuration, such as \"GBP\"")
    }
    let shown = SafeText.printable(path)
    let bytes: [UInt8]
    do throws(InputFile.Unreadable) {
      bytes = try InputFile.read(path, maximumByteCount: TariffFiles.maximumByteCount)
    } catch {
      throw Failure(.invalidConfiguration, "cannot read the price list '\(shown)': \(error.reason)")
    }
    // Its first price says from when on the tariff holds.
    let draft = try file(from: "1970-01-01", list: path, name, currency, bytes, shown)
    guard case .prices(let list)? = draft.file.tariff.periods.first?.pricing, let start = list.starts.first else {
      throw Failure(.invalidConfiguration, "'\(shown)' holds no price")
    }
    let first = String(InstantText.text(start, in: zone.rules).prefix(10))
    let written = try file(from: first, list: listPath(path), name, currency, bytes, shown)
    let target = try OutputFile(output)
    try target.write(written.text)
    try target.finish()
    console.note("\(list.starts.count) prices from \(InstantText.text(start, in: zone.rules)) on")
    let findings = written.file.findings
    for finding in findings { console.error("\(shown): \(finding.problem.message)") }
    return findings.contains { $0.severity == .error } ? .invalidConfiguration : .done
  }

  /// The list's path as the tariff file names it: paths in a tariff are relative to it.
  private func listPath(_ path: String) -> String {
    let directory = output.map(InputFile.directory) ?? "."
    guard InputFile.directory(of: path) == directory else { return InputFile.absolute(path) }
    return path.split(separator: "/").last.map(String.init) ?? path
  }

  private func file(
    from: String, list: String, _ name: String, _ currency: String, _ bytes: [UInt8], _ shown: String
  ) throws(Failure) -> (text: String, file: TariffFile) {
    var writer = JSONWriter()
    writer.object { tariff in
      tariff.key("name")
      tariff.value(name)
      tariff.key("currency")
      tariff.value(currency)
      tariff.key("periods")
      tariff.array([from]) { periods, from in
        periods.object { period in
          period.key("from")
          period.value(from)
          period.key("prices")
          period.value(list)
        }
      }
    }
    let text = writer.text + "\n"
    do throws(ConfigurationError) {
      return (text, try TariffFile(parsing: Array(text.utf8), name: name) { _ in bytes })
    } catch {
      throw Failure(.invalidConfiguration, Settings.describe(error, in: shown))
    }
  }
}
