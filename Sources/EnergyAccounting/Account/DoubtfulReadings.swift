import Readings

/// Readings that the next ones must confirm: glitches, counters that were set or reset, late messages.
struct Doubt {
  /// The readings, the first with what it would mean.
  var held: [CounterPoint] = []
  var step: CounterStep?
  /// What a confirmed doubt replaced: a return to it shows that the doubt was right.
  var replaced: Replaced?

  /// A confirmed doubt, and what it took the place of.
  struct Replaced {
    var base: CounterPoint
    /// What was counted and found out up to the base.
    var booked: EnergySeries.Mark
    var unscaled: Int64
    var plugDayCount: Int
    var markCount: Int
    var eventCount: Int
    /// It needed no doubt: more than a return by chance has to speak against it.
    var isLikely = false
  }

  var isEmpty: Bool { held.isEmpty }

  mutating func hold(_ point: CounterPoint, _ step: CounterStep) {
    held = [point]
    self.step = step
  }

  /// Lets the readings go.
  mutating func drop() {
    held.removeAll()
    step = nil
  }
}

extension CounterAccount {
  /// Readings in a row that settle a doubt.
  static let confirmations = 2
  /// How long false readings that agree with each other may go on, in ms: hours, of a plug that speaks seldom some
  /// messages.
  private var longestGlitch: Int64 { max(3 * 3_600_000, 8 * (presence.pace.period ?? 0)) }

  mutating func classifier(_ old: CounterPoint, _ new: CounterPoint) -> StepClassifier {
    StepClassifier(
      limit: limit(from: old, to: new), seenPower: power.ofDays(at: old.time),
      unit: Energy.unit(places: min(old.places, new.places)).milliwattHours,
      finestUnit: series.unit, savedToday: announced.starts.savedToday, likelySaved: announced.starts.likelySaved,
      countsBack: countsBack(old, new), isDecoupled: manner.isDecoupled, gapLimit: presence.pace.gapLimit,
      start: PlugStart(announced.starts, old, new), lastStart: announced.starts.last,
      awaitsSavedToday: announced.starts.awaitsSaved, timelessClock: announced.starts.timelessClock(at: new.time),
      usualLead: clock.usualLead, timeZone: options.timeZone)
  }

  /// What a step may draw on average by the powers at its ends.
  mutating func limit(from old: CounterPoint, to new: CounterPoint) -> Int64 {
    guard options.maximumMilliwatts == nil else { return powerLimit }
    let before = abs(old.power == CounterPoint.absent ? 0 : old.power)
    let after = abs(new.power == CounterPoint.absent ? 0 : new.power)
    // One of them may be false; what no house draws is believed of two alone.
    let believed = max(min(before, after), min(max(before, after), SeenPower.threePhase))
    return max(powerLimit, min(believed, SeenPower.house) &* 3 / 2)
  }

