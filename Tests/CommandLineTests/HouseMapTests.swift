import Foundation
import Testing

/// The house as its map says: who imports whom, and what Sources/README.md tells of it.
struct HouseMapTests {
  /// What the toolchain and the C library have.
  private static let system: Set<String> = [
    "Glibc", "Foundation", "Synchronization", "Dispatch", "FoundationEssentials",
  ]

  @Test func arrowsPointDown() throws {
    let modules = try SourceTree.modules()
    let names = modules.map(\.name)
    #expect(names.count > 20 && Set(names).count == names.count)
    let folders = try FileManager.default.contentsOfDirectory(atPath: SourceTree.root.appending(path: "Sources").path)
    #expect(Set(folders).subtracting(["README.md"]) == Set(names))
    var above: Set<String> = []
    for (name, declared) in modules {
      above.insert(name)
      for (path, lines) in try SourceTree.files(name) {
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
    let map = try String(contentsOf: SourceTree.root.appending(path: "Sources/README.md"), encoding: .utf8)
    for (name, declared) in try SourceTree.modules()
    where name != "wattlog" && !name.hasPrefix("C") || name == "Calendar" || name == "Configuration" || name == "Clock"
    {
      let row = try #require(map.split(separator: "\n").first { $0.hasPrefix("| `\(name)` |") }, "\(name)")
      let cells = row.split(separator: "|", omittingEmptySubsequences: false)
      let told = Set(cells[cells.count - 2].split(whereSeparator: { ", ".contains($0) }).map(String.init))
      #expect(told == declared, "\(name)")
    }
  }
}
