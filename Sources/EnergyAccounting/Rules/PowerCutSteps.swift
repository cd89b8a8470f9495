import Readings

/// Counters that a power cut put back. RTC memory is gone; Settings hold Total as it was at the last midnight, and of
/// Today what the last wanted restart saved.
extension StepClassifier {
  /// The counters before and after differ by what a power cut takes. Where Today has grown beyond its old value since,
  /// they look as if nothing had happened, and only INFO tells (``PlugStart/isPowerOn``).
  func fallback(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    let tolerance = tolerance(old, new)
    let slack = droppedAtMidnight(old, new) + tolerance
    guard !hasNewStart(old, new), new.today >= 0 else { return nil }
    let moved = new.midnightTotal - old.midnightTotal
    if abs(moved) <= slack, new.today >= old.today, start.isPowerOn { return overPowerCut(old, new) }
    if abs(moved) <= slack, new.today < old.today {
      if let step = ranBack(old, new) { return step }
      let reconnected = sinceConnection(old, new)
      let energy = reconnected ?? sinceReturn(new.today, old, new)
      var step = CounterStep(
        rule: .fallback, parts: [.init(energy: energy, end: new.time)], losesSilence: true,
        returned: returned(energy, old, new))
      // Nothing but the counter tells of it, and what Today shows can neither be new nor was known to be saved.
      let isUnlikely = new.total <= slack || besidesSaved(new.today, new) > drawnSinceReturn(old, new)
      step.isDoubtful = isUnlikely && start.at == nil && reconnected == nil
      return step
    }
    guard new.hasYesterday, abs(moved - new.yesterday) <= slack, new.yesterday >= 0, mayHaveTurned(old, new) else {
      return nil
    }
    if new.yesterday < old.today - tolerance { return beforeMidnight(old, new) }
    return start.isPowerOn ? afterMidnight(old, new) : nil
  }

  /// A fall that no power cut explains: most of Today is still there, and was not used since by the powers before and
  /// after. Something gave back what a balcony plant gives, and its power was not below zero when the plug spoke.
  private func ranBack(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    let fell = old.today - new.today
    guard start.at == nil, new.time - old.time <= gapLimit, new.today > 2 * fell,
      old.power != CounterPoint.absent, new.power != CounterPoint.absent,
      besidesSaved(new.today, new) > most(old, new, max(old.power, new.power, 0) * 3 / 2),
      fell <= most(old, new, StepClassifier.balconyPlant)
    else { return nil }
    return .bothWays(.backwards, [.init(energy: -fell, end: new.time)])
  }

  /// More than the plants give that are let into a socket (800 W in Germany), in mW.
  private static let balconyPlant: Int64 = 1_000_000

  /// Today is not lower than before although the plug started after a power cut.
  private func overPowerCut(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    let energy = besidesSaved(new.today, new)
    // To have grown back to just where it was would be chance.
    let stoodStill = new.total - old.total <= unit && old.today > 2 * unit
    if !stoodStill, let back = returned(energy, old, new) {
      return CounterStep(
        rule: .fallback, parts: [.init(energy: energy, end: new.time)], losesSilence: true, returned: back)
    }
    let gained = max(new.total - old.total, 0)
    guard gained <= most(old, new) else { return nil }
    // Some plugs keep Today over a cut: then it has grown by no more than was used since the start.
    let isKept = returned(gained, old, new) != nil
    return CounterStep(
      rule: isKept ? .continuous : .fallback, parts: [.init(energy: gained, end: new.time)], losesSilence: !isKept)
  }

