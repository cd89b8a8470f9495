/// `1 segment`, `2 segments`.
public enum CountText {
  /// - Parameter thing: in the singular, of a word whose plural ends in s.
  public static func text(_ count: Int, _ thing: String) -> String { "\(count) \(thing)\(count == 1 ? "" : "s")" }
}
