import Readings

/// Writes compact JSON: keys in the order given, numbers digit by digit, text escaped so that it is safe to show.
public struct JSONWriter {
  public private(set) var bytes: [UInt8] = []
  private var needsComma = false

  public init() {}

  /// What was written, and a line break.
  public var line: [UInt8] {
    consuming get {
      bytes.append(UInt8(ascii: "\n"))
      return bytes
    }
  }

  public var text: String { String(decoding: bytes, as: UTF8.self) }

  public mutating func object(_ body: (inout JSONWriter) -> Void) { bracket("{", "}", body) }
  public mutating func array(_ body: (inout JSONWriter) -> Void) { bracket("[", "]", body) }

  public mutating func array<Element>(_ elements: some Sequence<Element>, _ body: (inout JSONWriter, Element) -> Void) {
    array { writer in for element in elements { body(&writer, element) } }
  }

  public mutating func reserve(byteCount: Int) { bytes.reserveCapacity(byteCount) }

  public mutating func key(_ name: String) {
    separate()
    JSONWriter.append(quoted: name, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A key that is known to be plain: no quote, no backslash, no control character.
  public mutating func key(_ name: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    append(name)
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  public mutating func value(_ figure: Figure?) {
    guard let figure else { return literal("null") }
    separate()
    Decimal.append(figure.mantissa, places: figure.places, to: &bytes)
  }
  public mutating func value(_ number: Int) {
    separate()
    Decimal.append(Int64(number), places: 0, to: &bytes)
  }
  public mutating func value(_ flag: Bool) { literal(flag ? "true" : "false") }
  public mutating func value(_ text: String?) {
    guard let text else { return literal("null") }
    separate()
    JSONWriter.append(quoted: text, to: &bytes)
  }
  /// A string whose bytes need no escape, written by its owner: a time, a date.
  public mutating func plainText(_ write: (inout [UInt8]) -> Void) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    write(&bytes)
    bytes.append(UInt8(ascii: "\""))
  }
  public mutating func null() { literal("null") }

  /// A line break between elements, for people who look at the file.
  public mutating func newLine() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = false
    bytes.append(UInt8(ascii: "\n"))
  }

  private mutating func literal(_ text: StaticString) {
    separate()
    append(text)
  }

  private mutating func append(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func bracket(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) -> Void) {
    separate()
    bytes.append(UInt8(ascii: open))
    needsComma = false
    body(&self)
    bytes.append(UInt8(ascii: close))
    needsComma = true
  }

  /// Appends a JSON string. Control and format characters (bidirectional overrides, U+2028 and the like) are escaped:
  /// a parser gives them back, a terminal that shows the file is not steered by them.
  public static func append(quoted text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    let start = bytes.count
    bytes.append(contentsOf: text.utf8)
    let isPlain = bytes[start...].allSatisfy { byte in
      byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
    if isPlain { return bytes.append(UInt8(ascii: "\"")) }
    bytes.removeSubrange(start...)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": bytes.append(contentsOf: "\\\"".utf8)
      case "\\": bytes.append(contentsOf: "\\\\".utf8)
      case "\n": bytes.append(contentsOf: "\\n".utf8)
      case "\r": bytes.append(contentsOf: "\\r".utf8)
      case "\t": bytes.append(contentsOf: "\\t".utf8)
      case " "..."~": bytes.append(UInt8(ascii: scalar))
      default:
        if SafeText.isSteering(scalar) {
          for unit in String(scalar).utf16 { appendEscape(unit, to: &bytes) }
        } else {
          bytes.append(contentsOf: String(scalar).utf8)
        }
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func appendEscape(_ unit: UInt16, to bytes: inout [UInt8]) {
    let digits = StaticHex.lowercase
    bytes.append(contentsOf: "\\u".utf8)
    for shift in [12, 8, 4, 0] { bytes.append(digits[Int(unit >> UInt16(shift)) & 15]) }
  }
}

private enum StaticHex {
  static let lowercase = Array("0123456789abcdef".utf8)
}
