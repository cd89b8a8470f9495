import Configuration
import EnergyAccounting

/// Tariff files on disk, with the price lists beside them.
enum TariffFiles {
  static let maximumByteCount = 64 << 20

  static func load(_ path: String, currency: String? = nil) throws(Failure) -> TariffFile {
    let shown = Console.printable(path)
    let bytes: [UInt8]
    do throws(InputFile.Unreadable) {
      bytes = try InputFile.read(path, maximumByteCount: 4 << 20)
    } catch {
      throw Failure(.invalidConfiguration, "cannot read the tariff '\(shown)': \(error.reason)")
    }
    let directory = InputFile.directory(of: path)
    var name = path.split(separator: "/").last.map(String.init) ?? path
    if name.hasSuffix(".json") { name.removeLast(5) }
    do throws(ConfigurationError) {
      return try TariffFile(parsing: bytes, name: name, currency: currency.flatMap(Currency.init)) {
        (file) throws(TariffFile.UnreadablePrices) in
        do throws(InputFile.Unreadable) {
          return try InputFile.read(
            InputFile.path(file, relativeTo: directory), maximumByteCount: maximumByteCount)
        } catch {
          throw TariffFile.UnreadablePrices(reason: error.reason)
        }
      }
    } catch {
      throw Failure(.invalidConfiguration, Settings.describe(error, in: path))
    }
  }

  /// The tariff in force: `--tariff`, else the configured one; nil where there is none.
  static func site(_ arguments: Arguments, _ settings: Settings) throws(Failure) -> TariffFile? {
    let currency = settings.configuration.site.currency
    if let path = arguments.text(.tariff) { return try load(path, currency: currency) }
    guard let path = settings.configuration.site.tariff else { return nil }
    return try load(settings.resolve(path), currency: currency)
  }
}
