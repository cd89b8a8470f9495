/// A file of Swift, as far as the laws of the house ask: what it imports, which types it declares with how many stored
/// properties, how long its functions are and how many parameters they take, and which names it mentions.
struct SwiftSource {
  struct Function {
    var name: String
    var line: Int
    var parameters: Int
    /// From its head to the end of its body; 0 without one.
    var lineCount = 0
    /// Its body does nothing but give properties what it was given.
    var isMemberwise = false
  }

  /// A declaration of a type, or an extension of one.
  struct TypeBody {
    enum Kind: String { case `struct`, `class`, `enum`, actor, `extension`, `protocol` }
    var name: String
    var line: Int
    var kind: Kind
    /// Not declared within another type.
    var isOuter: Bool
    var storedProperties = 0
    /// Some of them nobody else may set: it is no plain value.
    var hasPrivateState = false
  }

  private(set) var types: [TypeBody] = []
  private(set) var functions: [Function] = []
  /// Modules.
  private(set) var imports: Set<String> = []
  /// What is mentioned but as a member of something.
  private(set) var names: Set<String> = []

  private let tokens: [SwiftTokens.Token]
  /// Of each open brace the type that it belongs to, or nil.
  private var scopes: [Int?] = []
  /// Types whose brace is still to come, by the place of that brace.
  private var coming: [Int: Int] = [:]

  init(_ text: String) {
    tokens = SwiftTokens.read(text)
    for place in tokens.indices { follow(place) }
  }

  private func token(_ place: Int) -> SwiftTokens.Token {
    tokens.indices.contains(place) ? tokens[place] : SwiftTokens.Token(line: 0, beginsLine: true)
  }

  private mutating func follow(_ place: Int) {
    let token = tokens[place]
    if token.isSign("{") { return scopes.append(coming.removeValue(forKey: place)) }
    if token.isSign("}") {
      _ = scopes.popLast()
      return
    }
    guard !token.word.isEmpty, !self.token(place - 1).isSign(".") else { return }
    names.insert(token.word)
    if token.word == "import" {
      let next = self.token(place + 1).word
      imports.insert(["struct", "func", "class", "enum"].contains(next) ? self.token(place + 2).word : next)
    }
    if let kind = TypeBody.Kind(rawValue: token.word) {
      declare(kind, at: place)
    } else if token.word == "func" || token.word == "init" && isMember {
      declareFunction(at: place)
    } else if token.word == "var" || token.word == "let", isMember, let type = scopes.last ?? nil {
      let count = storedProperties(from: place)
      types[type].storedProperties += count
      if count > 0, modifiers(before: place).contains("private") { types[type].hasPrivateState = true }
    }
  }

  /// The place at hand is directly within a type.
  private var isMember: Bool { (scopes.last ?? nil) != nil }

  private mutating func declare(_ kind: TypeBody.Kind, at place: Int) {
    let name = token(place + 1).word
    guard !name.isEmpty, !["func", "var", "let", "override", "subscript"].contains(name),
      let brace = tokens[place...].firstIndex(where: { $0.isSign("{") })
    else { return }
    coming[brace] = types.count
    types.append(
      TypeBody(name: name, line: tokens[place].line, kind: kind, isOuter: scopes.allSatisfy { $0 == nil }))
  }

  private mutating func declareFunction(at place: Int) {
    guard let open = tokens[place...].firstIndex(where: { $0.isSign("(") }) else { return }
    var (depth, parameters, end) = (0, 0, open)
    for index in open..<tokens.count {
      let token = tokens[index]
      if token.isSign("(") || token.isSign("[") || token.isSign("{") { depth += 1 }
      if token.isSign(")") || token.isSign("]") || token.isSign("}") { depth -= 1 }
      if depth == 1, token.isSign(":") { parameters += 1 }
      end = index
      if depth == 0 { break }
    }
    var function = Function(
      name: token(place).word == "init" ? "init" : token(place + 1).word, line: tokens[place].line,
      parameters: parameters)
    if let body = body(after: end) {
      function.lineCount = tokens[body.upperBound].line - function.line + 1
      function.isMemberwise = function.name == "init" && onlyAssigns(body)
    }
    functions.append(function)
  }

  private static let beginsDeclaration: Set<String> = [
    "func", "var", "let", "init", "static", "mutating", "public", "private", "fileprivate", "subscript",
    "associatedtype",
  ]

  /// From the brace that opens a function's body to the one that closes it; nil for one of a protocol.
  private func body(after place: Int) -> ClosedRange<Int>? {
    var (depth, open) = (0, place)
    for index in (place + 1)..<max(tokens.count, place + 1) {
      let token = tokens[index]
      if depth == 0 {
        if token.isSign("}") || token.beginsLine && SwiftSource.beginsDeclaration.contains(token.word) { return nil }
        if token.isSign("{") { (depth, open) = (1, index) }
        continue
      }
      if token.isSign("{") { depth += 1 }
      if token.isSign("}") { depth -= 1 }
      if depth == 0 { return open...index }
    }
    return nil
  }

  /// A body of which each line gives a property something.
  private func onlyAssigns(_ body: ClosedRange<Int>) -> Bool {
    var depth = 0
    for index in body {
      let token = tokens[index]
      if token.isSign("{") { depth += 1 }
      if token.isSign("}") { depth -= 1 }
      let assigns = token.word == "self" || token.isSign("(") || self.token(index + 1).isSign("=")
      if depth == 1, index > body.lowerBound, token.beginsLine, !assigns { return false }
    }
    return true
  }

  /// The words before a declaration on its line.
  private func modifiers(before place: Int) -> Set<String> {
    var words: Set<String> = []
    var index = place - 1
    while index >= 0, !tokens[index].word.isEmpty || tokens[index].isSign(")") || tokens[index].isSign("(") {
      words.insert(tokens[index].word)
      if tokens[index].beginsLine { break }
      index -= 1
    }
    return words
  }

  /// How many properties that take room a `let` or `var` declares.
  private func storedProperties(from place: Int) -> Int {
    guard modifiers(before: place).isDisjoint(with: ["static", "class"]) else { return 0 }
    var (depth, count, index) = (0, 1, place + 1)
    // A tuple of names is as many.
    if token(index).isSign("(") {
      while !token(index).isSign(")") {
        if token(index).isSign(",") { count += 1 }
        index += 1
      }
      index += 1
    }
    while index < tokens.count {
      let token = tokens[index]
      if depth == 0, token.isSign("{") {
        return ["didSet", "willSet"].contains(self.token(index + 1).word) ? count : 0
      }
      if depth == 0, token.isSign("=") || index > place + 1 && token.beginsLine { return count }
      if depth == 0, token.isSign(",") { count += 1 }
      if depth == 0, token.isSign("}") { return count }
      if token.isSign("(") || token.isSign("[") { depth += 1 }
      if token.isSign(")") || token.isSign("]") { depth -= 1 }
      index += 1
    }
    return count
  }
}
