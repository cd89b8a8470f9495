import Calendar
public import EnergyAccounting
import Pricing
import Readings
import Text

/// `explain`: how one device's figure of one day comes about, from readings to cents, for a doubting person.
public struct Explanation {
  private let name: String
  private let day: ExplainedDay
  private let ledger: DeviceLedger
  /// All lines of the report.
  private let all: [ExactEntry]
  /// Those of the device, or of the main meter, which has none in the report.
  private let lines: [ExactEntry]
  private let isMainMeter: Bool
  private let mainLedger: DeviceLedger?
  /// Every reading of the day in words, for `-v`; nil without.
  private let readings: [String]?

  /// - Parameters:
  ///   - name: of a device, or ``MainMeter/rest`` where the report has a main meter.
  ///   - plan: of a report over the one day.
  ///   - ledgers: of all devices that the report was made of, so that rounding is the report's own.
  ///   - trace: made with the day's ends as edges, filled while the device's ledger was made.
  public init(
    of name: String, plan: ReportPlan, ledgers: [NamedLedger], report: Report, trace: StepTrace,
    readings: [String]? = nil
  ) {
    self.name = name
    self.readings = readings
    day = ExplainedDay(plan: plan, report: report, trace: trace)
    let main = report.mainMeter.flatMap { main in ledgers.first { $0.name == main } }
    mainLedger = main?.ledger
    isMainMeter = main?.name == name
    let divided = main.map { MainMeter.dividing(ledgers, main: $0.name) } ?? ledgers
    all = ExactEntry.lines(of: divided, pass: plan.main, request: plan.request)
    if isMainMeter, let main {
      lines = ExactEntry.lines(of: [main], pass: plan.main, request: plan.request)
    } else {
      lines = all.filter { $0.name == name }
    }
    ledger = ledgers.first { $0.name == name }?.ledger ?? DeviceLedger(cutPoints: plan.main.cutPoints)
  }

  /// Lines of text; empty when the report has no figure of the device for the day.
  public func text() -> String {
    var text: [String] = []
    for line in lines where isMainMeter ? line.exists(in: day.range) : day.entry(of: line) != nil {
      if !text.isEmpty { text.append("") }
      text += heading(line)
      if line.name == MainMeter.rest, let mainLedger, let main = day.report.mainMeter {
        text += [""] + ExplainedRest(day: day, name: main, main: mainLedger, rest: line, lines: all).text()
        text += notes(line)
      } else {
        let counter = ExplainedCounter(day: day, line: line, events: ledger.events)
        text += [""] + counter.stretches() + counter.rollups(showingAll: readings != nil)
        text += counter.decisions() + counter.leftOut()
        text += channels(line) + notes(line)
        text += [""] + counter.plugDay()
      }
      let hasOnePart = lines.count == 1
      text +=
        [""]
        + ExplainedCost(day: day, line: line).text(printed: isMainMeter && hasOnePart ? day.total?.energyCost : nil)
    }
    if text.isEmpty { return "" }
    text += dayTotal()
    if let readings {
      text += ["", "Every reading of the day:"] + (readings.isEmpty ? ["  none is left"] : readings.map { "  " + $0 })
    }
    return text.joined(separator: "\n") + "\n"
  }

  // MARK: The figure

  private func heading(_ line: ExactEntry) -> [String] {
    guard let period = day.report.periods.first else { return [] }
    let wording = ReportWording(report: day.report)
    let title = line.channel.channel.map { "\(line.name) \($0)" } ?? line.name
    var text = [
      "\(SafeText.neutralised(title)) · \(wording.title(of: period.span)) · "
        + "\(SafeText.neutralised(day.plan.request.zoneName)) · \(wording.dayStart.map { $0 + " · " } ?? "")\(wording.hours(of: period) ?? "24 h")",
      "",
    ]
    let bucket = day.sum(line)
    let kWh = bucket.energy.mantissa(places: line.places)
    let measured = bucket.measured.mantissa(places: line.places)
    func figure(_ mantissa: Int64) -> String { Figure(mantissa, places: line.places).text }
    let messages = CountText.text(bucket.messages, "message")
    text.append(
      "\(figure(kWh)) kWh: \(figure(measured)) measured, \(figure(kWh &- measured)) inferred over silences; "
        + "\(ReportWording.percent(coverage: bucket.coverage)) of the day covered by \(messages)")
    if bucket.export != .zero {
      text.append("\(figure(bucket.export.mantissa(places: line.places))) kWh went back to the grid (export)")
    }
    if isMainMeter {
      text.append(
        "It is the main meter: its figure is the report's total; "
          + "'wattlog explain \(MainMeter.rest) \(day.local(day.range.lowerBound).date)' follows what no plug counted.")
    }
    if bucket.missing > 0 {
      text.append(
        "missing: \(ExplainedDay.length(seconds: bucket.missing / 1000)) of which no message and no counter tells")
    }
    if bucket.dividedAtStart || bucket.dividedAtEnd {
      text.append("a silence over the day's edge was divided in proportion to time: the day is not complete")
    }
    return text
  }

  private func channels(_ line: ExactEntry) -> [String] {
    guard let shares = day.entry(of: line)?.channels, !shares.isEmpty else { return [] }
    let words = shares.map { "\($0.channel): \($0.kWh.text)" }.joined(separator: ", ")
    return ["", "Its channels, kWh: \(words). They share the one counter by each one's power over time."]
  }

  private func notes(_ line: ExactEntry) -> [String] {
    let ids = day.entry(of: line)?.notes ?? []
    let notes = day.report.notes.filter { ids.contains($0.id) || ($0.kind == "damage" && ($0.device ?? name) == name) }
    guard !notes.isEmpty else { return [] }
    return ["", "Notes of the report:"]
      + notes.map { note in
        let span = note.span.map { "\(day.clock($0.start.at)) to \(day.clock($0.end.at)) " } ?? ""
        return "  \(note.id)  \(span)\(SafeText.neutralised(note.text))"
      }
  }

  // MARK: The day's total

  /// The standing charge and the sum, which are the day's and no plug's.
  private func dayTotal() -> [String] {
    guard let total = day.total, let tariff = day.plan.request.tariff, let cost = total.cost,
      let energy = total.energyCost, let standing = total.standingCharge
    else { return [] }
    var text = ["", "The day's total, of all lines of the report (\(tariff.currency.code)):"]
    text.append("  energy \(energy.text)")
    text += ExplainedCharges(day: day, lines: lines, tariff: tariff).text(printed: standing)
    if let credit = total.exportCredit, !credit.isZero { text.append("  export credit -\(credit.text)") }
    text.append("  total \(cost.text)" + (total.tax.map { ", of which VAT \($0.text)" } ?? ""))
    return text
  }
}
