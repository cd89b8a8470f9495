import Readings

/// The texts of a plug's messages.
extension Plug {
  /// Appends the payload of a message, made from the state as it is now. SENSOR with Period moves Period's base.
  mutating func put(_ message: Outgoing, _ house: HouseRules, into text: inout MessageText) {
    switch message {
    case .sensor(let withPeriod):
      let start = text.bytes.count
      putSensor(withPeriod: withPeriod, glitch: glitch, house, into: &text)
      if house.options.faults.contains(.retained) { storedSensor = Array(text.bytes[start...]) }
      settleTruth()
    case .state: putState(house, into: &text)
    case .availability(let online):
      if online { text.put("Online") } else { text.put("Offline") }
    case .stored(.availability):
      if isBrokerSeeingPlug { text.put("Online") } else { text.put("Offline") }
    case .commandPower: break
    case .info(let number): putInfo(number, into: &text)
    case .relay(let index):
      if channels[index].step.relayOn { text.put("ON") } else { text.put("OFF") }
    case .relayResult(let index):
      text.put("{")
      putRelay(index, into: &text)
      text.put("}")
    case .margins: putMargins(into: &text)
    case .discoveryConfig, .stored(.discoveryConfig): text.put(identity.discoveryConfig)
    case .discoverySensors:
      let start = text.bytes.count
      text.put("{\"sn\":")
      putSensor(withPeriod: false, glitch: nil, house, into: &text)
      text.put(",\"ver\":1}")
      storedSensors = Array(text.bytes[start...])
    case .stored(.discoverySensors): text.put(storedSensors)
    case .stored(.sensor): text.put(storedSensor)
    case .energyResult(let command):
      text.put("{\"")
      text.put(command)
      text.put("\":{\"Total\":")
      putCounters(nil, house, into: &text)
      text.put("}}")
    case .restarting: text.put("{\"Restart\":\"Restarting\"}")
    }
    if case .stored = message { return }
    if isConnected { lastPacketAt = integratedTo }
  }

  /// A reader now knows what was used, unless the message was false, or is the first that is known to be of this plug.
  private mutating func settleTruth() {
    guard glitch == nil else {
      glitch = nil
      return
    }
    if isBaseUnknown {
      isBaseUnknown = !isAnnounced
      truth.lose()
    }
    truth.seen()
  }

  // MARK: SENSOR

  mutating func putSensor(
    withPeriod: Bool, glitch: SensorGlitch?, _ house: HouseRules, into text: inout MessageText
  ) {
    let options = house.options
    measure(house)
    text.put("{")
    putTime(house, into: &text)
    text.put(",\"ENERGY\":{\"TotalStartTime\":\"")
    text.put(clock: totalStartTime)
    text.put("\",\"Total\":")
    putCounters(glitch, house, into: &text)
    if isMeteringExport, options.solarExport == .registers { putExport(house, into: &text) }
    if withPeriod {
      text.put(",\"Period\":")
      var periods: (Int64, [Int64]) = (0, [])
      for index in channels.indices {
        let period = channels[index].counter.takePeriod()
        if channels.count == 1 { periods.0 = period } else { periods.1.append(period) }
      }
      if channels.count == 1 {
        text.put(Float(periods.0) / 100, places: options.powerResolution)
      } else {
        putList(channels.count, options.powerResolution, into: &text) { Float(periods.1[$0]) / 100 }
      }
    }
    let shown = arePhasesUnknown ? Array(repeating: .none, count: 3) : measurements
    text.put(",\"Power\":")
    putList(shown.count, options.powerResolution, into: &text) {
      glitch == .wildPower ? 65_535 : shown[$0].power
    }
    text.put(",\"ApparentPower\":")
    putList(shown.count, options.powerResolution, into: &text) { shown[$0].apparent }
    text.put(",\"ReactivePower\":")
    putList(shown.count, options.powerResolution, into: &text) { shown[$0].reactive }
    text.put(",\"Factor\":")
    putList(shown.count, 2, into: &text) { shown[$0].factor }
    text.put(",\"Voltage\":")
    if isMainMeter {
      putList(shown.count, options.voltageResolution, into: &text) { shown[$0].voltage }
    } else {
      text.put(shown.reduce(0) { max($0, $1.voltage) }, places: options.voltageResolution)
    }
    text.put(",\"Current\":")
    putList(shown.count, options.currentResolution, into: &text) { shown[$0].current }
    text.put("}}")
    arePhasesUnknown = false
  }

