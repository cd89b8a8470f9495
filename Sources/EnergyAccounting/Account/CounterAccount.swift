import Readings

/// One counter of a plug: what its steps mean, held readings, energy between cut points, and the decisions made.
struct CounterAccount {
  let channel: Int?
  let options: MeteringOptions
  var series: EnergySeries
  var presence: Presence
  /// What there is to tell.
  var findings = Findings()
  /// Told how figures come about; nil where nobody asks.
  var trace: StepTrace?

  // What the next reading is judged by.

  /// The last sound reading.
  var base: CounterPoint?
  /// The first messages, until there are enough to know how often the plug speaks.
  var opening: [CounterPoint]? = []
  var digits = CounterDigits()
  var power = SeenPower()
  var manner = CountingManner()
  var clock = ClockWatch()
  var announced: Announcements
  var doubt = Doubt()
  /// Are the readings of one plug at all?
  var courses = PlugCourses()
  /// Energy without Total.
  var other = CounterlessEnergy()

  /// What an account finds out beside energy.
  struct Findings {
    var events: [LedgerEvent] = []
    var plugDays: [PlugDay] = []
    /// Silences, with what was inferred over them; explained when everything is known.
    var silences: [Silence] = []
    /// The most digits that the counter was printed with, and the fewest.
    var places: Int?
    var fewestPlaces: Int?
    /// A reading told no Total.
    var lacksTotal = false
    /// True once anything but zero was read: a plug of one phase shows three zero phases while it starts.
    var hasSpoken = false
    /// True once a reading followed another.
    var hasStepped = false
    /// What the counter was on each of the plug's days.
    var marks: [CounterMark] = []
    /// Use counted so far as the counter tells it, where the series has it scaled.
    var unscaled: Int64 = 0
  }

  /// A time without messages, and what the counter showed over it.
  struct Silence {
    var from: Int64
    var to: Int64
    var energy: Int64 = 0
    /// It hides use that no counter tells.
    var isLost = false
    /// The counter says that the plug had no power in it.
    var isPowerCut = false
  }

  init(channel: Int?, cuts: CutPoints, options: MeteringOptions, announced: Announcements) {
    self.channel = channel
    self.options = options
    self.announced = announced
    series = EnergySeries(cuts: cuts)
    presence = Presence(cuts: cuts, keepsHours: options.keepsSections)
  }

  /// Takes the rows of a lane.
  mutating func add(_ lane: borrowing CounterLane) {
    var row = 0
    while row < lane.count {
      if opening != nil {
        take(lane.point(row))
        row += 1
        continue
      }
      row = addUsual(lane, from: row)
      if row < lane.count {
        add(lane.point(row))
        row += 1
      }
    }
  }

  // What is asked for with every run or row says that it changes the account and does not: a call that did not say so
  // would be given a copy of it, which is more than a kilobyte.

  /// What a step may draw on average where nothing else is known.
  var powerLimit: Int64 {
    mutating get {
      guard let maximum = options.maximumMilliwatts else { return MeteringOptions.defaultLimitMilliwatts }
      return max(maximum &+ maximum / 5, 1000)
    }
  }

  /// Takes a row, which is kept until it is known how often the plug speaks.
  mutating func take(_ point: CounterPoint) {
    guard opening != nil else { return add(point) }
    opening?.append(point)
    if opening?.count ?? 0 > Pace.memory { endOpening() }
  }

  /// Judges the messages that were kept. Steps of a run that follow them may tell more of the pace.
  mutating func endOpening(with run: RollupRun? = nil) {
    guard let kept = opening else { return }
    opening = nil
    var steps = zip(kept, kept.dropFirst()).map { $1.time - $0.time }
    // As many as by rows, where the message that ends the opening is one of the run's.
    if let run { steps += Array(repeating: run.usualStep, count: min(run.rowCount - 1, Pace.memory - steps.count)) }
    presence.foresee(steps)
    for point in kept where point.total != CounterPoint.absent { refine(point.places) }
    for point in kept { add(point) }
  }

