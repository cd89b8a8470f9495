import Readings

/// A text with its numbers taken out: UTF-8, and where a number stood ``mark`` and the form in which it was written.
///
/// What a plug says again and again differs in its numbers only, and these follow from others (SF-41).
struct EventTemplate: Hashable {
  /// No byte of UTF-8.
  static let mark: UInt8 = 0xFF
  /// Forms 0 to 18 are decimals, without zeros in front; above this one stand numbers of so many digits, with zeros in
  /// front.
  private static let padded: UInt8 = 32
  private static let mostDigits = 18

  let bytes: [UInt8]
  let numberCount: Int

  /// Takes the numbers out of a text: ``fill(_:)`` makes it again, to the byte.
  init(of text: String, numbers: inout [Int64]) {
    let text = Array(text.utf8)
    var found: [UInt8] = []
    numbers.removeAll(keepingCapacity: true)
    var index = 0
    while index < text.count {
      let token = NumberToken(text, at: index)
      if let form = token.form, let value = token.value {
        found += [EventTemplate.mark, form]
        numbers.append(value)
      } else {
        found += text[index..<token.end]
      }
      index = token.end
    }
    bytes = found
    numberCount = numbers.count
  }

  /// - Returns: nil where a mark has no form.
  init?(_ bytes: [UInt8]) {
    var count = 0
    var index = 0
    while index < bytes.count {
      if bytes[index] == EventTemplate.mark {
        index += 1
        guard index < bytes.count, EventTemplate.isForm(bytes[index]) else { return nil }
        count += 1
      }
      index += 1
    }
    self.bytes = bytes
    numberCount = count
  }

  private static func isForm(_ form: UInt8) -> Bool {
    form <= mostDigits || (Int(padded) + 1...Int(padded) + mostDigits).contains(Int(form))
  }

  /// The text with these numbers, one for each mark.
  func fill(_ numbers: [Int64]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count + 4 * numberCount)
    var number = 0
    var index = 0
    while index < bytes.count {
      if bytes[index] == EventTemplate.mark {
        EventTemplate.write(numbers[number], form: bytes[index + 1], to: &text)
        number += 1
        index += 2
      } else {
        text.append(bytes[index])
        index += 1
      }
    }
    return text
  }

  private static func write(_ value: Int64, form: UInt8, to text: inout [UInt8]) {
    if value < 0 { text.append(UInt8(ascii: "-")) }
    var digits = Array(String(value.magnitude).utf8)
    let decimals = form <= mostDigits ? Int(form) : 0
    let least = form <= mostDigits ? decimals + 1 : Int(form - padded)
    if digits.count < least { digits = Array(repeating: UInt8(ascii: "0"), count: least - digits.count) + digits }
    text += digits.dropLast(decimals)
    guard decimals > 0 else { return }
    text.append(UInt8(ascii: "."))
    text += digits.suffix(decimals)
  }

  /// What begins at one place of a text: a number that its form and value say wholly, or bytes that stay as they are.
  private struct NumberToken {
    var end: Int
    var form: UInt8?
    var value: Int64?

    init(_ text: [UInt8], at start: Int) {
      end = start + 1
      var index = start
      let isNegative = text[index] == UInt8(ascii: "-")
      if isNegative { index += 1 }
      let whole = index
      while index < text.count, NumberToken.isDigit(text[index]) { index += 1 }
      guard index > whole else { return }
      let wholeEnd = index
      var decimals = 0
      if index + 1 < text.count, text[index] == UInt8(ascii: "."), NumberToken.isDigit(text[index + 1]) {
        index += 1
        while index < text.count, NumberToken.isDigit(text[index]) { index += 1 }
        decimals = index - wholeEnd - 1
      }
      guard NumberToken.mayBegin(text, at: start) else {
        // A minus that is none: the digits behind it may be a number.
        if !isNegative { end = index }
        return
      }
      end = index
      guard NumberToken.mayEnd(text, at: index), wholeEnd - whole + decimals <= EventTemplate.mostDigits else { return }
      let digits = text[whole..<index].filter(NumberToken.isDigit)
      let number = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
      let isPlain = !isNegative && decimals == 0
      let hasZeros = wholeEnd - whole > 1 && text[whole] == UInt8(ascii: "0")
      if isPlain, hasZeros || NumberToken.isOfClock(text, whole..<wholeEnd) {
        form = EventTemplate.padded + UInt8(wholeEnd - whole)
      } else if !hasZeros, !isNegative || number != 0 {
        form = UInt8(decimals)
      }
      value = isNegative ? -number : number
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isWord(_ byte: UInt8) -> Bool {
      let lower = byte | 0x20
      return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower) || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    /// No digits of a word, but for those behind the T of a time.
    private static func mayBegin(_ text: [UInt8], at start: Int) -> Bool {
      guard start > 0 else { return true }
      let before = text[start - 1]
      if before == UInt8(ascii: "T"), start > 1, isDigit(text[start - 2]) { return true }
      return !isWord(before) && !isDigit(before)
    }

    private static func mayEnd(_ text: [UInt8], at end: Int) -> Bool {
      guard end < text.count, isWord(text[end]) else { return true }
      return text[end] == UInt8(ascii: "T") && end + 1 < text.count && isDigit(text[end + 1])
    }

    /// Two digits behind `-`, `:` or `T` and a digit: parts of a date or a time, whose zeros in front come and go.
    private static func isOfClock(_ text: [UInt8], _ digits: Range<Int>) -> Bool {
      guard digits.count == 2, digits.lowerBound > 1, isDigit(text[digits.lowerBound - 2]) else { return false }
      return "-:T".utf8.contains(text[digits.lowerBound - 1])
    }
  }
}
