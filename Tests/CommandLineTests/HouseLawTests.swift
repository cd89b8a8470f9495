import Foundation
import Testing

/// What keeps the house fit to live in: folders of a module that lean on each other in one direction, functions that
/// can be called without counting, types whose state one person can hold in mind.
struct HouseLawTests {
  /// Of each folder of a module those whose types it mentions, with a name that shows it.
  private static func arrows(in module: String) -> [String: [String: String]] {
    let files = SourceFile.all.filter { $0.module == module }
    var homes: [String: String] = [:]
    for file in files {
      for type in file.source.types where type.isOuter && type.kind != .extension { homes[type.name] = file.folder }
    }
    var arrows: [String: [String: String]] = [:]
    for file in files {
      for name in file.source.names.sorted() {
        guard let home = homes[name], home != file.folder else { continue }
        arrows[file.folder, default: [:]][home] = "\(file.path) mentions \(name)"
      }
    }
    return arrows
  }

  @Test func foldersOfAModuleStandInAnOrder() {
    let modules = Set(SourceFile.all.map(\.module))
    #expect(modules.count > 20)
    var count = 0
    for module in modules.sorted() {
      let arrows = Self.arrows(in: module)
      count += arrows.count
      var left = Set(SourceFile.all.filter { $0.module == module }.map(\.folder))
      while let lowest = left.first(where: { left.isDisjoint(with: arrows[$0, default: [:]].keys) }) {
        left.remove(lowest)
      }
      let circle = left.sorted().flatMap { folder in
        arrows[folder, default: [:]].filter { left.contains($0.key) }.values
      }
      #expect(left.isEmpty, "folders of \(module) lean on each other: \(circle.joined(separator: "; "))")
    }
    #expect(count > 30)
  }

  @Test func theMapNamesFoldersInThatOrder() throws {
    let map = try String(contentsOf: SourceFile.root.appending(path: "Sources/README.md"), encoding: .utf8)
    var count = 0
    for row in map.split(separator: "\n") {
      guard let match = row.firstMatch(of: #/^\| `(\w+)` \|[^|]*`((?:\w+\/ ?)+)`/#) else { continue }
      count += 1
      let (module, folders) = (String(match.output.1), match.output.2.split(whereSeparator: { "/ ".contains($0) }))
      let order = folders.map(String.init)
      let there = Set(SourceFile.all.filter { $0.module == module }.map(\.folder)).subtracting([""])
      #expect(Set(order) == there, "\(module)")
      for (folder, others) in Self.arrows(in: module) {
        for (other, how) in others where !other.isEmpty && !folder.isEmpty {
          guard let place = order.firstIndex(of: folder), let lower = order.firstIndex(of: other) else { continue }
          #expect(lower < place, "\(module): \(folder) stands before \(other), but \(how)")
        }
      }
    }
    #expect(count > 5)
  }

  /// A function of more than 80 lines does more than its name says.
  @Test func functionsAreShort() {
    #expect(SourceFile.all.contains { $0.source.functions.contains { $0.lineCount > 50 } })
    for file in SourceFile.all {
      for function in file.source.functions where function.lineCount > 80 {
        Issue.record("\(file.path):\(function.line): \(function.name) has \(function.lineCount) lines")
      }
    }
  }

  @Test func functionsTakeSevenParametersAtMost() {
    #expect(SourceFile.all.reduce(0) { $0 + $1.source.functions.count } > 2000)
    for file in SourceFile.all {
      for function in file.source.functions where function.parameters > 7 && !function.isMemberwise {
        Issue.record("\(file.path):\(function.line): \(function.name) takes \(function.parameters) parameters")
      }
    }
  }

  /// A plain value may have more: everything of it is seen and set from outside.
  @Test func typesHoldSixteenPropertiesAtMost() {
    let types = SourceFile.all.flatMap { file in file.source.types.map { (file.path, $0) } }
    #expect(types.reduce(0) { $0 + $1.1.storedProperties } > 2000)
    for (path, type) in types where type.storedProperties > 16 && (type.kind != .struct || type.hasPrivateState) {
      Issue.record("\(path):\(type.line): \(type.name) has \(type.storedProperties) stored properties")
    }
  }

  /// What the laws are read from is read rightly.
  @Test func declarationsAreFound() throws {
    let source = SwiftSource(
      #"""
      /// A struct of words: class Not { var a = 1 }
      struct Lamp: Sendable {
        let (red, green): (Int, Int), blue = "var \(text { $0.var }) }"
        static var count = 0
        private(set) var watts: [String: Int] = [:] { didSet { count += 1 } }
        var half: Int { watts.count / 2 }
        var switched: (Int, String) -> Void = { _, _ in let inner = 1; _ = inner }
        class Bulb { let a, b: Int }
        init(a: Int, b: Int, c: Int) {
          self.red = a
          self.green = b
        }
        func glow(_ a: Int, by b: (Int) -> Int = { (c: Int) in c }, _ d: [Int: Int]) -> Int {
          let local = Room.self
          return local.hash
        }
      }
      extension Lamp { var outer: Int { 1 } }
      """#)
    #expect(source.types.map(\.name) == ["Lamp", "Bulb", "Lamp"])
    #expect(source.types.map(\.storedProperties) == [5, 2, 0])
    #expect(source.types.map(\.isOuter) == [true, false, true])
    #expect(source.types.map(\.hasPrivateState) == [true, false, false])
    #expect(source.functions.map(\.parameters) == [3, 3])
    #expect(source.functions.map(\.isMemberwise) == [true, false])
    #expect(source.functions.map(\.lineCount) == [4, 4])
    #expect(source.names.contains("Room") && !source.names.contains("hash") && !source.names.contains("Not"))
  }
}
