import Readings

/// The name of a decision on a counter's step, by which a person takes it back: `e` and eight hexadecimal digits.
///
/// It is made of what the messages said, so it stays the same in every report, on every machine.
public enum DecisionID {
  static func of(_ kind: LedgerEvent.Kind, channel: Int?, from old: CounterPoint, to new: CounterPoint) -> String {
    of(kind, [Int64(channel ?? 0), old.time, new.time, old.total, new.total])
  }

  /// Of a decision on a whole plug.
  static func of(_ kind: LedgerEvent.Kind, from old: Int64, to new: Int64) -> String { of(kind, [old, new]) }

  private static func of(_ kind: LedgerEvent.Kind, _ values: [Int64]) -> String {
    let bytes = (kind.rawValue.utf8.map(Int64.init) + values).flatMap { value in
      (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    return "e" + String(Fingerprint.short(of: bytes), padded: 8, radix: 16)
  }

  /// Whether a text looks like one.
  public static func isShaped(_ text: String) -> Bool {
    text.utf8.count == 9 && text.hasPrefix("e")
      && text.utf8.dropFirst().allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }
}
