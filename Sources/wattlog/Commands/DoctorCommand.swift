import Clock
import Configuration
import Household
import Readings
import Reporting
import Tasmota
import Text

extension Command {
  private static let duration = Option(
    "for", value: "SPAN", "how long to listen to the broker, 1s to 1h (default: 5s)")

  private static let bundle = Option(
    "bundle", value: "FILE",
    "write a zip to attach to a bug report instead: readings under other names, no address, no password")

  static let doctor = Command(
    name: "doctor", summary: "examine broker, store, disk, clocks and plugs, and advise",
    description: """
      Examines the store (checksums, growth, what a year will need, free space), the recorder, the broker (open \
      without a password, plain text, retained SENSOR), the plugs (silent, clock, zone, no time server, TelePeriod, \
      digits of the counter, a counter that counts less than its power \
      makes, several on one topic, one under two topics), and the permissions of files, by the last day that each plug sent. Prints commands to \
      paste; sends and changes nothing itself. Before there is a store it examines the rest. Exits 3 when there are \
      problems; hints do not count. With --bundle it writes what somebody else needs to see the same figures: the \
      readings of the last 30 days (or -p, --from, --to), each digit as sent, with other words for topics, names and MACs.
      """,
    options: [duration, .topic, .json, bundle, .period, .from, .to] + Option.brokerOptions,
    examples: [
      ("wattlog doctor", "examine everything that is configured"),
      ("wattlog doctor --broker mqtt://homeassistant.local --for 30s", "with half a minute at that broker"),
      ("wattlog doctor --bundle report.zip -p yesterday", "yesterday's readings for a bug report, without names"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let length = try arguments.span(duration, in: 1000...3_600_000) ?? 5000
    let store = try HouseholdStore.existing(settings, arguments, for: arguments.isSet(.json) ? "json" : "table")
    let now = SystemClock.now
    StopSignal.watch()
    if let path = arguments.text(bundle) {
      // Names are what tells plugs apart: DeviceNames are no part of a copy.
      return try SupportBundle(HouseholdStore(settings), settings, zone, now: now).write(to: path, arguments, console)
    }
    for option in [Option.period, .from, .to] where arguments.isSet(option) {
      throw .usage("\(arguments.origin(option)) is of --bundle", "doctor examines each plug's last day")
    }
    var findings = try MachineExamination(settings: settings, now: now).findings(store)
    if arguments.text(.broker) ?? settings.configuration.broker.url != nil {
      let options = try BrokerSettings.options(arguments, settings, role: "doctor")
      let filters = try topicFilters(arguments, configured: settings.configuration.record.topics).map(\.text)
      findings += BrokerExamination(
        options: options, filters: filters.isEmpty ? DefaultTopics.filters : filters, console: console, duration: length
      ).findings()
    } else {
      findings.append(
        Finding(.broker, .note, "not examined: none is configured, and none is named with --broker"))
    }
    if let store {
      findings += LedgerExamination(store, zone: zone.rules).findings()
      findings += PlugExamination(store, zone: zone.rules, zoneName: zone.name, now: now).findings()
    }
    try OutputFile.write(arguments.isSet(.json) ? json(findings) : text(findings), to: nil)
    if let code = StopSignal.exitCode { return code }
    return findings.contains { $0.weight == .problem } ? .incomplete : .done
  }

  static func text(_ findings: [Finding]) -> String {
    var text = ""
    for area in Finding.Area.allCases {
      let found = findings.filter { $0.area == area }
      guard !found.isEmpty else { continue }
      text += (text.isEmpty ? "" : "\n") + area.rawValue + "\n"
      for finding in found {
        let mark =
          switch finding.weight {
          case .problem: "  problem  "
          case .hint: "  hint     "
          case .note: "           "
          }
        let name = finding.device.map { SafeText.neutralised($0) + ": " } ?? ""
        text += mark + name + SafeText.neutralised(finding.text) + "\n"
        if let advice = finding.advice { text += "           " + SafeText.neutralised(advice) + "\n" }
        if area != .plugs { for command in finding.commands { text += "               \(command)\n" } }
      }
    }
    let lines = pasteLines(findings)
    if !lines.isEmpty {
      text += "\nto paste into each plug's console\n"
      let width = lines.map { SafeText.width($0.device) }.max() ?? 0
      for line in lines {
        text +=
          "  " + line.device + String(repeating: " ", count: width - SafeText.width(line.device))
          + "  \(line.command)\n"
      }
    }
    let problems = findings.filter { $0.weight == .problem }.count
    let hints = findings.filter { $0.weight == .hint }.count
    return text + "\n" + CountText.text(problems, "problem") + ", " + CountText.text(hints, "hint") + "\n"
  }

  /// One line for each plug: `Backlog TelePeriod 30; SetOption52 1`.
  private static func pasteLines(_ findings: [Finding]) -> [(device: String, command: String)] {
    var lines: [(device: String, commands: [String])] = []
    for finding in findings where finding.area == .plugs && !finding.commands.isEmpty {
      let name = SafeText.neutralised(finding.device ?? "")
      if lines.last?.device != name { lines.append((name, [])) }
      for command in finding.commands where !lines[lines.count - 1].commands.contains(command) {
        lines[lines.count - 1].commands.append(command)
      }
    }
    return lines.map { ($0.device, "Backlog " + $0.commands.joined(separator: "; ")) }
  }

  private static func json(_ findings: [Finding]) -> String {
    var writer = JSONWriter()
    writer.object { root in
      root.key("schema")
      root.value("wattlog.doctor/1")
      root.key("problems")
      root.value(findings.filter { $0.weight == .problem }.count)
      root.key("findings")
      root.array(findings) { list, finding in
        list.newLine()
        list.object { object in
          object.key("area")
          object.value(finding.area.rawValue)
          object.key("weight")
          object.value(finding.weight.rawValue)
          object.key("device")
          object.value(finding.device)
          object.key("text")
          object.value(finding.text)
          object.key("advice")
          object.value(finding.advice)
          object.key("commands")
          object.array(finding.commands) { $0.value($1) }
        }
      }
    }
    return writer.text + "\n"
  }
}
