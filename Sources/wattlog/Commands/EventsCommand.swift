import Clock
import EnergyAccounting
import Household
import Readings
import Reporting
import Text

extension Command {
  private static let kind = Option(
    "kind", value: "KIND", repeats: true, choices: LedgerEvent.Kind.allCases.map(\.rawValue),
    "only these; may be repeated")

  static let events = Command(
    name: "events", summary: "what was noticed: power cuts, resets, glitches, swaps, clocks, gaps",
    description: """
      Prints every decision of the accounting with its evidence, and what the plugs announced of themselves. Without \
      a time everything is printed. Exits 11 when there is nothing.
      """,
    options: [kind, .period, .from, .to, .device, .listFormat, .output],
    examples: [
      ("wattlog events --device fridge --kind fallback --kind reset", "when the fridge's counter fell"),
      ("wattlog events -p 'last month' -f json", "last month's events for a script"),
    ]
  ) { arguments, console throws(Failure) in
    let kinds = arguments.texts(kind).compactMap(LedgerEvent.Kind.init)
    return try list(Set(kinds.isEmpty ? LedgerEvent.Kind.allCases : kinds), isGaps: false, arguments, console)
  }

  static let gaps = Command(
    name: "gaps", summary: "when data is missing, and why",
    description: """
      Prints every silence of a plug, how much energy its counter gained meanwhile, and whether the recorder, the \
      broker, the plug or its relay was off, as far as that is known. Without a time everything is printed. Exits 11 \
      when there is no gap.
      """,
    options: [.period, .from, .to, .device, .listFormat, .output],
    examples: [
      ("wattlog gaps -p yesterday", "yesterday's silences"),
      ("wattlog gaps --device 'kitchen*' -p 2026-10 -o gaps.csv", "a month of some plugs for a spreadsheet"),
    ]
  ) { arguments, console throws(Failure) in try list([.gap], isGaps: true, arguments, console) }

  private static func list(
    _ kinds: Set<LedgerEvent.Kind>, isGaps: Bool, _ arguments: Arguments, _ console: Console
  ) throws(Failure) -> ExitCode {
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let format = try OutputFormat.ofList(arguments)
    let store = try HouseholdStore(settings, for: format)
    let devices = try store.selected(arguments)
    guard let first = devices.map(\.first).min(), let last = devices.map(\.last).max() else {
      throw store.noReading("the store at '\(SafeText.printable(settings.store))' holds no reading", in: zone.rules)
    }
    let now = SystemClock.now
    let stored = first..<max(last.advanced(byMilliseconds: 1000), now)
    let range = try zone.range(arguments, now: now)?.clamped(to: stored) ?? stored
    let ledgers = range.isEmpty ? [] : LedgerQuery(store, devices, zone: zone.rules).ledgers(over: range)
    _ = StoreHoles(store, devices, range: range).tell(console)
    let events = EventList(ledgers, kinds: kinds, in: range, zone: zone.rules, zoneName: zone.name)
    guard !events.lines.isEmpty || format == "json" else {
      throw Failure(.noData, isGaps ? "there is no gap in that time" : "there is no such event in that time")
    }
    let options = console.tableOptions(arguments)
    let text =
      switch format {
      case "json": events.json()
      case "csv": events.csv()
      default: isGaps ? events.gapTable(options: options) : events.table(options: options)
      }
    try OutputFile.write(text, to: arguments.text(.output))
    return events.lines.isEmpty ? .noData : .done
  }
}
