import Calendar
import Readings

/// Decides what a step of a counter means, from two readings and what is known of the plug beside them.
struct StepClassifier {
  /// The most the plug can draw in a step that is too short for more to come and go unseen, in mW.
  var limit: Int64
  /// The most that it was seen to draw that day, with a margin, in mW.
  var seenPower: Int64
  /// One unit of the counter as the two readings print it, in mWh; the coarser of two resolutions.
  var unit: Int64
  /// One unit of the counter at its finest: what is counted is whole units of it.
  var finestUnit: Int64
  /// Today when the plug was last restarted on purpose this day: what a power cut falls back to. The readings before
  /// and after the restart bound it.
  var savedToday: ClosedRange<Int64>
  /// Today when a plug that tells of no starts last connected this day: it may have been restarted then, which saved it.
  var likelySaved: ClosedRange<Int64>
  /// The counter runs back when energy is given back.
  var countsBack: Bool
  /// Total does not move with Today (a hardware counter, SetOption72).
  var isDecoupled: Bool
  /// Steps up to this long are no silence.
  var gapLimit: Int64
  /// The plug started between the readings.
  var start: PlugStart
  /// The last start before them.
  var lastStart: Int64?
  /// The plug started without time after a power cut: what was saved of Today is still to be added.
  var awaitsSavedToday: Bool
  /// The furthest that a clock which was never set has been within the last minutes.
  var timelessClock: Int64?
  /// How far the plug's clock is usually ahead of the receive time; nil while unknown.
  var usualLead: Int64?
  var timeZone: TimeZoneRules?

  /// Up to here the powers before and after a step, or a socket's rating, say what may have been drawn in it, in ms. In
  /// longer ones a car may have been charged: then what counters that agree say is counted.
  static let shortStep: Int64 = 615_000

  /// How long a message may be held up on its way, in ms.
  static let longestDelay: Int64 = 600_000

  /// How far apart two of a clock's leads may be by arrival jitter and rounding alone, in ms: which of its readings were
  /// looked at one by one, and so what its usual lead is, depends on where hours and cut points lie.
  static let leadSlack: Int64 = 5000

  /// A power cut in a silence up to this long is the whole reason of it, in ms; longer ones may hide that only the
  /// network was away at first.
  static let shortOutage: Int64 = 600_000

  /// How long a plug takes from power to its first INFO where the network is there, in ms.
  static let longestStart: Int64 = 20_000

  /// How long a network takes to be back after the power was, in ms: a router starts slower than a plug.
  static let longestConnection: Int64 = 180_000

  /// - Parameter strictly: true when a reading is asked whether it returns to an old course: then Today must agree.
  func step(from old: CounterPoint, to new: CounterPoint, strictly: Bool = false) -> CounterStep {
    if isLate(old, new) { return CounterStep(rule: .late, parts: [], isDoubtful: true) }
    guard old.hasToday, new.hasToday else { return stepOfTotal(old, new) }
    var step = steps(old, new, strictly)
    if step.isOnCourse, max(step.energy, step.export) > most(old, new, limit) { step.isDoubtful = true }
    if step.rule == .fallback, start.isWanted { step.said = .restart }
    // Yesterday and Today tell each side of the plug's midnight, and nothing tells when in the silence that was.
    if step.crossesDay, !tellsZone(old, new), new.time - old.time > gapLimit, step.energy != 0 || step.export != 0 {
      step.isDividedByGuess = true
    }
    return step
  }

  private func steps(_ old: CounterPoint, _ new: CounterPoint, _ strictly: Bool) -> CounterStep {
    if start.isPowerOn, let step = countsBack ? fallbackOfBothWays(old, new) : fallback(old, new) { return step }
    var step = stepOfDays(old, new, strictly)
    if start.isPowerOn, !countsBack {
      step.losesSilence = true
      step.isDividedByGuess = true
    }
    return step
  }

  /// What Total and Today say together: the first rule that explains it.
  private func stepOfDays(_ old: CounterPoint, _ new: CounterPoint, _ strictly: Bool) -> CounterStep {
    if countsBack, let step = lostToday(old, new) { return step }
    if let step = clearedToday(old, new) { return step }
    if let step = sameDay(old, new) { return step }
    if let step = overMidnight(old, new) { return step }
    if let step = fallback(old, new) { return step }
    if let step = otherPlug(old, new) { return step }
    if let step = changedOverMidnights(old, new) { return step }
    if let step = reset(old, new) { return step }
    return elsewhere(old, new, strictly)
  }

  // MARK: Bounds

  /// What counters that agree may say of the time between, in whole units of the counter.
  func most(_ old: CounterPoint, _ new: CounterPoint) -> Int64 {
    most(old, new, elapsed(old, new) > StepClassifier.shortStep ? max(limit, SeenPower.house) : limit)
  }

  /// What can be drawn with a power in the time between, rounding included.
  func most(_ old: CounterPoint, _ new: CounterPoint, _ power: Int64) -> Int64 {
    let drawn = Int128(power) * Int128(elapsed(old, new)) / 3_600_000
    let printed = 2 * unit + 2 * FirmwareFacts.floatStep(new.total.magnitude)
    return whole(Int64(clamping: drawn + Int128(printed + droppedAtMidnight(old, new))))
  }

