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

  /// - Parameter prefixes: `tp`: for commands, status, telemetry.
  init?(
    name: String, firmware: String, online: String, offline: String, relayWords: [String], fullTopic: FullTopic,
    prefixes: [String]
  ) {
    guard prefixes.count == 3 else { return nil }
    mac = fullTopic.mac
    self.name = name
    self.firmware = firmware
    self.online = online
    self.offline = offline
    self.relayWords = relayWords
    commandParent = fullTopic.path(prefix: prefixes[0], isForCommands: true)
    parents = prefixes.dropFirst().map { fullTopic.path(prefix: $0, isForCommands: $0 == prefixes[0]) }
    topic = fullTopic.withoutPrefix
    guard !topic.isEmpty, parents.allSatisfy({ $0.utf8.count <= TopicResolver.maximumTopicBytes }) else { return nil }
  }
}
