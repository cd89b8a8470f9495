/// Lengths of time as people write them: `10s`, `15m`, `1h`, `2d`, `500ms`.
public enum SpanText {
  /// The written length in milliseconds; nil for anything else, for zero digits, and for more than 100 years.
  public static func milliseconds(_ text: String) -> Int64? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard !digits.isEmpty, digits.count <= 12, let count = Int64(digits) else { return nil }
    let unit: Int64
    switch text.dropFirst(digits.count) {
    case "ms": unit = 1
    case "s": unit = 1000
    case "m", "min": unit = 60_000
    case "h": unit = 3_600_000
    case "d": unit = 86_400_000
    case "w": unit = 7 * 86_400_000
    case "y": unit = 365 * 86_400_000
    default: return nil
    }
    let (length, overflow) = count.multipliedReportingOverflow(by: unit)
    return overflow || length > 100 * 366 * 86_400_000 ? nil : length
  }

  /// The shortest exact spelling: 60,000 is `1m`, 1,500 is `1500ms`.
  public static func text(milliseconds: Int64) -> String {
    for (unit, name): (Int64, String) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")]
    where milliseconds != 0 && milliseconds % unit == 0 {
      return "\(milliseconds / unit)\(name)"
    }
    return milliseconds == 0 ? "0s" : "\(milliseconds)ms"
  }
}
