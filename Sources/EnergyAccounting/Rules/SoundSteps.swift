import Readings

/// Steps of a counter that kept its course, and late messages.
extension StepClassifier {
  /// The plug's clock went back: the message is older than one before it, unless the next ones show that the clock was
  /// put back.
  func isLate(_ old: CounterPoint, _ new: CounterPoint) -> Bool {
    guard new.hasClock else {
      // From before the plug got its time: its clock then counted from 1970 too.
      guard new.isTimeless, start.at == nil || start.isCertain else { return false }
      // By the last start that was told, it was built before the reading that is known.
      if let lastStart, old.hasClock, new.clock >= 0, lastStart + new.clock < old.received,
        new.received - lastStart - new.clock <= StepClassifier.longestDelay
      {
        return true
      }
      guard let timelessClock else { return false }
      return old.hasClock ? new.clock <= timelessClock : new.clock < timelessClock
    }
    if !old.hasClock, old.clock != CounterPoint.absent, let usualLead {
      // Built before the plug lost its time, by what its clock was then.
      let delay = usualLead - (new.clock - new.time)
      if delay <= StepClassifier.longestDelay, delay > new.time - old.time + StepClassifier.leadSlack { return true }
    }
    guard StepClassifier.isClockBehind(old, new) else { return false }
    // A plug whose zone was changed goes on counting; an old message shows what the counter was. One that runs back says
    // neither: the next messages tell.
    return !StepClassifier.isZoneChange(old, new) || countsBack || new.total < old.total
  }

  private static func isClockBehind(_ old: CounterPoint, _ new: CounterPoint) -> Bool {
    old.newestClock >= FirmwareFacts.firstValidClock && new.clock < old.newestClock
  }

  /// A zone change puts clocks back by half hours.
  static func isZoneChange(_ old: CounterPoint, _ new: CounterPoint) -> Bool {
    guard new.hasClock, isClockBehind(old, new) else { return false }
    let shift = old.newestClock - old.time - (new.clock - new.time)
    return shift > 1_700_000 && PlugClock.isZoneStep(shift)
  }

  /// Total and Today moved together.
  func sameDay(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    let tolerance = tolerance(old, new)
    let gained = new.total - old.total
    let moved = new.midnightTotal - old.midnightTotal
    if abs(moved) <= tolerance, gained >= 0, new.today >= old.today - (gained == 0 ? 0 : unit) {
      if !old.hasClock, let used = usedBesidesRestored(gained, old, new) {
        return CounterStep(rule: .restored, parts: [.init(energy: used, end: new.time)])
      }
      guard gained <= most(old, new) else {
        return CounterStep(rule: .set, parts: [], losesSilence: true, isDoubtful: true)
      }
      var step = CounterStep(rule: .continuous, parts: [.init(energy: gained, end: new.time)])
      if days(old, new) == 1 { step.midnight = midnight(ofDay: new.plugDay, old, new) }
      return step
    }
    let isOneDay = (days(old, new) ?? 0) == 0 || new.yesterday == old.yesterday
    if countsBack, isOneDay, abs(moved) <= tolerance, abs(gained) <= most(old, new), !start.isPowerOn {
      // Total and Today are rounded each on its own: one may stand still while the other falls.
      return .bothWays(gained < 0 ? .backwards : .continuous, [.init(energy: gained, end: new.time)])
    }
    if gained < 0, new.today >= old.today, -gained <= tolerance {
      return CounterStep(rule: .rounding, parts: [])
    }
    // A meter that gives back so little that its power is printed as 0 has not shown yet that it counts both ways.
    let fell = max(-gained, old.today - new.today)
    if start.at == nil, gained <= 0, abs(moved) <= tolerance, fell <= 2 * unit, new.today > 4 * unit,
      new.time - old.time <= gapLimit
    {
      return CounterStep(rule: .rounding, parts: [])
    }
    return nil
  }

  /// A plug that starts without time counts Today from zero, and adds what was saved when it gets its time; over a
  /// midnight it then moves what was saved into Yesterday. What is left of a gain; nil where this is no such step.
  private func usedBesidesRestored(_ gained: Int64, _ old: CounterPoint, _ new: CounterPoint) -> Int64? {
    guard awaitsSavedToday, new.hasClock else { return nil }
    if savedToday.upperBound > unit {
      return gained >= savedToday.lowerBound - unit ? max(gained - savedToday.upperBound, 0) : nil
    }
    // Nobody heard of the restart that saved it: what no power explains that the plug draws is what was saved.
    guard old.isTimeless, let drawn = steadilyDrawn(old, new), gained > drawn else { return nil }
    let mean = (max(old.power, 0) + max(new.power, 0)) / 2
    return whole(Int64(clamping: Int128(mean) * Int128(new.time - old.time) / 3_600_000))
  }

