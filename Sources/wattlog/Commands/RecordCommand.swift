import Configuration
import Publishing
import Recorder
import Storage
import Subscriber
import Tasmota
import Text

extension Command {
  private static let commitInterval = Option(
    "commit-interval", value: "SPAN", "readings survive a power cut after this, 1s to 300s (default: 10s)")
  private static let dryRun = Option("dry-run", "connect, decode and print; store nothing")
  private static let capture = Option("capture", value: "FILE", "also append every message as a line that replay takes")

  private static let target = Option(
    "publish", value: "WHERE", choices: Configuration.Publish.Target.allCases.map(\.rawValue) + ["none"],
    "also tell Home Assistant what each plug has used, by MQTT discovery (default: none)")

  static let record = Command(
    name: "record", summary: "the background logger: subscribe and store until stopped",
    description: """
      Connects to the broker, stores every energy message of every Tasmota plug, and goes on until SIGTERM or an \
      interrupt. It connects again whenever the connection is lost; a login that is refused at the first connection \
      ends it. The password stands in a file of mode 0600, or in systemd's credential 'password'.
      --publish home-assistant offers each plug's corrected counter to Home Assistant, whose energy dashboard is then \
      right after power cuts too; the configuration's 'publish' says how often, and whether power and today's cost \
      with it. 'wattlog publish' prints these messages or takes them back.
      """,
    options: Option.brokerOptions + [.topic, commitInterval, dryRun, capture, target],
    restsBetweenMessages: true,
    examples: [
      (
        "wattlog record --broker mqtt://wattlog@homeassistant.local --password-file /etc/wattlog/password",
        "store what the plugs of a Home Assistant say"
      ),
      ("wattlog record --dry-run --broker mqtt://localhost", "see what would be stored"),
      ("wattlog record --publish home-assistant", "with a configuration: also feed Home Assistant's energy dashboard"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let configured = settings.configuration.record
    var options = RecorderOptions(
      connection: try BrokerSettings.options(
        arguments, settings, role: arguments.isSet(dryRun) ? "dry-run" : "recorder"), store: settings.store)
    options.filters = try topicFilters(arguments, configured: configured.topics).map(\.text)
    options.commitIntervalMilliseconds =
      try arguments.span(commitInterval, in: 1000...300_000) ?? configured.commitIntervalMilliseconds
    options.maximumDevices = configured.maximumDevices
    options.storeOptions.maximumDevices = configured.maximumDevices
    options.reservedPlugs = settings.reservedPlugs
    options.storeOptions.reservedDevices = settings.reservedPlugs
    options.capturePath = arguments.text(capture)
    options.isDryRun = arguments.isSet(dryRun)
    if !options.isDryRun {
      do throws(StorageError) {
        options.storeOptions.timeUnit = try StoreWriter.timeUnit(
          forNew: settings.store, configured.timeResolutionMilliseconds)
      } catch {
        throw Failure(error, store: settings.store)
      }
      try Directories.create(InputFile.directory(of: settings.store))
    }
    let feed = try feed(arguments, settings, options, console)
    defer { feed?.close() }
    StopSignal.watch()
    let output = try OutputFile(nil)
    var outputFailure: Failure?
    let recorder = Recorder(options, listener: feed) { notice in
      switch notice {
      case .note(let text): console.note(SafeText.printable(text))
      case .detail(let text): console.detail(SafeText.printable(text))
      case .decoded(let line):
        do throws(Failure) {
          try output.write(SafeText.printable(line) + "\n")
          try output.flush()
        } catch {
          outputFailure = error
        }
      }
    }
    let summary: RecorderSummary
    do throws(RecorderFailure) {
      summary = try recorder.run { !StopSignal.isReceived && outputFailure == nil }
    } catch {
      switch error {
      case .connection(let failure): throw Failure(failure)
      case .storage(let failure): throw Failure(failure, store: settings.store)
      case .capture(let path, let reason):
        throw Failure(.failed, "cannot write the capture '\(SafeText.printable(path))': \(reason)")
      }
    }
    if let outputFailure { throw outputFailure }
    console.note("stopped: \(IntakeText.text(summary.taken)), \(CountText.grouped(summary.dropped)) dropped")
    guard summary.lost == 0 else {
      throw Failure(
        .diskFull, "the disk is full: \(CountText.text(summary.lost, "reading")) could not be stored",
        "free some space and start again")
    }
    return StopSignal.exitCode ?? .done
  }
  /// Who tells Home Assistant; nil unless it is wanted.
  private static func feed(
    _ arguments: Arguments, _ settings: Settings, _ options: RecorderOptions, _ console: Console
  ) throws(Failure) -> HomeAssistantFeed? {
    let wanted = arguments.text(target) ?? settings.configuration.publish.target?.rawValue ?? "none"
    guard wanted != "none", !options.isDryRun else {
      if arguments.text(target) != nil, wanted != "none" {
        throw .usage("--publish and --dry-run exclude each other", "'wattlog publish --dry-run' prints the messages")
      }
      return nil
    }
    return try HomeAssistantFeed(try Publication(arguments, settings, console), options.connection, settings, console)
  }
}
