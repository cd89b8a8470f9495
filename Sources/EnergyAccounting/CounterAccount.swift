import Readings

/// One counter of a plug: what its steps mean, held readings, energy between cut points, and the decisions made.
struct CounterAccount {
  let channel: Int?
  private let options: MeteringOptions
  private(set) var series: EnergySeries
  private(set) var presence: Presence
  private(set) var events: [LedgerEvent] = []
  private(set) var plugDays: [PlugDay] = []
  /// Silences, with what was inferred over them; explained when everything is known.
  private(set) var silences: [Silence] = []
  /// The most digits that the counter was printed with.
  private(set) var places: Int?
  /// True once anything but zero was read: a plug of one phase shows three zero phases while it starts.
  private(set) var hasSpoken = false

  private struct Replaced {
    var base: CounterPoint
    var countedBefore: Int64
    /// The events that the decision made.
    var firstEvent: Int
    var eventCount = 0
  }

  struct Silence {
    var from: Int64
    var to: Int64
    var energy: Int64 = 0
    var isLost = false
    var before: Int64?
    var after: Int64?
  }

  /// The last sound reading.
  private var base: CounterPoint?
  /// Readings that the next ones must confirm, the first with what it would mean.
  private var held: [CounterPoint] = []
  private var heldStep: CounterStep?
  /// What a confirmed doubt replaced: a return to it shows that the doubt was right.
  private var replaced: Replaced?
  /// Silences since ``base``.
  private var openSilences: [(from: Int64, to: Int64)] = []
  private var restarts: [PlugStart] = []
  private var nextRestart = 0
  private var savedToday: ClosedRange<Int64> = 0...0
  private var soundPower: Int64 = 0
  private var isBidirectional = false
  private var decoupledSteps = 0
  private var unit: Int64 = 1000
  private var clock = ClockWatch()
  /// Power integrated without a counter, in mW × ms below one mWh.
  private var powerRest: Int64 = 0
  private var exportBase: (time: Int64, value: Int64)?
  private var exportDoubts = 0
  private var scaleRest: Int128 = 0
  /// Told how figures come about; nil where nobody asks.
  var trace: StepTrace?
  /// Another plug begins with the next reading.
  private var announcedSwap: (time: Int64, text: String)?

  /// Readings in a row that settle a doubt.
  private static let confirmations = 2
  private static let lateConfirmations = 4
  /// A plug's start, from INFO.
  struct PlugStart: Hashable {
    var at: Int64
    /// By command or update: Settings were saved just before.
    var isWanted: Bool
  }

  init(channel: Int?, cuts: [Int64], edges: [Int64], options: MeteringOptions, restarts: [PlugStart]) {
    self.channel = channel
    self.options = options
    self.restarts = restarts
    series = EnergySeries(cuts: cuts)
    presence = Presence(cuts: cuts, edges: edges)
  }

  mutating func add(restart: PlugStart) {
    let index = restarts.lastIndex { $0.at <= restart.at }.map { $0 + 1 } ?? 0
    restarts.insert(restart, at: max(index, min(nextRestart, restarts.count)))
  }

  // MARK: Rows

  /// Takes the rows of a lane. `coarse` and `fine` are the counter's digits in these rows.
  mutating func add(_ lane: borrowing CounterLane, coarsestPlaces coarse: Int?, finestPlaces fine: Int?) {
    if let coarse, let fine {
      unit = Energy.unit(places: coarse).milliwattHours
      places = max(places ?? 0, min(fine, 6))
      series.unit = Energy.unit(places: places ?? 3).milliwattHours
    }
    var row = 0
    while row < lane.count {
      row = addUsual(lane, from: row)
      if row < lane.count {
        add(lane.point(row))
        row += 1
      }
    }
  }

