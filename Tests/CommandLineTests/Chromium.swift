import Foundation
import TestSupport

/// A browser without a window: what it makes of pages on this disk. Nothing is fetched.
struct Chromium {
  static let path = Programs.path(of: "chromium")
  /// Reads what is printed: words with their places.
  static let pdfReader = Programs.path(of: "pdftotext")

  /// Of its profile and output; another than the pages'.
  let directory: String

  /// The document of a page when its script has ended.
  ///
  /// - Parameter isDark: as for a reader who asks for dark pages.
  func dom(of file: String, isDark: Bool = false) throws -> String {
    let output = directory + "/dom.html"
    // Scripts that wait are given a minute of the browser's own time, which passes at once.
    try run(
      ["--dump-dom", "--virtual-time-budget=60000"] + (isDark ? ["--blink-settings=preferredColorScheme=0"] : [])
        + ["file://" + file], output: output)
    return try String(contentsOfFile: output, encoding: .utf8)
  }

  /// The words of a page on paper.
  func sheets(of file: String) throws -> [PaperSheet] {
    let pdf = directory + "/print.pdf"
    try run(["--no-pdf-header-footer", "--print-to-pdf=\(pdf)", "file://" + file], output: directory + "/print.out")
    let boxes = directory + "/print.html"
    let reader = Process()
    reader.executableURL = URL(fileURLWithPath: Chromium.pdfReader ?? "")
    reader.arguments = ["-bbox", pdf, boxes]
    try reader.runOnLeash()
    reader.waitUntilExit()
    return try PaperSheet.all(in: String(contentsOfFile: boxes, encoding: .utf8))
  }

  private func run(_ arguments: [String], output: String) throws {
    try Data().write(to: URL(fileURLWithPath: output))
    let browser = Process()
    browser.executableURL = URL(fileURLWithPath: Chromium.path ?? "")
    browser.arguments =
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking",
        "--user-data-dir=\(directory)/profile",
      ] + arguments
    browser.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    browser.standardError = FileHandle.nullDevice
    try browser.runOnLeash()
    browser.waitUntilExit()
  }
}

/// A printed sheet: its words and where they stand, in points.
struct PaperSheet {
  struct Word {
    let text: String
    let left: Double
    let top: Double
    let right: Double
    let bottom: Double
  }

  let width: Double
  let height: Double
  var words: [Word] = []

  /// Words that reach over the sheet's edge.
  var cut: [String] {
    words.filter { $0.left < 0 || $0.top < 0 || $0.right > width + 0.5 || $0.bottom > height + 0.5 }.map(\.text)
  }

  /// Out of what `pdftotext -bbox` writes: a line for each page and each word.
  static func all(in text: String) -> [PaperSheet] {
    func numbers(_ line: Substring, _ names: [String]) -> [Double] {
      names.compactMap { name in
        line.range(of: "\(name)=\"").flatMap { Double(line[$0.upperBound...].prefix { $0 != "\"" }) }
      }
    }
    var sheets: [PaperSheet] = []
    for line in text.split(separator: "\n") {
      if line.contains("<page ") {
        let size = numbers(line, ["width", "height"])
        if size.count == 2 { sheets.append(PaperSheet(width: size[0], height: size[1])) }
      } else if line.contains("<word "), !sheets.isEmpty {
        let box = numbers(line, ["xMin", "yMin", "xMax", "yMax"])
        let word = line.drop { $0 != ">" }.dropFirst().prefix { $0 != "<" }
        guard box.count == 4 else { continue }
        sheets[sheets.count - 1].words.append(
          Word(text: String(word), left: box[0], top: box[1], right: box[2], bottom: box[3]))
      }
    }
    return sheets
  }
}