  /// One number, or an array when the plug has several channels (EnergyFmt).
  @inline(__always)
  private func putList(_ count: Int, _ places: Int, into text: inout MessageText, _ value: (Int) -> Float) {
    guard count > 1 else {
      text.put(value(0), places: places)
      return
    }
    text.put("[")
    for index in 0..<count {
      if index > 0 { text.put(",") }
      text.put(value(index), places: places)
    }
    text.put("]")
  }

  /// The values of Total, Yesterday and Today, the first without its key.
  private func putCounters(_ glitch: SensorGlitch?, _ house: HouseRules, into text: inout MessageText) {
    let areZero = glitch == .zeroCounters
    putEnergy(house, into: &text) { counter in
      switch glitch {
      case .zeroTotal, .zeroCounters: 0
      case .wildTotal: counter.printedTotal + 42_949.672
      default: counter.printedTotal
      }
    }
    text.put(",\"Yesterday\":")
    putEnergy(house, into: &text) { areZero ? 0 : $0.printedYesterday }
    text.put(",\"Today\":")
    putEnergy(house, into: &text) { areZero ? 0 : $0.printedToday }
  }

  /// The sum over the channels in float32, or with SetOption129 each on its own.
  @inline(__always)
  private func putEnergy(_ house: HouseRules, into text: inout MessageText, _ value: (EnergyCounter) -> Float) {
    let places = house.options.energyResolution
    let phases = arePhasesUnknown ? 3 : channels.count
    if house.options.splitTotals, phases > 1 {
      putList(phases, places, into: &text) { channels.indices.contains($0) ? value(channels[$0].counter) : 0 }
    } else {
      var sum: Float = 0
      for channel in channels { sum += value(channel.counter) }
      text.put(sum, places: places)
    }
  }

  private func putExport(_ house: HouseRules, into text: inout MessageText) {
    let places = house.options.energyResolution
    text.put(",\"TodaySumImport\":")
    text.put(channels.reduce(0) { $0 + $1.counter.printedToday }, places: places)
    text.put(",\"TodaySumExport\":")
    text.put(channels.reduce(0) { $0 + $1.counter.printedExportToday }, places: places)
    text.put(",\"ExportActive\":")
    putList(channels.count, places, into: &text) { channels[$0].counter.printedExport }
  }

  private mutating func measure(_ house: HouseRules) {
    measurements.removeAll(keepingCapacity: true)
    let grid = house.grid.millivolts(at: integratedTo, offset: siteOffset)
    let load = channels.reduce(0) { $0 + $1.step.milliwatts }
    // A quarter of an ohm between the meter and the socket.
    let millivolts = grid - load / (4 * grid / 1000)
    for channel in channels {
      let step = channel.step
      guard step.relayOn else {
        measurements.append(.none)
        continue
      }
      // Current and power come from different windows of the meter: they never quite fit.
      let exact = abs(step.milliwatts) * 1_000_000_000 / (millivolts * step.factor)
      let measured = exact + exact * (Int64(noise.next() & 2047) - 1024) / 524_288
      measurements.append(
        PowerMeasurement(milliwatts: step.milliwatts, millivolts: millivolts, microamperes: measured))
    }
  }

  // MARK: the others

