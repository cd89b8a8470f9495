import Readings

/// What happens to a plug, and how its firmware answers.
extension Plug {
  mutating func happen(_ what: Due.What, _ house: HouseRules) {
    switch what {
    case .siteMidnight:
      let day = house.options.siteClock.day(at: Timestamp(milliseconds: integratedTo))
      truth.begin(day: day)
      expect(.siteMidnight, at: house.options.siteClock.start(ofDay: day + 1).milliseconds)
    case .midnight: rollOver(house)
    case .clockSet: setClock(house)
    case .connected: connectAfterStart(house)
    case .announced:
      if isConnected {
        isAnnounced = true
        say(.discoveryConfig)
        say(.discoverySensors)
      }
    case .countingAgain: isCounting = true
    case .command(let command): obey(command, house)
    case .powerBack(let swapped): start(swapped: swapped, house)
    case .networkBack: reconnect(house)
    case .brokerMissesPlug(let connection):
      if connection == self.connection, !isConnected {
        isBrokerSeeingPlug = false
        say(.availability(online: false))
      }
    case .houseCut:
      expect(.houseCut, at: integratedTo + houseCuts.within(150...450) * 3_600_000)
      let length = 20_000 + houseCuts.within(0...5_400_000)
      if hasPower { truth.note(.powerCut) }
      loseSupply(for: length, swapped: false)
    case .fault(let fault): fail(fault, house)
    }
  }

  private mutating func fail(_ fault: Fault, _ house: HouseRules) {
    if fault == .retained {
      expect(.fault(.retained), at: integratedTo + redeliveries.within(6...54) * 3_600_000)
      say(.stored(.availability))
      say(.stored(.discoveryConfig))
      if !storedSensors.isEmpty { say(.stored(.discoverySensors)) }
      if !storedSensor.isEmpty { say(.stored(.sensor)) }
      return
    }
    expect(.fault(fault), at: integratedTo + plan.following(fault))
    guard hasPower, isCounting, isClockSet else { return }
    truth.note(fault)
    switch fault {
    case .powerCut: loseSupply(for: plan.outage(), swapped: false)
    case .clock1970: loseSupply(for: plan.random.within(3000...40_000), swapped: false)
    case .swap: loseSupply(for: plan.random.within(90_000...900_000), swapped: true)
    case .restart: restart(house)
    case .offline: loseNetwork(for: plan.outage())
    case .glitch: glitch = SensorGlitch.allCases[Int(plan.random.within(0...Int64(SensorGlitch.allCases.count - 1)))]
    case .reset: reset()
    case .retained: break
    }
  }

  // MARK: supply

  private mutating func loseSupply(for length: Int64, swapped: Bool) {
    guard hasPower else { return }
    truth.lose()
    hasPower = false
    isClockSet = false
    isCounting = true
    disconnect()
    forgetWhatNeedsPower()
    teleAt = .max
    marginAt = .max
    expect(.powerBack(swapped: swapped), at: integratedTo + length)
  }

  /// The connection breaks without a farewell: the broker notices after one and a half keep-alives of 30 s.
  private mutating func disconnect() {
    guard isConnected else { return }
    isConnected = false
    // Between two messages the client pings at the latest every 30 s.
    let lastPacket = max(lastPacketAt, integratedTo - plan.random.within(0...15_000))
    expect(.brokerMissesPlug(connection: connection), at: max(integratedTo, lastPacket + 45_000))
  }

  private mutating func start(swapped: Bool, _ house: HouseRules) {
    hasPower = true
    if swapped { becomeAnotherPlug(house) }
    for index in channels.indices { channels[index].counter.startFromSettings() }
    boot(keepsMemory: false, house)
  }

