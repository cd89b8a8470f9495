/// An MQTT topic filter: levels, `+` for any one level, `#` at the end for any rest (MQTT 5, 4.7.1).
public struct SubscriptionFilter: Sendable, Hashable {
  /// Why a text is no filter. The description is the end of a sentence that begins with the text.
  public enum Problem: Error, Sendable, Equatable, CustomStringConvertible {
    case empty
    case tooLong
    case zeroCharacter
    case misplacedHash
    case misplacedPlus
    /// `#`, where only some of what is on the broker may be asked for.
    case everything

    public var description: String {
      switch self {
      case .empty: "must not be empty"
      case .tooLong: "is longer than \(SubscriptionFilter.maximumBytes) bytes"
      case .zeroCharacter: "must not hold a zero character"
      case .misplacedHash: "has '#' elsewhere than as the whole last level"
      case .misplacedPlus: "has '+' beside other characters of a level"
      case .everything:
        "would subscribe to everything on the broker; name the topics, such as \"tele/+/SENSOR\""
      }
    }
  }

  /// The standard allows 65,535; no plug's topic is longer than 256, so this leaves room for any list of levels.
  public static let maximumBytes = 1024

  public let text: String
  private let levels: [[UInt8]]

  /// Any filter that the standard allows.
  public init(_ text: String) throws(Problem) {
    let levels = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init)
    guard !text.isEmpty else { throw .empty }
    guard text.utf8.count <= SubscriptionFilter.maximumBytes else { throw .tooLong }
    guard !text.utf8.contains(0) else { throw .zeroCharacter }
    for (index, level) in levels.enumerated() {
      if level.contains(UInt8(ascii: "#")), level.count != 1 || index != levels.count - 1 { throw .misplacedHash }
      if level.contains(UInt8(ascii: "+")), level.count != 1 { throw .misplacedPlus }
    }
    self.text = text
    self.levels = levels
  }

  /// A filter for what shall be recorded: not everything that a broker has.
  public init(recording text: String) throws(Problem) {
    guard text != "#" else { throw .everything }
    try self.init(text)
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
