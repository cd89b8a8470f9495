import Readings

/// What happens to a plug.
extension Plug {
  mutating func happen(_ what: PlugSchedule.Happening, _ house: HouseRules) {
    switch what {
    case .siteMidnight:
      let day = house.options.siteClock.day(at: Timestamp(milliseconds: now))
      truth.begin(day: day)
      schedule.expect(.siteMidnight, at: house.options.siteClock.start(ofDay: day + 1).milliseconds)
    case .midnight: rollOver()
    case .clockSet: setClock()
    case .connected: connectAfterStart()
    case .announced:
      if link.isConnected {
        knowledge.announce()
        outbox.say(.discoveryConfig)
        outbox.say(.discoverySensors)
      }
    case .countingAgain: supply.countAgain()
    case .command(let command): obey(command)
    case .poll: answerPoll(house)
    case .trade: tradeTopics(house)
    case .arrival(let message): outbox.say(.held(message))
    case .powerBack(let swapped): start(swapped: swapped, house)
    case .networkBack: reconnect()
    case .brokerMissesPlug(let connection):
      if link.isWillDue(of: connection) { outbox.say(.availability(online: false)) }
    case .houseCut:
      schedule.expect(.houseCut, at: now + chances.houseCuts.within(150...450) * 3_600_000)
      let length = 20_000 + chances.houseCuts.within(0...5_400_000)
      if supply.isOn { truth.note(.powerCut) }
      loseSupply(for: length, swapped: false)
    case .fault(let fault): fail(fault, house)
    }
  }

  private mutating func fail(_ fault: Fault, _ house: HouseRules) {
    if fault == .retained {
      schedule.expect(.fault(.retained), at: now + chances.redeliveries.within(6...54) * 3_600_000)
      outbox.say(.stored(.availability))
      outbox.say(.stored(.discoveryConfig))
      if !knowledge.sensors.isEmpty { outbox.say(.stored(.discoverySensors)) }
      if !knowledge.sensor.isEmpty { outbox.say(.stored(.sensor)) }
      return
    }
    schedule.expect(.fault(fault), at: now + chances.plan.following(fault))
    guard supply.isOn, supply.isCounting, clock.isSet else { return }
    truth.note(fault)
    switch fault {
    case .powerCut: loseSupply(for: chances.plan.outage(), swapped: false)
    case .clock1970: loseSupply(for: chances.plan.random.within(3000...40_000), swapped: false)
    case .swap: loseSupply(for: chances.plan.random.within(90_000...900_000), swapped: true)
    case .restart: restart(house)
    case .offline: loseNetwork(for: chances.plan.outage())
    case .glitch:
      glitch = SensorGlitch.allCases[Int(chances.plan.random.within(0...Int64(SensorGlitch.allCases.count - 1)))]
    case .reset: reset()
    case .crash: crash(house)
    case .energyCommands: schedule.expect(.command(.any(&chances.plan.random)), at: now)
    case .late: delay.nextReading(by: chances.plan.lateness())
    case .heldUp: delay.everything(until: now + chances.plan.holdUp(), end: house.end)
    case .splitTotals: switchTotals()
    case .retained, .tradedTopics: break
    }
  }

  // MARK: messages that are due

  mutating func reportTele(_ house: HouseRules) {
    if link.isConnected {
      if house.options.sendsState { outbox.say(.state) }
      outbox.say(.sensor(withPeriod: true))
    } else {
      // The message is made and lost, and Period's base has moved (TASMOTA xdrv_03_energy.ino, EnergyShow).
      meter.withCounters { _ = $0.takePeriod() }
    }
    tele.goOn(period: house.options.period, clock)
  }

  mutating func reportSwitches(since wereOn: [Bool]) {
    for index in meter.channels.indices where meter.channels[index].step.relayOn != wereOn[index] {
      margins.relaySwitched()
      if link.isConnected, supply.isOn {
        outbox.say(.relayResult(index))
        outbox.say(.relay(index))
      }
    }
  }

  /// Once in each second of the plug while PowerDelta is set.
  mutating func checkMargins(_ house: HouseRules) {
    let finding = margins.check(watts: meter.watts, delta: Int64(house.options.powerDelta), clock)
    guard link.isConnected else { return }
    if finding.hasSettled { outbox.say(.sensor(withPeriod: false)) }
    if finding.isMet {
      outbox.say(.margins)
      outbox.say(.sensor(withPeriod: false))
    }
  }

  // MARK: commands

  /// `EnergyTotal 0`, all counters to zero, or Total set to what some other meter shows.
  private mutating func reset() {
    let variant = chances.plan.random.within(0...9)
    let wattHours = chances.plan.random.within(1_000_000...14_000_000)
    if variant < 4 {
      schedule.expect(.command(EnergyCommand(register: .total)), at: now)
    } else if variant < 7 {
      schedule.expect(.command(EnergyCommand(register: .today)), at: now)
      schedule.expect(.command(EnergyCommand(register: .yesterday)), at: now + 400)
      schedule.expect(.command(EnergyCommand(register: .total)), at: now + 900)
    } else {
      schedule.expect(.command(EnergyCommand(register: .total, wattHours: wattHours)), at: now)
    }
  }

  private mutating func obey(_ command: EnergyCommand) {
    let isTotal = command.register == .total
    // A jump up hides what was used since the last message; after a jump of Total to zero Today still tells it.
    if command.register == .today || command.register == .all || isTotal && command.wattHours != 0 { truth.lose() }
    var isFirst = true
    meter.withCounters { counter in
      let wattHours = isFirst ? command.wattHours : 0
      switch command.register {
      case .total: counter.setTotal(wattHours: wattHours)
      case .today: counter.setToday(wattHours * 100)
      case .yesterday: counter.setYesterday(wattHours * 100)
      case .all: counter.clear()
      }
      isFirst = false
    }
    if isTotal, !command.isOldSyntax {
      meter.begin(
        startTime: meter.channels[0].counter.offset == 0 ? clock.local(at: now) : clock.day(at: now) * 86_400)
    }
    if link.isConnected { outbox.say(.energyResult(command.word)) }
  }

  /// SetOption129.
  private mutating func switchTotals() {
    meter.switchTotals()
    if link.isConnected { outbox.say(.optionResult("SetOption129", isOn: meter.splitsTotals)) }
  }

  // MARK: others

  private mutating func answerPoll(_ house: HouseRules) {
    schedule.expect(.poll, at: now + Int64(house.options.pollMilliseconds))
    if supply.isOn, link.isConnected { outbox.say(.status) }
  }
}