  /// Takes rows as long as nothing has to be decided: the counter goes on by what is possible, Today with it, at the
  /// plug's pace, on the same side of every cut point. Returns the first row that is not so.
  private mutating func addUsual(_ lane: borrowing CounterLane, from start: Int) -> Int {
    guard let point = base, held.isEmpty, openSilences.isEmpty, announcedSwap == nil, clock.isSettled, !lane.hasExport,
      options.scales.isEmpty,
      presence.last == point.time, presence.lastPower != CounterPoint.absent, point.hasToday, !isBidirectional,
      start < lane.count
    else { return start }
    let usual = presence.pace.usual
    // The plug's midnight is looked at even when nothing is used: it tells what the plug's day was.
    let midnight = point.plugDay.map { ($0 + 1) * 86_400_000 - (point.clock - point.time) } ?? .max
    let restart = nextRestart < restarts.count ? restarts[nextRestart].at : .max
    let stop = min(presence.nextCut, series.nextCut, midnight, restart)
    let limit = powerLimit
    // In mWh × 3,600,000 = mW × ms; the longest usual step keeps the product far from overflow.
    let slack = 2 * unit * 3_600_000
    let largestGain = Int64(clamping: Int128(limit) * Int128(usual.upperBound) / 3_600_000) + 2 * unit
    let midnightTotal = point.midnightTotal
    let looseness = unit + 2 * StepClassifier.floatStep(point.total.magnitude)
    let lead = clock.lead
    let ignoresClock = !lane.hasClock
    let first = point.time
    var state = (
      row: start, time: point.time, total: point.total, power: presence.lastPower, powerTime: Int64(0),
      heldSince: point.time, peak: Int64.min, peakAt: Int64(0), lowest: Int64.max,
      newestClock: point.newestClock
    )
    let largestPower = options.maximumMilliwatts.map { $0 &+ $0 / 2 } ?? .max
    lane.withColumns { columns in
      // Copies, so that the loop keeps them in registers.
      var (row, time, total, power, powerTime) = (start, point.time, point.total, presence.lastPower, Int64(0))
      var newestClock = point.newestClock
      var (heldSince, peak, peakAt, lowest) = (point.time, Int64.min, Int64(0), Int64.max)
      defer { state = (row, time, total, power, powerTime, heldSince, peak, peakAt, lowest, newestClock) }
      while row < columns.count {
        let newTime = columns.time[row]
        let step = newTime &- time
        let newTotal = columns.total[row]
        let gained = newTotal &- total
        let newPower = columns.power[row]
        let drift = columns.clock[row] &- newTime &- lead
        let moved = newTotal &- columns.today[row] &- midnightTotal
        guard newTime < stop, usual.contains(step), gained >= 0, gained <= largestGain,
          gained &* 3_600_000 &- slack <= limit &* step, moved <= looseness, moved >= -looseness,
          columns.yesterday[row] == point.yesterday, columns.startTime[row] == point.startTime, newPower >= 0,
          newPower <= largestPower, ignoresClock || (drift < 30_000 && drift > -30_000)
        else { return }
        powerTime &+= power &* step
        if newPower != power {
          presence.hold(power, for: time &- heldSince)
          presence.hold(power, for: step)
          heldSince = newTime
          power = newPower
        }
        if newPower > peak {
          peak = newPower
          peakAt = newTime
        }
        if newPower < lowest { lowest = newPower }
        if columns.clock[row] > newestClock { newestClock = columns.clock[row] }
        time = newTime
        total = newTotal
        row += 1
      }
    }
    guard state.row > start else { return start }
    presence.hold(state.power, for: state.time - state.heldSince)
    presence.add(
      messages: state.row - start, covered: state.time - first, powerTime: state.powerTime, peak: state.peak,
      peakAt: state.peakAt, lowest: state.lowest, last: state.time, lastPower: state.power)
    if let trace { traceUsual(trace, point, lane.point(state.row - 1), count: state.row - start) }
    series.add(state.total - point.total)
    soundPower = max(soundPower, min(state.peak, StandardLimit.learnable))
    base = lane.point(state.row - 1)
    base?.newestClock = state.newestClock
    hasSpoken = hasSpoken || state.total != 0
    return state.row
  }

  private func traceUsual(_ trace: StepTrace, _ old: CounterPoint, _ new: CounterPoint, count: Int) {
    let (from, to) = (StepTrace.Point(old), StepTrace.Point(new))
    trace.add(
      StepTrace.Step(
        channel: channel, rule: "continuous", from: from, to: to,
        parts: [.init(range: from.time..<to.time, energy: Energy(milliwattHours: new.total - old.total))],
        before: Energy(milliwattHours: series.total), isInferred: false, losesSilence: false, stepCount: count))
  }

