import Readings

/// Reads what plugs say besides numbers: LWT, POWER, RESULT, INFO, MARGINS.
enum EventMessage {
  /// What an event says: its kind and ``Event/detail``.
  struct Content: Equatable {
    var kind: Event.Kind
    var detail: String
  }

  static func read(
    _ kind: MessageKind, lastLevel: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer,
    announcement: DiscoveryAnnouncement?
  ) throws(RefusalReason) -> Content {
    guard JSONText.isUTF8(payload) else { throw .invalidUTF8 }
    switch kind {
    case .availability:
      return Content(kind: .availability, detail: try availability(payload, announcement))
    case .relay:
      return try relay(lastLevel, payload, announcement)
    case .result:
      let relays = try scanObject(payload, announcement).relays
      if !relays.isEmpty { return Content(kind: .relay, detail: relays.joined(separator: ", ")) }
      return Content(kind: .result, detail: text(payload))
    case .info:
      let found = try scanObject(payload, announcement)
      return Content(kind: .restart, detail: found.restart ?? text(payload))
    case .margins:
      _ = try scanObject(payload, announcement)
      return Content(kind: .margins, detail: text(payload))
    case .sensor, .status, .legacyEnergy, .state:
      preconditionFailure("not an event's topic")
    }
  }

  // MARK: Words

  /// Discovery tells what a plug that was set up otherwise says for Online and Offline.
  private static func availability(_ payload: UnsafeRawBufferPointer, _ announcement: DiscoveryAnnouncement?)
    throws(RefusalReason) -> String
  {
    let word = trimmed(payload)
    if let announcement {
      if word == announcement.online { return "online" }
      if word == announcement.offline { return "offline" }
    }
    switch word.lowercased() {
    case "online": return "online"
    case "offline": return "offline"
    default: throw .unknownAvailability
    }
  }

  private static func relay(
    _ lastLevel: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer, _ announcement: DiscoveryAnnouncement?
  ) throws(RefusalReason) -> Content {
    if payload.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") {
      let relays = try scanObject(payload, announcement).relays
      guard !relays.isEmpty else { throw .unknownRelayState }
      return Content(kind: .relay, detail: relays.joined(separator: ", "))
    }
    guard let state = relayState(trimmed(payload), announcement) else { throw .unknownRelayState }
    return Content(kind: .relay, detail: String(decoding: lastLevel, as: UTF8.self) + " " + state)
  }

  /// The firmware's word for a state, whatever StateText made of it.
  private static func relayState(_ word: String, _ announcement: DiscoveryAnnouncement?) -> String? {
    let states = ["OFF", "ON", "TOGGLE", "HOLD"]
    if let index = announcement?.relayWords.firstIndex(of: word), index < states.count { return states[index] }
    switch word.uppercased() {
    case "ON", "1": return "ON"
    case "OFF", "0": return "OFF"
    case "TOGGLE": return "TOGGLE"
    case "HOLD": return "HOLD"
    default: return nil
    }
  }

  private static func trimmed(_ payload: UnsafeRawBufferPointer) -> String {
    var slice = payload[...]
    while let last = slice.last, last <= 0x20 { slice.removeLast() }
    while let first = slice.first, first <= 0x20 { slice.removeFirst() }
    // Longer than any word; what is cut off would not have matched either.
    return String(decoding: slice.prefix(64), as: UTF8.self)
  }

  // MARK: JSON

  private struct Found {
    var relays: [String] = []
    var restart: String?
  }

  /// Reads an object through to its end, and out of it what events want to know.
  private static func scanObject(_ payload: UnsafeRawBufferPointer, _ announcement: DiscoveryAnnouncement?)
    throws(RefusalReason) -> Found
  {
    guard payload.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { throw .notJSON }
    var found = Found()
    var scanner = JSONScanner(payload)
    var key = UnsafeRawBufferPointer(start: nil, count: 0)
    while true {
      switch try scanner.next() {
      case .end: return found
      case .key: key = UnsafeRawBufferPointer(rebasing: scanner.bytes[scanner.start..<scanner.end])
      case .string:
        let word = UnsafeRawBufferPointer(rebasing: scanner.bytes[scanner.start..<scanner.end])
        if scanner.depth == 1, RelayName.isRelay(key) {
          if let state = relayState(String(decoding: word, as: UTF8.self), announcement) {
            found.relays.append(String(decoding: key, as: UTF8.self) + " " + state)
          }
        } else if scanner.depth <= 2,
          key.elementsEqual("Version".utf8) || key.elementsEqual("RestartReason".utf8)
        {
          found.restart = String(decoding: key, as: UTF8.self) + " " + text(word)
        }
        key = UnsafeRawBufferPointer(start: nil, count: 0)
      default: break
      }
    }
  }

  /// The text, cut to what an event may hold at the border of a character, control characters as blanks.
  static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    // Room for `RestartReason ` before it.
    var slice = bytes.prefix(Event.maximumDetailBytes - 16)
    while let last = slice.last, slice.count < bytes.count, bytes[slice.endIndex] & 0xC0 == 0x80, last >= 0x80 {
      slice.removeLast()
    }
    return String(decoding: slice.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
  }
}
