import Calendar
import Configuration
import Household
import JSON5
import Pricing
import Text

/// Tariff files on disk, with the price lists beside them.
enum TariffFiles {
  static let maximumByteCount = 64 << 20

  /// - Parameters:
  ///   - zone: the site's, for price lists whose times name none.
  ///   - settings: is told of every file that is read.
  static func load(
    _ path: String, currency: String? = nil, zone: TimeZoneRules, markedIn settings: SettingsFingerprint? = nil
  ) throws(Failure) -> TariffFile {
    let shown = SafeText.printable(path)
    let bytes: [UInt8]
    do throws(InputFile.Unreadable) {
      bytes = try InputFile.read(path, maximumByteCount: 4 << 20)
    } catch {
      throw Failure(
        .invalidConfiguration, "cannot read the tariff '\(shown)': \(error.reason)",
        error.isMissing ? "'wattlog tariff init \(ShellWord.quoted(path))' makes one to fill in" : nil)
    }
    settings?.add(bytes)
    var name = path.split(separator: "/").last.map(String.init) ?? path
    if name.hasSuffix(".json") { name.removeLast(5) }
    do throws(ConfigurationError) {
      return try TariffFile(
        parsing: bytes, name: name,
        surroundings(
          of: InputFile.directory(of: path), currency: currency.flatMap(Currency.init), zone: zone, markedIn: settings))
    } catch {
      throw Failure(.invalidConfiguration, Settings.describe(error, in: path))
    }
  }

  /// The files beside a tariff, and the machine's zones.
  static func surroundings(
    of directory: String, currency: Currency?, zone: TimeZoneRules, markedIn settings: SettingsFingerprint? = nil
  ) -> TariffFile.Surroundings {
    TariffFile.Surroundings(
      currency: currency, zone: zone,
      namedZone: { name in
        guard let bytes = try? ZoneFiles.load(name) else { return nil }
        return try? TimeZoneRules(tzif: bytes)
      },
      file: { (file) throws(TariffFile.UnreadablePrices) in
        do throws(InputFile.Unreadable) {
          let bytes = try InputFile.read(
            InputFile.path(file, relativeTo: directory), maximumByteCount: maximumByteCount)
          settings?.add(bytes)
          return bytes
        } catch {
          throw TariffFile.UnreadablePrices(reason: error.reason)
        }
      })
  }

  typealias All = (first: Result<TariffFile?, Failure>, others: Result<[TariffFile], Failure>)

  /// The tariff in force, and those that a report compares with it.
  static func all(_ arguments: Arguments, _ settings: Settings, _ zone: SiteZone) -> All {
    let first = Result { () throws(Failure) in try site(arguments, settings, zone) }
    return (
      first, first.flatMap { first in Result { () throws(Failure) in try others(first, arguments, settings, zone) } }
    )
  }

  /// The tariffs that a report compares with the one in force: those of `--tariff` after the first.
  private static func others(
    _ first: TariffFile?, _ arguments: Arguments, _ settings: Settings, _ zone: SiteZone
  ) throws(Failure) -> [TariffFile] {
    guard let first else { return [] }
    var others: [TariffFile] = []
    for path in arguments.texts(.tariffs).dropFirst() {
      let file = try load(path, currency: settings.configuration.site.currency, zone: zone.rules)
      guard file.tariff.currency == first.tariff.currency else {
        throw .usage(
          "\(arguments.origin(.tariffs)): '\(SafeText.printable(path))' is in \(file.tariff.currency.code), "
            + "the first one in \(first.tariff.currency.code)", "compare tariffs of one currency")
      }
      others.append(file)
    }
    return others
  }

  /// The tariff in force: `--tariff`, else the configured one; nil where there is none.
  static func site(
    _ arguments: Arguments, _ settings: Settings, _ zone: SiteZone, markedIn marks: SettingsFingerprint? = nil
  ) throws(Failure) -> TariffFile? {
    let currency = settings.configuration.site.currency
    let configured = settings.configuration.site.tariff.map(settings.resolve)
    guard let path = arguments.texts(.tariff).first ?? configured else { return nil }
    return try load(path, currency: currency, zone: zone.rules, markedIn: marks)
  }
}