  /// What a step may draw on average.
  private var powerLimit: Int64 {
    if let maximum = options.maximumMilliwatts { return max(maximum &+ maximum / 5, 1000) }
    return max(MeteringOptions.defaultLimitMilliwatts, soundPower &+ soundPower / 2)
  }

  private enum StandardLimit {
    /// A power above this teaches nothing: no three-phase connection of a house has more (3 × 100 A).
    static let learnable: Int64 = 100_000_000
  }

  /// Any row.
  private mutating func add(_ point: CounterPoint) {
    if announcedSwap != nil { swapUnlessContinued(point) }
    let isSoundPower =
      point.power != CounterPoint.absent
      && (options.maximumMilliwatts.map { point.power <= $0 &+ $0 / 2 } ?? true)
    let power = isSoundPower ? point.power : CounterPoint.absent
    if point.total == CounterPoint.absent {
      integratePower(to: point)
    }
    if let silence = presence.add(time: point.time, power: power, countsPower: isSoundPower) {
      openSilences.append(silence)
      if point.total == CounterPoint.absent, base == nil {
        silences.append(Silence(from: silence.from, to: silence.to, isLost: true))
        openSilences.removeAll()
      }
    }
    if point.power != CounterPoint.absent, point.power < 0 { isBidirectional = true }
    addExport(point)
    guard point.total != CounterPoint.absent else { return }
    if point.total != 0 { hasSpoken = true }
    if point.total < 0 { isBidirectional = true }
    guard let base else {
      // Energy before the first reading is not counted; power integrated until here stays.
      self.base = point
      openSilences.removeAll()
      clock.start(point)
      return
    }
    if held.isEmpty { decide(base, point) } else { settle(base, point) }
  }

  // MARK: Decisions

  private func classifier(_ old: CounterPoint, _ new: CounterPoint) -> StepClassifier {
    var limit = powerLimit
    if options.maximumMilliwatts == nil {
      let both = min(
        abs(old.power == CounterPoint.absent ? 0 : old.power), abs(new.power == CounterPoint.absent ? 0 : new.power))
      limit = max(limit, min(both, StandardLimit.learnable) &* 3 / 2)
    }
    return StepClassifier(
      limit: limit, unit: unit, savedToday: savedToday, isBidirectional: isBidirectional,
      isDecoupled: decoupledSteps >= 3, gapLimit: presence.pace.gapLimit,
      sawRestart: sawRestart(in: old.time, new.time), timeZone: options.timeZone)
  }

  private mutating func decide(_ base: CounterPoint, _ point: CounterPoint) {
    let step = classifier(base, point).step(from: base, to: point)
    guard step.isDoubtful else {
      accept(step, from: base, to: point)
      return
    }
    if let replaced, returns(to: replaced.base, point) {
      undo(replaced, point)
      return
    }
    held = [point]
    heldStep = step
  }

  /// Does the reading continue the course that the counter had at `old`?
  private func returns(to old: CounterPoint, _ point: CounterPoint) -> Bool {
    let step = classifier(old, point).step(from: old, to: point, strictly: true)
    return !step.isDoubtful && step.isOnCourse && step.rule != .rounding
  }

