import Calendar
import Clock
import EnergyAccounting
import Household
import Pricing
import Readings
import Reporting
import Storage
import Text

extension Command {
  static let explain = Command(
    name: "explain", summary: "every reading, rule and rounding behind a day's kWh and cost",
    operands: "DEVICE DAY", operandCount: 2...2,
    description: """
      Shows how the figure that 'wattlog report day' prints for a device comes about: the stretches it is made of with \
      the counter before and after, every step that was more than the counter going on with its evidence and its rule, \
      what was left out, how the day's edges were cut, the plug's own figure, and each line of the tariff up to the \
      rounded cent, and the day's standing charge and total. Where 'wattlog retain' dropped the readings it follows \
      their rollups. With a configured site.mainMeter, DEVICE may also be 'unmetered': what the main meter counted less \
      each plug. -v adds every reading of the day. DAY is a date, 'today' or 'yesterday'.
      """,
    options: [.tariff, .output],
    examples: [
      ("wattlog explain fridge 2026-04-09", "where that day's kWh and cost come from"),
      ("wattlog explain tv yesterday -v", "the same with every reading"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let tariff = try TariffFiles.site(arguments, settings, zone)
    let store = try HouseholdStore(settings, for: "table")
    let now = SystemClock.now.truncated(toMilliseconds: 1000)
    let word = arguments.operands[0]
    guard let period = CalendarPeriod(arguments.operands[1], today: zone.days.date(at: now)), period.unit == .day
    else {
      throw .usage("'\(SafeText.printable(arguments.operands[1]))' is no day", "write 2026-10-25, today or yesterday")
    }
    let mainMeter = store.mainMeter(settings, console)
    let isRest = mainMeter != nil && word == MainMeter.rest && !store.devices.contains { $0.name == word }
    let device = isRest ? nil : try store.device(word)
    let name = device?.name ?? word
    let whole = zone.range(of: period)
    // The day ends where the report of it ends.
    let end = min(whole.upperBound, OpenPeriod.end(now, of: store.devices, after: whole.lowerBound, in: store))
    let range = whole.lowerBound..<max(whole.lowerBound, end)
    guard !range.isEmpty else { throw noFigure(name, arguments.operands[1]) }
    let request = ReportRequest(
      granularity: .day, range: range, zone: zone.rules, zoneName: zone.name, tariff: tariff?.tariff,
      billing: zone.billing, dayStartMinute: zone.days.startMinute, mainMeter: mainMeter)
    let query = ReportQuery(store, store.devices, request, now: now)
    let trace = StepTrace(edges: [range.lowerBound, range.upperBound])
    let (report, ledgers) = query.report(tracing: name, by: trace)
    let readings = console.isVerbose ? device.map { DayReadings(store, $0, zone: zone.rules).lines(range) } : nil
    let text = Explanation(
      of: name, plan: query.plan, ledgers: ledgers, report: report, trace: trace, readings: readings
    ).text()
    guard !text.isEmpty else {
      if StoreHoles(store, store.devices, range: range).tell(console) { return .noData }
      throw noFigure(name, arguments.operands[1])
    }
    try OutputFile.write(text, to: arguments.text(.output))
    return .done
  }

  private static func noFigure(_ name: String, _ day: String) -> Failure {
    Failure(
      .noData, "'\(SafeText.printable(name))' has no reading on \(SafeText.printable(day))",
      "'wattlog device list' says when it spoke")
  }
}
