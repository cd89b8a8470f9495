/// What is wrong with bytes that claim to be ours. Offsets count from the first byte of the decoded piece.
public enum FormatError: Error, Hashable, Sendable {
  /// The bytes end before what they announce.
  case truncated(offset: Int)
  case checksumMismatch(offset: Int)
  /// A version that this program does not know; nothing of it may be touched.
  case unknownVersion(Int)
  /// A reserved, impossible or contradictory value.
  case invalid(offset: Int, what: String)
}
