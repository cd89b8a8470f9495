/// A message that the broker keeps. An empty payload takes back what it keeps.
public struct RetainedMessage: Hashable, Sendable {
  public var topic: String
  public var payload: [UInt8]

  init(_ topic: String, _ payload: [UInt8] = []) {
    self.topic = topic
    self.payload = payload
  }

  /// Takes back what the broker keeps on a topic.
  public static func takingBack(_ topic: String) -> RetainedMessage { RetainedMessage(topic) }

  /// Where a recorder says that it is there, and what it says.
  public static let statusTopic = "wattlog/status"
  public static let present = "online"
  public static let absent = "offline"

  /// What a message of the broker offers: the topics of its own discovery and states, nil for anybody else's.
  ///
  /// - Parameter prefix: the first level of discovery topics.
  public static func isOurs(_ topic: String, discoveryPrefix prefix: String) -> Bool {
    if topic == statusTopic { return true }
    let levels = topic.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let kinds = SensorKind.allCases.map(\.rawValue)
    if levels.first == "wattlog" { return levels.count > 2 && kinds.contains(levels[levels.count - 1]) }
    let start = prefix.split(separator: "/", omittingEmptySubsequences: false).map(String.init) + ["sensor"]
    return levels.count == start.count + 3 && levels.starts(with: start)
      && levels[start.count].hasPrefix("wattlog_") && kinds.contains(levels[start.count + 1])
      && levels[start.count + 2] == "config"
  }
}
