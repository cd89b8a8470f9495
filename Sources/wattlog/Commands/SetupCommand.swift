import Calendar
import Clock
import Configuration
import JSON5
import Pricing
import Readings
import Text

extension Option {
  static let user = Option("user", value: "NAME", "who logs in at the broker")
  static let anonymous = Option("anonymous", "log in without user and password")
}

extension Command {
  private static let password = Option(
    "password-file", value: "FILE", "a file whose first line is the password, '-' for stdin; it is copied")
  private static let currency = Option("currency", value: "CODE", "such as EUR (default: the zone's)")
  private static let price = Option(
    "price", value: "AMOUNT", "of a kWh with all taxes, such as 0.30; 'none' for no costs")
  private static let service = Option(
    "service", value: "ANSWER", choices: ["yes", "no"], "start the recorder now and at every boot, where systemd runs")

  static let setup = Command(
    name: "setup", summary: "from nothing to a running recorder: asks, tries the login, writes the files",
    description: """
      Asks for the broker, user and password, the time zone, the currency and the price of a kWh; each has a default \
      that was looked for on this machine. Tries the login, lists the plugs that the broker knows, writes \
      wattlog.json, tariff.json and the password's file, and offers to start the service. Options answer in advance; \
      with enough of them it asks nothing and needs no terminal.
      Run again it changes what is answered differently and leaves every other line of the files as it is. For root \
      the files are those of the service, in /etc/wattlog.
      """,
    options: [.broker, .user, password, .anonymous, .certificateAuthority, currency, price, service],
    examples: [
      ("wattlog setup", "answer questions, most of them with Enter"),
      (
        "wattlog setup --broker homeassistant.local --user wattlog --password-file secret --price 0.30",
        "the same from a script"
      ),
    ]
  ) { arguments, console throws(Failure) in
    if arguments.isSet(.anonymous), arguments.isSet(.user) || arguments.isSet(password) {
      throw .usage("--anonymous excludes --user and --password-file", "leave one of them out")
    }
    let settings = try Settings(arguments, isForSetup: true)
    let place = SetupPlace(settings)
    StopSignal.watch()
    var interview = SetupInterview(arguments)
    let login = try SetupLogin(settings: settings, place: place, console: console).find(&interview)
    do throws(Failure) {
      if let login { tell(login.plugs, console) }
      let zone = try timeZone(&interview, settings, console)
      let money = try costs(&interview, settings, place, zone: zone)
      try interview.finish()
      guard let login else { preconditionFailure("no login, and no option is missing") }
      let files = SetupFiles(
        settings: settings, place: place, timeZone: zone, currency: money.currency, price: money.price, login: login)
      for path in try files.write() { console.note("wrote \(SafeText.printable(path))") }
      try begin(interview, place, zone: zone, hasPlugs: !login.plugs.plugs.isEmpty, console)
    } catch {
      place.discardCandidate()
      throw error
    }
    return .done
  }

  private static func tell(_ plugs: PlugSurvey, _ console: Console) {
    console.note("the broker lets wattlog in")
    let names = plugs.sorted.map { plug in
      SafeText.printable(plug.name ?? plug.device.topic) + (plug.isOnline == false ? " (offline)" : "")
    }
    guard !names.isEmpty else {
      return console.note(
        "it knows no Tasmota plug yet: set host, user and password on each plug's page, "
          + "Configuration > Configure MQTT, with a Topic of its own")
    }
    console.note(CountText.text(names.count, "plug") + ": " + names.joined(separator: ", "))
  }

  private static func timeZone(
    _ interview: inout SetupInterview, _ settings: Settings, _ console: Console
  ) throws(Failure) -> String {
    let found = settings.configuration.site.timeZone ?? ZoneFiles.machineName ?? "UTC"
    let zone = try interview.answer(.timeZone, "Time zone", usual: found) { text throws(Failure) in
      do throws(ZoneFiles.Unknown) {
        _ = try ZoneFiles.load(text)
        return text
      } catch {
        throw Failure(.usage, error.cause, error.advice)
      }
    }
    return zone ?? found
  }

