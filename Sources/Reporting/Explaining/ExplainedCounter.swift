import Calendar
import EnergyAccounting
import Readings
import Text

/// How a counter's day adds up: its stretches, the steps that were decided, what was left out, and the plug's own figure.
struct ExplainedCounter {
  let day: ExplainedDay
  let line: ExactEntry
  /// Of the device.
  let events: [LedgerEvent]

  /// The parts of the sum, the edges, and the cut to the counter's unit.
  func stretches() -> [String] {
    let steps = day.steps(of: line)
    guard let first = steps.first, let last = steps.last else {
      if events.contains(where: { $0.kind == .noCounter }) { return ["Neither Total nor Power was read."] }
      if !line.channel.marks.isEmpty {
        return ["No step of the counter (Total) was read: one reading is where counting begins, the next tells of use."]
      }
      return ["No counter (Total) was read: the energy is the power of each message, held until the next one."]
    }
    var grid = TextGrid([
      .init("from", .left), .init("to", .left), .init("Total from"), .init("to"), .init("kWh"), .init("steps"),
      .init("rule", .left),
    ])
    var sum = Energy.zero
    var edges: [String] = []
    for step in steps {
      let share = step.energy(in: day.range)
      sum += share
      let isWhole = step.from.time >= day.range.lowerBound && step.to.time <= day.range.upperBound
      grid.append([
        .init(day.clock(step.from.time, seconds: true)), .init(day.clock(step.to.time, seconds: true)),
        .init(day.kWh(step.from.total, line)), .init(day.kWh(step.to.total, line)), .init(day.exact(share, line)),
        .init(String(step.stepCount)),
        .init(
          step.rule + (step.cells.isEmpty ? "" : ", by rollups") + (step.isInferred ? ", inferred" : "")
            + (isWhole ? "" : ", over the day's edge")),
      ])
      if !isWhole, step.energy != .zero {
        edges.append(
          "  \(day.clock(step.from.time, seconds: true)) to \(day.clock(step.to.time, seconds: true)): of "
            + "\(day.exact(step.energy, line)) kWh, spread evenly over " + parts(step)
            + ", \(day.exact(share, line)) lie in this day")
      }
    }
    var text = ["What it is made of (the plug's counter Total, kWh):"]
    text += grid.lines(width: 200, colour: false).map { "  " + $0 }
    text += edges.isEmpty ? [] : ["At the day's edges:"] + edges
    let unit = Energy.unit(places: line.places).milliwattHours
    let atStart = first.before + first.energy(until: day.range.lowerBound)
    let atEnd = last.before + last.energy(until: day.range.upperBound)
    let carriedIn = Energy(milliwattHours: atStart.milliwattHours.flooringRemainder(unit))
    let carriedOut = Energy(milliwattHours: atEnd.milliwattHours.flooringRemainder(unit))
    if carriedIn == .zero && carriedOut == .zero {
      text.append("Sum: \(day.exact(sum, line)) kWh.")
    } else {
      text.append(
        "Sum: \(day.exact(sum, line)) kWh. The running sum is cut to the counter's unit where days begin, so days add up: "
          + "\(day.exact(carriedIn, line)) carried in, \(day.exact(carriedOut, line)) carried out, "
          + "\(day.exact(sum + carriedIn - carriedOut, line)) counted.")
    }
    return text
  }

  private func parts(_ step: StepTrace.Step) -> String {
    if !step.cells.isEmpty { return "each of its rollups" }
    return step.parts.filter { !$0.range.isEmpty }.map {
      let length = ExplainedDay.length($0.range.lowerBound, $0.range.upperBound)
      return step.parts.count > 1 ? "\(length) (\(day.exact($0.energy, line)))" : length
    }.joined(separator: " and ")
  }

  // MARK: Rollups

  /// What is left of readings that were dropped, cell by cell; neighbours without use in one line unless all are asked
  /// for. Empty where every reading is there.
  func rollups(showingAll: Bool) -> [String] {
    var rows: [(range: Range<Timestamp>, energy: Energy, cells: [RollupCell])] = []
    var count = 0
    for step in day.steps(of: line) where !step.cells.isEmpty {
      for (part, cell) in zip(step.parts, step.cells) where part.range.overlaps(day.range) {
        count += cell.rowCount
        if !showingAll, part.energy == .zero, let last = rows.indices.last, rows[last].energy == .zero,
          rows[last].range.upperBound == part.range.lowerBound
        {
          rows[last].range = rows[last].range.lowerBound..<part.range.upperBound
          rows[last].cells.append(cell)
        } else {
          rows.append((part.range, part.energy, [cell]))
        }
      }
    }
    guard !rows.isEmpty else { return [] }
    let isDamaged = day.report.notes.contains { $0.kind == "damage" && ($0.device ?? line.name) == line.name }
    var grid = TextGrid([
      .init("from", .left), .init("to", .left), .init("kWh"), .init("readings"), .init("mean W"), .init("peak W"),
      .init("at", .left), .init("lowest W"),
    ])
    for row in rows {
      let length = row.range.upperBound.milliseconds - row.range.lowerBound.milliseconds
      let powerTime = row.cells.reduce(Int128(0)) { $0 + Int128($1.powerTime) }
      let peak = row.cells.max { $0.peak < $1.peak }
      grid.append([
        .init(day.clock(row.range.lowerBound, seconds: true)), .init(day.clock(row.range.upperBound, seconds: true)),
        .init(day.kWh(row.energy, line)), .init(String(row.cells.reduce(0) { $0 + $1.rowCount })),
        .init(length > 0 ? Figure.ratio(powerTime, Int128(length) * 1000, places: 1).text : ""),
        .init(peak.map { ReportBuilder.watts($0.peak).text } ?? ""),
        .init(peak.map { day.clock($0.peakAt, seconds: true) } ?? ""),
        .init(row.cells.map(\.lowest).min().map { ReportBuilder.watts($0).text } ?? ""),
      ])
    }
    let why =
      isDamaged
      ? "dropped by 'wattlog retain', or cannot be read (the notes name the damage)"
      : "dropped by 'wattlog retain', which keeps single readings for a chosen time and rollups for ever"
    var text = [
      "", "\(CountText.grouped(Int64(count))) readings of this day are gone: they were \(why).",
      "What is left of them (Total rises evenly between two readings and is cut to its unit where a rollup ends):",
    ]
    text += grid.lines(width: 200, colour: false).map { "  " + $0 }
    return text
  }

