import Readings

/// One Tasmota plug on an ESP8266 with its appliances: its clock, its counters, its connection and its messages.
///
/// Time is UTC milliseconds. The plug moves from one moment at which something is due to the next; between them
/// power is constant piece by piece and energy is its exact product with time.
struct Plug: Sendable {
  let build: PlugBuild
  var topics: PlugTopics
  var identity: PlugIdentity
  var meter: PlugMeter
  var supply: PlugSupply
  var clock: PlugClock
  var link: PlugLink
  var tele = TeleTimer()
  var margins: MarginWatch
  var schedule = PlugSchedule()
  var outbox = PlugOutbox()
  var knowledge = PlugKnowledge()
  var delay = PlugDelay()
  var chances: PlugChances
  var truth: TruthLedger
  /// How the next SENSOR will be false.
  var glitch: SensorGlitch?

  var now: Int64 { meter.now }

  /// A plug that has been running for hours or weeks when the subscriber comes.
  ///
  /// - Parameter certainFaults: those that shall befall this plug within the run.
  init(_ device: SimulatedDevice, partner: String?, certainFaults: Set<Fault>, _ house: HouseRules) {
    let options = house.options
    let from = options.from.milliseconds
    let span = (options.to?.milliseconds).map { $0 - from } ?? 30 * 86_400_000
    var beside = RandomStream(seed: options.seed, name: device.name, concern: 7)
    let copyDelay = beside.chance(perMillion: 500_000) ? beside.within(20...90) : beside.within(200...1600)
    build = PlugBuild(device, partner: partner, copyDelay: copyDelay, options)
    topics = PlugTopics(name: device.name, channels: device.channels)
    chances = PlugChances(name: device.name, seed: options.seed, span: span)
    truth = TruthLedger(firstDay: options.siteClock.day(at: options.from))
    link = PlugLink(now: from)
    margins = MarginWatch(channels: device.channels)

    var start = RandomStream(seed: options.seed, name: device.name, concern: 1)
    identity = PlugIdentity(name: device.name, channels: device.channels, random: &start)
    let second = 1_000_000 + start.within(-40...40)
    let bootedAt = from - start.within(3_600_000...30 * 86_400_000)
    clock = PlugClock(
      zone: options.plugClock, second: second, bootedAt: bootedAt, error: start.within(-250...400), now: from)
    let local = clock.setUpSeconds(at: from)
    supply = PlugSupply(bootCount: start.within(2...60))
    let startTime = local - start.within(20...700) * 86_400 - start.within(0...80_000)
    meter = PlugMeter(device, build, local: local, startTime: startTime, &start, house)

    tele.start(uptime: clock.uptime(at: from) + 1 + start.within(0...Int64(options.period) - 1), clock)
    if options.powerDelta > 0 {
      margins.goOn(uptime: clock.uptime(at: from) + 1, watts: meter.watts, clock)
    }
    if options.pollMilliseconds > 0 {
      schedule.expect(.poll, at: from + beside.within(0...Int64(options.pollMilliseconds) - 1))
    }
    makeOldDiscovery(daily: device.kind.typicalDay, house)
    expectDays(house)
    expectFaults(certain: certainFaults, span: span, house)
  }

  /// The retained `sensors` payload stems from the plug's last start: it is stale, and shall not be taken for new.
  private mutating func makeOldDiscovery(daily: Int64, _ house: HouseRules) {
    var old = self
    old.meter.putBack(to: clock.bootedAt + 10_000)
    for (index, channel) in meter.channels.enumerated() {
      let days = (now - clock.bootedAt) / 86_400_000 + 1
      let total = max(0, channel.counter.total - days * daily / 100)
      old.meter.setCounter(index, EnergyCounter(total: total, today: daily / 3, yesterday: daily))
    }
    var text = MessageText()
    old.put(.discoverySensors, house, into: &text)
    knowledge.keep(sensors: text.bytes)
  }

  private mutating func expectDays(_ house: HouseRules) {
    schedule.expect(.midnight, at: clock.midnight(after: clock.savedDay))
    let siteDay = house.options.siteClock.day(at: house.options.from)
    schedule.expect(.siteMidnight, at: house.options.siteClock.start(ofDay: siteDay + 1).milliseconds)
  }

