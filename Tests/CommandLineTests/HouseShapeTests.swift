import Testing

/// Functions and types that can be read at once, folders that stand on each other in one order, and thoughts that are
/// written once.
struct HouseShapeTests {
  /// Of every module: its files with what they declare.
  private static let outlines: [(module: String, files: [(path: String, outline: SwiftOutline)])] = {
    let modules = (try? SourceTree.modules()) ?? []
    return modules.map { module in
      (module.name, ((try? SourceTree.texts(module.name)) ?? []).map { ($0.path, SwiftOutline($0.text)) })
    }
  }()

  /// What the others stand on: a small file of every kind of line.
  @Test func theOutlineTellsWhatAFileDeclares() {
    let outline = SwiftOutline(
      """
      /// struct Comment { var a = 0 }
      public struct Report: Sendable,
        Equatable
      {
        public var first, second: Int
        private(set) var text = "} struct { \\(first + "x".count)"
        let made: [String: Int] = { [:] }()
        static let none = 0
        var computed: Int { first }
        struct Entry { let name: Word; var rows: Dictionary<Int, Int> = [:] }
        func add(_ one: Int, to other: (Int, Int), by: @escaping (Int, Int) -> Void = { _, _ in }) {
          let local = 3
          print(local)
        }
        init(first: Int) { self.first = first }
      }
      private enum Hidden {}
      extension Report.Entry { var also: Int { 1 } }
      """)
    #expect(outline.blocks.map(\.name) == ["Report", "Report.Entry", "Hidden", "Report.Entry"])
    #expect(outline.blocks.map(\.isPrivate) == [false, false, true, false])
    #expect(outline.blocks[0].properties.map(\.name) == ["first", "second", "text", "made"])
    #expect(outline.blocks[0].properties.map(\.isPublic) == [true, true, false, false])
    #expect(outline.blocks[1].properties.map(\.name) == ["name", "rows"])
    #expect(outline.functions.map(\.name) == ["add", "init"])
    #expect(outline.functions.map(\.parameters) == [["one", "other", "by"], ["first"]])
    #expect(outline.words.contains("Word") && outline.words.contains("Report.Entry"))
    #expect(!outline.words.contains("Comment"))
  }

  /// A function of more than 80 lines does more than its name says.
  @Test func functionsAreShort() throws {
    for (name, _) in try SourceTree.modules() where !name.hasPrefix("CM") {
      for (path, lines) in try SourceTree.files(name) {
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

  /// More than seven parameters are something that has no name yet; but a value's initialiser has one for each of its
  /// properties.
  @Test func functionsTakeFewParameters() {
    var count = 0
    for (module, files) in Self.outlines {
      let properties = Self.properties(files.map(\.outline))
      for (path, outline) in files {
        for function in outline.functions {
          count += 1
          let type = function.block.map { outline.blocks[$0].name } ?? ""
          let isMemberwise =
            function.name.hasPrefix("init")
            && Set(function.parameters).isSubset(of: properties[type, default: []].map(\.name))
          #expect(
            function.parameters.count <= 7 || isMemberwise,
            "\(path):\(function.line) \(module).\(type) \(function.name) takes \(function.parameters.count)")
        }
      }
    }
    #expect(count > 3000)
  }

  /// What owns more than 16 things owns several: it is split by what changes together. A plain value, all of which anyone
  /// may read, owns nothing.
  @Test func typesOwnLittle() {
    var count = 0
    for (module, files) in Self.outlines {
      for (type, properties) in Self.properties(files.map(\.outline)) {
        count += 1
        #expect(
          properties.count <= 16 || properties.allSatisfy(\.isPublic),
          "\(module).\(type) has \(properties.count): \(properties.map(\.name).joined(separator: ", "))")
      }
    }
    #expect(count > 500)
  }

  /// Of each class and struct, wherever it is declared.
  private static func properties(_ outlines: [SwiftOutline]) -> [String: [SwiftOutline.Property]] {
    var properties: [String: [SwiftOutline.Property]] = [:]
    for block in outlines.flatMap(\.blocks) where !block.properties.isEmpty {
      properties[block.name, default: []] += block.properties
    }
    return properties
  }

  // MARK: Folders

  /// Within a module one folder's types may name another's, and not the other way round as well: what a folder is can be
  /// understood without those that stand on it. A file beside the folders counts as a folder.
  @Test func foldersNameEachOtherInOneDirection() {
    var count = 0
    for (module, files) in Self.outlines {
      let folders = files.map { Self.folder($0.path, of: module) }
      guard zip(files, folders).contains(where: { !$0.path.hasSuffix("/\($1)") }) else { continue }
      let named = Self.references(files.map(\.outline), folders)
      var reached = named.mapValues { Set($0.keys) }
      for middle in named.keys {
        let further = reached[middle] ?? []
        for folder in named.keys where reached[folder]?.contains(middle) == true { reached[folder]?.formUnion(further) }
      }
      for (folder, others) in named {
        count += others.count
        for (other, words) in others where reached[other]?.contains(folder) == true {
          let list = words.sorted().joined(separator: ", ")
          Issue.record("\(module): \(folder) names \(list) of \(other), which stands on it")
        }
      }
    }
    #expect(count > 50)
  }

  private static func folder(_ path: String, of module: String) -> String {
    guard let start = path.firstRange(of: "/Sources/\(module)/")?.upperBound else { return path }
    return String(path[start...].prefix { $0 != "/" })
  }

  /// The types of other folders that each folder names.
  private static func references(
    _ outlines: [SwiftOutline], _ folders: [String]
  ) -> [String: [String: Set<String>]] {
    var owners: [String: Set<String>] = [:]
    for (outline, folder) in zip(outlines, folders) {
      let extended = Set(outline.blocks.filter { $0.kind == "extension" }.map(\.name))
      for block in outline.blocks where block.kind != "extension" && !block.isPrivate {
        let parts = block.name.split(separator: ".")
        // A type within another is named with it; one that an extension adds may lie elsewhere.
        let isOfExtension = parts.count == 2 && extended.contains(String(parts[0]))
        if parts.count == 1 || isOfExtension { owners[block.name, default: []].insert(folder) }
      }
    }
    var named: [String: [String: Set<String>]] = [:]
    for (outline, folder) in zip(outlines, folders) {
      named[folder, default: [:]] = named[folder] ?? [:]
      for word in outline.words {
        guard let found = owners[word], found.count == 1, let owner = found.first, owner != folder else { continue }
        named[folder]?[owner, default: []].insert(word)
      }
    }
    return named
  }

  // MARK: Written once

  /// What was written several times, each a little differently, and has one place now.
  @Test(arguments: [
    (#"clock_gettime\("#, "Clock/SystemClock.swift"),
    (#"middle = \(?low"#, "Readings/PartitionPoint.swift"),
    (#"< 10 \? "0"#, "none"),
    (#"16_777_619"#, "Readings/Fingerprint.swift"),
    (#""GB""#, "Text/ByteText.swift"),
    (#"_setaffinity_np"#, "Work/Pinning.swift"),
  ])
  func aThoughtHasOnePlace(pattern: String, place: String) throws {
    let expression = try Regex(pattern)
    for (module, _) in try SourceTree.modules() {
      for (path, text) in try SourceTree.texts(module) where !path.hasSuffix("/Sources/\(place)") {
        #expect(text.firstMatch(of: expression) == nil, "\(path) has its own \(pattern)")
      }
    }
  }
}