  /// The most that was used in a step by what runs before and after it, as the plug was seen to draw that day; nil where
  /// nothing ran at one of its ends: a kettle comes and goes between messages.
  ///
  /// - Parameter power: after it, in mW.
  private func drawn(_ old: CounterPoint, _ new: CounterPoint, thenAt power: Int64) -> Int64? {
    guard old.power != CounterPoint.absent, power != CounterPoint.absent, min(old.power, power) > 0 else { return nil }
    return most(old, new, max(seenPower, max(old.power, power) * 3 / 2)) + 4 * unit
  }

  /// The same in a short step; nil of a longer one.
  func steadilyDrawn(_ old: CounterPoint, _ new: CounterPoint) -> Int64? {
    new.time - old.time <= StepClassifier.shortStep ? drawn(old, new, thenAt: new.power) : nil
  }

  /// Did a counter that went on rise by more than a plug that runs before and after the step was seen to draw that day?
  ///
  /// - Parameter power: after it, in mW, where the second reading tells none.
  func isSteep(_ step: CounterStep, from old: CounterPoint, to new: CounterPoint, thenAt power: Int64) -> Bool {
    guard step.isOnCourse, let drawn = drawn(old, new, thenAt: power) else { return false }
    return step.energy > drawn
  }

  private func elapsed(_ old: CounterPoint, _ new: CounterPoint) -> Int64 {
    let elapsed = max(new.time - old.time, 1000)
    // A message that was held up arrives close to the next one; the plug's clock tells how far apart they were built.
    guard old.hasClock == new.hasClock, old.clock != CounterPoint.absent, new.clock != CounterPoint.absent,
      new.clock - old.clock <= elapsed + StepClassifier.longestDelay || isHeldUp(old) && !isAhead(new)
    else { return elapsed }
    return max(elapsed, new.clock - old.clock)
  }

  /// Energy cut to the counter's unit, so that what is counted can be printed.
  func whole(_ energy: Int64) -> Int64 { energy.flooringQuotient(finestUnit) * finestUnit }

  /// What Total may lose at a midnight, in mWh: 1 Wh of each phase that it sums.
  func droppedAtMidnight(_ old: CounterPoint, _ new: CounterPoint) -> Int64 {
    FirmwareFacts.droppedAtMidnight * max(old.phases, new.phases)
  }

  /// What printing and float32 may shift a difference of two counters by.
  func tolerance(_ old: CounterPoint, _ new: CounterPoint) -> Int64 {
    2 * unit + 2 * FirmwareFacts.floatStep(max(old.total.magnitude, new.total.magnitude))
  }

  func days(_ old: CounterPoint, _ new: CounterPoint) -> Int64? {
    guard let oldDay = old.plugDay, let newDay = new.plugDay else { return nil }
    let days = newDay - oldDay
    // Where the clock tells no zone, the counters tell whether the plug's day turned near the site's midnight.
    guard !tellsZone(old, new), (0...1).contains(days), old.hasYesterday, new.hasYesterday else { return days }
    return new.yesterday != old.yesterday || (new.today < old.today && days == 1) ? 1 : 0
  }

  /// Do both clocks tell the plug's own time?
  func tellsZone(_ old: CounterPoint, _ new: CounterPoint) -> Bool { old.hasZone && new.hasZone }

  /// How many midnights of any zone may lie between the readings.
  func mostDays(_ old: CounterPoint, _ new: CounterPoint) -> Int64 { (new.time - old.time) / 86_400_000 + 1 }

  /// May the plug's day have turned between the readings? In the second of midnight itself a message may be built
  /// just before the counters turn.
  func mayHaveTurned(_ old: CounterPoint, _ new: CounterPoint) -> Bool {
    guard let days = days(old, new) else { return true }
    return days >= 1 || (days == 0 && old.clock.flooringRemainder(86_400_000) < 60_000)
  }

  func hasNewStart(_ old: CounterPoint, _ new: CounterPoint) -> Bool {
    old.startTime != CounterPoint.absent && new.startTime != CounterPoint.absent && new.startTime != old.startTime
  }
}

/// What is known of a plug's start between two readings.
struct PlugStart {
  /// The last start.
  var at: Int64?
  /// When the plug was last heard to connect, where it tells of no starts: it may have started then.
  var connectedAt: Int64?
  /// One of the starts was by power: what was not saved is gone (RTC memory).
  var isPowerOn = false
  /// All of them were by command, button or update.
  var isWanted = false
  /// The plug's clock of 1970 tells it, which counts from the start on.
  var isCertain = false

  init() {}

  init(_ all: PlugStarts, _ old: CounterPoint, _ new: CounterPoint) {
    let starts = all.within(old.time, new.received)
    at = starts.last?.at
    connectedAt = all.connection(within: old.time, new.received)
    isPowerOn = starts.contains(where: \.isPowerOn)
    isWanted = !starts.isEmpty && starts.allSatisfy(\.isWanted)
    if new.isTimeless, new.clock >= 0, new.received - new.clock > old.received {
      at = new.received - new.clock
      isCertain = true
    }
  }
}
