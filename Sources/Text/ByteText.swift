/// Sizes for people, in decimal units.
public enum ByteText {
  public static func text(_ bytes: Int64) -> String {
    for (unit, name) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")] as [(Int64, String)]
    where bytes >= unit {
      return "\(bytes / unit).\(bytes / (unit / 10) % 10) \(name)"
    }
    return "\(bytes) bytes"
  }
}
