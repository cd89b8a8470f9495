import Calendar
import Readings
import Text

/// Runs as table, CSV and JSON.
extension RunList {
  public func table(options: TableRenderer.Options) -> String {
    var text = heading + "\n\n"
    let grid = duty == nil ? runGrid() : dayGrid()
    text += grid.lines(width: options.width, colour: options.colour).joined(separator: "\n") + "\n"
    text += "\n"
    for remark in remarks {
      for line in TextGrid.wrapped(remark, width: options.width - 2, indent: 2) { text += "  \(line)\n" }
    }
    return text
  }

  private var heading: String {
    let until = LocalInstant(
      span.end.at.advanced(byMilliseconds: -1), offsetSeconds: span.end.offsetSeconds)
    var text = "\(SafeText.neutralised(device)), runs of \(span.start.date)"
    if until.date != span.start.date { text += " to \(until.date)" }
    text += " · \(timeZone)"
    if let currency { text += " · \(SafeText.neutralised(tariff ?? "")) tariff, \(currency.code)" }
    return text
  }

  private func money(_ figure: Figure?) -> String { ReportWording.money(figure, in: currency) }

  // MARK: Runs

  private func runGrid() -> TextGrid {
    let hasBest = runs.contains { $0.best != nil }
    var columns: [TextGrid.Column] = [.init("began", .left), .init("lasted"), .init("kWh")]
    if currency != nil { columns.append(.init(ReportWording.moneyTitle("cost", in: currency))) }
    columns.append(.init("peak W", dispensability: 2))
    if hasBest { columns += [.init("best start", .left), .init("cost then")] }
    columns.append(.init("", .left, dispensability: 1, isElastic: true))
    var grid = TextGrid(columns)
    for run in runs {
      grid.append(
        cells(
          .init("\(weekday(run.start)) \(run.start.date) \(run.start.hourAndMinute)"), run.seconds, run.kWh, run.cost,
          peak: run.peakW) + (hasBest ? bestCells(run) : [])
          + [.init(run.marks.map(\.words).joined(separator: ", "), .dim)])
    }
    var isRuled = [true, true, true]
    if currency != nil { isRuled.append(true) }
    grid.appendRule(under: isRuled)
    grid.append(
      cells(
        .init(CountText.text(runs.count, "run"), .bold), runs.reduce(0) { $0 + $1.seconds }, kWh, cost))
    if let averages, runs.count > 1 {
      grid.append(cells(.init("average"), averages.seconds, averages.kWh, averages.cost))
      grid.append(cells(.init("median"), averages.medianSeconds, averages.medianKWh, nil))
    }
    return grid
  }

  private func cells(
    _ name: TextGrid.Cell, _ seconds: Int64, _ kWh: Figure, _ cost: Figure?, peak: Figure? = nil
  ) -> [TextGrid.Cell] {
    [name, .init(RunList.duration(seconds)), .init(ReportWording.grouped(kWh))]
      + (currency == nil ? [] : [.init(money(cost))]) + [.init(peak.map(ReportWording.trimmed) ?? "")]
  }

  private func bestCells(_ run: Run) -> [TextGrid.Cell] {
    guard let best = run.best else { return [.init(""), .init("")] }
    if best.start.at == run.start.at || best.cost == run.cost { return [.init("as it was", .dim), .init("")] }
    return [.init("\(weekday(best.start)) \(best.start.hourAndMinute)"), .init(money(best.cost))]
  }

  private func weekday(_ instant: LocalInstant) -> String {
    let day = (instant.at.seconds + Int64(instant.offsetSeconds)).flooringQuotient(86_400)
    return String(ClockText.weekdays[ClockText.weekday(ofDay: day)].prefix(3))
  }

  /// `45 s`, `12 min`, `1 h 52 min`.
  private static func duration(_ seconds: Int64) -> String {
    seconds < 90 ? "\(seconds) s" : ReportWording.duration(seconds)
  }

  // MARK: Days of an appliance that works by itself

