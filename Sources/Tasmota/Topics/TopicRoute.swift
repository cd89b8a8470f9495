import Readings

/// Where a topic leads: what kind of message it carries and which plug sends it.
enum TopicRoute {
  case message(MessageKind, Sender)
  case discoveryConfig(mac: String)
  case discoverySensors
  case ignored(IgnoredReason)
  case refused(RefusalReason)

  struct Sender {
    var device: Device
    /// Its discovery message, where one was seen.
    var announcement: DiscoveryAnnouncement?
    /// False when neither a prefix word nor discovery says that this is Tasmota's topic.
    var isCertain: Bool
  }

  /// The retain flag of these two is normal; their retained messages are still true.
  var keepsRetained: Bool {
    switch self {
    case .message(.availability, _), .discoveryConfig: true
    default: false
    }
  }
}

/// Takes topics apart. One topic always leads to the same place until discovery tells something new.
enum TopicResolver {
  /// FullTopic has at most 100 bytes in the firmware, and %topic% is one of its pieces; this leaves room.
  static let maximumTopicBytes = 256

  static func route(
    _ topic: UnsafeRawBufferPointer, prefixes: TopicPrefixes, discovery: Discovery
  ) -> TopicRoute {
    guard !topic.isEmpty, topic.count <= 65_535, isValid(topic) else { return .refused(.invalidTopic) }
    let slash = UInt8(ascii: "/")
    let lastStart = (topic.lastIndex(of: slash) ?? -1) + 1
    let last = UnsafeRawBufferPointer(rebasing: topic[lastStart...])
    let kind = MessageKind(lastLevel: last)
    guard topic.count <= maximumTopicBytes else {
      return kind == nil ? .ignored(.otherTopic) : .refused(.topicTooLong)
    }
    if let route = discoveryRoute(topic) { return route }
    let parent = lastStart == 0 ? "" : String(decoding: topic[..<(lastStart - 1)], as: UTF8.self)

    if let announced = discovery.announcement(parent: parent) {
      if announced.isCommand { return .ignored(.command) }
      guard let kind else { return .ignored(.otherTopic) }
      return route(
        kind,
        TopicRoute.Sender(
          device: announced.announcement.device, announcement: announced.announcement, isCertain: true))
    }

    let pattern = pattern(parent: lastStart == 0 ? nil : parent, prefixes: prefixes)
    if pattern.isCommand { return .ignored(.command) }
    guard let kind else { return .ignored(.otherTopic) }
    if kind == .legacyEnergy && !pattern.hasPrefix { return .ignored(.otherTopic) }
    guard !pattern.name.isEmpty else { return .refused(.noDeviceInTopic) }
    return route(
      kind,
      TopicRoute.Sender(
        device: Device(topic: pattern.name, mac: discovery.knownMAC(topic: pattern.name)), announcement: nil,
        isCertain: pattern.hasPrefix))
  }

  /// How a plug with that parent is called while discovery has not spoken.
  static func patternName(parent: String, prefixes: TopicPrefixes) -> String {
    pattern(parent: parent, prefixes: prefixes).name
  }

  /// The first level that is a prefix word is the prefix; what remains names the plug.
  private static func pattern(
    parent: String?, prefixes: TopicPrefixes
  ) -> (name: String, hasPrefix: Bool, isCommand: Bool) {
    var levels = parent?.split(separator: "/", omittingEmptySubsequences: false) ?? []
    let index = levels.firstIndex {
      $0 == prefixes.telemetry || $0 == prefixes.status || $0 == prefixes.command
    }
    guard let index else { return (levels.joined(separator: "/"), false, false) }
    let isCommand = levels[index] == prefixes.command
    levels.remove(at: index)
    let name = levels.joined(separator: "/")
    // FullTopic `%prefix%/` has no place for a name; the prefix is all that there is to call the plug by.
    return (name.isEmpty ? prefixes.telemetry : name, true, isCommand)
  }

  private static func route(_ kind: MessageKind, _ sender: TopicRoute.Sender) -> TopicRoute {
    kind == .state ? .ignored(.state) : .message(kind, sender)
  }

  /// MQTT 4.7: UTF-8 without NUL and without wildcards; control characters are allowed there, but no plug has any.
  private static func isValid(_ topic: UnsafeRawBufferPointer) -> Bool {
    var isASCII = true
    for byte in topic {
      if byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "#") { return false }
      if byte >= 0x80 { isASCII = false }
    }
    if isASCII { return true }
    guard let text = String(validating: topic, as: UTF8.self) else { return false }
    return text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  }

  private static func discoveryRoute(_ topic: UnsafeRawBufferPointer) -> TopicRoute? {
    let start = "tasmota/discovery/".utf8
    guard topic.starts(with: start) else { return nil }
    let rest = topic.dropFirst(start.count)
    guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else { return .ignored(.otherTopic) }
    let last = rest[(slash + 1)...]
    if last.elementsEqual("sensors".utf8) { return .discoverySensors }
    guard last.elementsEqual("config".utf8) else { return .ignored(.otherTopic) }
    guard let mac = Discovery.mac(String(decoding: rest[..<slash], as: UTF8.self)) else {
      return .refused(.malformedDiscovery)
    }
    return .discoveryConfig(mac: mac)
  }
}
