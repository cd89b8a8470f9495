import Text

/// Escapes of InfluxDB's line protocol.
enum LineProtocol {
  /// A tag value, tag key or field key: commas, equals signs and blanks behind a backslash. Controls have no form there
  /// and become `_`; so does nothing at all, and a backslash at the end, which would escape what follows.
  static func escaped(key text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      switch scalar {
      case ",", "=", " ":
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(UInt8(ascii: scalar))
      default: bytes.append(contentsOf: SafeText.isSteering(scalar) ? Array("_".utf8) : Array(String(scalar).utf8))
      }
    }
    if bytes.isEmpty || bytes.last == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "_")) }
    return bytes
  }

  /// A string field: in quotes, quotes and backslashes behind a backslash.
  static func quoted(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = [UInt8(ascii: "\"")]
    for byte in SafeText.neutralised(text).utf8 {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
      bytes.append(byte)
    }
    return bytes + [UInt8(ascii: "\"")]
  }
}

/// Number texts as JSON defines them.
enum NumberText {
  /// True for `-0`, `1e5`, `12.50`: what every reader takes for a number. Not for `nan`, `+1`, `.5`, `01`.
  static func isJSONNumber(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } ?? false }
    func takeDigits(_ rest: inout ArraySlice<UInt8>) -> Int {
      let digits = rest.prefix { isDigit($0) }
      rest = rest.dropFirst(digits.count)
      return digits.count
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let startsWithZero = rest.first == UInt8(ascii: "0")
    let whole = takeDigits(&rest)
    guard whole > 0, !(startsWithZero && whole > 1) else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard takeDigits(&rest) > 0 else { return false }
    }
    if let exponent = rest.first, exponent | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
      guard takeDigits(&rest) > 0 else { return false }
    }
    return rest.isEmpty
  }
}
