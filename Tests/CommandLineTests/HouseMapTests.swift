import Foundation
import Testing

/// The house as its map says: who imports whom, and what Sources/README.md tells of it.
struct HouseMapTests {
  /// What the toolchain and the C library have.
  private static let system: Set<String> = [
    "Glibc", "Foundation", "Synchronization", "Dispatch", "FoundationEssentials",
  ]

  /// Modules with what they declare, in the order of Package.swift.
  private static func modules() throws -> [(name: String, dependencies: Set<String>)] {
    let text = try String(contentsOf: SourceFile.root.appending(path: "Package.swift"), encoding: .utf8)
    let start = try #require(text.range(of: "targets: [")).upperBound
    let end = try #require(text.range(of: "// Tests:")).lowerBound
    let rooms = Set(
      try FileManager.default.contentsOfDirectory(atPath: SourceFile.root.appending(path: "Sources").path))
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

  @Test func arrowsPointDown() throws {
    let modules = try Self.modules()
    let names = modules.map(\.name)
    #expect(names.count > 20 && Set(names).count == names.count)
    let folders = try FileManager.default.contentsOfDirectory(atPath: SourceFile.root.appending(path: "Sources").path)
    #expect(Set(folders).subtracting(["README.md"]) == Set(names))
    var above: Set<String> = []
    for (name, declared) in modules {
      above.insert(name)
      for file in SourceFile.all where file.module == name {
        for imported in file.source.imports.subtracting(Self.system) {
          #expect(declared.contains(imported), "\(file.path) imports \(imported), which \(name) does not declare")
          #expect(
            names.contains(imported) && (above.contains(imported) || imported.hasPrefix("C")),
            "\(file.path): \(imported) stands below")
        }
      }
    }
  }

  @Test func theMapNamesEveryModuleWithWhatItImports() throws {
    let map = try String(contentsOf: SourceFile.root.appending(path: "Sources/README.md"), encoding: .utf8)
    for (name, declared) in try Self.modules()
    where name != "wattlog" && !name.hasPrefix("C") || name == "Calendar" || name == "Configuration" || name == "Clock"
    {
      let row = try #require(map.split(separator: "\n").first { $0.hasPrefix("| `\(name)` |") }, "\(name)")
      let cells = row.split(separator: "|", omittingEmptySubsequences: false)
      let told = Set(cells[cells.count - 2].split(whereSeparator: { ", ".contains($0) }).map(String.init))
      #expect(told == declared, "\(name)")
    }
  }
}
