/// What a Swift file declares: as much of the language as a census of types and functions needs.
struct SwiftOutline {
  /// A type or an extension, with what stands directly in it.
  struct Block {
    /// `struct`, `class`, `enum`, `actor`, `protocol` or `extension`.
    var kind: String
    /// With the types around it: `Report.Entry`.
    var name: String
    var isPrivate: Bool
    var properties: [Property] = []
  }

  struct Property {
    var name: String
    var isPublic: Bool
  }

  struct Function {
    /// Of a place in ``blocks``; nil outside of types.
    var block: Int?
    var name: String
    var line: Int
    /// The names that its body has for them.
    var parameters: [String]
  }

  private(set) var blocks: [Block] = []
  private(set) var functions: [Function] = []
  /// Every word, and with it the one behind its dot where that begins with a capital letter.
  let words: Set<String>

  init(_ text: String) {
    let code = Self.code(text)
    words = Self.words(code)
    read(code)
  }

  /// The text without comments and without what strings say; lines stay lines.
  private static func code(_ text: String) -> [UInt8] {
    let source = Array(text.utf8)
    var code: [UInt8] = []
    var place = 0
    func begins(_ mark: StaticString) -> Bool {
      mark.withUTF8Buffer { source[place...].starts(with: $0) }
    }
    /// To behind the next `mark`.
    func skip(to mark: StaticString) {
      while place < source.count, !begins(mark) {
        if source[place] == UInt8(ascii: "\n") { code.append(source[place]) }
        place += 1
      }
      place = min(place + mark.utf8CodeUnitCount, source.count)
    }
    while place < source.count {
      if source[place] != UInt8(ascii: "/"), source[place] != UInt8(ascii: "\"") {
        code.append(source[place])
        place += 1
      } else if begins("//") {
        while place < source.count, source[place] != UInt8(ascii: "\n") { place += 1 }
      } else if begins("/*") {
        skip(to: "*/")
      } else if begins("\"\"\"") {
        place += 3
        skip(to: "\"\"\"")
        code += Array("\"\"".utf8)
      } else if begins("\"") {
        place = Self.end(ofString: place, source)
        code += Array("\"\"".utf8)
      } else {
        code.append(source[place])
        place += 1
      }
    }
    return code
  }

