/// Why a table is not taken.
public enum TableRefusal: Error, Hashable, Sendable {
  /// Two answers fit, or none: which option says what is meant.
  case choice(String, advice: String)
  /// Something in the file is wrong; with its place.
  case mistake(String)
}