  private mutating func expectFaults(certain: Set<Fault>, span: Int64, _ house: HouseRules) {
    for fault in Fault.allCases where house.options.faults.contains(fault) {
      if fault == .tradedTopics {
        schedule.expect(.trade, at: now + chances.firstTrade(span: span))
      } else if fault == .retained {
        schedule.expect(.fault(.retained), at: now + chances.firstRedelivery(span: span))
      } else {
        schedule.expect(
          .fault(fault), at: now + chances.plan.first(fault, isCertain: certain.contains(fault)))
      }
      if fault == .powerCut {
        schedule.expect(.houseCut, at: now + chances.houseCuts.within(20...300) * 3_600_000)
      }
    }
  }

  // MARK: moving on

  /// Moves to the next instant at which there is something to say, before `end`.
  ///
  /// - Returns: false at the end; energy is then counted up to it.
  mutating func advance(in house: HouseRules, until end: Int64) -> Bool {
    outbox.clear()
    repeat {
      guard reachMessages(in: house, until: end) else { return false }
      if delay.isActive(at: now) { holdBack(house) }
    } while outbox.isEmpty
    outbox.timeHead(at: now, &chances.noise)
    return true
  }

  private mutating func reachMessages(in house: HouseRules, until end: Int64) -> Bool {
    while outbox.isEmpty {
      let dueAt = schedule.next
      let switchAt = build.isSwitched ? meter.nextSwitch : .max
      let at = min(min(tele.at, dueAt), min(margins.at, switchAt))
      guard at < end else {
        finish(house, at: end)
        return false
      }
      let wereOn = switchAt == at ? meter.channels.map(\.step.relayOn) : []
      integrate(to: at, house)
      if !wereOn.isEmpty { reportSwitches(since: wereOn) }
      if dueAt == at, let next = schedule.take() {
        happen(next, house)
      } else if margins.at == at {
        checkMargins(house)
      } else if tele.at == at {
        reportTele(house)
      }
    }
    return true
  }

  /// Messages that do not get through now are made now and arrive later.
  private mutating func holdBack(_ house: HouseRules) {
    for message in outbox.takeAll() {
      if let arrival = delay.arrival(of: message, at: now, end: house.end) {
        schedule.expect(.arrival(write(message, house)), at: arrival)
      } else {
        outbox.say(message)
      }
    }
  }

  /// Counts energy up to the end of the run; what no message told any more stays untold.
  mutating func finish(_ house: HouseRules, at end: Int64) {
    integrate(to: end, house)
    truth.lose()
    outbox.close()
  }

  /// Takes the message whose turn it was away. - Returns: false when the plug must advance.
  mutating func takeHead() -> Bool { outbox.takeHead(at: now, &chances.noise) }

  /// Brings counters and truth up to an instant.
  mutating func integrate(to instant: Int64, _ house: HouseRules) {
    guard instant > now else { return }
    let length = instant - now
    let passed = meter.advance(to: instant, supply, house)
    truth.add(
      used: passed.used, exported: passed.exported, counted: passed.counted, uncounted: passed.uncounted,
      poweredMilliseconds: supply.isOn ? length : 0)
  }
}

extension PlugMeter {
  /// What the counters show at the start is made up, but fits the kind of appliance.
  ///
  /// - Parameter local: seconds that the plug's clock shows.
  init(
    _ device: SimulatedDevice, _ build: PlugBuild, local: Int64, startTime: Int64, _ start: inout RandomStream,
    _ house: HouseRules
  ) {
    let options = house.options
    let from = options.from.milliseconds
    let daily = device.kind.typicalDay
    let ofDay = local.flooringRemainder(86_400)
    let surroundings = Surroundings(
      now: from, offset: options.siteClock.span(at: from).offset, solarOffset: house.solarOffset)
    var channels: [Channel] = []
    for index in 0..<device.channels {
      var appliance =
        device.kind == .mains
        ? Appliance.gathered(GatheredLoads(phase: index, of: device, in: options))
        : device.kind.appliance(channel: index, name: device.name, seed: options.seed)
      let step = appliance.step(surroundings)
      let isOld = start.chance(perMillion: 80_000)
      let isBackwards = build.isMeteringExport && options.solarExport != .registers
      let counter = EnergyCounter(
        total: isOld ? start.within(8_000_000...19_000_000) : start.within(20...700) * daily / 100,
        today: isBackwards ? 0 : daily * ofDay / 86_400, yesterday: start.around(daily, permille: 150),
        exported: build.isMeteringExport ? start.within(1_000_000...90_000_000) : 0)
      channels.append(Channel(appliance: appliance, step: step, counter: counter))
    }
    self.init(channels: channels, now: from, startTime: startTime, splitsTotals: options.splitTotals)
  }
}