  private mutating func add(_ received: CounterPoint) {
    let point = placed(received)
    if announced.swap != nil { swapUnlessContinued(point) }
    if point.total != CounterPoint.absent { refine(point.places) }
    let isSoundPower = power.isSound(point.power, maximum: options.maximumMilliwatts)
    if point.total == CounterPoint.absent {
      findings.lacksTotal = true
      integratePower(to: point)
    }
    // A power counts once its reading does.
    defer { if isSoundPower, doubt.held.last?.received != point.received { presence.count(point.power, at: point) } }
    if let silence = presence.add(point), point.total == CounterPoint.absent, base == nil {
      findings.silences.append(Silence(from: silence.from, to: silence.to, isLost: true))
      presence.closeSilences()
    }
    addExport(point)
    guard point.total != CounterPoint.absent else { return }
    if point.total != 0 { findings.hasSpoken = true }
    followCourses(point)
    guard let base else {
      // Energy before the first reading is not counted; power integrated until here stays.
      series.settleLoose()
      self.base = point
      announced.starts.begin(with: point)
      findings.marks.append(CounterMark(point, unit: series.unit))
      presence.closeSilences()
      clock.start(point)
      return
    }
    if doubt.isEmpty { decide(base, point) } else { settle(base, point) }
  }

  /// Rows that were taken together before it are one plug's, and so is what goes on from them.
  private mutating func followCourses(_ point: CounterPoint) {
    if let base, doubt.isEmpty {
      if PlugCourses.goesOn(from: base, to: point) { return }
      courses.follow(base, in: courses.current)
    }
    _ = courses.place(point)
  }

  /// What is counted is whole units of the counter.
  mutating func refine(_ places: Int, count: Int = 1) {
    digits.see(places, count: count)
    series.unit = Energy.unit(places: digits.finest ?? places).milliwattHours
    findings.places = max(findings.places ?? places, places)
    findings.fewestPlaces = min(findings.fewestPlaces ?? places, places)
  }

  /// The message before the plug's midnight that it has not passed, where it was held up on its way: what Yesterday and
  /// Today say of either side is exact.
  private mutating func placed(_ point: CounterPoint) -> CounterPoint {
    guard let last = presence.last, let midnight = clock.missedMidnight(point, after: last) else { return point }
    var placed = point
    placed.time = max(midnight - 1, last)
    return placed
  }

  /// Another plug: a new base, and what lies between the last reading and its first is nobody's.
  ///
  /// Discovery may tell of the new plug after its first readings have come: where its counters already were the base,
  /// the swap is behind.
  mutating func swap(at time: Int64, text: String) {
    endOpening()
    announced.swap = (time, text)
  }

  private mutating func swapUnlessContinued(_ point: CounterPoint) {
    guard let (time, text) = announced.swap else { return }
    announced.swap = nil
    if let base, point.total != CounterPoint.absent, continues(base, point) { return }
    guard let base else { return interrupt() }
    // One decision for all channels: its name is made of times alone.
    let id = DecisionID.of(.swap, from: base.time, to: point.time)
    let isUndone = options.undoneDecisions.contains(id) && point.total != CounterPoint.absent
    let energy = isUndone ? max(point.total - base.total, 0) : 0
    findings.events.append(
      LedgerEvent(
        kind: .swap, channel: channel, from: Timestamp(milliseconds: base.time), to: Timestamp(milliseconds: time),
        before: Energy(milliwattHours: base.total), energy: Energy(milliwattHours: energy),
        cause: isUndone ? "undone" : "other-plug",
        text: isUndone ? "a person says that it is the same plug; the counter's own difference counts" : text,
        decision: id))
    guard isUndone else { return interrupt() }
    doubt.drop()
    accept(CounterStep(rule: .continuous, parts: [.init(energy: energy, end: point.time)]), from: base, to: point)
  }

  /// The next reading is a new base, and what lies before it is not counted.
  mutating func interrupt() {
    endOpening()
    base = nil
    doubt = Doubt()
    presence.closeSilences()
    announced.starts.forget()
    other.exportBase = nil
    clock = ClockWatch()
    presence.forgetLast()
    opening = []
  }

  /// Drops what was found out so far beside energies. Decisions that the next readings may still take back stay.
  mutating func keepEnergies() {
    findings.silences = []
    guard doubt.replaced == nil else { return }
    findings.plugDays = []
    findings.marks = findings.marks.suffix(1)
    findings.events = []
  }

  /// Ends the account. Readings that are still held are left out: the next ones would have decided.
  mutating func finish() {
    endOpening()
    if !doubt.isEmpty {
      trace?.leaveOut(doubt.held, channel: channel, reason: "in doubt: the next readings would decide")
    }
    doubt.drop()
    presence.finish()
    if let event = clock.finish() { findings.events.append(with(event)) }
  }
}
