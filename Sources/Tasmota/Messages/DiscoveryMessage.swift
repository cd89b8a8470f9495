/// Reads the payload of `tasmota/discovery/<MAC>/config`.
enum DiscoveryMessage {
  /// Longest text that is taken from it; the firmware's are below 100 bytes.
  private static let maximumTextBytes = 200

  /// - Parameters:
  ///   - mac: from the topic; a payload that names another is refused.
  ///   - prefixes: for firmware that sends no `tp`.
  static func read(_ payload: UnsafeRawBufferPointer, mac: String, prefixes: TopicPrefixes) throws(RefusalReason)
    -> DiscoveryAnnouncement
  {
    guard payload.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { throw .notJSON }
    guard JSONText.isUTF8(payload) else { throw .invalidUTF8 }
    var texts: [String: String] = [:]
    var lists: [String: [String]] = [:]
    var channelNames: [String] = []
    var key = ""
    var scanner = JSONScanner(payload)
    _ = try scanner.next()
    while true {
      switch try scanner.next() {
      case .end:
        var announcement = try announcement(texts: texts, lists: lists, mac: mac, prefixes: prefixes)
        announcement.channelNames = channelNames
        return announcement
      case .key:
        key = scanner.depth == 1 ? try text(scanner) : ""
      case .string:
        switch key {
        case "mac", "dn", "sw", "onln", "ofln", "t", "ft", "hn":
          if scanner.depth == 1 { texts[key] = try text(scanner) }
        case "tp", "state":
          if scanner.depth == 2 { lists[key, default: []].append(try text(scanner)) }
        case "fn":
          if scanner.depth == 2 { channelNames.append(try text(scanner)) }
        default: break
        }
      case .null:
        if key == "fn", scanner.depth == 2 { channelNames.append("") }
      default: break
      }
    }
  }

  private static func text(_ scanner: JSONScanner) throws(RefusalReason) -> String {
    var bytes: [UInt8] = []
    let raw = UnsafeRawBufferPointer(rebasing: scanner.bytes[scanner.start..<scanner.end])
    guard JSONText.appendUnescaped(raw, to: &bytes) else { throw .malformedJSON }
    guard bytes.count <= maximumTextBytes, !bytes.withUnsafeBytes({ JSONText.hasControlCharacter($0) }) else {
      throw .malformedDiscovery
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func announcement(
    texts: [String: String], lists: [String: [String]], mac: String, prefixes: TopicPrefixes
  ) throws(RefusalReason) -> DiscoveryAnnouncement {
    guard let fullTopic = texts["ft"], let topic = texts["t"], !fullTopic.isEmpty, !topic.isEmpty else {
      throw .malformedDiscovery
    }
    if let told = texts["mac"], Discovery.mac(told) != mac { throw .malformedDiscovery }
    guard
      let announcement = DiscoveryAnnouncement(
        name: texts["dn"] ?? "", firmware: texts["sw"] ?? "", online: texts["onln"] ?? "Online",
        offline: texts["ofln"] ?? "Offline", relayWords: lists["state"] ?? [],
        fullTopic: FullTopic(pattern: fullTopic, topic: topic, hostName: texts["hn"] ?? "", mac: mac),
        prefixes: lists["tp"] ?? [prefixes.command, prefixes.status, prefixes.telemetry])
    else { throw .malformedDiscovery }
    return announcement
  }
}
