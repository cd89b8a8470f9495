/// Text from the field (names, topics, causes) made safe to show: it may come from anyone who reaches the broker.
public enum SafeText {
  /// True for what can move a cursor, change a direction, hide or break a line: control and format characters, line
  /// and paragraph separators, lone private use.
  public static func isSteering(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
    default: false
    }
  }

  /// The text with every steering character replaced by U+FFFD (controls by their picture, as `␛`), and at most two
  /// combining marks on one character.
  public static func neutralised(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    var result = String.UnicodeScalarView()
    var marks = 0
    for scalar in text.unicodeScalars {
      if isMark(scalar) {
        marks += 1
        if marks <= 2 && !result.isEmpty { result.append(scalar) }
        continue
      }
      marks = 0
      if scalar.value < 0x20, let picture = Unicode.Scalar(0x2400 + scalar.value) {
        result.append(picture)
      } else {
        result.append(isSteering(scalar) ? "\u{FFFD}" : scalar)
      }
    }
    return String(result)
  }

  /// Foreign text in a message of one line: steering characters as `?`, at most `limit` characters.
  public static func printable(_ text: String, limit: Int = 200) -> String {
    var result = ""
    for scalar in text.unicodeScalars.prefix(limit) {
      result.unicodeScalars.append(isSteering(scalar) ? "?" : scalar)
    }
    return result
  }

  /// Columns that a terminal gives a neutralised text.
  public static func width(_ text: String) -> Int {
    var width = 0
    for scalar in text.unicodeScalars { width += columns(scalar) }
    return width
  }

  /// The text cut to at most `limit` columns, with `…` at the end where something was cut.
  public static func truncated(_ text: String, to limit: Int) -> String {
    if width(text) <= limit { return text }
    return limit > 0 ? prefix(text, columns: limit - 1) + "…" : ""
  }

  /// As many of the first characters as fit into `limit` columns.
  public static func prefix(_ text: String, columns limit: Int) -> String {
    var result = String.UnicodeScalarView()
    var used = 0
    for scalar in text.unicodeScalars {
      let more = columns(scalar)
      if used + more > limit { break }
      result.append(scalar)
      used += more
    }
    return String(result)
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x300 else { return false }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return true
    default: return false
    }
  }

  private static func columns(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    if isMark(scalar) { return 0 }
    return isWide(scalar) ? 2 : 1
  }

  /// East Asian wide and full-width characters and the emoji that terminals draw two columns wide.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
      0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      true
    case 0x231A...0x2BFF, 0x1F000...0x1FAFF: scalar.properties.isEmojiPresentation
    default: false
    }
  }
}

extension String {
  /// A word of a file as a message quotes it, of at most 60 characters (``SafeText/printable(_:limit:)``).
  public var printable: String { SafeText.printable(self, limit: 60) }
}
