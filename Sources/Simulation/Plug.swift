import Readings

/// One Tasmota plug on an ESP8266 with its appliances: its clock, its counters, its connection and its messages.
///
/// Time is UTC milliseconds. The plug moves from one moment at which something is due to the next; between them
/// power is constant piece by piece and energy is its exact product with time.
struct Plug: Sendable {
  struct Channel: Sendable {
    var appliance: Appliance
    var step: LoadStep
    var counter: EnergyCounter
    /// EnergyMarginCheck: whole watts of the last three seconds, oldest first.
    var history: (Int64, Int64, Int64) = (0, 0, 0)
    var difference: Int64 = 0
  }

  /// What somebody sends to the plug.
  enum Command: Sendable, Equatable {
    case total(wattHours: Int64)
    case todayZero
    case yesterdayZero
  }

  /// What will happen to a plug at a known instant.
  struct Due: Sendable {
    enum What: Sendable {
      case fault(Fault)
      case powerBack(swapped: Bool)
      case brokerMissesPlug(connection: Int)
      case connected
      case clockSet
      case midnight
      case siteMidnight
      case networkBack
      case announced
      case countingAgain
      case houseCut
      case command(Command)
    }
    var at: Int64
    var what: What

    /// True for what a plug without supply cannot do.
    var needsPower: Bool {
      switch what {
      case .connected, .clockSet, .midnight, .announced, .countingAgain, .command: true
      default: false
      }
    }
  }

  let name: String
  let topics: PlugTopics
  /// Lamps are switched by the plug's own relay.
  let isSwitched: Bool
  /// Solar plugs have a meter for both directions, and so has the main meter of a house with panels.
  let isMeteringExport: Bool
  let isMainMeter: Bool
  /// The driver of a meter has not spoken since the start: it is taken for one of three phases, all zero.
  var arePhasesUnknown = false
  var identity: PlugIdentity
  var channels: [Channel]
  var truth: TruthLedger
  var plan: FaultPlan
  /// Jitter of the network, of the crystal and of the meter.
  var noise: RandomStream
  /// Shared by all plugs of the house: when the subscriber connects again, when the street has no power.
  var redeliveries: RandomStream
  var houseCuts: RandomStream

  // Time and supply.
  var integratedTo: Int64
  var hasPower = true
  /// False for the second or two in which a restarting plug counts nothing.
  var isCounting = true
  var bootedAt: Int64
  /// The plug's own second, in microseconds: its crystal is off by some parts in a million.
  var second: Int64
  var isClockSet = true
  /// Milliseconds by which the set clock is ahead.
  var clockError: Int64
  var savedDay: Int64
  var bootCount: Int64
  var restartReason: StaticString = "Power On"
  var totalStartTime: Int64
  var siteOffset: Int64 = 0
  var siteOffsetUntil = Int64.min

  // Connection.
  var isNetworkUp = true
  var isConnected = true
  var isBrokerSeeingPlug = true
  /// Counts connections, so that a will that was overtaken is not sent.
  var connection = 0
  /// INFO and POWER are sent on the first connection after a start only.
  var hasIntroducedItself = true
  var linkCount: Int64 = 1
  var lastPacketAt: Int64
  /// Counts STATE's MqttCount.
  var connectionsSinceStart: Int64 = 1

  // What comes next.
  var teleUptime: Int64
  var teleAt: Int64
  var marginUptime: Int64 = 0
  var marginAt = Int64.max
  var marginStable = 0
  var marginHold = 0
  /// Latest first.
  private(set) var due: [Due] = []
  private(set) var queue: [Outgoing] = []
  private var queueHead = 0
  /// Receive time of the message at the queue's head, in nanoseconds.
  private(set) var headReceivedAt: Int64 = .max
  private var lastReceivedAt = Int64.min
  /// The queue holds what the broker tells a new subscriber at the very start.
  private(set) var isGreeting = true