  /// Currency and price; a tariff that is there already is not asked about.
  private static func costs(
    _ interview: inout SetupInterview, _ settings: Settings, _ place: SetupPlace, zone: String
  ) throws(Failure) -> (currency: String?, price: String?) {
    let tariff = settings.configuration.site.tariff.map(settings.resolve) ?? place.tariff
    let hasTariff = InputFile.exists(tariff)
    if hasTariff, let given = interview.arguments.text(price), given != "none" {
      throw Failure(
        .failed, "the tariff '\(SafeText.printable(tariff))' is there already and is not overwritten",
        "write the new price into it, as a further period")
    }
    let found = settings.configuration.site.currency ?? HomeCurrency.code(of: zone)
    guard !hasTariff || interview.arguments.isSet(currency) else { return (settings.configuration.site.currency, nil) }
    let usual = found ?? (interview.arguments.isSet(price) || interview.dialog != nil ? nil : "none")
    let answered = try interview.answer(currency, "Currency", usual: usual) {
      (text: String) throws(Failure) -> String? in
      guard text == "none" || Currency(code: text.uppercased()) != nil else {
        throw Failure(.usage, "'\(SafeText.printable(text))' is no currency", "write three letters such as EUR")
      }
      return text == "none" ? nil : text.uppercased()
    }
    guard let code = answered ?? nil, !hasTariff else { return (answered ?? nil, nil) }
    let written = try interview.answer(price, "Price of a kWh in \(code), with all taxes", usual: "none") {
      (text: String) throws(Failure) -> String? in
      text == "none" ? nil : try amount(text, code)
    }
    return (code, written ?? nil)
  }

  /// The price as a number of JSON; a decimal comma is understood.
  private static func amount(_ text: String, _ currency: String) throws(Failure) -> String {
    let number = String(text.map { $0 == "," ? "." : $0 })
    guard number.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." }), JSON5Number(number) != nil else {
      throw Failure(.usage, "'\(SafeText.printable(text))' is no price", "write it in \(currency), such as 0.30")
    }
    let file: TariffFile
    do throws(ConfigurationError) {
      file = try TariffFile(
        parsing: Array(TariffTemplate.text(currency: currency, price: number).utf8), name: "home",
        TariffFiles.surroundings(of: ".", currency: nil, zone: .utc))
    } catch {
      throw Failure(
        .usage, "'\(SafeText.printable(text))' is no price: \(error.problems[0].message)",
        "write it in \(currency), such as 0.30")
    }
    if let finding = file.findings.first { throw Failure(.usage, finding.problem.message) }
    return number
  }

  /// Starts the service or says how to start a recorder, and when there is something to see.
  private static func begin(
    _ interview: SetupInterview, _ place: SetupPlace, zone: String, hasPlugs: Bool, _ console: Console
  ) throws(Failure) {
    var isStarted = false
    if place.isSystem, SystemService.isInstalled {
      var answer = interview.arguments.text(service)
      if answer == nil, let dialog = interview.dialog {
        answer = try dialog.ask("Start the recorder now and at every boot", usual: "yes") { text throws(Failure) in
          guard let word = ["yes", "no"].first(where: { $0.hasPrefix(text.lowercased()) }) else {
            throw Failure(.usage, "write yes or no")
          }
          return word
        }
      }
      if answer == "yes" {
        try SystemService.start()
        isStarted = true
        console.note("the recorder runs, and will at every boot")
      } else {
        console.note("start the recorder with: \(SystemService.commands)")
      }
    } else {
      if interview.arguments.text(service) == "yes" {
        console.error(
          place.isSystem
            ? "no service is started: systemd does not run here, or wattlog.service is not installed"
            : "no service is started: only root may, with 'sudo wattlog setup'")
      }
      console.note("start the recorder\(place.isSystem ? " as the user wattlog" : "") with: wattlog record")
    }
    console.note(firstFigure(zone: zone, hasPlugs: hasPlugs, isStarted: isStarted))
  }

  /// A figure needs two messages of a plug.
  private static func firstFigure(zone: String, hasPlugs: Bool, isStarted: Bool) -> String {
    let words = "a plug speaks \(PlugSurvey.usualPeriod), and a figure needs two messages"
    guard isStarted, hasPlugs, let bytes = try? ZoneFiles.load(zone), let rules = try? TimeZoneRules(tzif: bytes) else {
      return "the first figures are there some ten minutes later: wattlog report (\(words))"
    }
    let local = rules.local(at: SystemClock.now.advanced(byMilliseconds: 600_000 + 59_999))
    let time = ClockText.text(minuteOfDay: local.hour * 60 + local.minute)
    return "the first figures are there at \(time) at the latest: wattlog report (\(words))"
  }
}