  /// A history was judged when it was imported, and it may be that of a house: what its counter rises by was used, whatever a
  /// plug could draw, and where it falls nobody knows.
  private static func historyStep(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep {
    let fell = new.total < old.total
    var step = CounterStep(
      rule: fell ? .resetTotal : .continuous, parts: [.init(energy: fell ? 0 : new.total - old.total, end: new.time)])
    step.losesSilence = fell
    return step
  }

  /// Does the counter run back when energy is given back? By what stands beside the step, and within a day before it.
  private func countsBack(_ old: CounterPoint, _ new: CounterPoint) -> Bool {
    if old.export != CounterPoint.absent, new.export != CounterPoint.absent { return new.export > old.export }
    if old.hasCountedBack || new.hasCountedBack || manner.countedBack(at: old.time) { return true }
    // Power below zero is noise, too: of both, or with a counter that fell.
    let (before, after) = (
      old.power != CounterPoint.absent && old.power < 0, new.power != CounterPoint.absent && new.power < 0
    )
    return before && after || (before || after) && new.total < old.total && new.today > 0
  }

  mutating func decide(_ base: CounterPoint, _ point: CounterPoint) {
    if presence.pace.isHistory {
      accept(CounterAccount.historyStep(base, point), from: base, to: point)
      return
    }
    if let step = commanded(base, point) {
      accept(step, from: base, to: point)
      return
    }
    let classifier = classifier(base, point)
    let step = classifier.step(from: base, to: point)
    // A return to the course before a doubt was confirmed may look like a power cut.
    if let replaced = doubt.replaced, point.time - replaced.base.time > longestGlitch { doubt.replaced = nil }
    if let replaced = doubt.replaced, !step.isOnCourse, step.rule != .late,
      !isUndone(.glitch, from: replaced.base, to: point),
      returns(to: replaced.base, point, steadily: replaced.isLikely)
    {
      undo(replaced, point)
      return
    }
    if step.isDoubtful {
      doubt.hold(point, step)
      return
    }
    // Nothing but the counter told of it: what follows may show that the reading was false.
    if doubt.replaced == nil, classifier.start.at == nil, step.said == nil,
      step.rule == .fallback || isBeyond(step, base, point, classifier)
    {
      doubt.replaced = replaced(base, isLikely: true)
    }
    accept(step, from: base, to: point)
  }

  /// What there is now, in case that what follows is taken back.
  private func replaced(_ base: CounterPoint, isLikely: Bool = false) -> Doubt.Replaced {
    Doubt.Replaced(
      base: base, booked: series.mark, unscaled: findings.unscaled, plugDayCount: findings.plugDays.count,
      markCount: findings.marks.count, eventCount: findings.events.count, isLikely: isLikely)
  }

  /// Does a step that counters agree on rise faster than any plug draws of which nothing is known, and faster than this
  /// one was seen to?
  private mutating func isBeyond(
    _ step: CounterStep, _ old: CounterPoint, _ new: CounterPoint, _ classifier: StepClassifier
  ) -> Bool {
    classifier.isSteep(step, from: old, to: new, thenAt: new.power)
      && step.energy > classifier.most(old, new, powerLimit)
  }

  /// Does the reading continue the course that the counter had at `old`?
  ///
  /// - Parameter isSteady: by no more than the plug is seen to draw, and nothing was said of a start.
  mutating func returns(to old: CounterPoint, _ point: CounterPoint, steadily isSteady: Bool = false) -> Bool {
    let classifier = classifier(old, point)
    let step = classifier.step(from: old, to: point, strictly: true)
    guard step.goesOn else { return false }
    return !isSteady
      || classifier.start.at == nil && !classifier.isSteep(step, from: old, to: point, thenAt: point.power)
  }

  /// Is it the same counter without doubt, whatever the plug is called? Over midnight Yesterday tells.
  mutating func continues(_ old: CounterPoint, _ new: CounterPoint) -> Bool {
    guard old.hasYesterday, old.startTime == new.startTime else { return false }
    let step = classifier(old, new).step(from: old, to: new, strictly: true)
    return step.goesOn && (old.yesterday == new.yesterday || step.crossesDay)
  }

  /// A reading after doubtful ones: it confirms them, or returns to the old course, or is another doubtful one.
  mutating func settle(_ base: CounterPoint, _ point: CounterPoint) {
    let held = doubt.held
    guard let last = held.last, let first = held.first, let heldStep = doubt.step else { return }
    // A message that came twice says nothing more.
    if point.clock != CounterPoint.absent, held.contains(where: { $0.clock == point.clock && $0.total == point.total })
    {
      return
    }
    if heldStep.rule == .late { return settleLate(base, point) }
    if classifier(base, point).isLate(base, point) {
      trace?.leaveOut([point], channel: channel, reason: CounterAccount.lateReason)
      return
    }
    let confirms = returns(to: last, point)
    let isUpward = first.total > base.total
    if returns(to: base, point), !(isUpward && confirms) {
      if isUndone(.glitch, from: base, to: last) {
        countHeld(base, point)
        return
      }
      trace?.leaveOut(held, channel: channel, reason: "false: the counter then went on from where it was")
      let count = held.count
      record(
        .glitch, over: (base, last), before: base.total, after: first.total, energy: 0, cause: "false-reading",
        text: count == 1
          ? "one false reading (\(kWh(first.total)) kWh) between sound ones, left out"
          : "\(count) false readings (\(kWh(first.total)) kWh first) between sound ones, left out")
      doubt.drop()
      accept(classifier(base, point).step(from: base, to: point), from: base, to: point)
      return
    }
    doubt.held.append(point)
    if !confirms {
      // Neither course: what was held so far led nowhere, unless there is no end to it.
      if doubt.held.count > 16 { giveUp(base) }
      return
    }
    confirm(base)
  }

  /// The last reading goes on from the one before: where enough do, they are the new course.
  private mutating func confirm(_ base: CounterPoint) {
    let held = doubt.held
    var run = 1
    var index = held.count - 1
    while index > 0, returns(to: held[index - 1], held[index]) {
      run += 1
      index -= 1
    }
    guard run >= CounterAccount.confirmations else { return }
    // The run from `index` on is the new course; what was held before it led nowhere.
    if index > 0 {
      trace?.leaveOut(Array(held[..<index]), channel: channel, reason: "false: nothing that followed agreed with it")
    }
    let confirmed = Array(held[index...])
    doubt.drop()
    let start = confirmed[0]
    let judge = classifier(base, start)
    let step = judge.step(from: base, to: start)
    // What counters that agree say of a silence is hardly a decision that a return could take back.
    let isDecision = !step.isOnCourse || isBeyond(step, base, start, judge)
    let before = replaced(base, isLikely: step.isOnCourse)
    accept(step, from: base, to: start)
    doubt.replaced = isDecision ? before : nil
    countPowers(of: confirmed.dropLast())
    var previous = start
    for next in confirmed.dropFirst() {
      accept(classifier(previous, next).step(from: previous, to: next), from: previous, to: next)
      previous = next
    }
  }

  /// Powers of readings that were held and count after all.
  mutating func countPowers(of points: some Sequence<CounterPoint>) {
    let largest = SeenPower.largest(maximum: options.maximumMilliwatts)
    for point in points where point.power != CounterPoint.absent && point.power <= largest {
      presence.count(point.power, at: point)
    }
  }

  /// A person says that the readings which are held were true: each difference counts, if it is above 0.
  private mutating func countHeld(_ base: CounterPoint, _ point: CounterPoint) {
    guard let first = doubt.held.first, let last = doubt.held.last else { return }
    let readings = doubt.held + [point]
    doubt.drop()
    let counted = series.total
    var previous = base
    for next in readings {
      let energy = max(next.total - previous.total, 0)
      accept(
        CounterStep(rule: .continuous, parts: [.init(energy: energy, end: next.time)]), from: previous, to: next)
      previous = next
    }
    record(
      .glitch, over: (base, last), before: base.total, after: first.total, energy: series.total - counted,
      cause: "undone", text: "a person took the decision back; the counter's own differences count")
  }

  func isUndone(_ kind: LedgerEvent.Kind, from old: CounterPoint, to new: CounterPoint) -> Bool {
    !options.undoneDecisions.isEmpty
      && options.undoneDecisions.contains(DecisionID.of(kind, channel: channel, from: old, to: new))
  }

  private mutating func giveUp(_ base: CounterPoint) {
    guard let last = doubt.held.last else { return }
    doubt.drop()
    accept(CounterStep(rule: .unexplained, parts: [], losesSilence: true), from: base, to: last)
  }

  /// The counter is back on the course that it had before a confirmed doubt: that was a long glitch.
  private mutating func undo(_ replaced: Doubt.Replaced, _ point: CounterPoint) {
    guard let base else { return }
    // Clocks are not counters.
    findings.events =
      findings.events[..<replaced.eventCount] + findings.events[replaced.eventCount...].filter { $0.kind == .clock }
    let whole = classifier(replaced.base, point).step(from: replaced.base, to: point)
    record(
      .glitch, over: (replaced.base, point), before: replaced.base.total, after: base.total, energy: whole.energy,
      cause: "false-reading", text: "false readings until the counter returned to its old course, left out")
    // What they counted was never there: the step over all of them tells each of its days.
    series.takeBack(to: replaced.booked, exports: other.exportBase == nil)
    findings.unscaled = replaced.unscaled
    findings.plugDays.removeSubrange(replaced.plugDayCount...)
    findings.marks.removeSubrange(replaced.markCount...)
    trace?.takeBack(
      channel: channel, since: replaced.base.time, reason: "false: the counter then returned to its old course")
    doubt.replaced = nil
    accept(whole, from: replaced.base, to: point)
  }
}
