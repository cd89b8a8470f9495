/// Reads JSON5 (json5.org, specification 1.0.0): JSON with comments, trailing commas, bare names, single quotes,
/// hexadecimal numbers, signs and line continuations.
///
/// For files that a person wrote. Bounded: a text has at most ``maximumByteCount`` bytes and
/// ``maximumDepth`` levels. Stricter than the specification in one point: a name that occurs twice in an object is
/// an error, because in a configuration it is a mistake.
public enum JSON5 {
  public static let maximumByteCount = 4 << 20
  public static let maximumDepth = 64

  public static func parse(_ bytes: [UInt8]) throws(JSON5Error) -> JSON5Value {
    guard bytes.count <= maximumByteCount else {
      throw JSON5Error(
        at: JSON5Place(line: 1, column: 1), expected: "at most \(maximumByteCount) bytes", found: "\(bytes.count)")
    }
    var parser = JSON5Parser(scanner: try JSON5Scanner(bytes))
    return try parser.document()
  }

  public static func parse(_ text: String) throws(JSON5Error) -> JSON5Value {
    try parse(Array(text.utf8))
  }
}

struct JSON5Parser {
  var scanner: JSON5Scanner

  mutating func document() throws(JSON5Error) -> JSON5Value {
    let value = try value(depth: 0)
    try scanner.skipBlanks()
    guard scanner.peek() == nil else { throw scanner.error(expected: "the end of the text") }
    return value
  }

  mutating func value(depth: Int) throws(JSON5Error) -> JSON5Value {
    try scanner.skipBlanks()
    let place = scanner.place
    guard let first = scanner.peek() else { throw scanner.error(expected: "a value") }
    switch first {
    case "{", "[":
      guard depth < JSON5.maximumDepth else {
        throw JSON5Error(
          at: place, expected: "at most \(JSON5.maximumDepth) levels of nesting", found: JSON5Scanner.name(of: first))
      }
      return JSON5Value(first == "{" ? try object(depth: depth) : try array(depth: depth), at: place)
    case "\"", "'":
      return JSON5Value(.string(try string()), at: place)
    case "0"..."9", "+", "-", ".":
      return JSON5Value(.number(try number()), at: place)
    default:
      guard JSON5Scanner.startsIdentifier(first) else { throw scanner.error(expected: "a value") }
      let word = try identifier()
      switch word {
      case "null": return JSON5Value(.null, at: place)
      case "true": return JSON5Value(.boolean(true), at: place)
      case "false": return JSON5Value(.boolean(false), at: place)
      case "Infinity", "NaN": return JSON5Value(.number(word), at: place)
      default: throw JSON5Error(at: place, expected: "a value (texts stand in quotes)", found: "'\(word)'")
      }
    }
  }

  private mutating func array(depth: Int) throws(JSON5Error) -> JSON5Value.Content {
    scanner.advance()
    var elements: [JSON5Value] = []
    while true {
      try scanner.skipBlanks()
      if scanner.skip("]") { return .array(elements) }
      guard scanner.peek() != nil, scanner.peek() != "," else { throw scanner.error(expected: "a value or ']'") }
      elements.append(try value(depth: depth + 1))
      try scanner.skipBlanks()
      if scanner.skip(",") { continue }
      guard scanner.skip("]") else { throw scanner.error(expected: "',' or ']'") }
      return .array(elements)
    }
  }

  private mutating func object(depth: Int) throws(JSON5Error) -> JSON5Value.Content {
    scanner.advance()
    var members: [JSON5Member] = []
    var places: [String: JSON5Place] = [:]
    while true {
      try scanner.skipBlanks()
      if scanner.skip("}") { return .object(members) }
      let place = scanner.place
      let name = try memberName()
      if let earlier = places.updateValue(place, forKey: name) {
        throw JSON5Error(
          at: place, expected: "each name once in an object", found: "'\(name)' again, after line \(earlier.line)")
      }
      try scanner.skipBlanks()
      guard scanner.skip(":") else { throw scanner.error(expected: "':' after the name '\(name)'") }
      members.append(JSON5Member(name: name, place: place, value: try value(depth: depth + 1)))
      try scanner.skipBlanks()
      if scanner.skip(",") { continue }
      guard scanner.skip("}") else { throw scanner.error(expected: "',' or '}'") }
      return .object(members)
    }
  }

  private mutating func memberName() throws(JSON5Error) -> String {
    guard let first = scanner.peek() else { throw scanner.error(expected: "a name or '}'") }
    if first == "\"" || first == "'" { return try string() }
    guard first == "\\" || JSON5Scanner.startsIdentifier(first) else { throw scanner.error(expected: "a name or '}'") }
    return try identifier()
  }

  private mutating func identifier() throws(JSON5Error) -> String {
    var name = ""
    while let scalar = scanner.peek() {
      if scalar == "\\" {
        let place = scanner.place
        scanner.advance()
        guard scanner.skip("u") else { throw scanner.error(expected: "'u' and four hexadecimal digits") }
        let code = try hexadecimal(digits: 4)
        guard let escaped = Unicode.Scalar(code),
          name.isEmpty ? JSON5Scanner.startsIdentifier(escaped) : JSON5Scanner.continuesIdentifier(escaped)
        else { throw JSON5Error(at: place, expected: "a letter of a name", found: "an escape of something else") }
        name.unicodeScalars.append(escaped)
      } else if name.isEmpty ? JSON5Scanner.startsIdentifier(scalar) : JSON5Scanner.continuesIdentifier(scalar) {
        name.unicodeScalars.append(scalar)
        scanner.advance()
      } else {
        break
      }
    }
    return name
  }