  var glitch: SensorGlitch?
  /// No reading of this plug has arrived yet from which a reader could count on.
  var isBaseUnknown = true
  /// Discovery has told the plug's MAC. A new plug's first SENSOR comes before that.
  var isAnnounced = true
  var storedSensors: [UInt8] = []
  var storedSensor: [UInt8] = []
  var measurements: [PowerMeasurement] = []

  /// A plug that has been running for hours or weeks when the subscriber comes.
  ///
  /// - Parameter certainFaults: those that shall befall this plug within the run.
  init(_ device: SimulatedDevice, certainFaults: Set<Fault>, _ house: HouseRules) {
    let options = house.options
    let from = options.from.milliseconds
    func stream(_ concern: UInt64) -> RandomStream {
      RandomStream(seed: options.seed, name: device.name, concern: concern)
    }
    name = device.name
    topics = PlugTopics(name: device.name, channels: device.channels)
    isSwitched = device.kind == .lamp
    isMeteringExport =
      device.kind == .solar || device.kind == .mains && options.devices.contains { $0.kind == .solar }
    isMainMeter = device.kind == .mains
    var start = stream(1)
    noise = stream(2)
    let span = (options.to?.milliseconds).map { $0 - from } ?? 30 * 86_400_000
    plan = FaultPlan(random: stream(3), span: span)
    redeliveries = RandomStream(seed: options.seed, name: "", concern: 4)
    houseCuts = RandomStream(seed: options.seed, name: "", concern: 5)
    identity = PlugIdentity(name: device.name, channels: device.channels, random: &start)
    truth = TruthLedger(firstDay: options.siteClock.day(at: options.from))
    integratedTo = from
    second = 1_000_000 + start.within(-40...40)
    bootedAt = from - start.within(3_600_000...30 * 86_400_000)
    clockError = start.within(-250...400)
    let offset = options.plugClock.span(at: from).offset
    let local = (from + clockError).flooringQuotient(1000) + offset
    savedDay = local.flooringQuotient(86_400)
    bootCount = start.within(2...60)
    totalStartTime = local - start.within(20...700) * 86_400 - start.within(0...80_000)
    lastPacketAt = from
    teleUptime = 0
    teleAt = 0
    // What the counters show at the start is made up, but fits the kind of appliance.
    let daily = device.kind.typicalDay
    channels = []
    for index in 0..<device.channels {
      var appliance =
        device.kind == .mains
        ? Appliance.gathered(GatheredLoads(phase: index, of: device, in: options))
        : Appliance(device.kind, random: stream(16 + UInt64(index)))
      let surroundings = Surroundings(
        now: from, offset: options.siteClock.span(at: from).offset, solarOffset: house.solarOffset)
      let step = appliance.step(surroundings)
      let ofDay = local - savedDay * 86_400
      let isOld = start.chance(perMillion: 80_000)
      let backwards = isMeteringExport && options.solarExport == .backwards
      let counter = EnergyCounter(
        total: isOld ? start.within(8_000_000...19_000_000) : start.within(20...700) * daily / 100,
        today: backwards ? 0 : daily * ofDay / 86_400, yesterday: start.around(daily, permille: 150),
        exported: isMeteringExport ? start.within(1_000_000...90_000_000) : 0)
      channels.append(Channel(appliance: appliance, step: step, counter: counter))
    }
    teleUptime = uptime(at: from) + 1 + start.within(0...Int64(options.period) - 1)
    teleAt = instant(ofUptime: teleUptime)
    if options.powerDelta > 0 {
      marginUptime = uptime(at: from) + 1
      marginAt = instant(ofUptime: marginUptime)
      for index in channels.indices {
        let watts = channels[index].step.milliwatts / 1000
        channels[index].history = (watts, watts, watts)
      }
    }
    makeOldDiscovery(daily, house)
    expect(.midnight, at: expectedMidnight(after: savedDay, house))
    let siteDay = options.siteClock.day(at: options.from)
    expect(.siteMidnight, at: options.siteClock.start(ofDay: siteDay + 1).milliseconds)
    for fault in Fault.allCases where options.faults.contains(fault) {
      if fault == .retained {
        let first = min(span / 2, redeliveries.within(2...30) * 3_600_000)
        expect(.fault(.retained), at: from + first)
      } else {
        expect(.fault(fault), at: from + plan.first(fault, isCertain: certainFaults.contains(fault)))
      }
      if fault == .powerCut { expect(.houseCut, at: from + houseCuts.within(20...300) * 3_600_000) }
    }
  }

