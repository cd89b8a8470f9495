import Readings

/// One counter of a plug: what its steps mean, held readings, energy between cut points, and the decisions made.
struct CounterAccount {
  let channel: Int?
  let options: MeteringOptions
  var series: EnergySeries
  var presence: Presence
  var events: [LedgerEvent] = []
  var plugDays: [PlugDay] = []
  /// Silences, with what was inferred over them; explained when everything is known.
  var silences: [Silence] = []
  /// The most digits that the counter was printed with.
  var places: Int?
  /// True once anything but zero was read: a plug of one phase shows three zero phases while it starts.
  var hasSpoken = false
  /// True once a reading followed another.
  var hasStepped = false

  /// A time without messages, and what the counter showed over it.
  struct Silence {
    var from: Int64
    var to: Int64
    var energy: Int64 = 0
    var isLost = false
    var before: Int64?
    var after: Int64?
  }

  /// Told how figures come about; nil where nobody asks.
  var trace: StepTrace?

  // What the next reading is judged by.

  /// The last sound reading.
  var base: CounterPoint?
  /// Silences since ``base``.
  var openSilences: [(from: Int64, to: Int64)] = []
  /// One unit of the counter as it is printed now, in mWh.
  var unit: Int64 = 1000
  /// The highest power that two readings in a row agreed on, in mW.
  var soundPower: Int64 = 0
  /// The power of the last message, sound or not.
  var shownPower = CounterPoint.absent
  var isBidirectional = false
  /// Steps in which Total and Today moved apart.
  var decoupledSteps = 0
  var clock = ClockWatch()
  /// By time; ``nextRestart`` is the first after ``base``.
  var restarts: [PlugStart] = []
  var nextRestart = 0
  /// Today as the last restart on purpose saved it: what a power cut falls back to.
  var savedToday: ClosedRange<Int64> = 0...0
  /// The plug started without time after a power cut: what was saved of Today is still to be added.
  var awaitsSavedToday = false
  /// The last reading of a clock that was never set.
  var timeless: (clock: Int64, time: Int64)?
  /// Another plug begins with the next reading.
  var announcedSwap: (time: Int64, text: String)?

  // Doubts.

  /// Readings that the next ones must confirm, the first with what it would mean.
  var held: [CounterPoint] = []
  var heldStep: CounterStep?
  /// What a confirmed doubt replaced: a return to it shows that the doubt was right.
  var replaced: Replaced?

  /// Use counted so far as the counter tells it, where the series has it scaled.
  var unscaled: Int64 = 0

  // Energy without Total.

  /// What power integrated without a counter has below one mWh, and the scale that it was multiplied by.
  var powerRest: (value: Int128, scale: MeteringOptions.Scale?) = (0, nil)
  var exportBase: (time: Int64, value: Int64)?
  var exportDoubts = 0

  init(channel: Int?, cuts: CutPoints, options: MeteringOptions, restarts: [PlugStart]) {
    self.channel = channel
    self.options = options
    self.restarts = restarts
    series = EnergySeries(cuts: cuts)
    presence = Presence(cuts: cuts)
  }

  /// Takes the rows of a lane. `coarse` and `fine` are the counter's digits in these rows.
  mutating func add(_ lane: borrowing CounterLane, coarsestPlaces coarse: Int?, finestPlaces fine: Int?) {
    if let coarse, let fine {
      unit = Energy.unit(places: coarse).milliwattHours
      places = max(places ?? 0, min(fine, 6))
      series.unit = unit
    }
    var row = 0
    while row < lane.count {
      row = addUsual(lane, from: row)
      if row < lane.count {
        add(lane.point(row))
        row += 1
      }
    }
  }

  // What is asked for with every run or row says that it changes the account and does not: a call that did not say so
  // would be given a copy of it, which is more than a kilobyte.

  /// What a step may draw on average.
  var powerLimit: Int64 {
    mutating get {
      if let maximum = options.maximumMilliwatts { return max(maximum &+ maximum / 5, 1000) }
      return max(MeteringOptions.defaultLimitMilliwatts, soundPower &+ soundPower / 2)
    }
  }

