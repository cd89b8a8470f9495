import Clock
import Household
import Readings
import Reporting
import Text

extension Command {
  private static let instant = Option("at", value: "T", "judge by this local time instead of now")

  static let check = Command(
    name: "check", summary: "conditions for cron and monitors, answered by the exit code",
    operands: "CONDITION…", operandCount: 1...1000,
    description: """
      Exits 10 when a condition holds, with a line on stdout for each plug that meets it; 0 when none holds; 11 when \
      none holds and about one of them nothing is known of any plug. Reads the store only.
      A condition is [DEVICE.]WHAT, < <= > or >=, and a value with its unit. WHAT is silent (the age of the last \
      message: 30m, 2h), power (mW, W, kW), or today, yesterday, week, month, year (Wh, kWh, MWh). DEVICE is a name, \
      topic, MAC or group, or a pattern of them; without it every plug is judged. Silence and power are judged plug by \
      plug, energy as the sum of all that match; where the main meter (site.mainMeter) is among them, its figure alone, \
      because the others are behind it. Days begin at site.dayStart. 'for 3h' behind a power asks that it was so for all of that time. \
      Power is not known of a plug that has been silent for an hour.
      """,
    options: [instant],
    examples: [
      ("wattlog check 'silent>2h' 'freezer.power<20W for 3h' || mail -s plugs me", "from cron: a dead plug or freezer"),
      ("wattlog check 'kitchen*.today>5kWh'", "when all of the kitchen has used more than 5 kWh today"),
    ]
  ) { arguments, console throws(Failure) in
    var conditions: [(text: String, condition: CheckCondition)] = []
    for text in arguments.operands {
      do throws(CheckCondition.SyntaxError) {
        conditions.append((text, try CheckCondition(text)))
      } catch {
        throw .usage(
          "condition '\(SafeText.printable(text))', character \(error.place): \(SafeText.printable(error.cause))")
      }
    }
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let store = try HouseholdStore(settings, for: "table")
    let now = SystemClock.now
    let query = ConditionQuery(
      store, days: zone.days, at: try zone.instant(instant, arguments, now: now) ?? now,
      mainMeter: store.mainMeter(settings, console))
    var lines = ""
    var isUnknown = false
    for (text, condition) in conditions {
      let verdicts = query.verdicts(on: condition)
      let shown = SafeText.printable(text)
      var isKnown = false
      if verdicts.isEmpty {
        let near = condition.device.flatMap { Arguments.suggestion(for: $0, among: store.devices.map(\.name)) }
        console.note(
          "\(shown): no device " + (condition.device == nil ? "has sent yet" : "of that name has sent yet")
            + (near.map { "; \($0)" } ?? ""))
      }
      for verdict in verdicts {
        switch verdict {
        case .holds(let words):
          isKnown = true
          lines += SafeText.neutralised("\(words) (\(text))") + "\n"
        case .holdsNot(let words):
          isKnown = true
          console.detail("\(shown) does not hold: \(SafeText.printable(words))")
        case .unknown(let words): console.note("\(shown): \(SafeText.printable(words))")
        }
      }
      if !isKnown { isUnknown = true }
    }
    try OutputFile.write(lines, to: nil)
    if !lines.isEmpty { return .conditionHolds }
    return isUnknown ? .noData : .done
  }
}
