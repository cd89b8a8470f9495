import Foundation
import Testing

/// The numbered requirements of Schema/*.md (`**SF-12**`, `- SF-C3.`) and who cites them: a requirement that neither
/// code nor a test names is one that nobody keeps.
@Suite struct RequirementTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Every file of that ending below a folder, by path.
  private static func files(_ folder: String, _ ending: String) throws -> [String: String] {
    let start = root.appendingPathComponent(folder).path
    var result: [String: String] = [:]
    for case let name as String in FileManager.default.enumerator(atPath: start) ?? .init()
    where name.hasSuffix(ending) && !name.hasSuffix("RequirementTests.swift") {
      result[folder + "/" + name] = try String(contentsOfFile: start + "/" + name, encoding: .utf8)
    }
    return result
  }

  /// Every id in a text; `SF-10 to SF-14` stands for all five.
  private static func cited(_ text: String) -> Set<String> {
    var result: Set<String> = []
    for match in text.matches(of: /\b(SF-[A-Z]?)([0-9]+)(?: to SF-[A-Z]?([0-9]+))?/) {
      let first = Int(match.2) ?? 0
      let last = match.3.flatMap { Int($0) } ?? first
      for number in first...max(first, last) { result.insert("\(match.1)\(number)") }
    }
    return result
  }

  private static func defined() throws -> Set<String> {
    var result: Set<String> = []
    for text in try files("Schema", ".md").values {
      for match in text.matches(of: /\*\*(SF-[A-Z]?[0-9]+)\*\*|(?m)^- (SF-[A-Z]?[0-9]+)\./) {
        let id = String(match.1 ?? match.2 ?? "")
        #expect(result.insert(id).inserted, "\(id) is defined twice")
      }
    }
    return result
  }

  @Test(arguments: ["Sources", "Tests"])
  func `each numbered requirement is cited by the code and by a test`(folder: String) throws {
    let defined = try RequirementTests.defined()
    #expect(defined.count > 40)
    let cited = try RequirementTests.files(folder, ".swift").values.reduce(into: Set()) {
      $0.formUnion(RequirementTests.cited($1))
    }
    #expect(defined.subtracting(cited).sorted() == [], "not cited in \(folder)")
  }

  @Test func `nobody cites a requirement that there is not`() throws {
    let defined = try RequirementTests.defined()
    for (folder, ending) in [("Sources", ".swift"), ("Tests", ".swift"), ("Schema", ".md"), ("Schema", ".py")] {
      for (path, text) in try RequirementTests.files(folder, ending) {
        #expect(RequirementTests.cited(text).subtracting(defined).sorted() == [], "\(path)")
      }
    }
  }
}