  /// A reading after doubtful ones: it confirms them, or returns to the old course, or is another doubtful one.
  private mutating func settle(_ base: CounterPoint, _ point: CounterPoint) {
    guard let last = held.last, let first = held.first, let heldStep else { return }
    let confirms = returns(to: last, point)
    let isUpward = first.total > base.total
    if returns(to: base, point), !(isUpward && confirms) {
      trace?.leaveOut(
        held, channel: channel,
        reason: heldStep.rule == .late
          ? "late: older than the reading before it" : "false: the counter then went on from where it was")
      if heldStep.rule != .late {
        let count = held.count
        record(
          .glitch, from: base, to: last, before: base.total, after: first.total, energy: 0, cause: "false-reading",
          text: count == 1
            ? "one false reading (\(kWh(first.total)) kWh) between sound ones, left out"
            : "\(count) false readings (\(kWh(first.total)) kWh first) between sound ones, left out")
      }
      held.removeAll()
      self.heldStep = nil
      accept(classifier(base, point).step(from: base, to: point), from: base, to: point)
      return
    }
    held.append(point)
    if !confirms {
      // Neither course: what was held so far led nowhere, unless there is no end to it.
      if held.count > 16 {
        giveUp(base)
      }
      return
    }
    var run = 1
    var index = held.count - 1
    while index > 0, returns(to: held[index - 1], held[index]) {
      run += 1
      index -= 1
    }
    guard run >= CounterAccount.confirmations else { return }
    // A burst of late messages agrees with itself too; a clock that was put back goes on at its usual pace.
    if heldStep.rule == .late, let newest = held.last, let lead = newest.clockLead, let oldest = held[index].clockLead {
      guard run >= CounterAccount.lateConfirmations, abs(lead - oldest) <= 5000,
        newest.time - held[index].time >= 30_000
      else { return }
    }
    // The run from `index` on is the new course; what was held before it led nowhere.
    if index > 0 {
      trace?.leaveOut(Array(held[..<index]), channel: channel, reason: "false: nothing that followed agreed with it")
    }
    let confirmed = Array(held[index...])
    held.removeAll()
    self.heldStep = nil
    let start = confirmed[0]
    var step = classifier(base, start).step(from: base, to: start)
    if step.rule == .late { step = lateAsFall(base, start) }
    var before = Replaced(base: base, countedBefore: series.total, firstEvent: events.count)
    accept(step, from: base, to: start)
    before.eventCount = events.count - before.firstEvent
    replaced = before
    var previous = start
    for next in confirmed.dropFirst() {
      accept(classifier(previous, next).step(from: previous, to: next), from: previous, to: next)
      previous = next
    }
  }

