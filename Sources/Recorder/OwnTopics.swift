/// Topics below `wattlog/`, on which a recorder's figures are published: never input, whatever the filters are.
enum OwnTopics {
  /// `wattlog/status`, and what ends with the name of a published sensor. Plugs whose FullTopic begins with `wattlog/`
  /// end with Tasmota's words, in capitals, and stay plugs.
  static func holds(_ topic: UnsafeRawBufferPointer) -> Bool {
    guard topic.starts(with: "wattlog/".utf8) else { return false }
    return ["/status", "/energy", "/export", "/power", "/cost"].contains { ends(topic, with: $0) }
  }

  /// A plug's last will, `…/LWT`.
  static func isLastWill(_ topic: UnsafeRawBufferPointer) -> Bool { ends(topic, with: "/LWT") }

  private static func ends(_ topic: UnsafeRawBufferPointer, with end: String) -> Bool {
    topic.count >= end.utf8.count && topic.suffix(end.utf8.count).elementsEqual(end.utf8)
  }
}
