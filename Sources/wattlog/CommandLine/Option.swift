import Calendar

/// One option as a command declares it: everything that parsing, `--help`, completion and the manual page know of it.
struct Option: Sendable {
  /// The long name without its dashes; the environment variable is `WATTLOG_` and the name in capitals.
  let name: String
  let short: Character?
  /// What stands for the value in help, such as `FILE`; nil for a flag.
  let value: String?
  /// Each occurrence adds a value; in the environment they are separated by commas.
  let repeats: Bool
  /// The only values allowed, where they are few.
  let choices: [String]
  /// Some of many values, for completion.
  let suggestions: [String]
  let summary: String

  init(
    _ name: String, short: Character? = nil, value: String? = nil, repeats: Bool = false, choices: [String] = [],
    suggestions: [String] = [], _ summary: String
  ) {
    self.name = name
    self.short = short
    self.value = value
    self.repeats = repeats
    self.choices = choices
    self.suggestions = suggestions
    self.summary = summary
  }

  var variable: String {
    "WATTLOG_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
  }
}

extension Option {
  // Common to all commands.
  static let store = Option(
    "store", value: "DIR", "the store's directory (default: $XDG_DATA_HOME/wattlog, else the service's)")
  static let configuration = Option("config", value: "FILE", "the configuration (default: wattlog.json, see 'config')")
  static let timeZone = Option("timezone", value: "ZONE", "zone of local times and days, such as Europe/London")
  static let quiet = Option("quiet", short: "q", "no messages but errors, no progress bar")
  static let verbose = Option("verbose", short: "v", "say more about what is done")
  static let help = Option("help", short: "h", "print this help")
  static let version = Option("version", short: "V", "print the version")
  static let common: [Option] = [store, configuration, timeZone, quiet, verbose, help, version]
  /// Help and version are asked for, never set in the environment.
  var readsEnvironment: Bool { name != Option.help.name && name != Option.version.name }

  // Commands that talk to the broker.
  static let broker = Option("broker", value: "URL", "mqtt[s]://[user@]host[:port]")
  static let passwordFile = Option("password-file", value: "FILE", "file with the broker's password, mode 0600")
  static let certificateAuthority = Option("ca", value: "FILE", "certificates that vouch for the broker, PEM")
  static let certificate = Option("cert", value: "FILE", "this client's certificate, PEM")
  static let key = Option("key", value: "FILE", "this client's private key, PEM")
  static let clientID = Option("client-id", value: "ID", "MQTT client id (default: from host and store)")
  static let brokerOptions: [Option] = [broker, passwordFile, certificateAuthority, certificate, key, clientID]
  static let topic = Option(
    "topic", value: "FILTER", repeats: true, "MQTT filter; may be repeated (default: the standard Tasmota layouts)")

  // Commands that look at a time range.
  static let period = Option(
    "period", short: "p", value: "PERIOD",
    suggestions: PeriodWords.forms.map { String($0.form.map { $0 == " " ? "_" : $0 }) }, PeriodWords.examples)
  static let from = Option("from", value: "T", "from this local time or date on")
  static let to = Option("to", value: "T", "up to, not including, this local time or date")
  static let device = Option("device", value: "GLOB", repeats: true, "only these devices; may be repeated")
  static let tariff = Option("tariff", value: "FILE", "tariff file for costs (default: the site's)")
  static let tariffs = Option(
    "tariff", value: "FILE", repeats: true, "tariff file for costs; several are compared (default: the site's)")
  static let output = Option("output", short: "o", value: "FILE", "write to FILE instead of stdout")
  /// Of a list that is printed as ``OutputFormat/ofList(_:)`` says.
  static let listFormat = Option(
    "format", short: "f", value: "FORMAT", choices: ["table", "csv", "json"],
    "how to print (default: table, or by the suffix of -o)")
  static let json = Option("json", "print one JSON object")
}
