import Calendar
import Clock
import Configuration
import Household
import Pricing
import Readings
import Subscriber
import Tasmota
import Text

extension Command {
  static let live = Command(
    name: "live", summary: "watts now, straight from the broker",
    operands: "[DEVICE…]", operandCount: 0...1000,
    description: """
      Shows each plug's power, its use today as the plug counts it, what an hour of it costs and the age of its last \
      message, those that draw most first, until it is interrupted. On a terminal the table is drawn anew every second, with \
      the last 15 minutes of each plug's power as a line of bars where there is room (in ASCII where the terminal is not of UTF-8); \
      otherwise each message is one line. Plugs have their configured names, else those that discovery tells. Stores \
      nothing.
      """,
    options: [.topic, .tariff] + Option.brokerOptions,
    restsBetweenMessages: true,
    examples: [
      ("wattlog live --broker mqtt://homeassistant.local", "every plug that sends"),
      ("wattlog live 'kitchen*' > kitchen.txt", "a line per message of some plugs"),
      ("wattlog live --tariff tariff.json fridge freezer", "two plugs and their cost an hour"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let options = try BrokerSettings.options(arguments, settings, role: "live")
    let record = settings.configuration.record
    let tariff = try TariffFiles.site(arguments, settings, zone)?.tariff
    let filters = try topicFilters(arguments, configured: record.topics).map(\.text)
    StopSignal.watch()
    let session = try BrokerSession(options, filters: filters.isEmpty ? DefaultTopics.filters : filters, console)
    var panel = LivePanel(
      names: DeviceNames(settings.configuration.devices), patterns: arguments.operands,
      mainMeter: settings.configuration.site.mainMeter, maximumDevices: record.maximumDevices)
    let output = try OutputFile(nil)
    var lines = ""
    var drawn: Int64 = 0
    let start = SystemClock.monotonicNanoseconds
    var hasAdvised = arguments.operands.isEmpty
    try session.listen(until: nil) { topic, payload, entry in
      let row = panel.add(
        topic: topic, payload: payload, retained: entry.isRetained,
        receivedAt: Timestamp(milliseconds: entry.receivedAt))
      if let row, !console.writesToTerminal { lines += LiveTable.line(row, in: zone.rules) }
    } tick: { () throws(Failure) in
      let now = SystemClock.monotonicNanoseconds
      if console.writesToTerminal, now - drawn >= 900_000_000 {
        drawn = now
        let now = SystemClock.now
        let table = LiveTable(
          price: tariff.map { tariff in { tariff.rate(at: now, in: zone.rules)?.cost(of: $0) } },
          digits: tariff?.currency.digits ?? 2, width: Console.width, colour: console.allowsColour
        ).text(panel, now: now)
        // Home, then clear what is below.
        lines = "\u{1B}[H\u{1B}[J" + (Console.showsUnicode ? table : PlainCharacters.text(table))
        for pattern in panel.unanswered { lines += (panel.advice(for: pattern) ?? "") + "\n" }
      } else if !console.writesToTerminal, !hasAdvised, now - start > 5_000_000_000 {
        // By then discovery has named the plugs, or there is none.
        hasAdvised = true
        for pattern in panel.unanswered { console.note(panel.advice(for: pattern) ?? "") }
      }
      guard !lines.isEmpty else { return }
      try output.write(lines)
      try output.flush()
      lines = ""
    }
    return StopSignal.exitCode ?? .done
  }
}