  /// Behind the quote that closes a string of one line; what it interpolates may have strings of its own.
  private static func end(ofString start: Int, _ source: [UInt8]) -> Int {
    var place = start + 1
    while place < source.count, source[place] != UInt8(ascii: "\""), source[place] != UInt8(ascii: "\n") {
      guard source[place] == UInt8(ascii: "\\"), place + 1 < source.count else {
        place += 1
        continue
      }
      guard source[place + 1] == UInt8(ascii: "(") else {
        place += 2
        continue
      }
      var depth = 1
      place += 2
      while place < source.count, depth > 0 {
        switch source[place] {
        case UInt8(ascii: "("): depth += 1
        case UInt8(ascii: ")"): depth -= 1
        case UInt8(ascii: "\""):
          place = end(ofString: place, source)
          continue
        default: break
        }
        place += 1
      }
    }
    return place + 1
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: byte >= 0x80
    }
  }

  private static func words(_ code: [UInt8]) -> Set<String> {
    var words: Set<String> = []
    var place = 0
    func word() -> String {
      let start = place
      while place < code.count, isWord(code[place]) { place += 1 }
      return String(decoding: code[start..<place], as: UTF8.self)
    }
    while place < code.count {
      guard isWord(code[place]) else {
        place += 1
        continue
      }
      let first = word()
      words.insert(first)
      if place + 1 < code.count, code[place] == UInt8(ascii: "."),
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(code[place + 1])
      {
        place += 1
        let start = place
        words.insert(first + "." + word())
        place = start
      }
    }
    return words
  }

  // MARK: Declarations

  /// Statements end at braces, semicolons, and lines' ends outside of parentheses.
  private mutating func read(_ code: [UInt8]) {
    // For each open brace the type that it belongs to.
    var open: [Int?] = []
    var statement: [UInt8] = []
    var (depth, line, start) = (0, 1, 1)
    for byte in code {
      switch byte {
      case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      if byte == UInt8(ascii: "\n") { line += 1 }
      let endsLine = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: ";")
      let isBrace = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}")
      guard isBrace || endsLine && depth <= 0 else {
        if statement.isEmpty { start = line }
        statement.append(byte)
        continue
      }
      let isDeclaration = Self.mayDeclare(statement)
      let text = isDeclaration ? Substring(decoding: statement, as: UTF8.self).drop(while: \.isWhitespace) : ""
      let heading = isDeclaration ? Self.heading(text) : nil
      // A type's heading may go on in the next line.
      if endsLine, heading != nil {
        statement.append(UInt8(ascii: " "))
        continue
      }
      statement.removeAll(keepingCapacity: true)
      let around = open.last ?? nil
      if !text.isEmpty { take(text, in: around, opensBrace: byte == UInt8(ascii: "{"), line: start) }
      if byte == UInt8(ascii: "{") {
        guard let heading else {
          open.append(nil)
          continue
        }
        let outer = around.map { blocks[$0].name + "." } ?? ""
        let isInner = around.map { blocks[$0].isPrivate } ?? false
        blocks.append(
          Block(kind: heading.kind, name: outer + heading.name, isPrivate: heading.isPrivate || isInner))
        open.append(blocks.count - 1)
      } else if isBrace {
        _ = open.popLast()
      }
    }
  }

  /// Most lines are none, as their first word shows.
  private static func mayDeclare(_ statement: [UInt8]) -> Bool {
    let words = statement.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
    return words.first == UInt8(ascii: "@") || openings.contains(Array(words.prefix(while: isWord)))
  }

  private static let openings = Set(
    [
      "struct", "class", "enum", "actor", "protocol", "extension", "func", "init", "subscript", "let", "var", "public",
      "package", "internal", "private", "fileprivate", "final", "indirect", "nonisolated", "static", "mutating", "lazy",
      "weak", "unowned", "override", "convenience", "required", "borrowing", "consuming", "prefix", "infix", "postfix",
    ].map { Array($0.utf8) })

  private static func heading(_ text: Substring) -> (kind: String, name: String, isPrivate: Bool)? {
    guard
      let found = text.prefixMatch(
        of:
          #/(?:@\w+(?:\([^)]*\))?\s+)*((?:(?:public|package|private|fileprivate|internal|final|indirect|nonisolated)\s+)*)(struct|class|enum|actor|extension|protocol)\s+([A-Za-z_][\w.]*)/#
      ), found.output.3 != "func", found.output.3 != "var"
    else { return nil }
    return (String(found.output.2), String(found.output.3), found.output.1.contains("private"))
  }

  private mutating func take(_ text: Substring, in block: Int?, opensBrace: Bool, line: Int) {
    let names = text.prefix { $0 != "=" && $0 != ":" && $0 != "{" }
    if names.contains("func ") || names.contains("init") || names.contains("subscript"),
      let found = text.firstMatch(of: #/(?:^|\s)(func\s+[^\s(<]+|init[?!]?|subscript)\s*(?:<[^(]*>)?\s*\(/#),
      text[..<found.range.lowerBound].allSatisfy({ !"=.{(\"".contains($0) || $0 == "(" })
    {
      let parameters = Self.parameters(text[found.range.upperBound...])
      functions.append(
        Function(
          block: block, name: String(found.output.1).replacing("func ", with: ""), line: line, parameters: parameters))
      return
    }
    guard let block, ["struct", "class", "actor"].contains(blocks[block].kind) else { return }
    guard
      let found = text.prefixMatch(
        of:
          #/(?:@\w+(?:\([^)]*\))?\s+)*((?:(?:public|package|private|internal|fileprivate|final|lazy|weak|unowned|nonisolated|static|override)(?:\([a-z]+\))?\s+)*)(?:let|var)\s+/#
      ), !found.output.1.contains("static")
    else { return }
    let rest = text[found.range.upperBound...]
    // What opens a brace without a value is computed; with one, a closure makes the value.
    if opensBrace, !rest.contains("=") { return }
    let isPublic = found.output.1.contains("public ")
    for part in Self.parts(rest) {
      guard let name = part.prefixMatch(of: #/\s*`?(\w+)`?\s*(?::|=|$)/#)?.output.1 else { continue }
      blocks[block].properties.append(Property(name: String(name), isPublic: isPublic))
    }
  }

  /// Up to the parenthesis that closes the list.
  private static func parameters(_ text: Substring) -> [String] {
    var depth = 1
    let list = text.prefix { character in
      if "([".contains(character) { depth += 1 }
      if ")]".contains(character) { depth -= 1 }
      return depth > 0
    }
    return parts(list).compactMap { part in
      part.split(separator: ":", maxSplits: 1).first?.split(whereSeparator: \.isWhitespace).last.map(String.init)
    }
  }

  /// Between commas that stand in no bracket.
  private static func parts(_ text: Substring) -> [Substring] {
    var parts: [Substring] = []
    var (depth, start, last) = (0, text.startIndex, Character(" "))
    for place in text.indices {
      let character = text[place]
      if "([".contains(character) || character == "<" && last.isLetter { depth += 1 }
      if ")]".contains(character) || character == ">" && last != "-" && depth > 0 { depth -= 1 }
      if character == ",", depth == 0 {
        parts.append(text[start..<place])
        start = text.index(after: place)
      }
      last = character
    }
    return (parts + [text[start...]]).filter { !$0.allSatisfy(\.isWhitespace) }
  }
}