  /// The retained `sensors` payload stems from the plug's last start: it is stale, and shall not be taken for new.
  private mutating func makeOldDiscovery(_ daily: Int64, _ house: HouseRules) {
    var old = self
    old.integratedTo = bootedAt + 10_000
    for index in old.channels.indices {
      let days = (integratedTo - bootedAt) / 86_400_000 + 1
      let total = max(0, channels[index].counter.total - days * daily / 100)
      old.channels[index].counter = EnergyCounter(total: total, today: daily / 3, yesterday: daily)
    }
    var text = MessageText()
    old.put(.discoverySensors, house, into: &text)
    storedSensors = text.bytes
  }

  // MARK: moving on

  /// Puts something into the plug's future. What is due at the same instant happens in the order of these calls.
  mutating func expect(_ what: Due.What, at instant: Int64) {
    let index = due.firstIndex { $0.at <= instant } ?? due.count
    due.insert(Due(at: instant, what: what), at: index)
  }

  mutating func forgetWhatNeedsPower() { due.removeAll { $0.needsPower } }

  /// Moves to the next instant at which there is something to say, before `end`.
  ///
  /// - Returns: false at the end; energy is then counted up to it.
  mutating func advance(in house: HouseRules, until end: Int64) -> Bool {
    queue.removeAll(keepingCapacity: true)
    queueHead = 0
    isGreeting = false
    while queue.isEmpty {
      let dueAt = due.last?.at ?? .max
      let switchAt = isSwitched ? channels.reduce(Int64.max) { min($0, $1.step.until) } : .max
      let at = min(min(teleAt, dueAt), min(marginAt, switchAt))
      guard at < end else {
        finish(house, at: end)
        return false
      }
      let wereOn = switchAt == at ? channels.map(\.step.relayOn) : []
      integrate(to: at, house)
      if !wereOn.isEmpty { reportSwitches(since: wereOn) }
      if dueAt == at, let next = due.popLast() {
        happen(next.what, house)
      } else if marginAt == at {
        checkMargins(house)
      } else if teleAt == at {
        reportTele(house)
      }
    }
    timeHead()
    return true
  }

  /// Counts energy up to the end of the run; what no message told any more stays untold.
  mutating func finish(_ house: HouseRules, at end: Int64) {
    integrate(to: end, house)
    truth.lose()
    queue.removeAll()
    headReceivedAt = .max
  }

  /// The message whose turn it is.
  var head: Outgoing { queue[queueHead] }

  /// Takes the head away. - Returns: false when the queue is empty and the plug must advance.
  mutating func takeHead() -> Bool {
    queueHead += 1
    guard queueHead < queue.count else { return false }
    timeHead()
    return true
  }

  mutating func say(_ message: Outgoing) { queue.append(message) }

  /// Messages at the very start arrive at instants of the subscriber's choosing.
  mutating func startQueue(_ messages: [Outgoing], receivedAt: Int64) {
    queue = messages
    queueHead = 0
    lastReceivedAt = receivedAt - 1
    headReceivedAt = receivedAt
  }

