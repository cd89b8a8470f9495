import Calendar
import Configuration
import Glibc
import Subscriber
import Text

extension Command {
  private static let force = Option("force", "for init: replace a configuration that exists")

  static let configuration = Command(
    name: "config", summary: "check, show or start the configuration",
    operands: "check|show|init [FILE]", operandCount: 1...2, operandChoices: ["check", "show", "init"],
    description: """
      check reads the configuration and says everything that is wrong with it, with line and column (exit 4).
      show prints the settings in force, defaults included, as JSON that can be a configuration itself.
      Without a broker nothing can be recorded: check says so (exit 3).
      init writes a first configuration with comments, to FILE or to the user's place for it; 'wattlog setup' asks \
      instead, and fills it in.
      """,
    options: [force],
    examples: [
      ("wattlog config check /etc/wattlog/wattlog.json", "see whether the recorder would start with this file"),
      ("wattlog config init", "write ~/.config/wattlog/wattlog.json to fill in"),
    ]
  ) { arguments, console throws(Failure) in
    switch arguments.operands[0] {
    case "init": return try initialise(arguments, console)
    case "check": return try check(arguments, console)
    default: return try show(arguments, console)
    }
  }

  private static func check(_ arguments: Arguments, _ console: Console) throws(Failure) -> ExitCode {
    let named = arguments.operands.dropFirst().first ?? arguments.text(.configuration)
    guard let path = named ?? Settings.searchPaths.first(where: InputFile.exists) else {
      throw Failure(
        .invalidConfiguration, "there is no configuration; looked for " + Settings.searchPaths.joined(separator: ", "),
        "'wattlog config init' writes a first one")
    }
    let configuration = try Settings.read(path)
    if let zone = configuration.site.timeZone {
      do throws(ZoneFiles.Unknown) {
        _ = try ZoneFiles.load(zone)
      } catch {
        throw Failure(.invalidConfiguration, ZoneFiles.describe(error, in: path, configuration))
      }
    }
    let directory = InputFile.directory(of: path)
    if let tariff = configuration.site.tariff {
      let file = InputFile.path(tariff, relativeTo: directory)
      guard InputFile.exists(file) else {
        throw Failure(
          .invalidConfiguration,
          "\(SafeText.printable(path)): site.tariff: there is no file '\(SafeText.printable(tariff))'",
          "'wattlog tariff init \(SafeText.printable(ShellWord.quoted(file)))' makes one to fill in")
      }
      _ = try TariffFiles.load(
        file, currency: configuration.site.currency,
        zone: configuration.site.timeZone.flatMap { try? ZoneFiles.load($0) }.flatMap { try? TimeZoneRules(tzif: $0) }
          ?? .utc)
    }
    for (key, file) in [
      ("broker.passwordFile", configuration.broker.passwordFile), ("broker.ca", configuration.broker.ca),
      ("broker.cert", configuration.broker.certificate), ("broker.key", configuration.broker.key),
    ] {
      guard let file, !InputFile.exists(InputFile.path(file, relativeTo: directory)) else { continue }
      throw Failure(
        .invalidConfiguration, "\(SafeText.printable(path)): \(key): there is no file '\(SafeText.printable(file))'")
    }
    guard configuration.broker.url != nil else {
      console.error(
        "\(SafeText.printable(path)): broker.url is not filled in, so nothing can be recorded; write it, such as "
          + "\"mqtt://homeassistant.local\", or run 'wattlog setup'")
      return .incomplete
    }
    try checkLogin(configuration.broker, path, directory)
    console.note("\(SafeText.printable(path)) is valid")
    return .done
  }

  /// Finds what a recorder refuses before it speaks to the broker. Files that only the service may read are its own.
  private static func checkLogin(
    _ broker: Configuration.Broker, _ path: String, _ directory: String
  ) throws(Failure) {
    guard let url = broker.url, let address = try? BrokerAddress(url) else { return }
    func readable(_ file: String?) -> String? {
      file.map { InputFile.path($0, relativeTo: directory) }.flatMap { access($0, R_OK) == 0 ? $0 : nil }
    }
    var options = ConnectionOptions(broker: address, clientID: "wattlog")
    options.user = address.user ?? broker.user
    options.password = readable(broker.passwordFile).map(PasswordSource.file)
    options.ca = readable(broker.ca)
    if let certificate = readable(broker.certificate), let key = readable(broker.key) {
      (options.certificate, options.key) = (certificate, key)
    }
    options.allowsInsecure = broker.allowInsecure
    do throws(ConnectionFailure) {
      try options.check()
    } catch {
      throw Failure(.invalidConfiguration, "\(SafeText.printable(path)): \(error.sentence)")
    }
  }

  private static func show(_ arguments: Arguments, _ console: Console) throws(Failure) -> ExitCode {
    guard arguments.operands.count == 1 else {
      throw .usage("'config show' takes no file", "name one with --config FILE")
    }
    let settings = try Settings(arguments)
    let zone = try ZoneFiles.site(arguments, settings, console)
    try OutputFile.write(ConfigurationText.effective(settings, timeZone: zone.name), to: nil)
    return .done
  }

  private static func initialise(_ arguments: Arguments, _ console: Console) throws(Failure) -> ExitCode {
    let named = arguments.operands.dropFirst().first ?? arguments.text(.configuration)
    guard let path = named ?? Settings.searchPaths.first else {
      throw .usage("no file is named", "write 'wattlog config init FILE'")
    }
    guard arguments.isSet(force) || !InputFile.exists(path) else {
      throw Failure(.failed, "'\(SafeText.printable(path))' exists", "replace it with --force")
    }
    try Directories.create(InputFile.directory(of: path))
    let output = try OutputFile(path)
    let zone = ZoneFiles.machineName ?? "UTC"
    try output.write(ConfigurationText.template(.init(timeZone: zone, currency: HomeCurrency.code(of: zone))))
    try output.finish()
    if path != "-" {
      console.note("wrote \(SafeText.printable(path)); fill in the broker, then 'wattlog config check'")
    }
    return .done
  }
}
