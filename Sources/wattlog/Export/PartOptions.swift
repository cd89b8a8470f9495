import Calendar
import Household
import Parquet
import Readings
import Text

/// The options of `export` that are of files for other engines alone: Parquet, and parts of line protocol.
enum PartOptions {
  static let partition = Option(
    "partition", value: "UNIT", choices: ["month", "day"],
    "Parquet, influx: -o is a directory, with a part for each month or day")
  static let compress = Option(
    "compress", value: "CODEC", choices: ["zstd", "none"], "Parquet: how pages are packed (default: zstd)")
  static let resume = Option("resume", "with --partition: only parts that are new or would be others")

  /// Refuses what would be without effect.
  ///
  /// - Parameters:
  ///   - format: what is written.
  ///   - others: options of CSV.
  static func check(_ arguments: Arguments, format: String, against others: [Option]) throws(Failure) {
    if format != "parquet", arguments.isSet(compress) {
      throw .usage("\(arguments.origin(compress)) is of -f parquet", "add -f parquet")
    }
    guard ["parquet", "influx"].contains(format) else {
      for option in [partition, resume] where arguments.isSet(option) {
        throw .usage("\(arguments.origin(option)) is of -f parquet and -f influx", "add one of them")
      }
      return
    }
    for option in others where format == "parquet" && arguments.isSet(option) {
      throw .usage("\(arguments.origin(option)) is of -f csv", "leave it out: Parquet has one form")
    }
    if arguments.isSet(resume), !arguments.isSet(partition) {
      throw .usage("--resume needs parts to go on from", "add --partition month, and name their directory with -o")
    }
    if arguments.isSet(partition), arguments.text(.output).map({ $0 == "-" }) ?? true {
      throw .usage("--partition needs a directory", "name one with -o")
    }
  }

  /// What is written in files of their own; nil for a format that has one stream of rows.
  static func form(_ arguments: Arguments, format: String) throws(Failure) -> PartExport.Form? {
    switch format {
    case "parquet": .parquet(try codec(arguments))
    case "influx": arguments.isSet(partition) ? .influx : nil
    default: nil
    }
  }

  static func unit(_ arguments: Arguments) -> CalendarPeriod.Unit? {
    arguments.text(partition).map { $0 == "day" ? .day : .month }
  }

  private static func codec(_ arguments: Arguments) throws(Failure) -> Zstandard? {
    guard arguments.text(compress) != "none" else { return nil }
    guard let codec = Zstandard() else {
      throw Failure(
        .failed, "the library libzstd.so.1 is not installed", "install it (Debian: libzstd1), or add --compress none")
    }
    return codec
  }

  /// Changes with whatever makes the same readings other rows: options, configuration, tariff, names, corrections.
  ///
  /// - Parameter options: those of the command that choose rows and columns.
  static func fingerprint(
    _ arguments: Arguments, of options: [Option], _ settings: Settings, _ zone: SiteZone, _ store: HouseholdStore
  ) -> UInt64 {
    let marks = SettingsFingerprint(settings, zone)
    // A tariff that cannot be read was refused before.
    _ = try? TariffFiles.site(arguments, settings, zone, markedIn: marks)
    var print = Fingerprint()
    print.add(Int64(bitPattern: marks.value))
    for option in options + [compress] { print.add(arguments.texts(option).joined(separator: "\n")) }
    for device in store.devices { print.add(device.name) }
    for correction in store.corrections.inForce { print.add("\(correction)") }
    return print.value
  }
}
