/// Counts for people: `1 segment`, `2 segments`, `350 281 readings`.
public enum CountText {
  /// - Parameter thing: in the singular, of a word whose plural ends in s.
  public static func text(_ count: Int, _ thing: String) -> String {
    text(Int64(count), thing)
  }

  /// The same.
  public static func text(_ count: Int64, _ thing: String) -> String {
    "\(grouped(count)) \(thing)\(count == 1 ? "" : "s")"
  }

  /// The digits alone, as ``Figure/groupedText`` has them.
  public static func grouped(_ count: Int64) -> String { Figure(count).groupedText }
}
