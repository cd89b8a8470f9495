import Readings

/// The texts of a plug's messages.
extension Plug {
  /// Appends the payload of a message, made from the state as it is now. SENSOR with Period moves Period's base.
  mutating func put(_ message: Outgoing, _ house: HouseRules, into text: inout MessageText) {
    let start = text.bytes.count
    putText(message, house, into: &text)
    switch message {
    case .stored, .held: return
    default: break
    }
    link.sent(at: now)
    if let copies = house.options.copies {
      let payload = Array(text.bytes[start...])
      let copy = HeldMessage(
        topic: copies.topic(topic(of: message)), payload: payload,
        publishRetained: message.isPublishedRetained(house.options))
      schedule.expect(.arrival(copy), at: now + build.copyDelay)
    }
  }

  private func topic(of message: Outgoing) -> [UInt8] {
    var text = MessageText()
    topics.put(message, mac: identity.mac, into: &text)
    return text.bytes
  }

  /// The whole message, made now.
  mutating func write(_ message: Outgoing, _ house: HouseRules) -> HeldMessage {
    var text = MessageText()
    put(message, house, into: &text)
    return HeldMessage(
      topic: topic(of: message), payload: text.bytes, publishRetained: message.isPublishedRetained(house.options))
  }

  private mutating func putText(_ message: Outgoing, _ house: HouseRules, into text: inout MessageText) {
    switch message {
    case .sensor(let withPeriod):
      let start = text.bytes.count
      putSensor(withPeriod: withPeriod, glitch: glitch, house, into: &text)
      if house.options.faults.contains(.retained) { knowledge.keep(sensor: Array(text.bytes[start...])) }
      settleTruth()
    case .state: putState(house, into: &text)
    case .availability(let online):
      if online { text.put("Online") } else { text.put("Offline") }
    case .stored(.availability):
      if link.isSeenByBroker { text.put("Online") } else { text.put("Offline") }
    case .commandPower: break
    case .info(let number): putInfo(number, into: &text)
    case .relay(let index):
      if meter.channels[index].step.relayOn { text.put("ON") } else { text.put("OFF") }
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
      knowledge.keep(sensors: Array(text.bytes[start...]))
    case .stored(.discoverySensors): text.put(knowledge.sensors)
    case .stored(.sensor): text.put(knowledge.sensor)
    case .energyResult(let command):
      text.put("{\"")
      text.put(command)
      text.put("\":{\"Total\":")
      putCounters(nil, house, into: &text)
      text.put("}}")
    case .restarting: text.put("{\"Restart\":\"Restarting\"}")
    case .optionResult(let name, let isOn):
      text.put("{\"")
      text.put(name)
      if isOn { text.put("\":\"ON\"}") } else { text.put("\":\"OFF\"}") }
    case .status:
      text.put("{\"StatusSNS\":")
      putSensor(withPeriod: false, glitch: glitch, house, into: &text)
      text.put("}")
      settleTruth()
    case .held(let message): text.put(message.payload)
    }
  }

  /// A reader now knows what was used, unless the message was false, or is the first that is known to be of this plug.
  private mutating func settleTruth() {
    guard glitch == nil else {
      glitch = nil
      return
    }
    guard !knowledge.isMisnamed else { return truth.misunderstood() }
    if knowledge.readingArrived() { truth.lose() }
    truth.seen()
  }

  func putTime(_ house: HouseRules, into text: inout MessageText) {
    let believed = clock.believed(at: now)
    let seconds = believed.flooringQuotient(1000)
    let offset = clock.offset(at: now)
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
    let uptime = clock.uptime(at: now)
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
    text.put(integer: link.connectionsSinceStart)
    text.put(",")
    for index in meter.channels.indices {
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
    text.put(integer: link.linkCount)
    text.put(",\"Downtime\":\"0T00:00:03\"}}")
  }

  /// `"POWER":"ON"`, `"POWER2":"OFF"`
  private func putRelay(_ index: Int, into text: inout MessageText) {
    text.put("\"POWER")
    if meter.channels.count > 1 { text.put(integer: Int64(index + 1)) }
    if meter.channels[index].step.relayOn { text.put("\":\"ON\"") } else { text.put("\":\"OFF\"") }
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
      text.put(supply.restartReason)
      text.put("\",\"BootCount\":")
      text.put(integer: supply.bootCount)
      text.put("}}")
    }
  }

  private func putMargins(into text: inout MessageText) {
    text.put("{\"MARGINS\":{\"PowerDelta\":")
    if meter.channels.count == 1 {
      text.put(integer: margins.difference(0))
    } else {
      text.put("[")
      for index in meter.channels.indices {
        if index > 0 { text.put(",") }
        text.put(integer: margins.difference(index))
      }
      text.put("]")
    }
    text.put("}}")
  }
}
