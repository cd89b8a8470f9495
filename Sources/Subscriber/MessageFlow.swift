/// How long messages of a dense flow are let gather before they are read.
///
/// To wake two threads for a message costs several times what the message does. A single message, and the first of many,
/// is read at once; and so much never gathers that a broker would have to hold it back.
public struct MessageFlow {
  /// Messages that come within so many milliseconds of the ones before are a dense flow.
  public static let density: Int64 = 20
  /// The first rest, which each that follows may double, and the longest, in milliseconds: by so much a message may seem
  /// to have come later.
  public static let firstRest: Int32 = 2
  public static let longestRest: Int32 = 20
  /// How many bytes are meant to gather: less than TCP's first window.
  public static let portion: UInt64 = 49_152

  private var rest = MessageFlow.firstRest
  /// The last one that was asked for.
  private var made: Int32 = 0

  public init() {}

  /// Milliseconds to rest before the next reading; 0 for none.
  ///
  /// - Parameters:
  ///   - byteCount: of what the last reading brought, at least one.
  ///   - elapsed: milliseconds since the reading before brought some.
  public mutating func rest(afterReading byteCount: UInt64, since elapsed: Int64) -> Int32 {
    guard elapsed <= MessageFlow.density + Int64(made) else {
      (rest, made) = (MessageFlow.firstRest, 0)
      return 0
    }
    let fitting = UInt64(rest) * MessageFlow.portion / max(byteCount, 1)
    rest = Int32(clamping: max(min(fitting, UInt64(2 * rest), UInt64(MessageFlow.longestRest)), 1))
    made = rest
    return rest
  }
}
