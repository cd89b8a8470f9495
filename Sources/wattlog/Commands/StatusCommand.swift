import Calendar
import Clock
import Household
import Readings
import Reporting
import Storage
import Text

extension Command {
  private static let format = Option(
    "format", short: "f", value: "FORMAT", choices: ["table", "json", "prometheus"],
    "how to print (default: table, or by the suffix of -o: .json, .prom)")

  private static let watch = Option("watch", "draw it anew every two seconds until it is interrupted, on a terminal")

  static let status = Command(
    name: "status", summary: "the recorder, the store, and each plug's last reading",
    description: """
      Reads the store and the running recorder's state, never the broker: whether the recorder runs and is connected, \
      the store's size, the age of each plug's last reading, and how many messages were left out and why. \
      -f prometheus prints metrics for node_exporter's textfile collector: each plug's energy since its first reading, as \
      reports count it, power, age and presence. With -o the file is replaced as a whole, and no counter in it falls.
      """,
    options: [.json, format, .output, watch],
    examples: [
      ("wattlog status", "is everything being recorded?"),
      ("wattlog status --watch", "see the readings come in"),
      (
        "wattlog status --json | jq '.devices[] | select(.ageSeconds > 600)'",
        "plugs that have been silent for ten minutes"
      ),
      ("wattlog status -o /var/lib/node_exporter/wattlog.prom", "metrics for Prometheus, by cron every minute"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let format = try format(of: arguments)
    if arguments.isSet(watch) { return try watching(arguments, settings, zone, format, console) }
    let household = try HouseholdStore(settings, for: format)
    let store = StoreStatus(household)
    let recorder = RecorderStatus(store: settings.store)
    let now = SystemClock.now
    let text =
      switch format {
      case "json": json(store, recorder, zone, now: now)
      case "prometheus":
        metrics(
          MetricsQuery(household, store, zone: zone, now: now), store, recorder, before: arguments.text(.output))
      default: StatusTable(store, recorder, zone, now: now).text
      }
    try OutputFile.write(text, to: arguments.text(.output))
    return .done
  }

  private static func watching(
    _ arguments: Arguments, _ settings: Settings, _ zone: SiteZone, _ format: String, _ console: Console
  ) throws(Failure) -> ExitCode {
    guard format == "table", arguments.text(.output) == nil, console.writesToTerminal else {
      throw .usage("--watch draws a table on a terminal", "for a script leave it out: 'wattlog status --json'")
    }
    StopSignal.watch()
    while !StopSignal.isReceived {
      let table = StatusTable(
        StoreStatus(try HouseholdStore(settings)), RecorderStatus(store: settings.store), zone, now: SystemClock.now)
      // Home, then clear what is below.
      try OutputFile.write("\u{1B}[H\u{1B}[J" + table.text, to: nil)
      StopSignal.sleep(nanoseconds: 2_000_000_000)
    }
    return StopSignal.exitCode ?? .done
  }

  private static func format(of arguments: Arguments) throws(Failure) -> String {
    if arguments.isSet(.json) {
      guard arguments.text(format) ?? "json" == "json" else {
        throw .usage("--json and -f \(arguments.text(format) ?? "") exclude each other", "leave one of them out")
      }
      return "json"
    }
    return try OutputFormat.named(
      arguments.text(format), path: arguments.text(.output),
      suffixes: [(".json", "json"), (".prom", "prometheus"), (".txt", "table")], usual: "table")
  }

  /// - Parameter path: of the file that is written anew: its counters do not fall.
  private static func metrics(
    _ query: MetricsQuery, _ store: StoreStatus, _ recorder: RecorderStatus, before path: String?
  ) -> String {
    var exposition = StoreMetrics(
      plugs: query.plugs(), isRecording: recorder.isRunning, isConnected: recorder.isConnected,
      refused: (recorder.tallies ?? store.tallies).refused
    ).exposition
    if let path, path != "-", let older = try? InputFile.read(path, maximumByteCount: 4 << 20) {
      exposition.hold(counters: String(decoding: older, as: UTF8.self))
    }
    return exposition.text
  }

  private static func json(
    _ store: StoreStatus, _ recorder: RecorderStatus, _ zone: SiteZone, now: Timestamp
  ) -> String {
    func time(_ instant: Timestamp?) -> String? { instant.map { InstantText.text($0, in: zone.rules) } }
    var writer = JSONWriter()
    writer.object { root in
      root.key("schema")
      root.value("wattlog.status/1")
      root.key("store")
      root.object { object in
        object.key("path")
        object.value(store.path)
        object.key("bytes")
        object.value(store.byteCount)
        object.key("messages")
        object.value(store.messageCount)
        object.key("bytesPerMessage")
        object.value(store.bytesPerMessage)
        object.key("from")
        object.value(time(store.first))
        object.key("to")
        object.value(time(store.last))
      }
      root.key("recorder")
      root.object { recorder.write(to: &$0, time) }
      root.key("devices")
      root.array(store.devices) { list, device in
        list.newLine()
        list.object { object in
          object.key("device")
          object.value(device.name)
          object.key("mac")
          object.value(device.mac)
          object.key("channels")
          object.value(device.channels)
          object.key("lastReading")
          object.value(time(device.lastReading))
          object.key("ageSeconds")
          object.value(Int((now.milliseconds - device.lastReading.milliseconds) / 1000))
          object.key("availability")
          object.value(device.availability.rawValue)
          object.key("powerW")
          object.value(device.power)
        }
      }
      root.newLine()
      let tallies = recorder.tallies ?? store.tallies
      for (name, count) in [
        ("readings", Int64(store.messageCount)), ("events", Int64(store.eventCount)),
        ("duplicates", tallies.duplicates), ("retained", tallies.retained),
        ("ignored", tallies.ignored),
      ] {
        root.key(name)
        root.value(Int(count))
      }
      root.key("refused")
      root.object { object in
        for (reason, count) in tallies.refused.sorted(by: { $0.key < $1.key }) {
          object.key(reason)
          object.value(Int(count))
        }
      }
    }
    return writer.text + "\n"
  }
}