  func putTime(_ house: HouseRules, into text: inout MessageText) {
    let believed = believedTime
    let seconds = believed.flooringQuotient(1000)
    let offset = offset(house)
    text.put("\"Time\":")
    switch house.options.timeFormat {
    case .epoch: text.put(integer: seconds)
    case .local, .epochBeside, .offset, .milliseconds:
      text.put("\"")
      text.put(clock: seconds + offset)
      if house.options.timeFormat == .offset {
        text.put(byte: offset < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
        text.put(twoDigits: abs(offset) / 3600)
        text.put(":")
        text.put(twoDigits: abs(offset) / 60 % 60)
      } else if house.options.timeFormat == .milliseconds {
        let rest = believed - seconds * 1000
        text.put(byte: UInt8(ascii: "."))
        text.put(byte: UInt8(48 + rest / 100))
        text.put(twoDigits: rest % 100)
      }
      text.put("\"")
    }
    if house.options.timeFormat == .epochBeside {
      text.put(",\"Epoch\":")
      text.put(integer: seconds)
    }
  }

  private func putState(_ house: HouseRules, into text: inout MessageText) {
    text.put("{")
    putTime(house, into: &text)
    let uptime = uptime(at: integratedTo)
    text.put(",\"Uptime\":\"")
    text.put(integer: uptime / 86_400)
    text.put("T")
    text.put(twoDigits: uptime / 3600 % 24)
    text.put(":")
    text.put(twoDigits: uptime / 60 % 60)
    text.put(":")
    text.put(twoDigits: uptime % 60)
    text.put("\",\"UptimeSec\":")
    text.put(integer: uptime)
    text.put(",\"Heap\":25,\"SleepMode\":\"Dynamic\",\"Sleep\":50,\"LoadAvg\":19,\"MqttCount\":")
    text.put(integer: connectionsSinceStart)
    text.put(",")
    for index in channels.indices {
      putRelay(index, into: &text)
      text.put(",")
    }
    text.put(
      "\"Wifi\":{\"AP\":1,\"SSId\":\"home\",\"BSSId\":\"2C:3A:FD:11:22:33\",\"Channel\":6,\"Mode\":\"11n\",\"RSSI\":")
    let quality = 70 + Int64(identity.mac[11] & 7) + uptime / 600 % 5
    text.put(integer: quality)
    text.put(",\"Signal\":")
    text.put(integer: quality / 2 - 100)
    text.put(",\"LinkCount\":")
    text.put(integer: linkCount)
    text.put(",\"Downtime\":\"0T00:00:03\"}}")
  }

  /// `"POWER":"ON"`, `"POWER2":"OFF"`
  private func putRelay(_ index: Int, into text: inout MessageText) {
    text.put("\"POWER")
    if channels.count > 1 { text.put(integer: Int64(index + 1)) }
    if channels[index].step.relayOn { text.put("\":\"ON\"") } else { text.put("\":\"OFF\"") }
  }

  private func putInfo(_ number: Int, into text: inout MessageText) {
    switch number {
    case 1:
      text.put(
        "{\"Info1\":{\"Module\":\"Sonoff Pow R2\",\"Version\":\"14.4.0.1(release-tasmota)\",\"FallbackTopic\":\"cmnd/DVES_"
      )
      text.put(Array(identity.mac[6...]))
      text.put("_fb/\",\"GroupTopic\":\"cmnd/tasmotas/\"}}")
    case 2:
      text.put("{\"Info2\":{\"WebServerMode\":\"Admin\",\"Hostname\":\"")
      text.put(identity.hostname)
      text.put("\",\"IPAddress\":\"")
      text.put(identity.address)
      text.put("\"}}")
    default:
      text.put("{\"Info3\":{\"RestartReason\":\"")
      text.put(restartReason)
      text.put("\",\"BootCount\":")
      text.put(integer: bootCount)
      text.put("}}")
    }
  }

  private func putMargins(into text: inout MessageText) {
    text.put("{\"MARGINS\":{\"PowerDelta\":")
    if channels.count == 1 {
      text.put(integer: channels[0].difference)
    } else {
      text.put("[")
      for index in channels.indices {
        if index > 0 { text.put(",") }
        text.put(integer: channels[index].difference)
      }
      text.put("]")
    }
    text.put("}}")
  }
}