  enum StandardLimit {
    /// A power above this teaches nothing: no three-phase connection of a house has more (3 × 100 A).
    static let learnable: Int64 = 100_000_000
    /// 35 A on three phases: what most houses can draw.
    static let threePhase: Int64 = 25_000_000
  }

  /// A power above this is a false reading, unless the next message says so too.
  var largestPower: Int64 {
    mutating get {
      if let maximum = options.maximumMilliwatts { return maximum &+ maximum / 2 }
      return max(StandardLimit.threePhase, soundPower &+ soundPower / 2)
    }
  }

  private mutating func isSound(_ power: Int64) -> Bool {
    guard power != CounterPoint.absent else { return false }
    if power <= largestPower { return true }
    return options.maximumMilliwatts == nil && shownPower != CounterPoint.absent && shownPower >= power / 2
  }

  /// Any row.
  mutating func add(_ point: CounterPoint) {
    if announcedSwap != nil { swapUnlessContinued(point) }
    let isSoundPower = isSound(point.power)
    shownPower = point.power
    if point.total == CounterPoint.absent {
      integratePower(to: point)
    }
    // A power counts once its reading does.
    defer { if isSoundPower, held.last?.time != point.time { presence.count(point.power, at: point.time) } }
    if let silence = presence.add(time: point.time) {
      openSilences.append(silence)
      if point.total == CounterPoint.absent, base == nil {
        silences.append(Silence(from: silence.from, to: silence.to, isLost: true))
        openSilences.removeAll()
      }
    }
    if point.power != CounterPoint.absent, point.power < 0 { isBidirectional = true }
    addExport(point)
    guard point.total != CounterPoint.absent else { return }
    if point.total != 0 { hasSpoken = true }
    if point.total < 0 { isBidirectional = true }
    guard let base else {
      // Energy before the first reading is not counted; power integrated until here stays.
      series.settleLoose()
      self.base = point
      openSilences.removeAll()
      clock.start(point)
      return
    }
    if held.isEmpty { decide(base, point) } else { settle(base, point) }
  }

  /// Another plug: a new base, and what lies between the last reading and its first is nobody's.
  ///
  /// Discovery may tell of the new plug after its first readings have come: where its counters already were the base,
  /// the swap is behind.
  mutating func swap(at time: Int64, text: String) { announcedSwap = (time, text) }

  mutating func swapUnlessContinued(_ point: CounterPoint) {
    guard let (time, text) = announcedSwap else { return }
    announcedSwap = nil
    if let base, point.total != CounterPoint.absent, base.hasYesterday,
      base.startTime == point.startTime, base.yesterday == point.yesterday, returns(to: base, point)
    {
      return
    }
    guard let base else { return interrupt() }
    // One decision for all channels: its name is made of times alone.
    let id = DecisionID.of(.swap, from: base.time, to: point.time)
    let isUndone = options.undoneDecisions.contains(id) && point.total != CounterPoint.absent
    let energy = isUndone ? max(point.total - base.total, 0) : 0
    events.append(
      LedgerEvent(
        kind: .swap, channel: channel, from: Timestamp(milliseconds: base.time), to: Timestamp(milliseconds: time),
        before: Energy(milliwattHours: base.total), energy: Energy(milliwattHours: energy),
        cause: isUndone ? "undone" : "other-plug",
        text: isUndone ? "a person says that it is the same plug; the counter's own difference counts" : text,
        decision: id))
    guard isUndone else { return interrupt() }
    held.removeAll()
    heldStep = nil
    accept(CounterStep(rule: .continuous, parts: [.init(energy: energy, end: point.time)]), from: base, to: point)
  }

  /// The next reading is a new base, and what lies before it is not counted.
  mutating func interrupt() {
    base = nil
    held.removeAll()
    heldStep = nil
    replaced = nil
    openSilences.removeAll()
    savedToday = 0...0
    awaitsSavedToday = false
    timeless = nil
    exportBase = nil
    clock = ClockWatch()
    presence.forgetLast()
  }

  /// Ends the account. Readings that are still held are left out: the next ones would have decided.
  mutating func finish() {
    if !held.isEmpty { trace?.leaveOut(held, channel: channel, reason: "in doubt: the next readings would decide") }
    held.removeAll()
    presence.finish()
    if let event = clock.finish() { events.append(with(event)) }
  }
}
