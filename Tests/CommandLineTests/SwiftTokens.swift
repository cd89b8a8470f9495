/// The words and signs of a file of Swift, without comments, literals and what is interpolated into them.
struct SwiftTokens {
  struct Token {
    /// Empty for a sign.
    var word = ""
    /// 0 for a word.
    var sign: UInt8 = 0
    var line: Int
    var beginsLine: Bool

    func isSign(_ character: Unicode.Scalar) -> Bool { sign == UInt8(ascii: character) }
  }

  static func read(_ text: String) -> [Token] {
    var text = text
    return text.withUTF8 { bytes in
      var cursor = Cursor(bytes: bytes)
      while cursor.place < bytes.count { cursor.step() }
      return cursor.tokens
    }
  }

  private struct Cursor {
    let bytes: UnsafeBufferPointer<UInt8>
    var place = 0
    var line = 1
    var beginsLine = true
    var tokens: [Token] = []

    func at(_ distance: Int) -> UInt8 { place + distance < bytes.count ? bytes[place + distance] : 0 }

    mutating func step() {
      switch bytes[place] {
      case UInt8(ascii: "\n"):
        (line, beginsLine) = (line + 1, true)
        place += 1
      case UInt8(ascii: " "), UInt8(ascii: "\t"): place += 1
      case UInt8(ascii: "/") where at(1) == UInt8(ascii: "/"):
        while place < bytes.count, bytes[place] != UInt8(ascii: "\n") { place += 1 }
      case UInt8(ascii: "/") where at(1) == UInt8(ascii: "*"): skip(to: [UInt8(ascii: "*"), UInt8(ascii: "/")])
      case UInt8(ascii: "\""): skipString(pounds: 0)
      case UInt8(ascii: "#") where at(1) == UInt8(ascii: "/"):
        place += 2
        skip(to: [UInt8(ascii: "/"), UInt8(ascii: "#")])
      case UInt8(ascii: "#") where at(1) == UInt8(ascii: "\""):
        place += 1
        skipString(pounds: 1)
      case let byte where Cursor.isWord(byte):
        let start = place
        while place < bytes.count, Cursor.isWord(bytes[place]) { place += 1 }
        add(Token(word: String(decoding: bytes[start..<place], as: UTF8.self), line: line, beginsLine: beginsLine))
      case let byte:
        place += 1
        add(Token(sign: byte, line: line, beginsLine: beginsLine))
      }
    }

    private mutating func add(_ token: Token) {
      tokens.append(token)
      beginsLine = false
    }

    private static func isWord(_ byte: UInt8) -> Bool {
      byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z") || byte == UInt8(ascii: "_")
        || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") || byte >= 0x80
    }

    private mutating func skip(to end: [UInt8]) {
      while place < bytes.count, at(0) != end[0] || at(1) != end[1] {
        if bytes[place] == UInt8(ascii: "\n") { line += 1 }
        place += 1
      }
      place += 2
    }

    /// From a quotation mark to what ends the literal.
    private mutating func skipString(pounds: Int) {
      let quote = UInt8(ascii: "\"")
      let isLong = at(1) == quote && at(2) == quote
      place += isLong ? 3 : 1
      var depth = 0
      while place < bytes.count {
        let byte = bytes[place]
        if byte == UInt8(ascii: "\n") { line += 1 }
        let escapes = byte == UInt8(ascii: "\\") && (pounds == 0 || at(1) == UInt8(ascii: "#"))
        if escapes, at(1 + pounds) == UInt8(ascii: "(") {
          place += 2 + pounds
          skipInterpolation()
        } else if escapes {
          place += 2 + pounds
        } else if byte == quote, !isLong || at(1) == quote && at(2) == quote,
          pounds == 0 || at(isLong ? 3 : 1) == UInt8(ascii: "#")
        {
          place += (isLong ? 3 : 1) + pounds
          break
        } else {
          place += 1
        }
        depth += 1
      }
      tokens.append(Token(sign: quote, line: line, beginsLine: beginsLine))
      beginsLine = false
    }

    private mutating func skipInterpolation() {
      let count = tokens.count
      var depth = 1
      while place < bytes.count, depth > 0 {
        if bytes[place] == UInt8(ascii: "(") { depth += 1 }
        if bytes[place] == UInt8(ascii: ")") { depth -= 1 }
        step()
      }
      tokens.removeSubrange(count...)
    }
  }
}
