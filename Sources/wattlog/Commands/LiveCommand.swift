import Configuration
import Readings
import Subscriber
import Tasmota
import Text

extension Command {
  static let live = Command(
    name: "live", summary: "watts now, straight from the broker",
    operands: "[DEVICE…]", operandCount: 0...1000,
    description: """
      Shows each plug's power, its use today as the plug counts it, and the age of its last message, until it is \
      interrupted. On a terminal the table is drawn anew every second; otherwise each message is one line. Stores \
      nothing.
      """,
    options: [.topic] + Option.brokerOptions,
    restsBetweenMessages: true,
    examples: [
      ("wattlog live --broker mqtt://homeassistant.local", "every plug that sends"),
      ("wattlog live 'kitchen*' > kitchen.txt", "a line per message of some plugs"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let options = try BrokerSettings.options(arguments, settings, role: "live")
    let record = settings.configuration.record
    let filters = try topicFilters(arguments, configured: record.topics).map(\.text)
    StopSignal.watch()
    let session = try BrokerSession(options, filters: filters.isEmpty ? DefaultTopics.filters : filters, console)
    var panel = LivePanel(
      names: DeviceNames(settings.configuration.devices), patterns: arguments.operands.map(GlobPattern.init),
      maximumDevices: record.maximumDevices)
    let output = try OutputFile(nil)
    var lines = ""
    var drawn: Int64 = 0
    try session.listen(until: nil) { topic, payload, entry in
      let row = panel.add(
        topic: topic, payload: payload, retained: entry.isRetained,
        receivedAt: Timestamp(milliseconds: entry.receivedAt))
      if let row, !console.writesToTerminal { lines += LivePanel.line(row, in: zone.rules) }
    } tick: { () throws(Failure) in
      let now = SystemClock.monotonicNanoseconds
      if console.writesToTerminal, now - drawn >= 900_000_000 {
        drawn = now
        // Home, then clear what is below.
        lines = "\u{1B}[H\u{1B}[J" + panel.table(now: SystemClock.now)
      }
      guard !lines.isEmpty else { return }
      try output.write(lines)
      try output.flush()
      lines = ""
    }
    return StopSignal.exitCode ?? .done
  }
}
