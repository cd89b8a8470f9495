import Readings

/// What the way from one reading of a counter to another means.
struct CounterStep {
  var rule: Rule
  /// Use, in time order, each part up to an instant.
  var parts: [Part]
  /// What a meter counted back.
  var export: Int64 = 0
  /// The silence between the two readings hides use that no counter tells.
  var losesSilence = false
  /// The next reading has to confirm it.
  var isDoubtful = false
  /// A plug midnight between the readings, in UTC.
  var midnight: Int64?
  /// The kind of the decision that a person took back.
  var undone: LedgerEvent.Kind?

  /// Energy in mWh until an instant.
  struct Part {
    var energy: Int64
    var end: Int64
  }

  enum Rule {
    /// Total went on.
    case continuous
    /// Total went on over at least one midnight of the plug.
    case midnight
    /// A fall within the counter's own rounding.
    case rounding
    /// A bidirectional meter ran backwards.
    case backwards
    case fallback
    case resetTotal
    case resetAll
    case set
    /// A plug that had no time after a power cut got it, and with it what a wanted restart had saved of Today.
    case restored
    /// The counters are those of another plug.
    case otherPlug
    /// An older message that arrived late.
    case late
    /// No rule explains it.
    case unexplained
  }

  /// What a decision that can be taken back is told as.
  var decidedKind: LedgerEvent.Kind? {
    switch rule {
    case .fallback: .fallback
    case .resetTotal, .resetAll: .reset
    case .set, .restored, .unexplained: .counterSet
    case .otherPlug: .swap
    case .continuous, .midnight, .rounding, .backwards, .late: nil
    }
  }

  var energy: Int64 { parts.reduce(0) { $0 &+ $1.energy } }

  /// The counter kept its course.
  var isOnCourse: Bool {
    switch rule {
    case .continuous, .midnight, .rounding, .backwards: true
    default: false
    }
  }
}

/// Decides what a step of a counter means, from two readings and what is known of the plug.
struct StepClassifier {
  /// The most the plug can draw, in mW.
  var limit: Int64
  /// One unit of the printed counter, in mWh; the coarser of two resolutions.
  var unit: Int64
  /// Today when the plug was last restarted on purpose this day: what a power cut falls back to. The readings before
  /// and after the restart bound it.
  var savedToday: ClosedRange<Int64>
  var isBidirectional: Bool
  /// Total does not move with Today (a hardware counter, SetOption72).
  var isDecoupled: Bool
  /// Steps up to this long are no silence.
  var gapLimit: Int64
  /// Something said that the plug started between the readings.
  var sawRestart: Bool
  var timeZone: TimeZoneRules?

  /// The firmware drops up to 1 Wh at midnight (integer division).
  static let droppedAtMidnight: Int64 = 1000

  /// How long a message may be held up on its way, in ms.
  static let longestDelay: Int64 = 600_000

  /// - Parameter strictly: true when a reading is asked whether it returns to an old course: then Today must agree.
  func step(from old: CounterPoint, to new: CounterPoint, strictly: Bool = false) -> CounterStep {
    if isLate(old, new) { return CounterStep(rule: .late, parts: [], isDoubtful: true) }
    guard old.hasToday, new.hasToday else { return stepOfTotal(old, new) }
    return sameDay(old, new, strictly) ?? overMidnight(old, new) ?? fallback(old, new)
      ?? otherPlug(old, new) ?? reset(old, new) ?? elsewhere(old, new, strictly)
  }

  // MARK: Bounds

  /// What the plug could draw in the time between, rounding included.
  func most(_ old: CounterPoint, _ new: CounterPoint) -> Int64 {
    var elapsed = max(new.time - old.time, 1000)
    // A message that was held up arrives close to the next one; the plug's clock tells how far apart they were built.
    if old.hasClock, new.hasClock, new.clock - old.clock <= elapsed + StepClassifier.longestDelay {
      elapsed = max(elapsed, new.clock - old.clock)
    }
    let drawn = Int128(limit) * Int128(elapsed) / 3_600_000
    let printed = 2 * unit + 2 * StepClassifier.floatStep(new.total.magnitude)
    return Int64(clamping: drawn + Int128(printed + StepClassifier.droppedAtMidnight))
  }

