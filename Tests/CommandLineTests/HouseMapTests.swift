import Foundation
import Testing

/// The house as its map says: who imports whom, what Sources/README.md tells of it, and functions that can be read at once.
struct HouseMapTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// What the toolchain and the C library have.
  private static let system: Set<String> = [
    "Glibc", "Foundation", "Synchronization", "Dispatch", "FoundationEssentials",
  ]

  /// Modules with what they declare, in the order of Package.swift.
  private static func modules() throws -> [(name: String, dependencies: Set<String>)] {
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

  private static func files(_ module: String) throws -> [(path: String, lines: [Substring])] {
    let folder = root.appending(path: "Sources/\(module)")
    let paths = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects as? [URL] ?? []
    return try paths.filter { $0.pathExtension == "swift" }.sorted { $0.path < $1.path }.map { path in
      (
        path.path,
        try String(contentsOf: path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
      )
    }
  }

  @Test func arrowsPointDown() throws {
    let modules = try Self.modules()
    let names = modules.map(\.name)
    #expect(names.count > 20 && Set(names).count == names.count)
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "Sources").path)
    #expect(Set(folders).subtracting(["README.md"]) == Set(names))
    var above: Set<String> = []
    for (name, declared) in modules {
      above.insert(name)
      for (path, lines) in try Self.files(name) {
        for line in lines where line.contains("import ") {
          guard
            let found = line.firstMatch(
              of: #/^(?:@\w+ )?(?:public |internal |private |package )?import (?:struct |func )?(\w+)/#)
          else { continue }
          let imported = String(found.output.1)
          guard !Self.system.contains(imported) else { continue }
          #expect(declared.contains(imported), "\(path) imports \(imported), which \(name) does not declare")
          #expect(
            names.contains(imported) && (above.contains(imported) || imported.hasPrefix("C")),
            "\(path): \(imported) stands below")
        }
      }
    }
  }

  @Test func theMapNamesEveryModuleWithWhatItImports() throws {
    let map = try String(contentsOf: Self.root.appending(path: "Sources/README.md"), encoding: .utf8)
    for (name, declared) in try Self.modules()
    where name != "wattlog" && !name.hasPrefix("C") || name == "Calendar" || name == "Configuration" || name == "Clock"
    {
      let row = try #require(map.split(separator: "\n").first { $0.hasPrefix("| `\(name)` |") }, "\(name)")
      let cells = row.split(separator: "|", omittingEmptySubsequences: false)
      let told = Set(cells[cells.count - 2].split(whereSeparator: { ", ".contains($0) }).map(String.init))
      #expect(told == declared, "\(name)")
    }
  }

  /// A function of more than 80 lines does more than its name says.
  @Test func functionsAreShort() throws {
    for (name, _) in try Self.modules() where !name.hasPrefix("CM") {
      for (path, lines) in try Self.files(name) {
        for (start, line) in lines.enumerated() {
          guard line.contains("func ") || line.contains("init"),
            let head = line.firstMatch(of: #/^(\s*)(?:\w+(?:\(\w+\))? )*(?:func|init)\b.*/#)
          else { continue }
          let close = String(head.output.1) + "}"
          guard let end = lines[start...].firstIndex(where: { $0 == close }) else { continue }
          // One that stands on a single line ends before the next of its depth.
          let isNext = lines[(start + 1)..<end].contains {
            $0.hasPrefix(head.output.1 + "func ") || $0.hasPrefix(head.output.1 + "}")
          }
          if !isNext { #expect(end - start < 80, "\(path):\(start + 1) has \(end - start + 1) lines") }
        }
      }
    }
  }
}
