import Reporting
import Text

/// Which format a command writes: `-f`, else what the suffix of `-o` stands for.
enum OutputFormat {
  /// Of a command with ``Option/listFormat``.
  static func ofList(_ arguments: Arguments) throws(Failure) -> String {
    try named(
      arguments.text(.listFormat), path: arguments.text(.output),
      suffixes: [(".csv", "csv"), (".json", "json"), (".txt", "table")], usual: "table")
  }

  /// - Parameters:
  ///   - asked: of `-f`; nil where it is not given.
  ///   - suffixes: with their formats, the usual suffix of each format first.
  ///   - usual: without `-f` and without a suffix.
  /// - Throws: a usage error for a suffix that stands for no format: a file of another kind under it would deceive.
  static func named(
    _ asked: String?, path: String?, suffixes: [(suffix: String, format: String)], usual: String
  ) throws(Failure) -> String {
    if let asked { return asked }
    guard let path, path != "-", !path.hasPrefix("/dev/") else { return usual }
    let file = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
    guard let dot = file.lastIndex(of: "."), dot > file.startIndex else { return usual }
    let suffix = String(file[dot...])
    if let known = suffixes.first(where: { $0.suffix == suffix }) { return known.format }
    // A date or a number at the end is no suffix.
    guard suffix.dropFirst().contains(where: \.isLetter) else { return usual }
    let list = suffixes.map(\.suffix).joined(separator: " ")
    throw .usage(
      "no format goes by the suffix '\(SafeText.printable(suffix))' (known: \(list))",
      "name the file otherwise, or the format with -f")
  }
}

extension Console {
  /// As wide as the terminal and in colour where the table goes there.
  func tableOptions(_ arguments: Arguments, chart: Bool = false) -> TableRenderer.Options {
    let toTerminal = writesToTerminal && !arguments.isSet(.output)
    return TableRenderer.Options(
      width: toTerminal ? Console.width : 100, colour: toTerminal && allowsColour, chart: chart,
      isPlain: toTerminal && !Console.showsUnicode)
  }
}