  private mutating func restart(_ house: HouseRules) {
    if isConnected { say(.restarting) }
    for index in channels.indices { channels[index].counter.restart() }
    isCounting = false
    isClockSet = false
    isConnected = false  // with a farewell: the broker keeps the retained Online and drops the will
    connection += 1
    forgetWhatNeedsPower()
    expect(.countingAgain, at: integratedTo + plan.random.within(900...2500))
    boot(keepsMemory: true, house)
  }

  private mutating func boot(keepsMemory: Bool, _ house: HouseRules) {
    bootedAt = integratedTo
    bootCount += 1
    arePhasesUnknown = isMainMeter
    restartReason = keepsMemory ? "Software/System restart" : "Power On"
    hasIntroducedItself = false
    connectionsSinceStart = 0
    linkCount = 1
    second = 1_000_000 + plan.random.within(-40...40)
    teleAt = .max
    marginUptime = 8
    marginStable = 0
    marginHold = 0
    marginAt = house.options.powerDelta > 0 ? instant(ofUptime: marginUptime) : .max
    expect(.connected, at: integratedTo + plan.random.within(3500...9000))
    // Drawn in any case, so that the fault changes nothing else.
    let late = plan.timelessness()
    let soon = plan.random.within(3000...9500)
    let isLate = house.options.faults.contains(.clock1970) && !keepsMemory
    expect(.clockSet, at: integratedTo + (isLate ? late : soon))
    if isLate { truth.note(.clock1970) }
  }

  private mutating func becomeAnotherPlug(_ house: HouseRules) {
    identity = PlugIdentity(name: name, channels: channels.count, random: &plan.random)
    bootCount = plan.random.within(1...40)
    isBaseUnknown = true
    isAnnounced = false
    storedSensors = []
    for index in channels.indices {
      let total = plan.random.within(0...400_000)
      channels[index].counter = EnergyCounter(total: total, yesterday: plan.random.within(0...150_000))
      channels[index].counter.saved.total = total
    }
    let believed = integratedTo.flooringQuotient(1000)
    totalStartTime = believed - plan.random.within(3...300) * 86_400
    savedDay = believed / 86_400 - plan.random.within(1...60)
  }

  // MARK: clock

  private mutating func setClock(_ house: HouseRules) {
    isClockSet = true
    clockError = plan.random.within(-250...400)
    let day = localDay(house)
    if day == savedDay {
      for index in channels.indices { channels[index].counter.restoreToday() }
      expect(.midnight, at: expectedMidnight(after: day, house))
    } else {
      expect(.midnight, at: max(integratedTo, tick(from: integratedTo)))
    }
  }

  private mutating func rollOver(_ house: HouseRules) {
    for index in channels.indices { channels[index].counter.rollOver() }
    savedDay = localDay(house)
    expect(.midnight, at: expectedMidnight(after: savedDay, house))
  }

  // MARK: connection

  private mutating func loseNetwork(for length: Int64) {
    guard isNetworkUp else { return }
    isNetworkUp = false
    disconnect()
    expect(.networkBack, at: integratedTo + length)
  }

  private mutating func reconnect(_ house: HouseRules) {
    isNetworkUp = true
    guard hasPower, !isConnected else { return }
    if !hasIntroducedItself {
      // It started while the network was away, and has been trying ever since.
      if !due.contains(where: { if case .connected = $0.what { true } else { false } }) { connectAfterStart(house) }
      return
    }
    linkCount += 1
    connect()
    if !isAnnounced { expect(.announced, at: integratedTo + 10_000) }
  }

  private mutating func connect() {
    isConnected = true
    isBrokerSeeingPlug = true
    connection += 1
    connectionsSinceStart += 1
    say(.availability(online: true))
    say(.commandPower)
  }

  /// The first connection after a start: everything is told, and five seconds later the first SENSOR follows.
  private mutating func connectAfterStart(_ house: HouseRules) {
    guard isNetworkUp else { return }
    connect()
    hasIntroducedItself = true
    for number in 1...3 { say(.info(number)) }
    for index in channels.indices {
      say(.relayResult(index))
      say(.relay(index))
    }
    // The counter is set to TelePeriod − 5 in the running second.
    teleUptime = uptime(at: integratedTo) + 5
    teleAt = instant(ofUptime: teleUptime)
    expect(.announced, at: integratedTo + 10_000)
  }

