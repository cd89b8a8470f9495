import Readings

/// Power cuts of a meter that counts both ways: Today may be below zero, and losing it may raise Total.
extension StepClassifier {
  /// Today began at nothing, or where a wanted restart had left it, while Total's value at midnight stands: RTC memory is
  /// gone, whether or not INFO was heard. Total may have risen by it.
  func lostToday(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    let slack = droppedAtMidnight(old, new) + tolerance(old, new)
    guard !hasNewStart(old, new), abs(new.midnightTotal - old.midnightTotal) <= slack,
      start.at != nil || new.time - old.time > gapLimit, abs(old.today) > 4 * unit, days(old, new) ?? 0 == 0,
      abs(old.today - savedToday.upperBound) > 4 * unit, !ranOn(old, new)
    else { return nil }
    let isNothing = abs(new.today) <= unit
    let isSaved =
      savedToday != 0...0 && new.today >= savedToday.lowerBound - unit && new.today <= savedToday.upperBound + unit
    guard isNothing || isSaved else { return nil }
    var step = CounterStep(rule: .fallback, parts: [], losesSilence: true)
    step.returned = start.at
    return step
  }

  /// Nobody heard of a start, and Total moved by what the powers before and after make of the time between: that Today came
  /// to nothing is chance.
  private func ranOn(_ old: CounterPoint, _ new: CounterPoint) -> Bool {
    guard start.at == nil, old.power != CounterPoint.absent, new.power != CounterPoint.absent else { return false }
    let amounts = [old.power, new.power].map { Int128($0) * Int128(new.time - old.time) / 3_600_000 }
    let (least, most) = (min(amounts[0], amounts[1]), max(amounts[0], amounts[1]))
    let slack = Int128(tolerance(old, new)) + max(abs(least), abs(most)) / 10
    let gained = Int128(new.total - old.total)
    return gained >= least - slack && gained <= most + slack && abs(gained) > slack
  }

  /// A step in which the plug started after a power cut; nil where its counters say that something else happened.
  func fallbackOfBothWays(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    guard let started = start.at, !hasNewStart(old, new) else { return nil }
    let slack = droppedAtMidnight(old, new) + tolerance(old, new)
    let moved = new.midnightTotal - old.midnightTotal
    if abs(moved) <= slack {
      let sinceCut = [new.today - savedToday.upperBound, new.today].first { isPossible($0, since: started, old, new) }
      if let sinceCut { return lossy(.fallback, [.init(energy: sinceCut, end: new.time)]) }
      // Some plugs keep Today over a cut.
      let gained = new.total - old.total
      guard isPossible(gained, since: started, old, new) else {
        // INFO comes with the first connection: the plug was back before, nobody knows when.
        let sinceCut = new.today - (savedToday.upperBound > 0 ? savedToday.upperBound : savedToday.lowerBound)
        return lossy(.fallback, abs(sinceCut) <= most(old, new) ? [.init(energy: sinceCut, end: new.time)] : [])
      }
      return .bothWays(gained < 0 ? .backwards : .continuous, [.init(energy: gained, end: new.time)])
    }
    guard new.hasYesterday, abs(moved - new.yesterday) <= slack, mayHaveTurned(old, new), let day = new.plugDay else {
      return nil
    }
    let last = midnight(ofDay: day, old, new)
    // Back before midnight, Yesterday is what came after the cut; else it is whole. INFO comes with the first connection:
    // after hours it may have been either, and the lower value counts.
    let (sinceCut, whole) = (new.yesterday - savedToday.upperBound, new.yesterday - old.today)
    let isShort = new.time - old.time <= StepClassifier.shortOutage
    let before = started < last || (!isShort && abs(sinceCut) <= abs(whole)) ? sinceCut : whole
    let isKnown = abs(before) <= most(old, new) && abs(new.today) <= most(old, new)
    var step = lossy(
      .fallback, isKnown ? [.init(energy: before, end: last), .init(energy: new.today, end: new.time)] : [])
    step.midnight = last
    step.isDividedByGuess = true
    return step
  }

  /// Could it be drawn, or given back, from `start` on?
  private func isPossible(_ energy: Int64, since start: Int64, _ old: CounterPoint, _ new: CounterPoint) -> Bool {
    func size(_ power: Int64) -> Int64 { power == CounterPoint.absent ? 0 : abs(power) }
    let power = min(max(seenPower, size(old.power), size(new.power)), limit)
    let elapsed = new.time - start + StepClassifier.longestStart
    return Int128(abs(energy)) <= Int128(power) * Int128(elapsed) / 3_600_000 + Int128(2 * unit)
  }

  private func lossy(_ rule: CounterStep.Rule, _ amounts: [CounterStep.Part]) -> CounterStep {
    var step = CounterStep.bothWays(rule, amounts)
    step.losesSilence = true
    return step
  }
}
