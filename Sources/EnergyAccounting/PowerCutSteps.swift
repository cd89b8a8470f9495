import Readings

/// Counters that a power cut put back.
extension StepClassifier {
  /// A power cut: Total fell to what it was at the last midnight, Today to what the last wanted restart saved.
  func fallback(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    let tolerance = tolerance(old, new)
    let slack = StepClassifier.droppedAtMidnight + tolerance
    guard !hasNewStart(old, new), new.today >= 0 else { return nil }
    let moved = new.midnightTotal - old.midnightTotal
    if abs(moved) <= slack, new.today < old.today {
      var step = CounterStep(
        rule: .fallback, parts: [.init(energy: sinceReturn(new.today, old, new), end: new.time)], losesSilence: true)
      step.isDoubtful = new.total <= slack && !sawRestart
      return step
    }
    if new.hasYesterday, abs(moved - new.yesterday) <= slack, new.yesterday < old.today - tolerance,
      new.yesterday >= 0, mayHaveTurned(old, new)
    {
      let before = sinceReturn(new.yesterday, old, new)
      let after = min(new.today, max(most(old, new) - before, 0))
      guard let day = new.plugDay else {
        return CounterStep(
          rule: .fallback, parts: [.init(energy: before + after, end: new.time)], losesSilence: true)
      }
      let last = midnight(ofDay: day, old, new)
      return CounterStep(
        rule: .fallback, parts: [.init(energy: before, end: last), .init(energy: after, end: new.time)],
        losesSilence: true, midnight: last)
    }
    return nil
  }

  /// Use since power returned: what Today gained over what was saved, never more than the plug could draw.
  private func sinceReturn(_ today: Int64, _ old: CounterPoint, _ new: CounterPoint) -> Int64 {
    let isSaved = savedToday.upperBound > 0 && today >= savedToday.lowerBound - unit
    let since = max(isSaved ? today - savedToday.upperBound : today, 0)
    if since <= most(old, new) { return since }
    // Then Today did not begin at what is known to be saved: power over the silence is the best that is left.
    let power = max(new.power, 0)
    return Int64(clamping: Int128(power) * Int128(new.time - old.time) / 3_600_000)
  }
}