  /// Cut, back, and then midnight: Yesterday is what was used from the return until then.
  private func beforeMidnight(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep {
    let before = sinceReturn(new.yesterday, old, new)
    let after = min(new.today, max(most(old, new) - before, 0))
    guard let day = new.plugDay else {
      return CounterStep(rule: .fallback, parts: [.init(energy: before + after, end: new.time)], losesSilence: true)
    }
    let last = midnight(ofDay: day, old, new)
    var step = CounterStep(
      rule: .fallback, parts: [.init(energy: before, end: last), .init(energy: after, end: new.time)],
      losesSilence: true, midnight: last)
    // A plug that was back before midnight, and has not said so, may have had no time to turn its day by.
    if let started = start.at, started < last {
      step.lossEnd = started
    } else {
      step.returned = before > 0 ? nil : returned(after, old, new)
      step.isDividedByGuess = before > 0
    }
    return step
  }

  /// Midnight, cut, and back: Yesterday is whole, and Today is what was used since the return.
  private func afterMidnight(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    let before = max(new.yesterday - old.today, 0)
    let after = min(new.today, max(most(old, new) - before, 0))
    guard before + after <= most(old, new), let day = new.plugDay else { return nil }
    let last = midnight(ofDay: day, old, new)
    // After hours, or back at an unknown time, it may have been cut and back before midnight too.
    let back = returned(after, old, new).flatMap { $0 - old.time <= StepClassifier.shortOutage ? $0 : nil }
    var step = CounterStep(
      rule: .fallback, parts: [.init(energy: before, end: last), .init(energy: after, end: new.time)],
      losesSilence: true, lossStart: back == nil ? nil : last, returned: back, midnight: last)
    step.isDividedByGuess = back == nil
    return step
  }

  /// Use since power returned: what Today gained over what was saved, never more than the plug could draw.
  private func sinceReturn(_ today: Int64, _ old: CounterPoint, _ new: CounterPoint) -> Int64 {
    let since = besidesSaved(today, new)
    if since <= drawnSinceReturn(old, new) { return since }
    // Then Today did not begin at what is known to be saved, but where a restart of which nobody heard had saved it:
    // power over the silence is the best that is left.
    let power = max(new.power, 0)
    return whole(Int64(clamping: Int128(power) * Int128(new.time - old.time) / 3_600_000))
  }

  /// Use since a plug that tells of no starts was heard to connect, where Today holds more than it could draw from then
  /// on: then a restart of which no INFO told saved what is beyond it, when it connected before. nil where that does not
  /// explain it.
  private func sinceConnection(_ old: CounterPoint, _ new: CounterPoint) -> Int64? {
    guard start.at == nil, let connected = start.connectedAt, likelySaved.upperBound > unit,
      new.today >= likelySaved.lowerBound - unit
    else { return nil }
    let elapsed = min(new.time - connected + StepClassifier.longestConnection, new.time - old.time)
    let drawn = Int128(max(limit, seenPower)) * Int128(elapsed) / 3_600_000 + Int128(2 * unit)
    let since = max(new.today - likelySaved.upperBound, 0)
    return Int128(new.today) > drawn && Int128(since) <= drawn ? since : nil
  }

  /// The counters contradict each other, so a limit decides; and nothing that runs before and after a short step hides
  /// more than it was seen to draw.
  private func drawnSinceReturn(_ old: CounterPoint, _ new: CounterPoint) -> Int64 {
    min(most(old, new, max(limit, seenPower)), steadilyDrawn(old, new) ?? .max)
  }

  /// What Today has beyond what the last wanted restart saved of it. Without time nothing saved is added yet.
  private func besidesSaved(_ today: Int64, _ new: CounterPoint) -> Int64 {
    let isSaved = !new.isTimeless && savedToday.upperBound > 0 && today >= savedToday.lowerBound - unit
    return max(isSaved ? today - savedToday.upperBound : today, 0)
  }

  /// When the plug was back: its last start, unless more was used since than it could draw from then on. INFO comes
  /// with the first connection, which a network that is away holds up.
  private func returned(_ energy: Int64, _ old: CounterPoint, _ new: CounterPoint) -> Int64? {
    guard let started = start.at else { return nil }
    if start.isCertain { return started }
    let elapsed = new.time - started + StepClassifier.longestStart
    let power = min(max(seenPower, old.power, new.power), limit)
    let drawn = Int128(power) * Int128(elapsed) / 3_600_000 + Int128(2 * unit)
    return Int128(energy) <= drawn ? started : nil
  }
}
