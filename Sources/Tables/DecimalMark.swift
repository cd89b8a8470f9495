/// Numbers as files of different countries write them.
public enum DecimalMark {
  /// A number's text with a point as its decimal mark and none between thousands. Where both marks stand, the last of them is
  /// the decimal one; a comma alone is one.
  public static func point(in text: String) -> String {
    guard let comma = text.lastIndex(of: ",") else { return text }
    guard comma > text.lastIndex(of: ".") ?? text.startIndex else { return text.filter { $0 != "," } }
    return String(text.filter { $0 != "." }.map { $0 == "," ? "." : $0 })
  }
}