  /// The clock went back for good: the counters decide without it.
  private func lateAsFall(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep {
    var blind = old
    blind.clock = CounterPoint.absent
    blind.newestClock = CounterPoint.absent
    return classifier(blind, new).step(from: blind, to: new)
  }

  private mutating func giveUp(_ base: CounterPoint) {
    guard let last = held.last else { return }
    held.removeAll()
    heldStep = nil
    accept(CounterStep(rule: .unexplained, parts: [], losesSilence: true), from: base, to: last)
  }

  /// The counter is back on the course that it had before a confirmed doubt: that was a long glitch.
  private mutating func undo(_ replaced: Replaced, _ point: CounterPoint) {
    guard let base else { return }
    events.removeSubrange(replaced.firstEvent..<(replaced.firstEvent + replaced.eventCount))
    let whole = classifier(replaced.base, point).step(from: replaced.base, to: point)
    let counted = series.total - replaced.countedBefore
    let energy = max(whole.energy - counted, 0)
    record(
      .glitch, from: replaced.base, to: point, before: replaced.base.total, after: base.total, energy: whole.energy,
      cause: "false-reading", text: "false readings until the counter returned to its old course, left out")
    self.replaced = nil
    accept(
      CounterStep(rule: .continuous, parts: [.init(energy: energy, end: point.time)]), from: base, to: point)
  }

  /// Books a step and takes its reading as the new base.
  private mutating func accept(_ decided: CounterStep, from old: CounterPoint, to new: CounterPoint) {
    let step = options.undoneDecisions.isEmpty ? decided : unlessUndone(decided, old, new)
    let isSilence = new.time - old.time > presence.pace.gapLimit
    let isInferred = !openSilences.isEmpty || isSilence
    let counted = series.total
    var start = old.time
    let returned = step.losesSilence ? lastRestart(in: old.time, new.time) : nil
    var traced: [StepTrace.Part] = []
    for (index, part) in step.parts.enumerated() {
      // After a power cut nothing was used until the plug was back, where that is known.
      let isLast = index == step.parts.count - 1
      let from = isLast ? min(max(start, returned ?? start), part.end) : start
      if from > start { series.book(from: start, to: from, energy: 0, isInferred: isInferred) }
      let energy = scaled(part.energy, at: new.time)
      series.book(from: from, to: max(part.end, from), energy: energy, isInferred: isInferred)
      if trace != nil {
        traced.append(
          .init(
            range: Timestamp(milliseconds: from)..<Timestamp(milliseconds: max(part.end, from)),
            energy: Energy(milliwattHours: energy)))
      }
      start = max(part.end, from)
    }
    series.book(from: start, to: new.time, energy: 0, isInferred: isInferred)
    if !isBidirectionalByColumn {
      series.bookExport(from: old.time, to: new.time, energy: scaled(step.export, at: new.time))
    }
    for silence in openSilences {
      if !step.losesSilence {
        presence.infer(from: silence.from, to: silence.to)
      } else if let returned, returned > silence.from, returned < silence.to {
        presence.infer(from: returned, to: silence.to)
      }
      silences.append(
        Silence(
          from: silence.from, to: silence.to, energy: openSilences.count == 1 ? series.total - counted : 0,
          isLost: step.losesSilence, before: old.total, after: new.total))
    }
    openSilences.removeAll()
    trace?.add(
      StepTrace.Step(
        channel: channel, rule: step.ruleName, from: .init(old), to: .init(new), parts: traced,
        before: Energy(milliwattHours: counted), isInferred: isInferred, losesSilence: step.losesSilence, stepCount: 1))
    tell(step, from: old, to: new)
    follow(step, from: old, to: new)
  }

  /// The step, or the counter's own difference where a person took the decision back.
  private func unlessUndone(_ step: CounterStep, _ old: CounterPoint, _ new: CounterPoint) -> CounterStep {
    guard let kind = step.decidedKind,
      options.undoneDecisions.contains(DecisionID.of(kind, channel: channel, from: old, to: new))
    else { return step }
    var plain = CounterStep(
      rule: .continuous, parts: [.init(energy: max(new.total - old.total, 0), end: new.time)], midnight: step.midnight)
    plain.undone = kind
    return plain
  }

  /// What a step teaches about the plug.
  private mutating func follow(_ step: CounterStep, from old: CounterPoint, to new: CounterPoint) {
    let crossesDay = step.midnight != nil || step.rule == .midnight
    if crossesDay { savedToday = 0...0 }
    while nextRestart < restarts.count, restarts[nextRestart].at <= new.time {
      if restarts[nextRestart].isWanted, old.hasToday, new.hasToday, step.isOnCourse {
        let before = crossesDay ? 0 : max(old.today, 0)
        savedToday = before...max(new.today, before)
      }
      nextRestart += 1
    }
    if let midnight = step.midnight, new.hasYesterday {
      plugDays.append(
        PlugDay(end: Timestamp(milliseconds: midnight), yesterday: Energy(milliwattHours: new.yesterday)))
    }
    if step.rule == .continuous, old.hasToday, new.hasToday {
      let moved = abs(new.midnightTotal - old.midnightTotal)
      if moved > 4 * unit + 2 * StepClassifier.floatStep(new.total.magnitude) { decoupledSteps += 1 }
    }
    if step.isOnCourse, old.power != CounterPoint.absent, new.power != CounterPoint.absent {
      soundPower = max(soundPower, min(min(old.power, new.power), StandardLimit.learnable))
    }
    base = new
    // Going on, a counter tells that the clock was put back; standing still, that may be a late message.
    if new.total <= old.total { base?.newestClock = max(old.newestClock, new.clock) }
    // A fall by rounding is made good by the next steps: the higher value stays.
    if step.rule == .rounding { base?.total = old.total }
    if let event = clock.see(new) { events.append(with(event)) }
  }

  /// Starts before the base are behind ``nextRestart``.
  private func sawRestart(in start: Int64, _ end: Int64) -> Bool {
    restarts[nextRestart...].prefix { $0.at <= end }.contains { $0.at > start }
  }

  private func lastRestart(in start: Int64, _ end: Int64) -> Int64? {
    restarts[nextRestart...].prefix { $0.at < end }.last { $0.at > start }?.at
  }

  private func with(_ event: LedgerEvent) -> LedgerEvent {
    var event = event
    event.channel = channel
    return event
  }

  private var isBidirectionalByColumn: Bool { exportBase != nil }

  private mutating func scaled(_ energy: Int64, at time: Int64) -> Int64 {
    guard let scale = options.scales.last(where: { $0.from.milliseconds < time }), scale.denominator > 0 else {
      return energy
    }
    let product = Int128(energy) * Int128(scale.numerator) + scaleRest
    scaleRest = product % Int128(scale.denominator)
    return Int64(clamping: product / Int128(scale.denominator))
  }

  // MARK: Without a counter, and export

  /// Power held until the next message, where there is no counter at all.
  private mutating func integratePower(to point: CounterPoint) {
    guard base == nil, let last = presence.last, presence.lastPower != CounterPoint.absent else { return }
    let step = point.time - last
    guard step > 0, step <= presence.pace.bridgeLimit else { return }
    let (product, overflow) = presence.lastPower.multipliedReportingOverflow(by: step)
    guard !overflow else { return }
    let whole = Int128(product) + Int128(powerRest)
    let energy = Int64(clamping: whole / 3_600_000)
    powerRest = Int64(clamping: whole % 3_600_000)
    hasSpoken = true
    if energy >= 0 {
      series.book(from: last, to: point.time, energy: scaled(energy, at: point.time), isInferred: false)
    } else {
      series.bookExport(from: last, to: point.time, energy: scaled(-energy, at: point.time))
    }
  }

  /// ExportActive: the sum of its forward steps.
  private mutating func addExport(_ point: CounterPoint) {
    guard point.export != CounterPoint.absent else { return }
    guard let exportBase else {
      self.exportBase = (point.time, point.export)
      isBidirectional = true
      return
    }
    let gained = point.export - exportBase.value
    let most = Int128(powerLimit) * Int128(max(point.time - exportBase.time, 1000)) / 3_600_000 + Int128(2 * unit)
    if gained >= 0, Int128(gained) <= most {
      series.bookExport(from: exportBase.time, to: point.time, energy: scaled(gained, at: point.time))
    } else if exportDoubts < CounterAccount.confirmations {
      exportDoubts += 1
      return
    }
    exportDoubts = 0
    self.exportBase = (point.time, point.export)
  }

  // MARK: Telling

  private mutating func record(
    _ kind: LedgerEvent.Kind, from: CounterPoint, to: CounterPoint, before: Int64?, after: Int64?, energy: Int64?,
    cause: String, text: String
  ) {
    events.append(
      LedgerEvent(
        kind: kind, channel: channel, from: Timestamp(milliseconds: from.time), to: Timestamp(milliseconds: to.time),
        before: before.map(Energy.init(milliwattHours:)), after: after.map(Energy.init(milliwattHours:)),
        energy: energy.map(Energy.init(milliwattHours:)), cause: cause, text: text,
        decision: kind == .glitch ? nil : DecisionID.of(kind, channel: channel, from: from, to: to)))
  }

  private func kWh(_ energy: Int64) -> String {
    Energy(milliwattHours: energy).kilowattHours(places: places ?? 3)
  }

  private mutating func tell(_ step: CounterStep, from old: CounterPoint, to new: CounterPoint) {
    let counted = kWh(step.energy)
    if let kind = step.undone {
      record(
        kind, from: old, to: new, before: old.total, after: new.total, energy: step.energy, cause: "undone",
        text: "a person took the decision on this step back; the counter's own difference counts: \(counted) kWh")
      return
    }
    switch step.rule {
    case .continuous, .midnight, .rounding, .backwards, .late: return
    case .fallback:
      record(
        .fallback, from: old, to: new, before: old.total, after: new.total, energy: step.energy, cause: "power-cut",
        text: old.hasToday
          ? "a power cut lost today's counter: Total fell back to its value at midnight; counted since power "
            + "returned: \(counted) kWh"
          : "Total fell back, and the messages have no Today to tell why; counted: \(counted) kWh")
    case .resetTotal, .resetAll:
      let what =
        step.rule == .resetTotal ? "Total was set to zero (it shows today's use)" : "all counters were set to zero"
      record(
        .reset, from: old, to: new, before: old.total, after: new.total, energy: step.energy,
        cause: step.rule == .resetTotal ? "total-zero" : "all-zero", text: "\(what); counted: \(counted) kWh")
    case .set:
      let direction = new.total >= old.total ? "up" : "down"
      record(
        .counterSet, from: old, to: new, before: old.total, after: new.total, energy: step.energy,
        cause: "set-\(direction)",
        text:
          "the counter was set \(direction) from \(kWh(old.total)) to \(kWh(new.total)) kWh; counted: \(counted) kWh")
    case .restored:
      record(
        .counterSet, from: old, to: new, before: old.total, after: new.total, energy: step.energy, cause: "restored",
        text: "the plug got its time and took up today's counter from its last restart again; counted: \(counted) kWh")
    case .otherPlug:
      record(
        .swap, from: old, to: new, before: old.total, after: new.total, energy: 0, cause: "other-counters",
        text: "another plug by its counters (its Total began earlier, its Yesterday is another): a new base")
    case .unexplained:
      record(
        .counterSet, from: old, to: new, before: old.total, after: new.total, energy: step.energy, cause: "unexplained",
        text: "the counter went from \(kWh(old.total)) to \(kWh(new.total)) kWh as nothing explains; nothing counted")
    }
  }

  // MARK: Edges

  /// Another plug: a new base, and what lies between the last reading and its first is nobody's.
  ///
  /// Discovery may tell of the new plug after its first readings have come: where its counters already were the base,
  /// the swap is behind.
  mutating func swap(at time: Int64, text: String) { announcedSwap = (time, text) }

  private mutating func swapUnlessContinued(_ point: CounterPoint) {
    guard let (time, text) = announcedSwap else { return }
    announcedSwap = nil
    if let base, point.total != CounterPoint.absent, base.hasYesterday,
      base.startTime == point.startTime, base.yesterday == point.yesterday, returns(to: base, point)
    {
      return
    }
    if let base {
      events.append(
        LedgerEvent(
          kind: .swap, channel: channel, from: Timestamp(milliseconds: base.time), to: Timestamp(milliseconds: time),
          before: Energy(milliwattHours: base.total), energy: .zero, cause: "other-plug", text: text))
    }
    interrupt()
  }

  /// The next reading is a new base, and what lies before it is not counted.
  mutating func interrupt() {
    base = nil
    held.removeAll()
    heldStep = nil
    replaced = nil
    openSilences.removeAll()
    savedToday = 0...0
    exportBase = nil
    clock = ClockWatch()
    presence.forgetLast()
  }

  /// Ends the account. Readings that are still held are left out: the next ones would have decided.
  mutating func finish() {
    if !held.isEmpty { trace?.leaveOut(held, channel: channel, reason: "in doubt: the next readings would decide") }
    held.removeAll()
    presence.finish()
    if let event = clock.finish() { events.append(with(event)) }
  }
}

extension CounterLane {
  /// The columns that the straight path reads, without bounds checks on each access: every index is below `count`,
  /// and every column has `capacity` values.
  struct Columns {
    let count: Int
    let time, total, today, yesterday, startTime, clock, power: UnsafePointer<Int64>
  }

  borrowing func withColumns(_ body: (Columns) -> Void) {
    precondition(count <= CounterLane.capacity, "a lane holds more rows than it has room for")
    time.withUnsafeBufferPointer { time in
      total.withUnsafeBufferPointer { total in
        today.withUnsafeBufferPointer { today in
          yesterday.withUnsafeBufferPointer { yesterday in
            startTime.withUnsafeBufferPointer { startTime in
              clock.withUnsafeBufferPointer { clock in
                power.withUnsafeBufferPointer { power in
                  guard let time = time.baseAddress, let total = total.baseAddress, let today = today.baseAddress,
                    let yesterday = yesterday.baseAddress, let startTime = startTime.baseAddress,
                    let clock = clock.baseAddress, let power = power.baseAddress
                  else { return }
                  body(
                    Columns(
                      count: count, time: time, total: total, today: today, yesterday: yesterday, startTime: startTime,
                      clock: clock, power: power))
                }
              }
            }
          }
        }
      }
    }
  }
}
