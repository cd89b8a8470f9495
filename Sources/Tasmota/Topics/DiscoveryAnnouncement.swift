import Readings

/// What a plug says of itself in `tasmota/discovery/<MAC>/config` (xdrv_12_discovery.ino).
struct DiscoveryAnnouncement: Equatable {
  /// Twelve upper-case hexadecimal digits.
  var mac: String
  /// `dn`, for people.
  var name: String
  /// `sw`.
  var firmware: String
  /// `fn`, FriendlyName1 and on: of each relay; empty for none.
  var channelNames: [String] = []
  /// `onln` and `ofln`, what LWT says.
  var online: String
  var offline: String
  /// `state`: what POWER says for off, on, toggle, hold.
  var relayWords: [String]
  /// The FullTopic without prefix: how the plug is called.
  var topic: String
  /// Its topics without the last level, below the command prefix and below the two others.
  var commandParent: String
  var parents: [String]

  var device: Device { Device(topic: topic, mac: mac) }

  /// As an event holds it: what tells the plug, and the names of its channels where there are several and room for them.
  var detail: String {
    let words = [mac, topic, name, firmware]
    let names = channelNames.prefix { !$0.isEmpty }
    let whole = (words + names).joined(separator: "\t")
    return names.count > 1 && whole.utf8.count <= Event.maximumDetailBytes ? whole : words.joined(separator: "\t")
  }

  /// - Parameters:
  ///   - fullTopic: `ft`, such as `%prefix%/%topic%/`.
  ///   - plugTopic: `t`.
  ///   - prefixes: `tp`: for commands, status, telemetry.
  init?(
    mac: String, name: String, firmware: String, online: String, offline: String, relayWords: [String],
    fullTopic: String, plugTopic: String, hostName: String, prefixes: [String]
  ) {
    guard prefixes.count == 3 else { return nil }
    self.mac = mac
    self.name = name
    self.firmware = firmware
    self.online = online
    self.offline = offline
    self.relayWords = relayWords
    // The firmware (GetTopic_P in support_tasmota.ino) fills in the tokens, makes `//` one and ends it with `/`.
    func path(prefix: String) -> String {
      var pieces = fullTopic
      if !pieces.contains("%prefix%"), prefix == prefixes[0] {
        // Commands need a prefix to be told from answers, so it is added where the FullTopic has none.
        pieces += pieces.hasSuffix("/") ? "%prefix%" : "/%prefix%"
      }
      let replaced = DiscoveryAnnouncement.replacing(
        pieces,
        tokens: [
          ("%prefix%", prefix), ("%topic%", plugTopic), ("%hostname%", hostName), ("%id%", mac),
        ])
      return DiscoveryAnnouncement.tidied(replaced)
    }
    commandParent = path(prefix: prefixes[0])
    parents = [path(prefix: prefixes[1]), path(prefix: prefixes[2])]

    // The levels of the prefix go, wherever they stand.
    let withoutPrefix = DiscoveryAnnouncement.replacing(
      fullTopic,
      tokens: [("%prefix%", ""), ("%topic%", plugTopic), ("%hostname%", hostName), ("%id%", mac)])
    let isRooted = fullTopic.hasPrefix("/")
    var topic = DiscoveryAnnouncement.tidied(withoutPrefix)
    if topic.hasPrefix("/"), !isRooted { topic.removeFirst() }
    self.topic = topic.isEmpty ? plugTopic : topic
    guard !self.topic.isEmpty, parents.allSatisfy({ $0.utf8.count <= TopicResolver.maximumTopicBytes }) else {
      return nil
    }
  }

  private static func replacing(_ text: String, tokens: [(String, String)]) -> String {
    var result: [UInt8] = []
    let bytes = Array(text.utf8)
    var index = 0
    scan: while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%") {
        for (token, value) in tokens where bytes[index...].starts(with: token.utf8) {
          result.append(contentsOf: value.utf8)
          index += token.utf8.count
          continue scan
        }
      }
      result.append(bytes[index])
      index += 1
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Single slashes, none at the end.
  private static func tidied(_ path: String) -> String {
    var result: [UInt8] = []
    for byte in path.utf8 where byte != UInt8(ascii: "/") || result.last != byte { result.append(byte) }
    if result.last == UInt8(ascii: "/") { result.removeLast() }
    return String(decoding: result, as: UTF8.self)
  }
}
