import Readings

/// Counters that somebody changed, or that nothing explains.
extension StepClassifier {
  /// A command makes TotalStartTime now, or the last midnight, and leaves Yesterday alone. Where it is older, and
  /// Yesterday another one, this is another plug of whose MAC nothing has been heard yet.
  func otherPlug(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    guard hasNewStart(old, new), old.hasClock, new.hasYesterday, old.hasYesterday,
      new.startTime < old.clock.flooringQuotient(86_400_000) * 86_400_000
    else { return nil }
    let hasTurned = (days(old, new) ?? 0) >= 1
    let keepsYesterday = hasTurned ? new.yesterday >= old.today - tolerance(old, new) : new.yesterday == old.yesterday
    guard !keepsYesterday || new.today < old.today && !hasTurned else { return nil }
    return CounterStep(rule: .otherPlug, parts: [], losesSilence: true)
  }

  /// Total was changed in a silence over several midnights, as a newer TotalStartTime says: its difference tells nothing,
  /// Yesterday and Today tell the last two days, and what was used before them is in no counter.
  func changedOverMidnights(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    guard hasNewStart(old, new), let days = days(old, new), days >= 2, let day = new.plugDay, new.hasYesterday,
      countsBack || (new.yesterday >= 0 && new.today >= 0), new.time - old.time > 20 * 3_600_000,
      abs(new.yesterday) + abs(new.today) <= most(old, new)
    else { return nil }
    let last = midnight(ofDay: day, old, new)
    let before = midnight(ofDay: day - 1, old, new)
    let isReset = abs(new.midnightTotal - new.yesterday) <= droppedAtMidnight(old, new) + tolerance(old, new)
    // All counters may have been set to zero then: Yesterday tells nothing before it.
    let lossEnd = min(max(before, isReset ? instant(ofClock: new.startTime, new) ?? before : before), last)
    var step = CounterStep.bothWays(
      isReset ? .resetTotal : .set,
      [
        .init(energy: 0, end: before), .init(energy: new.yesterday, end: last),
        .init(energy: new.today, end: new.time),
      ])
    step.losesSilence = true
    step.lossEnd = lossEnd
    step.midnight = last
    return step
  }

  /// `EnergyTotal 0` (Total is then Today), or all counters at zero.
  func reset(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    let tolerance = tolerance(old, new)
    let slack = droppedAtMidnight(old, new) + tolerance
    let isCertain = hasNewStart(old, new)
    guard old.midnightTotal > 2 * slack || isCertain, new.total < old.total else { return nil }
    let base = new.midnightTotal
    // `EnergyTotal 0` leaves Yesterday alone; cleared with the rest, it says that Today began at zero too.
    let keepsYesterday = !old.hasYesterday || new.yesterday == old.yesterday || new.yesterday != 0
    let hasTurned = (days(old, new) ?? 0) >= 1
    if !hasTurned, abs(base) <= slack, keepsYesterday, new.today >= old.today, new.today - old.today <= most(old, new) {
      return CounterStep(
        rule: .resetTotal, parts: [.init(energy: new.today - old.today, end: new.time)], isDoubtful: !isCertain)
    }
    if new.hasYesterday, new.yesterday >= old.today - tolerance, mayHaveTurned(old, new),
      new.today < old.today || days(old, new) ?? 0 >= 1,
      abs(base) <= slack || abs(base - new.yesterday) <= slack,
      let turned = oneMidnight(old, new, days: days(old, new), gained: new.yesterday - old.today + new.today)
    {
      return CounterStep(rule: .resetTotal, parts: turned.parts, isDoubtful: !isCertain, midnight: turned.midnight)
    }
    if isCertain, hasTurned, new.hasYesterday, new.yesterday > slack, abs(base - new.yesterday) <= slack,
      new.today >= 0,
      new.yesterday + new.today <= most(old, new), let reset = instant(ofClock: new.startTime, new), reset >= old.time
    {
      // All to zero, and then a midnight: Yesterday is what was used from then on.
      let last = midnight(ofDay: new.plugDay, old, new)
      return CounterStep(
        rule: .resetAll,
        parts: [
          .init(energy: 0, end: min(reset, last)), .init(energy: new.yesterday, end: last),
          .init(energy: new.today, end: new.time),
        ], losesSilence: true, lossEnd: min(reset, new.time), midnight: last)
    }
    if abs(base) <= slack, new.today >= 0, new.today < old.today || !keepsYesterday {
      let energy = min(max(new.total, 0), most(old, new))
      // Zeros everywhere are a false reading as often as a reset.
      let isNothing = new.total == 0 && new.today == 0 && new.yesterday == 0
      return CounterStep(
        rule: .resetAll, parts: [.init(energy: energy, end: new.time)], losesSilence: true,
        returned: isCertain ? instant(ofClock: new.startTime, new) : nil,
        isDoubtful: !isCertain || energy < new.total || isNothing)
    }
    return nil
  }

  /// Total jumped away while Today kept its course, or nothing fits.
  func elsewhere(_ old: CounterPoint, _ new: CounterPoint, _ strictly: Bool) -> CounterStep {
    let gained = new.total - old.total
    let isPossible = gained >= 0 && gained <= most(old, new, limit)
    let isShort = new.time - old.time <= gapLimit
    let isCertain = hasNewStart(old, new)
    if isPossible, !isCertain, !strictly, isShort || isDecoupled {
      return CounterStep(rule: .continuous, parts: [.init(energy: gained, end: new.time)])
    }
    let today = new.today - old.today
    if today >= 0 || countsBack, abs(today) <= most(old, new), days(old, new) ?? 0 == 0 {
      var step = CounterStep.bothWays(.set, [.init(energy: today, end: new.time)])
      step.isDoubtful = !isCertain
      return step
    }
    if new.hasYesterday, new.yesterday >= old.today - tolerance(old, new), new.today >= 0, mayHaveTurned(old, new),
      let turned = oneMidnight(old, new, days: days(old, new), gained: new.yesterday - old.today + new.today)
    {
      return CounterStep(rule: .set, parts: turned.parts, isDoubtful: !isCertain, midnight: turned.midnight)
    }
    if isPossible, !isCertain, !strictly {
      return CounterStep(rule: .continuous, parts: [.init(energy: gained, end: new.time)])
    }
    return CounterStep(rule: .unexplained, parts: [], losesSilence: true, isDoubtful: true)
  }

  /// Nothing but Total to go by.
  func stepOfTotal(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep {
    let gained = new.total - old.total
    let most = most(old, new, limit)
    if gained >= 0 {
      guard gained <= most else { return CounterStep(rule: .set, parts: [], losesSilence: true, isDoubtful: true) }
      return CounterStep(rule: .continuous, parts: [.init(energy: gained, end: new.time)])
    }
    if countsBack, -gained <= most { return .bothWays(.backwards, [.init(energy: gained, end: new.time)]) }
    if -gained <= max(tolerance(old, new), droppedAtMidnight(old, new)) {
      return CounterStep(rule: .rounding, parts: [])
    }
    if new.total >= 0, new.total <= most {
      return CounterStep(
        rule: .resetAll, parts: [.init(energy: new.total, end: new.time)], losesSilence: true, isDoubtful: true)
    }
    return CounterStep(rule: .fallback, parts: [], losesSilence: true, isDoubtful: true)
  }
}
