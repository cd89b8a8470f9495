/// Where readings come from that no plug sent: a history from before, which `import` stored.
///
/// It is part of the device's topic, in a form that no broker can deliver: a topic name holds no `#` (MQTT 3.1.1,
/// requirement MQTT-3.3.2-2). So whoever reads a store can tell what was measured from what was imported.
public struct ImportedOrigin: Hashable, Sendable {
  /// What it was read from.
  public enum Source: String, CaseIterable, Sendable {
    case homeAssistant = "home-assistant"
    case csv
    case emoncms
  }

  public var source: Source
  /// 1 for the first series that was imported of a target, 2 for the next that does not go on from what is there.
  public var part: Int
  /// Whose history it is: the MAC of a plug, else its topic or a name.
  public var target: String

  public init(_ source: Source, part: Int = 1, of target: String) {
    self.source = source
    self.part = part
    self.target = target
  }

  private static let prefix = "#imported/"

  /// nil for the topic of a plug.
  init?(topic: String) {
    guard topic.utf8.first == UInt8(ascii: "#"), topic.hasPrefix(ImportedOrigin.prefix) else { return nil }
    let parts = topic.dropFirst(ImportedOrigin.prefix.count)
      .split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let source = Source(rawValue: String(parts[0])), let part = Int(parts[1]), part > 0 else {
      return nil
    }
    self.init(source, part: part, of: String(parts[2]))
  }

  /// Its device's topic.
  public var topic: String { "\(ImportedOrigin.prefix)\(source.rawValue)/\(part)/\(target)" }
}

extension Device {
  /// The series of a history from before.
  public init(_ origin: ImportedOrigin) { self.init(topic: origin.topic) }

  /// nil for what a plug sent.
  public var imported: ImportedOrigin? { ImportedOrigin(topic: topic) }
}
