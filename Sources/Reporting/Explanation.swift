package import EnergyAccounting
import Readings

/// `explain`: how one device's figure of one day comes about, from readings to cents, for a doubting person.
package struct Explanation {
  private let name: String
  private let ledger: DeviceLedger
  private let trace: StepTrace
  private let plan: ReportPlan
  private let report: Report
  private let lines: [BilledLine]
  private let day: Range<Timestamp>
  /// Every reading of the day in words, for `-v`; nil without.
  private let readings: [String]?

  /// - Parameters:
  ///   - plan: of a report over the one day.
  ///   - ledgers: of all devices that the report has, so that rounding is the report's own.
  ///   - trace: made with the day's ends as edges, filled while the device's ledger was made.
  package init(
    of name: String, plan: ReportPlan, ledgers: [NamedLedger], report: Report, trace: StepTrace,
    readings: [String]? = nil
  ) {
    self.name = name
    self.plan = plan
    self.report = report
    self.trace = trace
    self.readings = readings
    ledger = ledgers.first { $0.name == name }?.ledger ?? DeviceLedger(cutPoints: plan.main.cutPoints)
    lines = BilledLine.lines(of: ledgers, pass: plan.main, request: plan.request).filter { $0.name == name }
    day = plan.request.range
  }

  /// Lines of text; empty when the report has no figure of the device for the day.
  package func text() -> String {
    var text: [String] = []
    for line in lines {
      guard
        let entry = report.periods.first?.devices.first(where: {
          $0.device == name && $0.channel == line.channel.channel
        })
      else { continue }
      if !text.isEmpty { text.append("") }
      text += heading(entry)
      text += [""] + stretches(line, entry)
      text += decisions(line)
      text += leftOut(line)
      text += notes(entry)
      text += [""] + plugDay(line, entry)
      text += [""] + cost(line, entry)
    }
    if text.isEmpty { return "" }
    if let readings { text += ["", "Every reading of the day:"] + readings.map { "  " + $0 } }
    return text.joined(separator: "\n") + "\n"
  }

  // MARK: The figure

  private func heading(_ entry: Report.Entry) -> [String] {
    let start = local(day.lowerBound)
    let date = LocalDate(dayNumber: start.civil.secondsSince1970.flooringQuotient(86_400))
    let seconds = (day.upperBound.milliseconds - day.lowerBound.milliseconds) / 1000
    let weekday = ClockText.weekdays[ClockText.weekday(ofDay: date.dayNumber)]
    var text = [
      "\(SafeText.neutralised(entry.title)) · \(weekday) \(start.date) · \(plan.request.zoneName) · "
        + ReportWording.duration(seconds)
    ]
    for change in report.periods.first?.clockChanges ?? [] {
      text.append(
        "the clocks change at \(clock(change.at, seconds: true)): "
          + "\((change.offsetAfter - change.offsetBefore) / 60) minutes")
    }
    text.append("")
    text.append(
      "\(entry.kWh.text) kWh: \(entry.measuredKWh.text) measured, \(entry.inferredKWh.text) inferred over silences; "
        + "\(ReportWording.percent(coverage: entry.coverage)) of the day covered by \(entry.messages) messages")
    let bucket =
      lines.first { $0.channel.channel == entry.channel }?.channel.sum(plan.main.buckets(in: day)) ?? Bucket()
    if bucket.missing > 0 {
      text.append("missing: \(ReportWording.duration(bucket.missing / 1000)) of which no message and no counter tells")
    }
    if bucket.dividedAtStart || bucket.dividedAtEnd {
      text.append("a silence over the day's edge was divided in proportion to time: the day is not complete")
    }
    return text
  }

  /// The parts of the sum, the edges, and the cut to the counter's unit.
  private func stretches(_ line: BilledLine, _ entry: Report.Entry) -> [String] {
    let steps = steps(of: line)
    guard let first = steps.first, let last = steps.last else {
      return ["No counter (Total) was read: the energy is the power of each message, held until the next one."]
    }
    var grid = TextGrid([
      .init("from", .left), .init("to", .left), .init("Total from"), .init("to"), .init("kWh"), .init("steps"),
      .init("rule", .left),
    ])
    var sum = Energy.zero
    var edges: [String] = []
    for step in steps {
      let share = step.energy(in: day)
      sum += share
      let isWhole = step.from.time >= day.lowerBound && step.to.time <= day.upperBound
      grid.append([
        .init(clock(step.from.time, seconds: true)), .init(clock(step.to.time, seconds: true)),
        .init(kWh(step.from.total, line)), .init(kWh(step.to.total, line)), .init(exact(share, line)),
        .init(String(step.stepCount)),
        .init(step.rule + (step.isInferred ? ", inferred" : "") + (isWhole ? "" : ", over the day's edge")),
      ])
      if !isWhole, step.energy != .zero {
        edges.append(
          "  \(clock(step.from.time, seconds: true)) to \(clock(step.to.time, seconds: true)): of "
            + "\(exact(step.energy, line)) kWh spread evenly over " + parts(step)
            + ", \(exact(share, line)) lie in this day")
      }
    }
    var text = ["What it is made of (the plug's counter Total, kWh):"]
    text += grid.lines(width: 200, colour: false).map { "  " + $0 }
    text += edges.isEmpty ? [] : ["At the day's edges:"] + edges
    let unit = Energy.unit(places: line.places).milliwattHours
    let atStart = first.before + first.energy(until: day.lowerBound)
    let atEnd = last.before + last.energy(until: day.upperBound)
    let carriedIn = Energy(milliwattHours: atStart.milliwattHours.flooringRemainder(unit))
    let carriedOut = Energy(milliwattHours: atEnd.milliwattHours.flooringRemainder(unit))
    if carriedIn == .zero && carriedOut == .zero {
      text.append("Sum: \(exact(sum, line)) kWh.")
    } else {
      text.append(
        "Sum: \(exact(sum, line)) kWh. The running sum is cut to the counter's unit at each midnight, so days add up: "
          + "\(exact(carriedIn, line)) carried in, \(exact(carriedOut, line)) carried out, "
          + "\(exact(sum + carriedIn - carriedOut, line)) counted.")
    }
    return text
  }

  private func parts(_ step: StepTrace.Step) -> String {
    step.parts.filter { !$0.range.isEmpty }.map {
      ReportWording.duration(($0.range.upperBound.milliseconds - $0.range.lowerBound.milliseconds) / 1000)
    }.joined(separator: " and ")
  }

  // MARK: Decisions

  private func decisions(_ line: BilledLine) -> [String] {
    var text: [String] = []
    for step in steps(of: line) where step.rule != "continuous" {
      let event = ledger.events.first { event in
        event.decision != nil && event.from == step.from.time && event.to == step.to.time
          && (event.channel == nil || event.channel == step.channel)
      }
      text.append(
        "\(step.rule) from \(clock(step.from.time, seconds: true)) to \(clock(step.to.time, seconds: true))"
          + (event?.decision.map { " (\($0): 'wattlog device undo \($0)' takes it back)" } ?? "") + ":")
      text.append("    " + evidence(step, line))
      text.append("    " + (Explanation.rules[step.rule] ?? "") + "; counted \(exact(step.energy, line)) kWh")
      if let event { text.append("    " + SafeText.neutralised(event.text)) }
    }
    return text.isEmpty ? [] : ["", "Steps that were more than Total going on:"] + text.map { "  " + $0 }
  }

  private func evidence(_ step: StepTrace.Step, _ line: BilledLine) -> String {
    func pair(_ title: String, _ old: String, _ new: String) -> String {
      old == new ? "\(title) \(old) stays" : "\(title) \(old) → \(new)"
    }
    func clockText(_ value: Int64?) -> String {
      value.map { String(LocalInstant(Timestamp(milliseconds: $0), offsetSeconds: 0).iso.dropLast(6)) } ?? "none"
    }
    let seconds = (step.to.time.milliseconds - step.from.time.milliseconds) / 1000
    return [
      pair("Total", kWh(step.from.total, line), kWh(step.to.total, line)),
      pair("Today", kWh(step.from.today, line), kWh(step.to.today, line)),
      pair("Yesterday", kWh(step.from.yesterday, line), kWh(step.to.yesterday, line)),
      pair("TotalStartTime", clockText(step.from.startTime), clockText(step.to.startTime)),
      pair("its clock", clockText(step.from.clock), clockText(step.to.clock)),
      ReportWording.duration(seconds) + " apart",
    ].joined(separator: ", ")
  }

  private func leftOut(_ line: BilledLine) -> [String] {
    let found = trace.leftOut.filter { left in
      left.channel == line.channel.channel && left.points.contains { day.contains($0.time) }
    }
    guard !found.isEmpty else { return [] }
    var text = ["", "Readings left out:"]
    for left in found {
      let glitch = ledger.events.first { event in
        event.kind == .glitch && event.channel == left.channel && event.to == left.points.last?.time
      }
      if let id = glitch?.decision { text.append("  \(id), which 'wattlog device undo \(id)' takes back:") }
      for point in left.points {
        text.append("  \(clock(point.time, seconds: true))  Total \(kWh(point.total, line))  \(left.reason)")
      }
    }
    return text
  }

  private func notes(_ entry: Report.Entry) -> [String] {
    let notes = report.notes.filter { entry.notes.contains($0.id) }
    guard !notes.isEmpty else { return [] }
    return ["", "Notes of the report:"]
      + notes.map { note in
        let span = note.span.map { "\(clock($0.start.at)) to \(clock($0.end.at)) " } ?? ""
        return "  \(note.id)  \(span)\(SafeText.neutralised(note.text))"
      }
  }

  // MARK: The plug's own figure

  private func plugDay(_ line: BilledLine, _ entry: Report.Entry) -> [String] {
    guard let plugDay = line.channel.plugDay(endingNear: day.upperBound) else {
      return ["The plug has not said Yesterday for this day."]
    }
    let own = plugDay.yesterday.kilowattHours(places: line.places)
    let use = line.channel.sum(plan.main.buckets(in: day)).energy
    let difference = plugDay.yesterday - use
    var text = "The plug's own Yesterday for its day that ended \(clock(plugDay.end, seconds: true)): \(own) kWh"
    let unit = Energy.unit(places: line.places)
    if difference == .zero { return [text + ", the same."] }
    text += ", \(difference.milliwattHours > 0 ? "+" : "")\(difference.kilowattHours(places: line.places)) kWh: "
    let decided = ledger.events.first { event in
      event.decision != nil && event.kind != .glitch && event.to > day.lowerBound && event.from < day.upperBound
    }
    let bucket = line.channel.sum(plan.main.buckets(in: day))
    if abs(plugDay.end.milliseconds - day.upperBound.milliseconds) > 60_000 {
      text += "its midnight is not this day's end."
    } else if let decided {
      text += "the \(decided.kind.rawValue) at \(clock(decided.to)) changed its counter."
    } else if abs(difference.milliwattHours) <= 2 * unit.milliwattHours {
      text += "the firmware cuts its counters, and the day's edges lie between two messages."
    } else if bucket.missing > 0 {
      text += "part of the day is missing here."
    } else {
      text += "messages arrive after they are built, or a correction applies."
    }
    return [text]
  }

  // MARK: Cost

  private func cost(_ line: BilledLine, _ entry: Report.Entry) -> [String] {
    let buckets = plan.main.buckets(in: day)
    guard let tariff = plan.request.tariff, let bill = line.billed(buckets), let currency = report.currency else {
      return ["No tariff: no cost."]
    }
    var groups: [(rate: PricedRate?, energy: Energy)] = []
    for index in buckets {
      let rate = tariff.rate(at: plan.main.cutPoints[index], in: plan.request.zone)
      let energy = line.channel.buckets[index].energy
      if let place = groups.firstIndex(where: { $0.rate == rate }) {
        groups[place].energy += energy
      } else {
        groups.append((rate, energy))
      }
    }
    var text = ["What it costs (\(SafeText.neutralised(tariff.name)), \(currency.code)):"]
    for group in groups where group.energy != .zero || group.rate != nil {
      let energy = group.energy.kilowattHours(places: line.places)
      guard let rate = group.rate else {
        text.append("  \(energy) kWh have no price")
        continue
      }
      let tax = rate.factor == 1_000_000 ? "" : " × \(Explanation.decimal(Int128(rate.factor), places: 6)) VAT"
      text.append(
        "  \(SafeText.neutralised(rate.name)): \(energy) kWh × \(Explanation.decimal(Int128(rate.price.units), places: 8))"
          + "\(tax) = " + Explanation.decimal(rate.cost(of: group.energy).units, places: 20))
    }
    if bill.hasTier { text.append("  tiers add " + Explanation.decimal(bill.tierCost.units, places: 20)) }
    let exact = bill.energyCost
    text.append(
      "  together " + Explanation.decimal(exact.units, places: 20) + ", printed \(entry.cost?.text ?? "nothing")")
    if let cost = entry.cost, cost.mantissa != exact.rounded(digits: currency.digits) {
      text.append(
        "  Rounded alone it would be \(Figure(exact.rounded(digits: currency.digits), places: currency.digits).text): "
          + "the report's lines are rounded by largest remainder, so that they add up to its total.")
    }
    if bill.exportCredit != .zero {
      text.append("  credit for export " + Explanation.decimal(bill.exportCredit.units, places: 20))
    }
    text.append("  The standing charge is the day's, not the plug's; it stands in the report's total.")
    return text
  }

  // MARK: Words

  /// What the rules mean, by ``StepTrace/Step/rule``.
  package static let rules: [String: String] = [
    "continuous": "Total went on by what the plug can draw",
    "midnight":
      "over the plug's midnight: (Yesterday after − Today before) + Today after, never less than Total gained",
    "rounding": "a fall within the counter's own rounding",
    "backwards": "a meter that counts both ways ran back: export",
    "fallback": "a power cut put Total back to its value at midnight: only what Today gained since counts",
    "reset-total": "Total was set to zero: what Today gained counts",
    "reset-all": "all counters were set to zero: what they show counts",
    "counter-set": "Total jumped as no power could make it: only what Today gained counts",
    "restored": "the plug got its time and took up Today from its last restart: that part is no use",
    "other-plug": "other counters: another plug, a new base",
    "late": "an older message that arrived late",
    "unexplained": "nothing explains the step: nothing counts",
    "undone": "a person took the decision back: Total's own difference counts, at least 0",
  ]

  private func steps(of line: BilledLine) -> [StepTrace.Step] {
    trace.steps.filter {
      $0.channel == line.channel.channel && $0.to.time > day.lowerBound && $0.from.time < day.upperBound
    }
  }

  private func local(_ instant: Timestamp) -> LocalInstant {
    LocalInstant(instant, offsetSeconds: plan.request.zone.offset(at: instant))
  }

  /// The time of day, with the date where it is not this day.
  private func clock(_ instant: Timestamp, seconds: Bool = false) -> String {
    let iso = local(instant).iso
    let time = String(iso.dropFirst(11).prefix(seconds ? 8 : 5))
    return day.contains(instant) ? time : String(iso.prefix(10)) + " " + time
  }

  private func kWh(_ energy: Energy?, _ line: BilledLine) -> String {
    energy.map { $0.kilowattHours(places: line.places) } ?? "none"
  }

  /// With as many digits as it takes.
  private func exact(_ energy: Energy, _ line: BilledLine) -> String {
    let isWhole = energy.milliwattHours % Energy.unit(places: line.places).milliwattHours == 0
    return energy.kilowattHours(places: isWhole ? line.places : 6)
  }

  /// `units` / 10^`places` without trailing zeros, at least two digits after the point.
  private static func decimal(_ units: Int128, places: Int) -> String {
    var digits = String(units.magnitude)
    if digits.utf8.count <= places { digits = String(repeating: "0", count: places + 1 - digits.utf8.count) + digits }
    let whole = digits.prefix(digits.utf8.count - places)
    var fraction = String(digits.suffix(places))
    while fraction.utf8.count > 2, fraction.hasSuffix("0") { fraction.removeLast() }
    return (units < 0 ? "-" : "") + whole + "." + fraction
  }
}
