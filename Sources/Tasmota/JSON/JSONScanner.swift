/// Steps through one JSON value of an untrusted payload, token by token.
///
/// Strict as RFC 8259 is, but for one thing: a bare `nan`, which firmware before 8 sent for a sensor that had no value,
/// counts as null. It does not recurse and does not allocate; nesting, and the length of a number, are bounded.
struct JSONScanner {
  static let maximumDepth = 16

  enum Token {
    case beginObject, endObject, beginArray, endArray
    /// A member's name; its value is the next token.
    case key
    case string
    case number
    case boolean
    /// `null` or a bare `nan`.
    case null
    /// The value is complete and nothing but blanks follows it.
    case end
  }

  let bytes: UnsafeRawBufferPointer
  private(set) var offset = 0
  /// How many objects and arrays are open.
  private(set) var depth = 0
  /// The last token's text: of keys and strings what stands between the quotes.
  private(set) var start = 0
  private(set) var end = 0
  /// The last key or string holds a backslash, so its text must be unescaped.
  private(set) var hasEscapes = false
  /// The last number.
  private(set) var number = NumberText(end: 0, value: 0, places: 0)

  /// Bit n is set while the container at depth n + 1 is an object.
  private var objects: UInt32 = 0
  private var expectation = Expectation.value

  private enum Expectation {
    case value, valueOrEnd, keyOrEnd, key, commaOrEnd, nothing
  }

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// True while the innermost open container is an object.
  var isInObject: Bool { depth > 0 && objects & (1 << UInt32(depth - 1)) != 0 }

  mutating func next() throws(RefusalReason) -> Token {
    skipBlanks()
    switch expectation {
    case .value, .valueOrEnd:
      if expectation == .valueOrEnd, peek() == UInt8(ascii: "]") { return close(.endArray) }
      return try scanValue()
    case .keyOrEnd, .key:
      if expectation == .keyOrEnd, peek() == UInt8(ascii: "}") { return close(.endObject) }
      return try scanKey()
    case .commaOrEnd:
      let byte = peek()
      if byte == UInt8(ascii: ",") {
        offset += 1
        skipBlanks()
        if isInObject { return try scanKey() }
        return try scanValue()
      }
      if byte == UInt8(ascii: "}"), isInObject { return close(.endObject) }
      if byte == UInt8(ascii: "]"), !isInObject { return close(.endArray) }
      throw broken()
    case .nothing:
      if offset == bytes.count { return .end }
      throw .malformedJSON
    }
  }

  /// The byte at the offset, 0 at the end: NUL is allowed nowhere in JSON, so no test below mistakes the one for the other.
  private func peek() -> UInt8 { offset < bytes.count ? bytes[offset] : 0 }

  private func broken() -> RefusalReason { offset >= bytes.count ? .truncatedJSON : .malformedJSON }

  private mutating func skipBlanks() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x09, 0x0A, 0x0D: offset += 1
      default: return
      }
    }
  }

  private mutating func scanKey() throws(RefusalReason) -> Token {
    guard peek() == UInt8(ascii: "\"") else { throw broken() }
    try scanString()
    skipBlanks()
    guard peek() == UInt8(ascii: ":") else { throw broken() }
    offset += 1
    expectation = .value
    return .key
  }

  private mutating func scanValue() throws(RefusalReason) -> Token {
    switch peek() {
    case UInt8(ascii: "{"):
      try open(isObject: true)
      expectation = .keyOrEnd
      return .beginObject
    case UInt8(ascii: "["):
      try open(isObject: false)
      expectation = .valueOrEnd
      return .beginArray
    case UInt8(ascii: "\""):
      try scanString()
      valueIsComplete()
      return .string
    case UInt8(ascii: "-"), 0x30...0x39:
      if try scanWord("-nan", foldingCase: true) { return .null }
      number = try NumberText(scanning: bytes, from: offset)
      start = offset
      end = number.end
      offset = end
      valueIsComplete()
      return .number
    case UInt8(ascii: "t"):
      if try scanWord("true") { return .boolean }
    case UInt8(ascii: "f"):
      if try scanWord("false") { return .boolean }
    case UInt8(ascii: "n"), UInt8(ascii: "N"):
      if try scanWord("null") { return .null }
      if try scanWord("nan", foldingCase: true) { return .null }
    case UInt8(ascii: "i"), UInt8(ascii: "I"):
      // `inf` and `Infinity` are what printf makes of a division by zero.
      throw .numberNotFinite
    default: break
    }
    throw broken()
  }

  /// Steps over `word` if it stands here whole; throws if the payload ends inside it.
  private mutating func scanWord(_ word: StaticString, foldingCase: Bool = false) throws(RefusalReason) -> Bool {
    for index in 0..<word.utf8CodeUnitCount {
      guard offset + index < bytes.count else { throw .truncatedJSON }
      let byte = bytes[offset + index]
      let isLetter = byte & 0xDF >= 0x41 && byte & 0xDF <= 0x5A
      let folded = foldingCase && isLetter ? byte | 0x20 : byte
      guard folded == word.utf8Start[index] else { return false }
    }
    start = offset
    offset += word.utf8CodeUnitCount
    end = offset
    valueIsComplete()
    return true
  }

  private mutating func scanString() throws(RefusalReason) {
    offset += 1
    start = offset
    hasEscapes = false
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte == UInt8(ascii: "\"") {
        end = offset
        offset += 1
        return
      }
      guard byte >= 0x20 else { throw .malformedJSON }
      if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        offset += 1
        guard offset < bytes.count else { throw .truncatedJSON }
        switch bytes[offset] {
        case UInt8(ascii: "u"):
          for _ in 0..<4 {
            offset += 1
            guard offset < bytes.count else { throw .truncatedJSON }
            guard JSONText.hexadecimal(bytes[offset]) != nil else { throw .malformedJSON }
          }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
          UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
          break
        default: throw .malformedJSON
        }
      }
      offset += 1
    }
    throw .truncatedJSON
  }

  private mutating func open(isObject: Bool) throws(RefusalReason) {
    guard depth < JSONScanner.maximumDepth else { throw .nestingTooDeep }
    let bit: UInt32 = 1 << UInt32(depth)
    objects = isObject ? objects | bit : objects & ~bit
    depth += 1
    start = offset
    offset += 1
    end = offset
  }

  private mutating func close(_ token: Token) -> Token {
    depth -= 1
    start = offset
    offset += 1
    end = offset
    valueIsComplete()
    return token
  }

  private mutating func valueIsComplete() { expectation = depth == 0 ? .nothing : .commaOrEnd }
}
