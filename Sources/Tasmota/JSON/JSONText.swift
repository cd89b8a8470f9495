/// The text that a JSON string's escapes stand for.
enum JSONText {
  static func hexadecimal(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 0x30...0x39: UInt32(byte) - 0x30
    case 0x41...0x46: UInt32(byte) - 0x41 + 10
    case 0x61...0x66: UInt32(byte) - 0x61 + 10
    default: nil
    }
  }

  /// Appends what `source`, the bytes between the quotes, stands for.
  ///
  /// - Returns: false for an escape that JSON does not have and for half a surrogate pair; what was appended until then
  ///   remains.
  static func appendUnescaped(_ source: UnsafeRawBufferPointer, to text: inout [UInt8]) -> Bool {
    var index = 0
    while index < source.count {
      let byte = source[index]
      index += 1
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      guard index < source.count else { return false }
      let escape = source[index]
      index += 1
      switch escape {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"):
        guard var code = codeUnit(source, &index) else { return false }
        if code & 0xFC00 == 0xD800 {
          guard index + 1 < source.count, source[index] == UInt8(ascii: "\\"), source[index + 1] == UInt8(ascii: "u")
          else { return false }
          index += 2
          guard let low = codeUnit(source, &index), low & 0xFC00 == 0xDC00 else { return false }
          code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { return false }
        text.append(contentsOf: Array(String(scalar).utf8))
      default: return false
      }
    }
    return true
  }

  private static func codeUnit(_ source: UnsafeRawBufferPointer, _ index: inout Int) -> UInt32? {
    guard index + 4 <= source.count else { return nil }
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = hexadecimal(source[index]) else { return nil }
      code = code << 4 | digit
      index += 1
    }
    return code
  }

  /// True if the bytes are UTF-8 as the Unicode standard has it (no surrogates, nothing overlong).
  static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if bytes.allSatisfy({ $0 < 0x80 }) { return true }
    return String(validating: bytes, as: UTF8.self) != nil
  }

  /// True if a byte below 0x20 or DEL is among them.
  static func hasControlCharacter(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.contains { $0 < 0x20 || $0 == 0x7F }
  }
}
