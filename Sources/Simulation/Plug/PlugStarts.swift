import Readings

/// How a plug loses its supply or its network, and comes back.
extension Plug {
  // MARK: supply

  mutating func loseSupply(for length: Int64, swapped: Bool) {
    guard supply.isOn else { return }
    truth.lose()
    supply.lose()
    clock.lose()
    disconnect()
    schedule.forgetWhatNeedsPower()
    tele.stop()
    margins.stop()
    schedule.expect(.powerBack(swapped: swapped), at: now + length)
  }

  /// The connection breaks without a farewell.
  private mutating func disconnect() {
    guard link.isConnected else { return }
    let sincePing = chances.plan.random.within(0...15_000)
    let noticed = link.breakDown(at: now, sincePing: sincePing)
    schedule.expect(.brokerMissesPlug(connection: link.connection), at: noticed)
  }

  mutating func start(swapped: Bool, _ house: HouseRules) {
    supply.comeBack()
    if swapped { becomeAnotherPlug() }
    meter.withCounters { $0.startFromSettings() }
    boot("Power On", keepsMemory: false, house)
  }

  mutating func restart(_ house: HouseRules) {
    if link.isConnected { outbox.say(.restarting) }
    meter.withCounters { $0.restart() }
    supply.pauseCounting()
    link.leave()
    schedule.forgetWhatNeedsPower()
    schedule.expect(.countingAgain, at: now + chances.plan.random.within(900...2500))
    boot("Software/System restart", keepsMemory: true, house)
  }

  /// The firmware gets stuck; its watchdog or the processor's exception starts it again.
  mutating func crash(_ house: HouseRules) {
    let reasons: [StaticString] = [
      "Exception", "Software Watchdog", "Hardware Watchdog", "Fatal exception:28 flag:2 (EXCEPTION)",
    ]
    let reason = reasons[Int(chances.plan.random.within(0...Int64(reasons.count - 1)))]
    meter.withCounters { $0.crash() }
    supply.pauseCounting()
    link.crash()
    disconnect()
    schedule.forgetWhatNeedsPower()
    schedule.expect(.countingAgain, at: now + chances.plan.random.within(900...2500))
    boot(reason, keepsMemory: true, house)
  }

  /// Another plug of the house gets this one's topic, and this one the other's. Setting a topic restarts the plug, and
  /// takes the retained LWT of the old one back (TASMOTA xdrv_02_9_mqtt.ino 1661).
  mutating func tradeTopics(_ house: HouseRules) {
    schedule.expect(.trade, at: now + chances.trades.within(150...450) * 3_600_000)
    guard let partner = build.partner else { return }
    truth.note(.tradedTopics)
    if link.isConnected {
      outbox.say(.held(write(.restarting, house)))
      outbox.say(.held(HeldMessage(topic: topics.availability, payload: [], publishRetained: true)))
      link.leave()
    }
    topics = PlugTopics(name: topics.name == partner ? build.name : partner, channels: meter.channels.count)
    identity.call(topics.name)
    knowledge.misname()
    if supply.isOn { restart(house) }
  }

  private mutating func boot(_ reason: StaticString, keepsMemory: Bool, _ house: HouseRules) {
    supply.boot(reason)
    meter.forgetPhases(build.isPhaseMeter)
    link.boot()
    clock.boot(at: now, second: 1_000_000 + chances.plan.random.within(-40...40))
    tele.stop()
    margins.boot(isOn: house.options.powerDelta > 0, clock)
    schedule.expect(.connected, at: now + chances.plan.random.within(3500...9000))
    // Drawn in any case, so that the fault changes nothing else.
    let late = chances.plan.timelessness()
    let soon = chances.plan.random.within(3000...9500)
    let isLate = house.options.faults.contains(.clock1970) && !keepsMemory
    schedule.expect(.clockSet, at: now + (isLate ? late : soon))
    if isLate { truth.note(.clock1970) }
  }

  private mutating func becomeAnotherPlug() {
    identity = PlugIdentity(name: topics.name, channels: meter.channels.count, random: &chances.plan.random)
    supply.exchange(bootCount: chances.plan.random.within(1...40))
    knowledge.exchange()
    for index in meter.channels.indices {
      let total = chances.plan.random.within(0...400_000)
      var counter = EnergyCounter(total: total, yesterday: chances.plan.random.within(0...150_000))
      counter.saved.total = total
      meter.setCounter(index, counter)
    }
    let believed = now.flooringQuotient(1000)
    meter.begin(startTime: believed - chances.plan.random.within(3...300) * 86_400)
    clock.save(day: believed / 86_400 - chances.plan.random.within(1...60))
  }

  // MARK: clock

  mutating func setClock() {
    clock.set(error: chances.plan.random.within(-250...400))
    let day = clock.day(at: now)
    if day == clock.savedDay {
      meter.withCounters { $0.restoreToday() }
      schedule.expect(.midnight, at: clock.midnight(after: day))
    } else {
      schedule.expect(.midnight, at: max(now, clock.tick(from: now)))
    }
  }

  mutating func rollOver() {
    meter.withCounters { $0.rollOver() }
    clock.save(day: clock.day(at: now))
    schedule.expect(.midnight, at: clock.midnight(after: clock.savedDay))
  }

  // MARK: connection

  mutating func loseNetwork(for length: Int64) {
    guard link.isNetworkUp else { return }
    link.loseNetwork()
    disconnect()
    schedule.expect(.networkBack, at: now + length)
  }

  mutating func reconnect() {
    link.networkIsBack()
    guard supply.isOn, !link.isConnected else { return }
    if !link.hasIntroducedItself {
      // It started while the network was away, and has been trying ever since.
      if !schedule.awaitsConnection { connectAfterStart() }
      return
    }
    connect(isIntroduction: false)
    if !knowledge.isAnnounced { schedule.expect(.announced, at: now + 10_000) }
  }

  private mutating func connect(isIntroduction: Bool) {
    if link.connect(isIntroduction: isIntroduction) { outbox.say(.availability(online: false)) }
    outbox.say(.availability(online: true))
    outbox.say(.commandPower)
  }

  /// The first connection after a start: everything is told, and five seconds later the first SENSOR follows.
  mutating func connectAfterStart() {
    guard link.isNetworkUp else { return }
    connect(isIntroduction: true)
    for number in 1...3 { outbox.say(.info(number)) }
    for index in meter.channels.indices {
      outbox.say(.relayResult(index))
      outbox.say(.relay(index))
    }
    // The counter is set to TelePeriod − 5 in the running second.
    tele.start(uptime: clock.uptime(at: now) + 5, clock)
    schedule.expect(.announced, at: now + 10_000)
  }
}
