import Foundation
import Testing

/// The program's own sources.
enum SourceTree {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Modules with what they declare, in the order of Package.swift.
  static func modules() throws -> [(name: String, dependencies: Set<String>)] {
    let text = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
    let start = try #require(text.range(of: "targets: [")).upperBound
    let end = try #require(text.range(of: "// Tests:")).lowerBound
    let rooms = Set(try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Sources").path))
    var declarations: [[Substring]] = []
    for line in text[start..<end].split(separator: "\n") {
      // A declaration begins four spaces deep; what is deeper goes on with it.
      if line.hasPrefix("    "), let first = line.dropFirst(4).first, first.isLetter || first == "." {
        declarations.append([])
      }
      guard !declarations.isEmpty, line.firstMatch(of: #/^\s*///#) == nil else { continue }
      declarations[declarations.count - 1] += line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 1 }.map(\.element)
    }
    return declarations.compactMap { words in
      words.first.map { (String($0), rooms.intersection(words.dropFirst().map(String.init))) }
    }
  }

  /// A module's files by their paths, in the order of these.
  static func texts(_ module: String) throws -> [(path: String, text: String)] {
    let folder = root.appending(path: "Sources/\(module)")
    let paths = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects as? [URL] ?? []
    return try paths.filter { $0.pathExtension == "swift" }.sorted { $0.path < $1.path }.map {
      ($0.path, try String(contentsOf: $0, encoding: .utf8))
    }
  }

  static func files(_ module: String) throws -> [(path: String, lines: [Substring])] {
    try texts(module).map { ($0.path, $0.text.split(separator: "\n", omittingEmptySubsequences: false)) }
  }
}
