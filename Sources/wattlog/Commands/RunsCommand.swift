import Calendar
import Clock
import Household
import Pricing
import Readings
import Reporting
import Text

extension Command {
  private static let threshold = Option(
    "threshold", value: "W", "the power from which on it runs (default: found from the plug's own powers)")
  private static let pause = Option(
    "pause", value: "SPAN",
    "a rest that belongs to the run, up to so long (default: a quarter of the longer part beside it, 1m to 10m)")
  private static let bestWindow = Option(
    "best-window", "to when within a day each run should have been put off, by the tariff")

  static let runs = Command(
    name: "runs", summary: "each run of an appliance: when, how long, kWh, cost, peak; what a fridge's trend is",
    operands: "DEVICE", operandCount: 1...1,
    description: """
      Prints every run of an appliance, their average and median, and how they compare with the time before: of a month \
      the month before, else as many days. Where it runs is found from the powers that the plug itself showed; energy is \
      the counter's. An appliance that works by itself, in short and regular cycles, is shown day by day, with the share \
      of the time that it ran: a fridge whose door does not close runs more. CSV and JSON have every run. Without a period \
      the last 30 days are looked at. Exits 11 when there is no run.
      """,
    options: [.period, .from, .to, threshold, pause, bestWindow, .tariff, .listFormat, .output],
    examples: [
      ("wattlog runs washer -p 2026-10", "what each wash of October used and cost"),
      ("wattlog runs freezer -p 'last month'", "does it run more than in the month before?"),
      ("wattlog runs dishwasher --best-window", "when it should have been started"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let format = try OutputFormat.ofList(arguments)
    let tariff = try TariffFiles.site(arguments, settings, zone)?.tariff
    if arguments.isSet(bestWindow), tariff == nil {
      throw .usage("'--best-window' needs a tariff", "name one with --tariff, or in the configuration")
    }
    let now = SystemClock.now.truncated(toMilliseconds: 1000)
    let store = try HouseholdStore(settings, for: format)
    let device = try store.device(arguments.operands[0])
    let period = try RecentPeriod.range(arguments, zone, [device], store, now: now)
    var query = RunsQuery(
      store, device, zone: zone, period: period,
      before: try timeBefore(period, arguments, zone, now: now), tariff: tariff)
    query.threshold = try watts(arguments)
    query.pause = try arguments.span(pause, in: 0...86_400_000)
    query.seeksBestStart = arguments.isSet(bestWindow)
    let list = try found(query, zone)
    if arguments.isSet(bestWindow), list.duty != nil {
      console.note("'\(SafeText.printable(device.name))' works by itself: no run of it can be put off")
    }
    _ = StoreHoles(store, [device], range: period).tell(console)
    guard !list.runs.isEmpty || format == "json" else {
      let on = Figure(list.threshold.on, places: 3).rescaled(to: list.threshold.on % 1000 == 0 ? 0 : 3)
      throw Failure(
        .noData, "'\(SafeText.printable(device.name))' did not run in that time: its power never reached \(on.text) W",
        "another power is named by --threshold")
    }
    let text =
      switch format {
      case "json": list.json()
      case "csv": list.csv()
      default: list.table(options: console.tableOptions(arguments))
      }
    try OutputFile.write(text, to: arguments.text(.output))
    return list.runs.isEmpty ? .noData : .done
  }

  private static func found(_ query: RunsQuery, _ zone: SiteZone) throws(Failure) -> RunList {
    let name = SafeText.printable(query.device.name)
    do throws(RunsQuery.Refusal) {
      return try query.runs()
    } catch {
      switch error {
      case .noPower:
        throw query.store.noReading("there is no reading of '\(name)' with a power in that time", in: zone.rules)
      case .noLevels:
        throw Failure(
          .noData, "the powers of '\(name)' do not tell running from resting", "name a power with --threshold W")
      }
    }
  }

  /// Above 0 W, with at most three digits after the point.
  private static func watts(_ arguments: Arguments) throws(Failure) -> Int64? {
    guard let text = arguments.text(threshold) else { return nil }
    guard let (mantissa, places) = DecimalText.parse(text), places <= 3,
      let milliwatts = Optional(Figure(mantissa, places: places).rescaled(to: 3).mantissa),
      (1...100_000_000).contains(milliwatts)
    else { throw arguments.refusal(threshold, "must be a power in watts, from 0.001 to 100000") }
    return milliwatts
  }

  /// The month before a month (week, bill, year…), else as many days as the period touches.
  private static func timeBefore(
    _ period: Range<Timestamp>, _ arguments: Arguments, _ zone: SiteZone, now: Timestamp
  ) throws(Failure) -> Range<Timestamp> {
    let first = zone.days.date(at: period.lowerBound)
    if let text = arguments.text(.period), PeriodWords.hours(text) == nil {
      let asked = try zone.period(text, arguments, now: now)
      if asked.unit != .range, asked.first == first {
        let before = CalendarPeriod(asked.unit, holding: first.advanced(byDays: -1), billing: zone.billing)
        return zone.days.start(of: before.first)..<period.lowerBound
      }
    }
    let last = zone.days.date(at: period.upperBound.advanced(byMilliseconds: -1))
    let days = Int(last.dayNumber - first.dayNumber) + 1
    return zone.days.start(of: first.advanced(byDays: -days))..<period.lowerBound
  }
}
