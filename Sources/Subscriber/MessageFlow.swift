/// How long messages of a dense flow are let gather before they are read.
///
/// To wake two threads for a message costs several times what the message does. A single message, and the first of many,
/// is read at once; and never do so many gather that a broker would have to hold them back.
public struct MessageFlow {
  /// Messages that come within so many milliseconds of the ones before are a dense flow.
  public static let density: Int64 = 20
  /// The longest rest, in milliseconds: by so much a message may seem to have come later.
  public static let longestRest: Int32 = 20
  /// How many messages are meant to gather.
  public static let portion: UInt64 = 128

  private var rest = MessageFlow.longestRest

  public init() {}

  /// Milliseconds to rest before the next reading; 0 for none.
  ///
  /// - Parameters:
  ///   - count: how many messages the last reading brought, at least one.
  ///   - elapsed: milliseconds since the reading before brought some.
  public mutating func rest(afterReading count: UInt64, since elapsed: Int64) -> Int32 {
    guard elapsed <= max(MessageFlow.density, 2 * Int64(rest)) else {
      rest = MessageFlow.longestRest
      return 0
    }
    let fitting = UInt64(rest) * MessageFlow.portion / max(count, 1)
    rest = Int32(clamping: min(max(fitting, 1), UInt64(MessageFlow.longestRest)))
    return rest
  }
}