  /// What printing and float32 may shift a difference of two counters by.
  func tolerance(_ old: CounterPoint, _ new: CounterPoint) -> Int64 {
    2 * unit + 2 * StepClassifier.floatStep(max(old.total.magnitude, new.total.magnitude))
  }

  /// The distance of neighbouring float32 values at so many mWh, in mWh: Total is a float32 in the firmware.
  static func floatStep(_ milliwattHours: UInt64) -> Int64 {
    let kilowattHours = milliwattHours / 1_000_000
    guard kilowattHours >= 8 else { return 0 }
    let exponent = 63 - kilowattHours.leadingZeroBitCount
    return Int64((UInt64(1_000_000) << UInt64(min(exponent, 40))) >> 23)
  }

  private func days(_ old: CounterPoint, _ new: CounterPoint) -> Int64? {
    guard let oldDay = old.plugDay, let newDay = new.plugDay else { return nil }
    return newDay - oldDay
  }

  /// May the plug's day have turned between the readings? In the second of midnight itself a message may be built
  /// just before the counters turn.
  private func mayHaveTurned(_ old: CounterPoint, _ new: CounterPoint) -> Bool {
    guard let days = days(old, new) else { return true }
    return days >= 1 || (days == 0 && old.clock.flooringRemainder(86_400_000) < 60_000)
  }

  private func hasNewStart(_ old: CounterPoint, _ new: CounterPoint) -> Bool {
    old.startTime != CounterPoint.absent && new.startTime != CounterPoint.absent && new.startTime != old.startTime
  }

  // MARK: Rules, in the order in which they are tried

  /// The plug's clock went back while its counters did: the message is older than the one before it.
  private func isLate(_ old: CounterPoint, _ new: CounterPoint) -> Bool {
    guard old.newestClock >= CounterPoint.validClock, new.hasClock, new.clock < old.newestClock else { return false }
    let shift = old.newestClock - old.time - (new.clock - new.time)
    // A zone change puts clocks back by half hours, and counters do not follow.
    if shift > 1_700_000,
      shift.flooringRemainder(1_800_000) < 90_000
        || shift.flooringRemainder(1_800_000) > 1_710_000
    {
      return false
    }
    return new.total < old.total || (old.hasToday && new.hasToday && new.today < old.today)
      || new.clock.flooringQuotient(86_400_000) < old.newestClock.flooringQuotient(86_400_000)
  }

  /// Total and Today moved together.
  private func sameDay(_ old: CounterPoint, _ new: CounterPoint, _ strictly: Bool) -> CounterStep? {
    let tolerance = tolerance(old, new)
    let gained = new.total - old.total
    let moved = new.midnightTotal - old.midnightTotal
    if abs(moved) <= tolerance, gained >= 0, new.today >= old.today - (gained == 0 ? 0 : unit) {
      if let used = usedBesidesRestored(gained, old, new) {
        return CounterStep(rule: .restored, parts: [.init(energy: used, end: new.time)])
      }
      guard gained <= most(old, new) else {
        return CounterStep(rule: .set, parts: [], isDoubtful: true)
      }
      var step = CounterStep(rule: .continuous, parts: [.init(energy: gained, end: new.time)])
      if days(old, new) == 1 { step.midnight = midnight(ofDay: new.plugDay, old, new) }
      return step
    }
    if gained < 0, new.today >= old.today, -gained <= tolerance {
      return CounterStep(rule: .rounding, parts: [])
    }
    if isBidirectional, abs(moved) <= tolerance, gained < 0, -gained <= most(old, new), !sawRestart {
      return CounterStep(rule: .backwards, parts: [], export: -gained)
    }
    return nil
  }

  /// A plug that starts without time counts Today from zero, and adds what was saved when it gets its time. What is
  /// then left of a gain; nil where this is no such step.
  private func usedBesidesRestored(_ gained: Int64, _ old: CounterPoint, _ new: CounterPoint) -> Int64? {
    guard !old.hasClock, old.clock != CounterPoint.absent, new.hasClock, savedToday.upperBound > unit,
      gained >= savedToday.lowerBound - unit
    else { return nil }
    return max(gained - savedToday.upperBound, 0)
  }

