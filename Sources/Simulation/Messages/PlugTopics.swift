/// The topics of a plug with the firmware's own FullTopic, `%prefix%/%topic%/`.
struct PlugTopics: Sendable {
  /// `%topic%`
  let name: String
  let availability: [UInt8]
  let sensor: [UInt8]
  let state: [UInt8]
  let margins: [UInt8]
  let info: [UInt8]
  let result: [UInt8]
  let status: [UInt8]
  let power: [UInt8]
  let commandPower: [UInt8]
  let hasSeveralRelays: Bool

  init(name: String, channels: Int) {
    self.name = name
    availability = Array("tele/\(name)/LWT".utf8)
    sensor = Array("tele/\(name)/SENSOR".utf8)
    state = Array("tele/\(name)/STATE".utf8)
    margins = Array("tele/\(name)/MARGINS".utf8)
    info = Array("tele/\(name)/INFO".utf8)
    result = Array("stat/\(name)/RESULT".utf8)
    status = Array("stat/\(name)/STATUS8".utf8)
    power = Array("stat/\(name)/POWER".utf8)
    commandPower = Array("cmnd/\(name)/POWER".utf8)
    hasSeveralRelays = channels > 1
  }

  func put(_ message: Outgoing, mac: [UInt8], into text: inout MessageText) {
    switch message {
    case .availability, .stored(.availability): text.put(availability)
    case .sensor, .stored(.sensor): text.put(sensor)
    case .state: text.put(state)
    case .margins: text.put(margins)
    case .info(let number):
      text.put(info)
      text.put(integer: Int64(number))
    case .status: text.put(status)
    case .held(let message): text.put(message.topic)
    case .relayResult, .energyResult, .optionResult, .restarting: text.put(result)
    case .relay(let index):
      text.put(power)
      if hasSeveralRelays { text.put(integer: Int64(index + 1)) }
    case .commandPower: text.put(commandPower)
    case .discoveryConfig, .stored(.discoveryConfig): putDiscovery(mac, "/config", &text)
    case .discoverySensors, .stored(.discoverySensors): putDiscovery(mac, "/sensors", &text)
    }
  }

  private func putDiscovery(_ mac: [UInt8], _ level: StaticString, _ text: inout MessageText) {
    text.put("tasmota/discovery/")
    text.put(mac)
    text.put(level)
  }
}
