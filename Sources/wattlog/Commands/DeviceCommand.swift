import Clock
import Household
import Readings
import Reporting
import Text

extension Command {
  private static let at = Option("at", value: "T", "for swap: the first instant of the new plug")
  private static let why = Option("why", value: "TEXT", "the reason, kept with the correction; ignore needs one")
  private static let verbs = ["list", "rename", "swap", "ignore", "scale", "undo"]

  static let device = Command(
    name: "device", summary: "list the plugs; put right what they were or said",
    operands: "list | rename D NAME | swap OLD NEW | ignore D | scale D FACTOR | undo ID",
    operandCount: 1...3, operandChoices: verbs,
    description: """
      list prints every plug with its topics, MACs, first and last reading and the corrections.
      rename D NAME gives a plug another name, also over the one in the configuration.
      swap OLD NEW --at T: the plug NEW took the place of OLD. Both are one series under the name of OLD; what OLD says \
      from T on is listed as 'OLD (replaced)', what NEW said before T stays under its own name.
      ignore D --from T --to T --why TEXT leaves out what the plug said, and counts nothing for that time.
      scale D FACTOR --from T [--to T] multiplies its energy, for a plug that measures wrong; powers stay as sent.
      undo ID takes a correction back, also an undo; or, with an id that 'events' prints, a decision of the accounting: \
      then the counter's own difference counts, if it is above 0.

      Corrections are lines of text in the store's file 'corrections'. They apply to report, export --every, gaps, \
      events and explain. Stored readings and export --raw never change. The new correction's number is printed.
      """,
    options: [at, .from, .to, why, .json],
    examples: [
      ("wattlog device swap fridge plug-7 --at '2026-05-01 14:30'", "plug-7 replaced the broken plug of the fridge"),
      ("wattlog device undo 3", "take correction 3 back"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let isTable = arguments.operands[0] == "list" && !arguments.isSet(.json)
    let store = try HouseholdStore(settings, for: isTable ? "table" : "json")
    for line in store.corrections.unreadable {
      console.error("line \(line) of the store's corrections is damaged or was edited; it is left out")
    }
    let verb = arguments.operands[0]
    try checkOptions(of: verb, arguments)
    if verb == "list" { return try list(store, zone, arguments, console) }
    let correction = try entered(verb, store, zone, arguments)
    try correction.tell(zone, console)
    return .done
  }

  /// Appends the correction that a command asks for.
  private static func entered(
    _ verb: String, _ store: HouseholdStore, _ zone: SiteZone, _ arguments: Arguments
  ) throws(Failure) -> Correction {
    let now = SystemClock.now
    let entry = CorrectionEntry(store, now: now)
    let draft = try draft(verb, entry, store, zone, arguments, now: now)
    let reason = arguments.text(why) ?? ""
    guard reason.utf8.count <= 1000, !reason.unicodeScalars.contains(where: SafeText.isSteering) else {
      throw arguments.refusal(why, "must be one line of at most 1000 bytes")
    }
    return try refusing(store) { () throws(CorrectionEntry.Refusal) in
      var draft = draft
      draft.why = reason
      return try entry.append(draft)
    }
  }

  private static func draft(
    _ verb: String, _ entry: CorrectionEntry, _ store: HouseholdStore, _ zone: SiteZone, _ arguments: Arguments,
    now: Timestamp
  ) throws(Failure) -> Correction {
    let words = Array(arguments.operands.dropFirst())
    if verb == "undo" {
      return try refusing(store) { () throws(CorrectionEntry.Refusal) in
        if let number = Int(words[0]) { return try entry.undo(number) }
        return try entry.undo(decision: words[0], zone: zone.rules)
      }
    }
    let device = try store.device(words[0])
    switch verb {
    case "rename":
      return try refusing(store) { () throws(CorrectionEntry.Refusal) in try entry.rename(device, to: words[1]) }
    case "swap":
      let new = try store.device(words[1])
      guard let at = try zone.instant(at, arguments, now: now) else { throw .usage("'device swap' needs --at") }
      return try refusing(store) { () throws(CorrectionEntry.Refusal) in try entry.swap(device, for: new, at: at) }
    default:
      guard let from = try zone.instant(.from, arguments, now: now) else { throw .usage("'\(verb)' needs --from") }
      let to = try zone.instant(.to, arguments, now: now)
      guard to.map({ from < $0 }) ?? true else {
        throw .usage("the range is empty: --from is not before --to", "--to is the first instant that is not included")
      }
      if verb == "ignore", let to {
        return try refusing(store) { () throws(CorrectionEntry.Refusal) in try entry.ignore(device, in: from..<to) }
      }
      guard let factor = ScaleFactor(words[1]) else {
        throw .usage(
          "'\(SafeText.printable(words[1]))' is no factor", "write a number such as 0.98, at most 1000, six decimals")
      }
      return try refusing(store) { () throws(CorrectionEntry.Refusal) in
        try entry.scale(device, by: factor, from: from, to: to)
      }
    }
  }

  private static func refusing(
    _ store: HouseholdStore, _ body: () throws(CorrectionEntry.Refusal) -> Correction
  ) throws(Failure) -> Correction {
    do throws(CorrectionEntry.Refusal) {
      return try body()
    } catch {
      throw Failure(error, store: store.path)
    }
  }

  private static func checkOptions(of verb: String, _ arguments: Arguments) throws(Failure) {
    let count = ["list": 1, "rename": 3, "swap": 3, "ignore": 2, "scale": 3, "undo": 2][verb] ?? 1
    let shape = [
      "list": "list", "rename": "rename D NAME", "swap": "swap OLD NEW --at T",
      "ignore": "ignore D --from T --to T --why TEXT", "scale": "scale D FACTOR --from T", "undo": "undo ID",
    ]
    guard arguments.operands.count == count else {
      throw .usage("'device \(verb)' takes other words", "write 'wattlog device \(shape[verb] ?? verb)'")
    }
    let allowed = [
      "list": [], "rename": ["why"], "swap": ["at", "why"], "ignore": ["from", "to", "why"],
      "scale": ["from", "to", "why"], "undo": ["why"],
    ]
    let needed = ["swap": ["at"], "ignore": ["from", "to", "why"], "scale": ["from"]]
    for option in [at, .from, .to, why] {
      if arguments.isTyped(option), !(allowed[verb] ?? []).contains(option.name) {
        throw .usage("'device \(verb)' does not take --\(option.name)", "see 'wattlog device --help'")
      }
      if !arguments.isSet(option), (needed[verb] ?? []).contains(option.name) {
        throw .usage("'device \(verb)' needs --\(option.name)", "write 'wattlog device \(shape[verb] ?? verb)'")
      }
    }
    if arguments.isTyped(.json), verb != "list" {
      throw .usage("'device \(verb)' does not take --json", "see 'wattlog device --help'")
    }
  }

  private static func list(
    _ store: HouseholdStore, _ zone: SiteZone, _ arguments: Arguments, _ console: Console
  ) throws(Failure) -> ExitCode {
    let list = store.deviceList(zone: zone.rules)
    let output = try OutputFile(nil)
    try output.write(
      arguments.isSet(.json)
        ? list.json()
        : list.table(
          options: TableRenderer.Options(
            width: console.writesToTerminal ? Console.width : 160,
            colour: console.writesToTerminal && console.allowsColour)))
    try output.finish()
    return store.devices.isEmpty && !arguments.isSet(.json) ? .noData : .done
  }
}