  /// Today began again, Yesterday holds what it was, and Total went on.
  private func overMidnight(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    guard new.hasYesterday else { return nil }
    let tolerance = tolerance(old, new)
    let days = days(old, new)
    guard mayHaveTurned(old, new) else { return nil }
    let gained = new.total - old.total
    let hasTurned = new.today < old.today || new.yesterday != old.yesterday || (days ?? 0) >= 1
    guard hasTurned, new.today >= 0 || isBidirectional else { return nil }
    let dropped = old.midnightTotal + new.yesterday - new.midnightTotal
    let isWhole = new.yesterday >= old.today - tolerance || isBidirectional
    if isWhole, dropped >= -tolerance, dropped <= StepClassifier.droppedAtMidnight + tolerance {
      if let used = usedBesidesRestored(new.yesterday - old.today, old, new) {
        let energy = min(used + max(new.today, 0), most(old, new))
        return CounterStep(
          rule: .restored, parts: [.init(energy: energy, end: new.time)],
          midnight: midnight(ofDay: new.plugDay, old, new))
      }
      return oneMidnight(old, new, days: days, gained: gained)
    }
    // More than one midnight: Yesterday is the last whole day, and the rest lies before it.
    let rest = gained - new.today - new.yesterday
    let floor = -(days ?? 1) * StepClassifier.droppedAtMidnight - tolerance
    guard days ?? 2 >= 2, new.time - old.time > 20 * 3_600_000, gained >= 0, rest >= floor, new.today >= 0,
      new.yesterday >= 0, gained <= most(old, new)
    else { return nil }
    guard let day = new.plugDay, old.hasClock else {
      return CounterStep(rule: .midnight, parts: [.init(energy: gained, end: new.time)])
    }
    let last = midnight(ofDay: day, old, new)
    let before = midnight(ofDay: day - 1, old, new)
    return CounterStep(
      rule: .midnight,
      parts: [
        .init(energy: max(rest, 0), end: before), .init(energy: new.yesterday, end: last),
        .init(energy: new.today, end: new.time),
      ], midnight: last)
  }

  private func oneMidnight(_ old: CounterPoint, _ new: CounterPoint, days: Int64?, gained: Int64) -> CounterStep? {
    let before = new.yesterday - old.today
    let sum = before + new.today
    if isBidirectional, sum < 0 {
      guard -sum <= most(old, new) else { return nil }
      return CounterStep(rule: .backwards, parts: [], export: -sum, midnight: midnight(ofDay: new.plugDay, old, new))
    }
    // Both bounds are the law that the sum of days lies between Total's difference and what the firmware dropped.
    let energy = min(max(sum, gained, 0), max(gained, 0) + StepClassifier.droppedAtMidnight)
    guard energy <= most(old, new) else { return nil }
    let after = min(max(new.today, 0), energy)
    guard let day = new.plugDay else {
      return CounterStep(rule: .midnight, parts: [.init(energy: energy, end: new.time)])
    }
    let last = midnight(ofDay: day, old, new)
    // Off for whole days, the plug turns its day once when it is back: the old day's use belongs to the old day.
    let isOff = (days ?? 1) > 1 && old.today > tolerance(old, new)
    let first = isOff ? midnight(ofDay: (old.plugDay ?? day) + 1, old, new) : last
    var parts = [CounterStep.Part(energy: energy - after, end: first)]
    if first < last { parts.append(.init(energy: 0, end: last)) }
    parts.append(.init(energy: after, end: new.time))
    return CounterStep(rule: .midnight, parts: parts, midnight: last)
  }

