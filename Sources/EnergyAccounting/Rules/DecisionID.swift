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
    // FNV-1a: a name, no protection.
    var hash: UInt32 = 2_166_136_261
    func add(_ value: Int64) {
      for shift in stride(from: Int64(0), to: 64, by: 8) {
        hash = (hash ^ UInt32(truncatingIfNeeded: (value >> shift) & 0xFF)) &* 16_777_619
      }
    }
    for byte in kind.rawValue.utf8 { add(Int64(byte)) }
    for value in values { add(value) }
    let digits = String(hash, radix: 16)
    return "e" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
  }

  /// Whether a text looks like one.
  public static func isShaped(_ text: String) -> Bool {
    text.utf8.count == 9 && text.hasPrefix("e")
      && text.utf8.dropFirst().allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }
}
