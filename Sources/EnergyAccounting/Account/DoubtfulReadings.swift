import Readings

/// Readings that the next ones must confirm: glitches, counters that were set or reset, late messages.
extension CounterAccount {
  /// A confirmed doubt, and what it took the place of.
  struct Replaced {
    var base: CounterPoint
    var countedBefore: Int64
    /// The events that the decision made.
    var firstEvent: Int
    var eventCount = 0
  }

  /// Readings in a row that settle a doubt.
  static let confirmations = 2
  /// How long false readings that agree with each other may go on, in ms.
  static let longestGlitch: Int64 = 3 * 3_600_000

  mutating func classifier(_ old: CounterPoint, _ new: CounterPoint) -> StepClassifier {
    var limit = powerLimit
    if options.maximumMilliwatts == nil {
      let before = abs(old.power == CounterPoint.absent ? 0 : old.power)
      let after = abs(new.power == CounterPoint.absent ? 0 : new.power)
      // One of them may be false; what no house draws is believed of two alone.
      let believed = max(min(before, after), min(max(before, after), StandardLimit.threePhase))
      limit = max(limit, min(believed, StandardLimit.learnable) &* 3 / 2)
    }
    let starts = starts(in: old.time, new.time)
    return StepClassifier(
      limit: limit, seenPower: soundPower &+ soundPower / 2, unit: unit, savedToday: savedToday,
      isBidirectional: isBidirectional,
      isDecoupled: decoupledSteps >= 3, gapLimit: presence.pace.gapLimit,
      started: starts.last?.at, sawPowerCut: starts.contains(where: \.isPowerOn), awaitsSavedToday: awaitsSavedToday,
      timelessClock: timeless.flatMap { new.time - $0.time <= StepClassifier.longestDelay ? $0.clock : nil },
      usualLead: clock.usualLead, timeZone: options.timeZone)
  }

  mutating func decide(_ base: CounterPoint, _ point: CounterPoint) {
    let step = classifier(base, point).step(from: base, to: point)
    guard step.isDoubtful else {
      accept(step, from: base, to: point)
      return
    }
    if let replaced, point.time - replaced.base.time <= CounterAccount.longestGlitch,
      !isUndone(.glitch, from: replaced.base, to: point), returns(to: replaced.base, point)
    {
      undo(replaced, point)
      return
    }
    held = [point]
    heldStep = step
  }

  /// Does the reading continue the course that the counter had at `old`?
  mutating func returns(to old: CounterPoint, _ point: CounterPoint) -> Bool {
    let step = classifier(old, point).step(from: old, to: point, strictly: true)
    return !step.isDoubtful && step.isOnCourse && step.rule != .rounding
  }

  /// A reading after doubtful ones: it confirms them, or returns to the old course, or is another doubtful one.
  mutating func settle(_ base: CounterPoint, _ point: CounterPoint) {
    guard let last = held.last, let first = held.first, let heldStep else { return }
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
        .glitch, from: base, to: last, before: base.total, after: first.total, energy: 0, cause: "false-reading",
        text: count == 1
          ? "one false reading (\(kWh(first.total)) kWh) between sound ones, left out"
          : "\(count) false readings (\(kWh(first.total)) kWh first) between sound ones, left out")
      held.removeAll()
      self.heldStep = nil
      accept(classifier(base, point).step(from: base, to: point), from: base, to: point)
      return
    }
    held.append(point)
    if !confirms {
      // Neither course: what was held so far led nowhere, unless there is no end to it.
      if held.count > 16 { giveUp(base) }
      return
    }
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
    held.removeAll()
    self.heldStep = nil
    let start = confirmed[0]
    let step = classifier(base, start).step(from: base, to: start)
    var before = Replaced(base: base, countedBefore: unscaledTotal, firstEvent: events.count)
    accept(step, from: base, to: start)
    before.eventCount = events.count - before.firstEvent
    replaced = before
    for point in confirmed.dropLast() where point.power != CounterPoint.absent && point.power <= largestPower {
      presence.count(point.power, at: point.time)
    }
    var previous = start
    for next in confirmed.dropFirst() {
      accept(classifier(previous, next).step(from: previous, to: next), from: previous, to: next)
      previous = next
    }
  }

  /// A person says that the readings which are held were true: each difference counts, if it is above 0.
  private mutating func countHeld(_ base: CounterPoint, _ point: CounterPoint) {
    guard let first = held.first, let last = held.last else { return }
    let readings = held + [point]
    held.removeAll()
    heldStep = nil
    let counted = series.total
    var previous = base
    for next in readings {
      let energy = max(next.total - previous.total, 0)
      accept(
        CounterStep(rule: .continuous, parts: [.init(energy: energy, end: next.time)]), from: previous, to: next)
      previous = next
    }
    record(
      .glitch, from: base, to: last, before: base.total, after: first.total, energy: series.total - counted,
      cause: "undone", text: "a person took the decision back; the counter's own differences count")
  }

  func isUndone(_ kind: LedgerEvent.Kind, from old: CounterPoint, to new: CounterPoint) -> Bool {
    !options.undoneDecisions.isEmpty
      && options.undoneDecisions.contains(DecisionID.of(kind, channel: channel, from: old, to: new))
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
    let counted = unscaledTotal - replaced.countedBefore
    let energy = max(whole.energy - counted, 0)
    record(
      .glitch, from: replaced.base, to: point, before: replaced.base.total, after: base.total, energy: whole.energy,
      cause: "false-reading", text: "false readings until the counter returned to its old course, left out")
    self.replaced = nil
    accept(
      CounterStep(rule: .continuous, parts: [.init(energy: energy, end: point.time)]), from: base, to: point)
  }
}
