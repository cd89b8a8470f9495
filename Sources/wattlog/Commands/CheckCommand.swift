import Clock
import Household
import Pricing
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
      message: 30m, 2h), power (mW, W, kW), or today, yesterday, week, month, bill, year (Wh, kWh, MWh). Behind such a \
      time may stand .cost (money by the tariff: 100, 12.50 or 100EUR), .forecast (what all of that time comes to at the \
      pace of the last 30 days: 400kWh, or money) or .trend (by how many percent the last day, 7, 30 or 365 whole days \
      used more than as many before: 20%). DEVICE is a name, topic, MAC or group, or a pattern of them; without it \
      every plug is judged, and a cost has standing charge and export credit, as in a report. Silence and power are \
      judged plug by plug, the rest as the sum of all that match; where the main meter (site.mainMeter) is among them, \
      its figure alone, because the others are behind it. Days begin at site.dayStart, bills at site.billingDay. \
      'for 3h' behind a power asks that it was so for all of that time. \
      Power is not known of a plug that has been silent for an hour, a trend not where readings are missing.
      """,
    options: [instant, .tariff],
    examples: [
      ("wattlog check 'silent>2h' 'freezer.power<20W for 3h' || mail -s plugs me", "from cron: a dead plug or freezer"),
      ("wattlog check 'kitchen*.today>5kWh'", "when all of the kitchen has used more than 5 kWh today"),
      ("wattlog check 'bill.forecast>100' 'freezer.week.trend>20%'", "a bill that grows, a freezer that needs more"),
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
    let tariff = try tariff(for: conditions, arguments, settings, zone)
    let store = try HouseholdStore(settings, for: "table")
    let now = SystemClock.now
    let query = ConditionQuery(
      store, zone: zone, at: try zone.instant(instant, arguments, now: now) ?? now, tariff: tariff,
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

  /// What money is told by; nil where no condition asks for money.
  private static func tariff(
    for conditions: [(text: String, condition: CheckCondition)], _ arguments: Arguments, _ settings: Settings,
    _ zone: SiteZone
  ) throws(Failure) -> Tariff? {
    guard let first = conditions.first(where: { $0.condition.isAboutMoney }) else { return nil }
    guard let tariff = try TariffFiles.site(arguments, settings, zone)?.tariff else {
      throw .usage(
        "condition '\(SafeText.printable(first.text))' is about money, and there is no tariff",
        "name one with --tariff, or in the configuration")
    }
    for (text, condition) in conditions {
      guard case .money(let currency?) = condition.unit, currency != tariff.currency.code else { continue }
      throw .usage(
        "condition '\(SafeText.printable(text))': the tariff is in \(tariff.currency.code)", "leave '\(currency)' out")
    }
    return tariff
  }
}