  /// A power cut: Total fell to what it was at the last midnight, Today to what the last wanted restart saved.
  private func fallback(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
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

  /// A command makes TotalStartTime now, or the last midnight, and leaves Yesterday alone. Where it is older, and
  /// Yesterday another one, this is another plug of whose MAC nothing has been heard yet.
  private func otherPlug(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    guard hasNewStart(old, new), old.hasClock, new.hasYesterday, old.hasYesterday,
      new.startTime < old.clock.flooringQuotient(86_400_000) * 86_400_000
    else { return nil }
    let hasTurned = (days(old, new) ?? 0) >= 1
    let keepsYesterday = hasTurned ? new.yesterday >= old.today - tolerance(old, new) : new.yesterday == old.yesterday
    guard !keepsYesterday || new.today < old.today && !hasTurned else { return nil }
    return CounterStep(rule: .otherPlug, parts: [], losesSilence: true)
  }

  /// `EnergyTotal 0` (Total is then Today), or all counters at zero.
  private func reset(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    let tolerance = tolerance(old, new)
    let slack = StepClassifier.droppedAtMidnight + tolerance
    let isCertain = hasNewStart(old, new)
    guard old.midnightTotal > 2 * slack || isCertain, new.total < old.total else { return nil }
    let base = new.midnightTotal
    // `EnergyTotal 0` leaves Yesterday alone; cleared with the rest, it says that Today began at zero too.
    let keepsYesterday = !old.hasYesterday || new.yesterday == old.yesterday || new.yesterday != 0
    if abs(base) <= slack, keepsYesterday, new.today >= old.today, new.today - old.today <= most(old, new) {
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
    if abs(base) <= slack, new.today >= 0, new.today < old.today || !keepsYesterday {
      let energy = min(max(new.total, 0), most(old, new))
      return CounterStep(
        rule: .resetAll, parts: [.init(energy: energy, end: new.time)], losesSilence: true,
        isDoubtful: !isCertain || energy < new.total)
    }
    return nil
  }

  /// Total jumped away while Today kept its course, or nothing fits.
  private func elsewhere(_ old: CounterPoint, _ new: CounterPoint, _ strictly: Bool) -> CounterStep {
    let gained = new.total - old.total
    let isPossible = gained >= 0 && gained <= most(old, new)
    let isShort = new.time - old.time <= gapLimit
    let isCertain = hasNewStart(old, new)
    if isPossible, !isCertain, !strictly, isShort || isDecoupled {
      return CounterStep(rule: .continuous, parts: [.init(energy: gained, end: new.time)])
    }
    let today = new.today - old.today
    if today >= 0, today <= most(old, new), days(old, new) ?? 0 == 0 {
      return CounterStep(
        rule: .set, parts: [.init(energy: today, end: new.time)], isDoubtful: !isCertain)
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
  private func stepOfTotal(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep {
    let gained = new.total - old.total
    let most = most(old, new)
    if gained >= 0 {
      guard gained <= most else { return CounterStep(rule: .set, parts: [], isDoubtful: true) }
      return CounterStep(rule: .continuous, parts: [.init(energy: gained, end: new.time)])
    }
    if isBidirectional, -gained <= most {
      return CounterStep(rule: .backwards, parts: [], export: -gained)
    }
    if -gained <= max(tolerance(old, new), StepClassifier.droppedAtMidnight) {
      return CounterStep(rule: .rounding, parts: [])
    }
    if new.total >= 0, new.total <= most {
      return CounterStep(
        rule: .resetAll, parts: [.init(energy: new.total, end: new.time)], losesSilence: true, isDoubtful: true)
    }
    return CounterStep(rule: .fallback, parts: [], losesSilence: true, isDoubtful: true)
  }

  // MARK: The plug's midnight

  /// The start of one of the plug's days in UTC, within the two readings.
  private func midnight(ofDay day: Int64?, _ old: CounterPoint, _ new: CounterPoint) -> Int64 {
    guard let day else { return new.time }
    let wall = day * 86_400_000
    let newLead = new.clockLead.map(PlugClock.zoneOffset)
    let oldLead = old.clockLead.map(PlugClock.zoneOffset)
    var result = wall - (newLead ?? oldLead ?? 0)
    if let newLead, let oldLead, newLead != oldLead, let timeZone,
      Int64(timeZone.offset(at: Timestamp(milliseconds: old.time))) * 1000 == oldLead,
      Int64(timeZone.offset(at: Timestamp(milliseconds: new.time))) * 1000 == newLead
    {
      result = timeZone.start(of: LocalDate(dayNumber: day)).milliseconds
    }
    return min(max(result, old.time), new.time)
  }
}

/// The plug's own clock against the receive time.
enum PlugClock {
  /// The zone's offset in a clock's lead: the nearest quarter of an hour when the clock is right to a minute (its
  /// seconds are cut and messages take their time), the lead itself otherwise.
  static func zoneOffset(ofLead lead: Int64) -> Int64 {
    let quarter: Int64 = 900_000
    let nearest = (lead + quarter / 2).flooringQuotient(quarter) * quarter
    return abs(lead - nearest) <= 60_000 ? nearest : lead
  }
}
