/// Drawings in ASCII, for terminals whose characters are not Unicode's.
public enum PlainCharacters {
  private static let table: [Character: Character] = [
    // Columns by eighths: more ink for more. Bars: half of a character or none.
    "▁": "_", "▂": ".", "▃": ":", "▄": "-", "▅": "=", "▆": "+", "▇": "*", "█": "#",
    "▏": "-", "▎": "-", "▍": "-", "▌": "=", "▋": "=", "▊": "=", "▉": "=",
    "─": "-", "–": "-", "·": "-", "→": ">", "…": "~",
  ]

  /// As wide as the text; what people call things stays as it is.
  public static func text(_ text: String) -> String { String(text.map { table[$0] ?? $0 }) }
}
