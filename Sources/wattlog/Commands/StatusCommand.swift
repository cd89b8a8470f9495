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

  static let status = Command(
    name: "status", summary: "the recorder, the store, and each plug's last reading",
    description: """
      Reads the store and the running recorder's state, never the broker: whether the recorder runs and is connected, \
      the store's size, the age of each plug's last reading, and how many messages were left out and why. \
      -f prometheus prints metrics for node_exporter's textfile collector: each plug's energy since its first reading, as \
      reports count it, power, age and presence. With -o the file is replaced as a whole, and no counter in it falls.
      """,
    options: [.json, format, .output],
    examples: [
      ("wattlog status", "is everything being recorded?"),
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
      default: text(store, recorder, zone, now: now)
      }
    try OutputFile.write(text, to: arguments.text(.output))
    return .done
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

  private static func text(
    _ store: StoreStatus, _ recorder: RecorderStatus, _ zone: SiteZone, now: Timestamp
  ) -> String {
    var text = recorder.text(now: now)
    text +=
      "store     \(SafeText.neutralised(store.path)) \(ByteText.text(Int64(store.byteCount))), \(store.messageCount) messages"
    if let ratio = store.bytesPerMessage { text += " (\(ratio.text) bytes each)" }
    if let first = store.first, let last = store.last {
      text += "\n          from \(InstantText.text(first, in: zone.rules)) to \(InstantText.text(last, in: zone.rules))"
    }
    let tallies = recorder.tallies ?? store.tallies
    text += "\nleft out  \(tallies.retained) retained, \(tallies.ignored) ignored, \(tallies.duplicates) duplicates"
    for (reason, count) in tallies.refused.sorted(by: { $0.key < $1.key }) {
      text += ", \(count) refused (\(SafeText.neutralised(reason)))"
    }
    text += "\n"
    guard !store.devices.isEmpty else { return text + "devices   none yet\n" }
    let width = max(6, store.devices.map { SafeText.width(SafeText.neutralised($0.name)) }.max() ?? 0)
    text += "\n" + "device".padded(to: width) + "  last reading               age          W  availability\n"
    for device in store.devices {
      let name = SafeText.neutralised(device.name)
      let power = device.power?.text ?? "–"
      text += name + String(repeating: " ", count: width - SafeText.width(name)) + "  "
      text += InstantText.text(device.lastReading, in: zone.rules) + "  "
      text += age(now, device.lastReading).padded(to: 8)
      text += String(repeating: " ", count: max(0, 6 - power.count)) + power + "  \(device.availability.rawValue)\n"
    }
    return text
  }

  private static func age(_ now: Timestamp, _ then: Timestamp) -> String {
    AgeText.text(seconds: (now.milliseconds - then.milliseconds) / 1000)
  }
}