  // MARK: messages that are due

  mutating func reportTele(_ house: HouseRules) {
    if isConnected {
      if house.options.sendsState { say(.state) }
      say(.sensor(withPeriod: true))
    } else {
      // The message is made and lost, and Period's base has moved (TASMOTA xdrv_03_energy.ino, EnergyShow).
      for index in channels.indices { _ = channels[index].counter.takePeriod() }
    }
    teleUptime += Int64(house.options.period)
    teleAt = instant(ofUptime: teleUptime)
  }

  mutating func reportSwitches(since wereOn: [Bool]) {
    for index in channels.indices where channels[index].step.relayOn != wereOn[index] {
      marginHold = 2
      if isConnected, hasPower {
        say(.relayResult(index))
        say(.relay(index))
      }
    }
  }

  /// EnergyMarginCheck, once in each second of the plug while PowerDelta is set.
  mutating func checkMargins(_ house: HouseRules) {
    marginUptime += 1
    marginAt = instant(ofUptime: marginUptime)
    if marginStable > 0 {
      marginStable -= 1
      if marginStable == 0, isConnected { say(.sensor(withPeriod: false)) }
    }
    guard marginHold == 0 else {
      marginHold -= 1
      return
    }
    var isMet = false
    for index in channels.indices {
      let watts = channels[index].step.milliwatts / 1000
      let old = channels[index].history.0
      let difference = watts - old
      let size = abs(difference)
      let delta = Int64(house.options.powerDelta)
      let meets = delta <= 100 ? size * 100 / max(1, min(abs(old), abs(watts))) >= delta : size >= delta - 100
      if size > 0, meets {
        isMet = true
        channels[index].difference = difference
        channels[index].history = (watts, watts, watts)
      } else {
        channels[index].difference = 0
        channels[index].history = (channels[index].history.1, channels[index].history.2, watts)
      }
    }
    if isMet {
      marginStable = 2  // 3, of which the running second takes one
      if isConnected {
        say(.margins)
        say(.sensor(withPeriod: false))
      }
    }
  }

  // MARK: commands

  /// `EnergyTotal 0`, all counters to zero, or Total set to what some other meter shows.
  private mutating func reset() {
    let variant = plan.random.within(0...9)
    let wattHours = plan.random.within(1_000_000...14_000_000)
    let now = integratedTo
    if variant < 4 {
      expect(.command(.total(wattHours: 0)), at: now)
    } else if variant < 7 {
      expect(.command(.todayZero), at: now)
      expect(.command(.yesterdayZero), at: now + 400)
      expect(.command(.total(wattHours: 0)), at: now + 900)
    } else {
      expect(.command(.total(wattHours: wattHours)), at: now)
    }
  }

  private mutating func obey(_ command: Command, _ house: HouseRules) {
    let now = believedTime.flooringQuotient(1000) + offset(house)
    switch command {
    case .total(let wattHours):
      // A jump up hides what was used since the last message; after a jump to zero Today still tells it.
      if wattHours != 0 { truth.lose() }
      for index in channels.indices { channels[index].counter.setTotal(wattHours: index == 0 ? wattHours : 0) }
      totalStartTime = channels[0].counter.offset == 0 ? now : localDay(house) * 86_400
      answer("EnergyTotal")
    case .todayZero:
      truth.lose()
      for index in channels.indices { channels[index].counter.setToday(0) }
      answer("EnergyToday")
    case .yesterdayZero:
      for index in channels.indices { channels[index].counter.setYesterday(0) }
      answer("EnergyYesterday")
    }
  }

  private mutating func answer(_ command: StaticString) {
    if isConnected { say(.energyResult(command)) }
  }
}