  private func dayGrid() -> TextGrid {
    var columns: [TextGrid.Column] = [.init("", .left), .init("runs"), .init("running"), .init("kWh")]
    if currency != nil { columns.append(.init(ReportWording.moneyTitle("cost", in: currency))) }
    columns.append(.init("longest", dispensability: 1))
    var grid = TextGrid(columns)
    let isByMonth = days.contains { $0.span.seconds > 90_000 }
    func append(_ name: TextGrid.Cell, _ runs: ArraySlice<Run>, _ duty: Figure, _ cost: Figure?) {
      grid.append(
        [
          name, .init(CountText.grouped(Int64(runs.count))), .init("\(duty.text) %"),
          .init(ReportWording.grouped(Figure.sum(runs.map(\.kWh), places: kWh.places))),
        ] + (currency == nil ? [] : [.init(money(cost))])
          + [.init(runs.map(\.seconds).max().map(RunList.duration) ?? "")])
    }
    for day in days {
      let date = day.span.start.date
      let costs = runs[day.runs].compactMap(\.cost)
      append(
        .init(isByMonth ? String(date.prefix(7)) : "\(weekday(day.span.start)) \(date)"), runs[day.runs],
        day.dutyPercent, costs.isEmpty ? nil : Figure.sum(costs))
    }
    grid.appendRule(under: [true, true, true, true] + (currency == nil ? [] : [true]))
    append(.init("together", .bold), runs[...], duty?.percent ?? Figure(0), cost)
    return grid
  }

  // MARK: Words

  private var remarks: [String] {
    var remarks: [String] = []
    if let duty {
      remarks.append(
        "runs \(duty.percent.text) % of the time, \(duty.cyclesPerDay.text) times a day, every "
          + RunList.duration(duty.medianCycleSeconds))
      if let averages {
        let cost = averages.cost.map { ", \(money($0))" } ?? ""
        remarks.append(
          "a run on average \(averages.kWh.text) kWh\(cost), \(RunList.duration(averages.seconds)); in the middle "
            + "\(averages.medianKWh.text) kWh, \(RunList.duration(averages.medianSeconds))")
      }
    }
    if let trend { remarks.append(words(of: trend)) }
    if let cost, let bestCost, bestCost.isLess(than: cost) {
      remarks.append(
        "put off to the cheapest time within a day each, they would have cost \(money(bestCost)): \(money(cost - bestCost)) less"
      )
    }
    remarks.append(
      "\(ReportWording.grouped(periodKWh - kWh)) of \(ReportWording.grouped(periodKWh)) kWh were used at rest or in silences"
    )
    if coverage.isLess(than: Figure(95, places: 2)) {
      remarks.append("power is known for \(ReportWording.percent(coverage: coverage)) of the time")
    }
    let on = ReportWording.trimmed(Figure(threshold.on, places: 3))
    let off = ReportWording.trimmed(Figure(threshold.off, places: 3))
    remarks.append(
      "a run: from \(on) W on, until below \(off) W"
        + (threshold.isFound ? " (found from the plug's own powers; --threshold names another)" : ""))
    return remarks
  }

  private func words(of trend: RunTrend) -> String {
    let than = "than in \(name(of: trend.span))"
    func change(_ percent: Figure, _ what: String) -> String {
      let amount = Figure(Int64(clamping: percent.mantissa.magnitude), places: percent.places).rescaled(to: 0)
      if amount.isZero { return "as \(what) as in \(name(of: trend.span))" }
      return "\(amount.text) % \(percent.mantissa < 0 ? "less" : "more") \(than)"
    }
    if let before = trend.dutyPercent, let percent = trend.dutyChangePercent {
      return "running time: \(change(percent, "much")) (\(before.text) %)"
    }
    guard let before = trend.kWh, let percent = trend.kWhChangePercent else { return "" }
    return "a run: \(change(percent, "much")) (\(before.text) kWh)"
  }

  /// `October`, `October 2025` from another year, `the 30 days before`.
  private func name(of other: Report.Span) -> String {
    let (start, end) = (other.start.civil, other.end.civil)
    let isMonth = start.day == 1 && end.day == 1 && (end.year - start.year) * 12 + end.month - start.month == 1
    guard isMonth, start.hour == 0, end.hour == 0 else {
      let days = (other.seconds + 43_200) / 86_400
      return days < 2 ? "the day before" : "the \(days) days before"
    }
    let month = ClockText.months[start.month - 1]
    return start.year == span.start.civil.year ? month : "\(month) \(start.year)"
  }
}

extension Run.Mark {
  var words: String {
    switch self {
    case .beganBefore: "began before"
    case .goesOn: "goes on"
    case .running: "ran at the last message"
    case .beganInGap: "began in a gap"
    case .endedInGap: "ended in a gap"
    case .holdsGap: "holds a gap"
    case .incomplete: "energy missing"
    case .counter: "counter put right"
    }
  }
}
