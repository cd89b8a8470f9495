import Readings

/// What a decided step does to the account.
extension CounterAccount {
  /// Books a step, or what a person took it back to, and takes its reading as the new base.
  mutating func accept(_ step: CounterStep, from old: CounterPoint, to new: CounterPoint) {
    if options.undoneDecisions.isEmpty {
      book(step, from: old, to: new)
    } else {
      book(unlessUndone(step, old, new), from: old, to: new)
    }
  }

  private mutating func book(_ step: CounterStep, from old: CounterPoint, to new: CounterPoint) {
    findings.hasStepped = true
    let isSilence = new.time - old.time > presence.pace.gapLimit
    let isInferred = !presence.openSilences.isEmpty || isSilence
    let counted = series.total
    var start = old.time
    var traced: [StepTrace.Part] = []
    var counter = old.total
    for (index, part) in step.parts.enumerated() {
      // After a power cut nothing was used until the plug was back, where that is known.
      let isLast = index == step.parts.count - 1
      let from = isLast ? min(max(start, step.returned ?? start), part.end) : start
      if from > start { series.book(from: start, to: from, energy: 0, isInferred: isInferred) }
      let energy = scaled(part.energy, above: counter, at: new.time)
      counter &+= part.energy
      findings.unscaled &+= part.energy
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
    if step.isDividedByGuess { series.divide(between: old.time, and: new.time) }
    bookExports(of: step, from: old, to: new)
    let lost = lostTime(step, old, new)
    closeSilences(lost, step, energy: series.total - counted)
    trace?.add(
      StepTrace.Step(
        channel: channel, rule: step.ruleName, from: .init(old), to: .init(new), parts: traced,
        before: Energy(milliwattHours: counted), isInferred: isInferred, losesSilence: step.losesSilence, stepCount: 1))
    tell(step, counted: series.total - counted, from: old, to: new)
    follow(step, from: old, to: new)
  }

  /// What went back: by a counter of its own where there is one.
  private mutating func bookExports(of step: CounterStep, from old: CounterPoint, to new: CounterPoint) {
    guard other.exportBase == nil else { return }
    var start = old.time
    var counter = old.total
    for part in step.exports {
      let end = max(part.end, start)
      series.bookExport(from: start, to: end, energy: scaled(part.energy, above: counter - part.energy, at: new.time))
      counter &-= part.energy
      start = end
    }
    series.bookExport(from: start, to: new.time, energy: 0)
  }

  /// Silences in the step are known by the counter, but for the time in which use may be lost.
  private mutating func closeSilences(_ lost: Range<Int64>, _ step: CounterStep, energy: Int64) {
    var spoken = lost.lowerBound
    for silence in presence.openSilences {
      presence.uncover(from: spoken, to: min(silence.from, lost.upperBound))
      spoken = max(spoken, silence.to)
      presence.infer(from: silence.from, to: min(silence.to, lost.lowerBound))
      presence.infer(from: max(silence.from, lost.upperBound), to: silence.to)
      findings.silences.append(
        Silence(
          from: silence.from, to: silence.to, energy: presence.openSilences.count == 1 ? energy : 0,
          isLost: step.losesSilence, isPowerCut: step.rule == .fallback && step.said == nil))
    }
    presence.uncover(from: spoken, to: lost.upperBound)
    presence.closeSilences()
  }

  /// The time of a step in which use may be lost; empty for most.
  private mutating func lostTime(_ step: CounterStep, _ old: CounterPoint, _ new: CounterPoint) -> Range<Int64> {
    let none = new.time..<new.time
    guard step.losesSilence else { return none }
    let start = min(max(step.lossStart ?? old.time, old.time), new.time)
    var end = min(step.lossEnd ?? step.returned ?? new.time, new.time)
    // A plug that was back after minutes lost its power before its next message was due. Longer silences may hide that
    // only the network was away at first.
    if step.rule == .fallback, let returned = step.returned, returned - old.time <= StepClassifier.shortOutage,
      let period = presence.pace.period
    {
      end = min(end, old.time + period + 5000)
    }
    let lost = start..<max(start, end)
    let length = lost.upperBound - lost.lowerBound
    let power = max(old.power, new.power)
    let isKnown = old.power != CounterPoint.absent && new.power != CounterPoint.absent
    let (energy, overflow) = power.multipliedReportingOverflow(by: length)
    if isKnown, !overflow, length <= CounterAccount.shortLoss, energy < series.unit * 3_600_000 { return none }
    return lost
  }

  /// A loss of seconds is no missing time where the powers around it make less than the counter's unit of it: a socket
  /// that was pulled makes no day incomplete.
  private static let shortLoss: Int64 = 30_000

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
    announced.starts.follow(
      step, from: old, to: new, countsBack: manner.countedBack(at: old.time) || old.hasCountedBack || new.hasCountedBack
    )
    manner.learn(step, from: old, to: new, unit: series.unit)
    if let midnight = step.midnight, new.hasYesterday {
      findings.plugDays.append(
        PlugDay(end: Timestamp(milliseconds: midnight), yesterday: Energy(milliwattHours: new.yesterday)))
    }
    if step.crossesDay || findings.marks.last?.day != new.plugDay {
      findings.marks.append(CounterMark(new, unit: series.unit))
    }
    if step.isOnCourse, old.power != CounterPoint.absent, new.power != CounterPoint.absent {
      power.sustain(min(old.power, new.power), at: new.time)
    }
    base = new
    // Going on, a counter tells that the clock was put back; standing still, that may be a late message, unless it was
    // put back as zones are.
    if new.total <= old.total || !new.hasClock, !StepClassifier.isZoneChange(old, new) {
      base?.newestClock = max(old.newestClock, new.clock)
    }
    // A fall by rounding is made good by the next steps: the higher value stays.
    if step.rule == .rounding { base?.total = old.total }
    if let event = clock.see(new) { findings.events.append(with(event)) }
  }
}