  // MARK: Decisions

  func decisions() -> [String] {
    var text: [String] = []
    for step in day.steps(of: line) where step.rule != "continuous" {
      let event = events.first { event in
        event.decision != nil && event.from == step.from.time && event.to == step.to.time
          && (event.channel == nil || event.channel == step.channel)
      }
      text.append(
        "\(step.rule) from \(day.clock(step.from.time, seconds: true)) to \(day.clock(step.to.time, seconds: true))"
          + (event?.decision.map { " (\($0): 'wattlog device undo \($0)' takes it back)" } ?? "") + ":")
      text.append("    " + evidence(step))
      text.append("    " + (ExplainedCounter.rules[step.rule] ?? "") + "; counted \(day.exact(step.energy, line)) kWh")
      if let event { text.append("    " + SafeText.neutralised(event.text)) }
    }
    return text.isEmpty ? [] : ["", "Steps that were more than Total going on:"] + text.map { "  " + $0 }
  }

  private func evidence(_ step: StepTrace.Step) -> String {
    func pair(_ title: String, _ old: String, _ new: String) -> String {
      old == new ? "\(title) \(old) stays" : "\(title) \(old) → \(new)"
    }
    func clockText(_ value: Int64?) -> String {
      value.map { String(LocalInstant(Timestamp(milliseconds: $0), offsetSeconds: 0).iso.dropLast(6)) } ?? "none"
    }
    return [
      pair("Total", day.kWh(step.from.total, line), day.kWh(step.to.total, line)),
      pair("Today", day.kWh(step.from.today, line), day.kWh(step.to.today, line)),
      pair("Yesterday", day.kWh(step.from.yesterday, line), day.kWh(step.to.yesterday, line)),
      pair("TotalStartTime", clockText(step.from.startTime), clockText(step.to.startTime)),
      pair("its clock", clockText(step.from.clock), clockText(step.to.clock)),
      ExplainedDay.length(step.from.time, step.to.time) + " apart",
    ].joined(separator: ", ")
  }

  func leftOut() -> [String] {
    let found = day.trace.leftOut.filter { left in
      left.channel == line.channel.channel && left.points.contains { day.range.contains($0.time) }
    }
    guard !found.isEmpty else { return [] }
    var text = ["", "Readings left out:"]
    for left in found {
      let glitch = events.first { event in
        event.kind == .glitch && event.channel == left.channel && event.to == left.points.last?.time
      }
      if let id = glitch?.decision { text.append("  \(id), which 'wattlog device undo \(id)' takes back:") }
      for point in left.points {
        text.append("  \(day.clock(point.time, seconds: true))  Total \(day.kWh(point.total, line))  \(left.reason)")
      }
    }
    return text
  }

  // MARK: The plug's own figure

  func plugDay() -> [String] {
    guard day.isWhole else { return ["The plug says its own figure for this day when the day is over."] }
    guard let plugDay = line.plugDays.day(for: day.range) else {
      return ["The plug has not said Yesterday for this day."]
    }
    let own = plugDay.yesterday.kilowattHours(places: line.places)
    let use = line.channel.sum(day.buckets).energy
    let difference = plugDay.yesterday - use
    var text = "The plug's own Yesterday for its day that ended \(day.clock(plugDay.end, seconds: true)): \(own) kWh"
    let unit = Energy.unit(places: line.places)
    if difference == .zero { return [text + ", the same."] }
    text += ", \(difference.milliwattHours > 0 ? "+" : "")\(difference.kilowattHours(places: line.places)) kWh: "
    let decided = events.first { event in
      event.decision != nil && event.kind != .glitch && event.to > day.range.lowerBound
        && event.from < day.range.upperBound
    }
    let bucket = line.channel.sum(day.buckets)
    if abs(plugDay.end.milliseconds - day.range.upperBound.milliseconds) > 60_000 {
      text += "its midnight is not this day's end."
    } else if let decided {
      text += "the \(decided.kind.rawValue) at \(day.clock(decided.to)) changed its counter."
    } else if abs(difference.milliwattHours) <= 2 * unit.milliwattHours {
      text += "the firmware cuts its counters, and the day's edges lie between two messages."
    } else if bucket.missing > 0 {
      text += "part of the day is missing here."
    } else {
      text += "messages arrive after they are built, or a correction applies."
    }
    return [text]
  }

  // MARK: Words

  /// What the rules mean, by ``StepTrace/Step/rule``.
  static let rules: [String: String] = [
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
}
