/// Walks over the scalars of a text and knows line and column; the parser above it knows the grammar.
struct JSON5Scanner {
  let scalars: [Unicode.Scalar]
  /// Into ``scalars``.
  private(set) var index = 0
  private(set) var place = JSON5Place(line: 1, column: 1)

  /// - Throws: where the bytes stop being UTF-8.
  init(_ bytes: [UInt8]) throws(JSON5Error) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw JSON5Scanner.firstInvalidByte(of: bytes)
    }
    scalars = Array(text.unicodeScalars)
    if peek() == "\u{FEFF}" { index = 1 }
  }

  /// The scalar here, nil at the end.
  func peek(_ distance: Int = 0) -> Unicode.Scalar? {
    index + distance < scalars.count ? scalars[index + distance] : nil
  }

  /// Steps over one scalar and returns it.
  @discardableResult
  mutating func advance() -> Unicode.Scalar? {
    guard let scalar = peek() else { return nil }
    index += 1
    if scalar == "\n" || (scalar == "\r" && peek() != "\n") {
      place.line += 1
      place.column = 1
    } else {
      place.column += 1
    }
    return scalar
  }

  mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
    guard peek() == scalar else { return false }
    advance()
    return true
  }

  func error(expected: String) -> JSON5Error {
    JSON5Error(at: place, expected: expected, found: JSON5Scanner.name(of: peek()))
  }

  /// Steps over blanks, line ends and comments.
  mutating func skipBlanks() throws(JSON5Error) {
    while let scalar = peek() {
      if scalar == "/" {
        try skipComment()
      } else if JSON5Scanner.isBlank(scalar) {
        advance()
      } else {
        return
      }
    }
  }

  private mutating func skipComment() throws(JSON5Error) {
    let start = place
    switch peek(1) {
    case "/":
      while let scalar = peek(), !JSON5Scanner.isLineTerminator(scalar) { advance() }
    case "*":
      advance()
      advance()
      while true {
        guard let scalar = advance() else {
          throw JSON5Error(
            at: place, expected: "'*/' for the comment that begins in line \(start.line)", found: "the end of the text")
        }
        if scalar == "*" && skip("/") { return }
      }
    default:
      throw error(expected: "a comment ('//' or '/*') or no '/'")
    }
  }

  static func isLineTerminator(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\n" || scalar == "\r" || scalar == "\u{2028}" || scalar == "\u{2029}"
  }

  static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\t", "\n", "\u{B}", "\u{C}", "\r", " ", "\u{A0}", "\u{2028}", "\u{2029}", "\u{FEFF}": true
    default: scalar.value > 127 && scalar.properties.generalCategory == .spaceSeparator
    }
  }

  /// ECMAScript 5.1 §7.6 IdentifierStart, without the escape.
  static func startsIdentifier(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "$", "_": return true
    default:
      guard scalar.value > 127 else { return false }
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber:
        return true
      default: return false
      }
    }
  }

  /// ECMAScript 5.1 §7.6 IdentifierPart, without the escape.
  static func continuesIdentifier(_ scalar: Unicode.Scalar) -> Bool {
    if startsIdentifier(scalar) || ("0"..."9").contains(scalar) { return true }
    guard scalar.value > 127 else { return false }
    if scalar == "\u{200C}" || scalar == "\u{200D}" { return true }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .decimalNumber, .connectorPunctuation: return true
    default: return false
    }
  }

  /// A scalar in a message: never a raw control character.
  static func name(of scalar: Unicode.Scalar?) -> String {
    guard let scalar else { return "the end of the text" }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .unassigned, .privateUse, .lineSeparator, .paragraphSeparator,
      .spaceSeparator:
      if scalar == "\n" || scalar == "\r" { return "the end of the line" }
      if scalar == " " { return "a blank" }
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    default:
      return "'\(Character(scalar))'"
    }
  }

  private static func firstInvalidByte(of bytes: [UInt8]) -> JSON5Error {
    var place = JSON5Place(line: 1, column: 1)
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      if scalar == "\n" {
        place = JSON5Place(line: place.line + 1, column: 1)
      } else {
        place.column += 1
      }
    }
    return JSON5Error(at: place, expected: "text in UTF-8", found: "a byte that is none")
  }
}