  /// Today began again, Yesterday holds what it was, and Total went on.
  func overMidnight(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    guard new.hasYesterday else { return nil }
    let tolerance = tolerance(old, new)
    let days = days(old, new)
    // What was saved becomes Yesterday when the plug gets its time, at any hour.
    let isDue = awaitsSavedToday && old.hasYesterday && new.yesterday != old.yesterday
    guard isDue || mayHaveTurned(old, new) else { return nil }
    let gained = new.total - old.total
    let hasTurned = new.today < old.today || new.yesterday != old.yesterday || (days ?? 0) >= 1
    guard hasTurned, new.today >= 0 || countsBack else { return nil }
    // Somebody set Total between several midnights: that it went on by Yesterday tells nothing of the days before.
    if let days, days >= 2, hasNewStart(old, new) { return nil }
    let dropped = old.midnightTotal + new.yesterday - new.midnightTotal
    let isWhole = new.yesterday >= old.today - tolerance || countsBack
    // Division cuts towards zero: of a day below zero Total keeps what it loses of others.
    let lowest = new.yesterday < 0 ? -droppedAtMidnight(old, new) - tolerance : -tolerance
    if isWhole, dropped >= lowest, dropped <= droppedAtMidnight(old, new) + tolerance {
      if let used = usedBesidesRestored(new.yesterday - old.today, old, new) {
        let energy = min(used + max(new.today, 0), most(old, new))
        return CounterStep(
          rule: .restored, parts: [.init(energy: energy, end: new.time)],
          midnight: midnight(ofDay: new.plugDay, old, new))
      }
      return oneMidnight(old, new, days: days, gained: gained)
    }
    return severalMidnights(old, new, days: days)
  }

  /// More than one midnight: Yesterday is the last whole day, and the rest lies before it.
  private func severalMidnights(_ old: CounterPoint, _ new: CounterPoint, days: Int64?) -> CounterStep? {
    let gained = new.total - old.total
    let rest = gained - new.today - new.yesterday
    let days = tellsZone(old, new) ? days : mostDays(old, new)
    let floor = -(days ?? 1) * droppedAtMidnight(old, new) - tolerance(old, new)
    guard days ?? 2 >= 2, new.time - old.time > 20 * 3_600_000, !hasNewStart(old, new), abs(gained) <= most(old, new),
      countsBack || (gained >= 0 && rest >= floor && new.today >= 0 && new.yesterday >= 0)
    else { return nil }
    let rule = gained < 0 ? CounterStep.Rule.backwards : .midnight
    guard let day = new.plugDay, old.hasClock else {
      return .bothWays(rule, [.init(energy: gained, end: new.time)])
    }
    let last = midnight(ofDay: day, old, new)
    let before = midnight(ofDay: day - 1, old, new)
    var step = CounterStep.bothWays(
      rule,
      [
        .init(energy: countsBack ? rest : max(rest, 0), end: before), .init(energy: new.yesterday, end: last),
        .init(energy: new.today, end: new.time),
      ])
    step.midnight = last
    return step
  }

  func oneMidnight(_ old: CounterPoint, _ new: CounterPoint, days: Int64?, gained: Int64) -> CounterStep? {
    if countsBack { return oneMidnightOfBothWays(old, new) }
    let sum = new.yesterday - old.today + new.today
    // Both bounds are the law that the sum of days lies between Total's difference and what the firmware dropped.
    let energy = min(max(sum, gained, 0), max(gained, 0) + droppedAtMidnight(old, new))
    guard energy <= most(old, new) else { return nil }
    let after = min(max(new.today, 0), energy)
    guard let day = new.plugDay else {
      return CounterStep(rule: .midnight, parts: [.init(energy: energy, end: new.time)])
    }
    let last = midnight(ofDay: day, old, new)
    // Off for whole days, the plug turns its day once when it is back: the old day's use belongs to the old day.
    let isOff = (days ?? 1) > 1 && old.today > tolerance(old, new)
    let first = isOff ? midnight(ofDay: (old.plugDay ?? day) + 1, old, new) : last
    let oldDay = CounterStep.Part(energy: energy - after, end: first)
    let newDay = CounterStep.Part(energy: after, end: new.time)
    let parts = first < last ? [oldDay, .init(energy: 0, end: last), newDay] : [oldDay, newDay]
    return CounterStep(rule: .midnight, parts: parts, midnight: last)
  }

  /// Each side of midnight may be use or have gone back.
  private func oneMidnightOfBothWays(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    let before = new.yesterday - old.today
    guard max(abs(before), abs(new.today)) <= most(old, new) else { return nil }
    let last = midnight(ofDay: new.plugDay, old, new)
    let rule = before + new.today < 0 ? CounterStep.Rule.backwards : .midnight
    var step = CounterStep.bothWays(
      rule,
      last < new.time || new.today == 0
        ? [.init(energy: before, end: last), .init(energy: new.today, end: new.time)]
        : [.init(energy: before + new.today, end: new.time)])
    step.midnight = last
    return step
  }
}