  private mutating func number() throws(JSON5Error) -> String {
    var text = ""
    if let sign = scanner.peek(), sign == "+" || sign == "-" {
      text.unicodeScalars.append(sign)
      scanner.advance()
    }
    if let first = scanner.peek(), JSON5Scanner.startsIdentifier(first) {
      let place = scanner.place
      let word = try identifier()
      guard word == "Infinity" || word == "NaN" else {
        throw JSON5Error(at: place, expected: "a number", found: "'\(word)'")
      }
      return text + word
    }
    if scanner.peek() == "0", scanner.peek(1) == "x" || scanner.peek(1) == "X" {
      scanner.advance()
      scanner.advance()
      text += "0x"
      guard digits(hexadecimal: true, into: &text) else { throw scanner.error(expected: "a hexadecimal digit") }
    } else {
      if scanner.peek() == "0", let next = scanner.peek(1), ("0"..."9").contains(next) {
        throw scanner.error(expected: "a number without leading zeros")
      }
      let whole = digits(into: &text)
      var fraction = false
      if scanner.skip(".") {
        text += "."
        fraction = digits(into: &text)
      }
      guard whole || fraction else { throw scanner.error(expected: "a digit") }
      if let letter = scanner.peek(), letter == "e" || letter == "E" {
        scanner.advance()
        text += "e"
        if let sign = scanner.peek(), sign == "+" || sign == "-" {
          text.unicodeScalars.append(sign)
          scanner.advance()
        }
        guard digits(into: &text) else { throw scanner.error(expected: "a digit of the exponent") }
      }
    }
    if let next = scanner.peek(), JSON5Scanner.continuesIdentifier(next) || next == "." {
      throw scanner.error(expected: "the end of the number '\(text)'")
    }
    return text
  }

  private mutating func digits(hexadecimal: Bool = false, into text: inout String) -> Bool {
    var any = false
    while let scalar = scanner.peek(),
      ("0"..."9").contains(scalar)
        || (hexadecimal && (("a"..."f").contains(scalar) || ("A"..."F").contains(scalar)))
    {
      text.unicodeScalars.append(scalar)
      scanner.advance()
      any = true
    }
    return any
  }

  private mutating func string() throws(JSON5Error) -> String {
    let start = scanner.place
    let quote = scanner.advance()
    var text = ""
    while let scalar = scanner.peek() {
      if scalar == quote {
        scanner.advance()
        return text
      }
      if scalar == "\n" || scalar == "\r" { break }
      scanner.advance()
      if scalar == "\\" {
        try escape(into: &text)
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    let mark = quote.map { String(Character($0)) } ?? ""
    throw scanner.error(expected: "\(mark) to end the text that begins in line \(start.line), column \(start.column)")
  }

  private mutating func escape(into text: inout String) throws(JSON5Error) {
    let place = scanner.place
    guard let scalar = scanner.advance() else { throw scanner.error(expected: "an escaped character") }
    switch scalar {
    case "b": text += "\u{8}"
    case "f": text += "\u{C}"
    case "n": text += "\n"
    case "r": text += "\r"
    case "t": text += "\t"
    case "v": text += "\u{B}"
    case "\n", "\u{2028}", "\u{2029}": break
    case "\r": _ = scanner.skip("\n")
    case "0":
      if let next = scanner.peek(), ("0"..."9").contains(next) {
        throw JSON5Error(at: place, expected: "an escape", found: "an octal number")
      }
      text += "\0"
    case "1"..."9":
      throw JSON5Error(at: place, expected: "an escape", found: JSON5Scanner.name(of: scalar))
    case "x": appendScalar(try hexadecimal(digits: 2), to: &text)
    case "u": try unicodeEscape(at: place, into: &text)
    default: text.unicodeScalars.append(scalar)
    }
  }

  private mutating func unicodeEscape(at place: JSON5Place, into text: inout String) throws(JSON5Error) {
    let code = try hexadecimal(digits: 4)
    switch code {
    case 0xD800...0xDBFF:
      guard scanner.skip("\\"), scanner.skip("u") else {
        throw scanner.error(expected: "the second half of a surrogate pair (\\uDC00 to \\uDFFF)")
      }
      let low = try hexadecimal(digits: 4)
      guard (0xDC00...0xDFFF).contains(low) else {
        throw JSON5Error(
          at: place, expected: "a surrogate pair", found: "a first half without its second half")
      }
      appendScalar(0x10000 + (code - 0xD800) << 10 + (low - 0xDC00), to: &text)
    case 0xDC00...0xDFFF:
      throw JSON5Error(at: place, expected: "a surrogate pair", found: "a second half without its first half")
    default: appendScalar(code, to: &text)
    }
  }

  private func appendScalar(_ code: UInt32, to text: inout String) {
    if let scalar = Unicode.Scalar(code) { text.unicodeScalars.append(scalar) }
  }

  private mutating func hexadecimal(digits count: Int) throws(JSON5Error) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<count {
      guard let scalar = scanner.peek(), scalar.isASCII, let digit = Character(scalar).hexDigitValue else {
        throw scanner.error(expected: "a hexadecimal digit")
      }
      code = code << 4 | UInt32(digit)
      scanner.advance()
    }
    return code
  }
}
