/// An MQTT topic filter: levels, `+` for any one level, `#` at the end for any rest.
public struct SubscriptionFilter: Sendable, Hashable {
  public let text: String
  private let levels: [[UInt8]]

  /// nil for what the MQTT standard (MQTT 5, 4.7.1) does not allow.
  public init?(_ text: String) {
    let levels = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init)
    guard !text.isEmpty, text.utf8.count <= 65_535, !text.utf8.contains(0) else { return nil }
    for (index, level) in levels.enumerated() {
      if level.contains(UInt8(ascii: "+")), level.count != 1 { return nil }
      if level.contains(UInt8(ascii: "#")), level.count != 1 || index != levels.count - 1 { return nil }
    }
    self.text = text
    self.levels = levels
  }

  /// True if a broker would send messages of that topic to a subscriber with this filter.
  public func matches(_ topic: UnsafeRawBufferPointer) -> Bool {
    // A wildcard in the first level does not reach the broker's own topics (4.7.2).
    if topic.first == UInt8(ascii: "$"), levels[0] == [UInt8(ascii: "+")] || levels[0] == [UInt8(ascii: "#")] {
      return false
    }
    var rest = topic[...]
    for (index, level) in levels.enumerated() {
      if level == [UInt8(ascii: "#")] { return true }
      let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
      if level != [UInt8(ascii: "+")], !rest[..<end].elementsEqual(level) { return false }
      let isLast = index == levels.count - 1
      if end == rest.endIndex {
        // `sport/#` matches `sport` too.
        return isLast || (index == levels.count - 2 && levels[index + 1] == [UInt8(ascii: "#")])
      }
      if isLast { return false }
      rest = rest[(end + 1)...]
    }
    return false
  }
}
