public import Configuration
public import Readings

/// Words that stand for a household's own: for topics level by level, names, groups and MACs, each the same wherever it
/// occurs.
///
/// They sort as the words that they stand for, so that lists keep their order, and a topic keeps its levels, by which a
/// plug is known again whose FullTopic was changed.
public struct Pseudonyms {
  private var words: [String: String] = [:]
  private var macs: [String: String] = [:]
  private let topics: Set<String>

  /// - Parameters:
  ///   - devices: all that the store knows.
  ///   - rules: what the configuration calls them.
  ///   - corrections: what people called them.
  public init(_ devices: [Device], rules: [Configuration.DeviceRule], corrections: Corrections) {
    topics = Set(devices.filter { $0.imported == nil }.map(\.topic))
    var words = Set(topics.flatMap(Pseudonyms.levels))
    var macs = Set(devices.compactMap(\.mac))
    func take(_ text: String, in topics: Set<String>) {
      let text = Device(topic: text).imported?.target ?? text
      if let mac = Device.mac(text) { macs.insert(mac) } else if !topics.contains(text) { words.insert(text) }
    }
    for rule in rules {
      for text in [rule.match, rule.name, rule.group].compactMap(\.self) { take(text, in: topics) }
    }
    for origin in devices.compactMap(\.imported) { take(origin.target, in: topics) }
    for correction in corrections.entries {
      for text in correction.devices + [correction.name] { take(text, in: topics) }
      switch correction.action {
      case .rename(let to): take(to, in: topics)
      case .swap(let new, let newName, _):
        take(new, in: topics)
        take(newName, in: topics)
      case .ignore, .scale, .removeImport, .undo, .undoDecision: break
      }
    }
    let width = String(words.count).utf8.count
    for word in words.sorted() where !Pseudonyms.isTelling(word) { add(word, width: width) }
    for mac in macs.sorted() { add(mac: mac) }
  }

  /// What says nothing of a household: no word, and the firmware's own.
  private static func isTelling(_ word: String) -> Bool { word.isEmpty || word == "tasmota" }

  private static func levels(_ topic: String) -> [String] {
    topic.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
  }

  private mutating func add(_ word: String, width: Int) {
    words[word] = "plug" + String(words.count + 1, padded: width)
  }

  /// Locally administered addresses (IEEE 802, bit 1 of the first byte), which no plug is made with.
  private mutating func add(mac: String) {
    macs[mac] = "02" + String(macs.count + 1, padded: 10, radix: 16).uppercased()
  }

  // MARK: What stands for what

  /// For a word that was not met before a new one is made up.
  public mutating func word(_ text: String) -> String {
    if Pseudonyms.isTelling(text) { return text }
    if words[text] == nil { add(text, width: 0) }
    return words[text] ?? ""
  }

  public mutating func topic(_ text: String) -> String {
    Pseudonyms.levels(text).map { word($0) }.joined(separator: "/")
  }

  public mutating func mac(_ text: String) -> String {
    if macs[text] == nil { add(mac: text) }
    return macs[text] ?? ""
  }

  /// For a MAC, a topic (of a history, too) or a name: what a person, a configuration or a correction calls a plug by.
  public mutating func reference(_ text: String) -> String {
    let named = Device(topic: text)
    if named.imported != nil { return device(named).topic }
    if let mac = Device.mac(text) { return self.mac(mac) }
    return topics.contains(text) ? topic(text) : word(text)
  }

  public mutating func device(_ device: Device) -> Device {
    if var origin = device.imported {
      origin.target = reference(origin.target)
      return Device(origin)
    }
    return Device(topic: topic(device.topic), mac: device.mac.map { mac($0) })
  }

  public mutating func rule(_ rule: Configuration.DeviceRule) -> Configuration.DeviceRule {
    var rule = rule
    rule.match = reference(rule.match)
    rule.name = rule.name.map { reference($0) }
    rule.group = rule.group.map { word($0) }
    return rule
  }

  /// Without its reason, which is a person's own words.
  public mutating func correction(_ correction: Correction) -> Correction {
    var correction = correction
    correction.devices = correction.devices.map { reference($0) }
    correction.name = correction.name.isEmpty ? "" : reference(correction.name)
    correction.why = ""
    switch correction.action {
    case .rename(let to): correction.action = .rename(to: reference(to))
    case .swap(let new, let newName, let at):
      correction.action = .swap(new: reference(new), newName: reference(newName), at: at)
    case .ignore, .scale, .removeImport, .undo, .undoDecision: break
    }
    return correction
  }

  /// An event whose words are known to say nothing of a household; nil for any other.
  public mutating func event(_ event: Event) -> Event? {
    var event = event
    event.device = event.device.map { device($0) }
    switch event.kind {
    case .availability, .recorder, .clockStep: return event
    case .broker:
      // Behind the colon stands what the connection was lost for, addresses among it.
      event.detail = String(event.detail.prefix { $0 != ":" })
      return event
    case .relay: return Pseudonyms.isRelayState(event.detail) ? event : nil
    case .restart:
      let isPlain = event.detail.hasPrefix("Version ") || event.detail.hasPrefix("RestartReason ")
      return isPlain ? event : nil
    case .margins: return Pseudonyms.command(of: event.detail)?.lowercased() == "margins" ? event : nil
    case .result: return Pseudonyms.isOfCounters(event.detail) ? event : nil
    case .discovery:
      let words = event.detail.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      // MAC, topic, name, firmware, and the names of channels.
      guard words.count >= 4 else { return nil }
      var told = [mac(words[0]), topic(words[1]), reference(words[2]), words[3]]
      for name in words[4...] { told.append(word(name)) }
      event.detail = told.joined(separator: "\t")
      return event
    }
  }

  /// `POWER ON`, `POWER2 OFF`.
  private static func isRelayState(_ detail: String) -> Bool {
    let words = detail.split(separator: " ", omittingEmptySubsequences: false)
    return words.count == 2 && words[0].hasPrefix("POWER") && ["ON", "OFF"].contains(words[1])
      && words[0].dropFirst(5).utf8.allSatisfy { (48...57).contains($0) }
  }

  /// RESULT of EnergyTotal, EnergyToday, EnergyReset, … (xdrv_03_energy.ino): numbers and the time of a start.
  private static func isOfCounters(_ detail: String) -> Bool {
    command(of: detail)?.hasPrefix("Energy") ?? false
  }

  /// The first key of `{"EnergyTotal":{…}}`.
  private static func command(of detail: String) -> Substring? {
    guard detail.hasPrefix("{\"") else { return nil }
    let rest = detail.dropFirst(2)
    return rest.firstIndex(of: "\"").map { rest[..<$0] }
  }
}