  /// When the message at the head arrives: some 16 ms after it was made, seldom later by up to 4 s (Wi-Fi retries),
  /// and never before the one that this plug sent earlier: the connection is one TCP stream.
  private mutating func timeHead() {
    let made = integratedTo * 1_000_000
    let bits = noise.next()
    let spread = Int64(bits & 0xFFFFFF)  // 16.8 ms of nanoseconds
    let share = (bits >> 24) % 100_000
    let late: Int64 = share < 20 ? 450_000_000 + spread * 200 : share < 420 ? 20_000_000 + spread * 25 : 0
    var arrival = made + 6_000_000 + spread + late
    if case .stored = head { arrival = made + 500_000 + spread / 8 }
    let gap = 300_000 + Int64((bits >> 44) & 0x3FFFF)
    arrival = max(arrival, lastReceivedAt + gap)
    lastReceivedAt = arrival
    headReceivedAt = arrival
  }

  // MARK: energy

  /// Brings counters and truth up to an instant, and the loads to the steps that hold from there.
  mutating func integrate(to instant: Int64, _ house: HouseRules) {
    guard instant > integratedTo else { return }
    var used: Int64 = 0
    var exported: Int64 = 0
    var counted: Int64 = 0
    var uncounted: Int64 = 0
    let registers = house.options.solarExport == .registers
    for index in channels.indices {
      var from = integratedTo
      while true {
        let step = channels[index].step
        let end = min(step.until, instant)
        if hasPower, end > from, step.milliwatts != 0 {
          let energy = step.milliwatts * (end - from)
          if !isCounting { uncounted += max(0, energy) }
          if energy > 0 {
            used += energy
            if isCounting { counted += channels[index].counter.add(microjoules: energy) }
          } else {
            exported -= energy
            if isCounting {
              if registers {
                _ = channels[index].counter.addExport(microjoules: -energy)
              } else {
                _ = channels[index].counter.add(microjoules: energy)
              }
            }
          }
        }
        guard step.until <= instant else { break }
        from = end
        channels[index].step = channels[index].appliance.step(surroundings(at: from, house))
      }
    }
    truth.add(
      used: used, exported: exported, counted: counted, uncounted: uncounted,
      poweredMilliseconds: hasPower ? instant - integratedTo : 0)
    integratedTo = instant
  }

  private mutating func surroundings(at instant: Int64, _ house: HouseRules) -> Surroundings {
    if instant >= siteOffsetUntil {
      (siteOffset, siteOffsetUntil) = house.options.siteClock.span(at: instant)
    }
    return Surroundings(now: instant, offset: siteOffset, solarOffset: house.solarOffset)
  }

  // MARK: the plug's own time

  func instant(ofUptime seconds: Int64) -> Int64 { bootedAt + seconds * second / 1000 }

  /// Whole seconds since the start.
  func uptime(at instant: Int64) -> Int64 { (instant - bootedAt) * 1000 / second }

  /// The first tick of the plug's second at or after an instant, and after the tenth second.
  func tick(from instant: Int64) -> Int64 {
    var seconds = max(11, uptime(at: max(instant, bootedAt)))
    while self.instant(ofUptime: seconds) < instant { seconds += 1 }
    return self.instant(ofUptime: seconds)
  }

  /// Milliseconds since 1970-01-01T00:00:00 of what the plug believes to be UTC.
  var believedTime: Int64 { isClockSet ? integratedTo + clockError : integratedTo - bootedAt }

  /// Seconds that the plug adds to UTC: none before its clock is set (TASMOTA support_rtc.ino).
  func offset(_ house: HouseRules) -> Int64 {
    isClockSet ? house.options.plugClock.span(at: believedTime).offset : 0
  }

  func localDay(_ house: HouseRules) -> Int64 {
    (believedTime.flooringQuotient(1000) + offset(house)).flooringQuotient(86_400)
  }

  func expectedMidnight(after day: Int64, _ house: HouseRules) -> Int64 {
    tick(from: house.options.plugClock.start(ofDay: day + 1).milliseconds - clockError)
  }
}
