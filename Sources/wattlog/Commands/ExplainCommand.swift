import Calendar
import Configuration
import EnergyAccounting
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
    let store = try StoreAccess(settings)
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
    let whole = zone.days.start(of: period.first)..<zone.days.start(of: period.end)
    // The day ends where the report of it ends.
    let end = min(whole.upperBound, OpenPeriod.end(now, of: store.devices, after: whole.lowerBound, in: store))
    let range = whole.lowerBound..<max(whole.lowerBound, end)
    guard !range.isEmpty else { throw noFigure(name, arguments.operands[1]) }
    var request = ReportRequest(
      granularity: .day, range: range, zone: zone.rules, zoneName: zone.name, tariff: tariff?.tariff,
      billing: settings.configuration.site.billing, dayStartMinute: zone.days.startMinute, mainMeter: mainMeter)
    request.otherNames = store.otherNames
    request.knownUntil = OpenPeriod.end(now, of: store.devices, after: Timestamp(milliseconds: 0))
    let plan = ReportPlan(request)
    let trace = StepTrace(edges: [range.lowerBound, range.upperBound])
    let (report, ledgers) = try ReportReading(store: store, devices: store.devices, plan: plan)
      .report(tracing: name, by: trace)
    var readings: [String]?
    if console.isVerbose, let device {
      readings = try DayReadings(store: store, device: device, zone: zone).lines(range)
    }
    let text = Explanation(
      of: name, plan: plan, ledgers: ledgers, report: report, trace: trace, readings: readings
    ).text()
    guard !text.isEmpty else {
      if StoreHoles(store: store, devices: store.devices, range: range).tell(console) { return .noData }
      throw noFigure(name, arguments.operands[1])
    }
    let output = try OutputFile(arguments.text(.output))
    try output.write(text)
    try output.finish()
    return .done
  }

  private static func noFigure(_ name: String, _ day: String) -> Failure {
    Failure(
      .noData, "'\(SafeText.printable(name))' has no reading on \(SafeText.printable(day))",
      "'wattlog device list' says when it spoke")
  }
}

/// Every reading of a device's day in words, each number as the plug sent it.
private struct DayReadings {
  let store: StoreAccess
  let device: LogicalDevice
  let zone: SiteZone

  private static let keys: [FieldKey] = [.time, .total, .today, .yesterday, .power]

  func lines(_ range: Range<Timestamp>) throws(Failure) -> [String] {
    var lines: [(time: Timestamp, text: String)] = []
    for member in device.members {
      store.reader.readings(of: member.device, in: range.clamped(to: member.span)) { rows in
        for row in rows.times.indices { lines.append((rows.times[row], text(rows, row))) }
      }
    }
    return lines.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
      .map(\.element.text)
  }

  private func text(_ rows: ReadingColumns, _ row: Int) -> String {
    var words = [String(InstantText.text(rows.times[row], in: zone.rules).dropFirst(11).prefix(8))]
    for key in DayReadings.keys {
      for column in rows.columns where column.field.key == key && column.values[row] != ReadingColumns.absent {
        let channel = column.field.channel == 0 ? "" : " \(column.field.channel)"
        words.append("\(key.name)\(channel) \(value(column, row))")
      }
    }
    if device.series.ignored.contains(where: { $0.range.contains(rows.times[row]) }) { words.append("(left out)") }
    return words.joined(separator: "  ")
  }

  private func value(_ column: ReadingColumns.Column, _ row: Int) -> String {
    let value = column.values[row]
    if let places = column.field.form.decimalPlaces { return Decimal.string(value, places: places) }
    if let units = column.field.form.clockUnitsPerSecond {
      return String(InstantText.text(Timestamp(milliseconds: value &* (1000 / units)), in: .utc).dropLast(6))
    }
    return column.texts.indices.contains(Int(value)) ? SafeText.printable(column.texts[Int(value)]) : "?"
  }
}
