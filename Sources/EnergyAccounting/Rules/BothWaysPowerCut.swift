import Readings

/// Power cuts of a meter that counts both ways: Today may be below zero, and losing it may raise Total.
extension StepClassifier {
  /// A step in which the plug started after a power cut; nil where its counters say that something else happened.
  func fallbackOfBothWays(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    guard let started, !hasNewStart(old, new) else { return nil }
    let slack = FirmwareFacts.droppedAtMidnight + tolerance(old, new)
    let moved = new.midnightTotal - old.midnightTotal
    if abs(moved) <= slack {
      let sinceCut = [new.today - savedToday.upperBound, new.today].first { isPossible($0, since: started, old, new) }
      if let sinceCut { return bothWays(.fallback, [(sinceCut, new.time)]) }
      // Some plugs keep Today over a cut.
      let gained = new.total - old.total
      guard isPossible(gained, since: started, old, new) else {
        // INFO comes with the first connection: the plug was back before, nobody knows when.
        let sinceCut = new.today - (savedToday.upperBound > 0 ? savedToday.upperBound : savedToday.lowerBound)
        return bothWays(.fallback, abs(sinceCut) <= most(old, new) ? [(sinceCut, new.time)] : [])
      }
      var step = bothWays(gained < 0 ? .backwards : .continuous, [(gained, new.time)])
      step.losesSilence = false
      return step
    }
    guard new.hasYesterday, abs(moved - new.yesterday) <= slack, mayHaveTurned(old, new), let day = new.plugDay else {
      return nil
    }
    let last = midnight(ofDay: day, old, new)
    // Back before midnight, Yesterday is what came after the cut; else it is whole.
    let before = started < last ? new.yesterday - savedToday.upperBound : new.yesterday - old.today
    let isKnown = abs(before) <= most(old, new) && abs(new.today) <= most(old, new)
    var step = bothWays(.fallback, isKnown ? [(before, last), (new.today, new.time)] : [])
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

  private func bothWays(_ rule: CounterStep.Rule, _ amounts: [(energy: Int64, end: Int64)]) -> CounterStep {
    CounterStep(
      rule: rule, parts: amounts.map { .init(energy: max($0.energy, 0), end: $0.end) },
      export: amounts.reduce(0) { $0 + max(-$1.energy, 0) }, losesSilence: true)
  }
}
