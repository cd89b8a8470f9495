import JSON5
import Readings
import TestSupport
import Testing

/// The value as strict JSON text, so that a table can say what is expected in one line.
private func compact(_ value: JSON5Value) -> String {
  switch value.content {
  case .null: return "null"
  case .boolean(let truth): return truth ? "true" : "false"
  case .number(let text): return text
  case .string(let text): return "\"\(text)\""
  case .array(let elements): return "[" + elements.map(compact).joined(separator: ",") + "]"
  case .object(let members):
    return "{" + members.map { "\($0.name):\(compact($0.value))" }.joined(separator: ",") + "}"
  }
}

@Suite struct JSON5Tests {
  @Test(arguments: [
    ("null", "null"), (" true ", "true"), ("false//", "false"), ("\u{FEFF}1", "1"), ("/**/1/* * / **/", "1"),
    ("[]", "[]"), ("[1,]", "[1]"), ("[1,2 , 3]", "[1,2,3]"), ("[[[]]]", "[[[]]]"),
    ("{}", "{}"), ("{a:1,}", "{a:1}"), ("{'a b':1}", "{a b:1}"), ("{\"a\":1}", "{a:1}"), ("{$_9:1}", "{$_9:1}"),
    ("{ümlaut:1}", "{ümlaut:1}"), ("{\\u0061b:1}", "{ab:1}"), ("{null:null,true:1}", "{null:null,true:1}"),
    ("{a:1,b:{c:[true,'x']}}", "{a:1,b:{c:[true,\"x\"]}}"), ("{__proto__:1}", "{__proto__:1}"),
    ("0", "0"), ("-0", "-0"), ("+1", "+1"), (".5", ".5"), ("5.", "5."), ("0.0905", "0.0905"), ("1e3", "1e3"),
    ("1E-3", "1e-3"), ("0x1F", "0x1F"), ("-0Xab", "-0xab"), ("Infinity", "Infinity"), ("-NaN", "-NaN"),
    ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
    ("'it''s'", "error"), ("'a\"b'", "\"a\"b\""), ("\"a'b\"", "\"a'b\""), ("'\\x41\\u0042\\\n c'", "\"AB c\""),
    ("'\\\r\nx'", "\"x\""), ("'\\q\\/'", "\"q/\""), ("'\\ud83d\\ude00'", "\"😀\""), ("'\u{2028}'", "\"\u{2028}\""),
    ("'\\0'", "\"\0\""), ("'\\b\\f\\n\\r\\t\\v'", "\"\u{8}\u{C}\n\r\t\u{B}\""), ("\u{A0}\u{3000}1", "1"),
  ])
  func textsOfTheSpecificationGiveTheirValues(text: String, expected: String) {
    let result = (try? JSON5.parse(text)).map(compact) ?? "error"
    #expect(result == expected)
  }

  @Test(arguments: [
    ("", 1, 1, "a value", "the end of the text"),
    ("\n  ", 2, 3, "a value", "the end of the text"),
    ("{\n  a: 1\n  b: 2\n}", 3, 3, "',' or '}'", "'b'"),
    ("{\r\n a 1}", 2, 4, "':' after the name 'a'", "'1'"),
    ("{a:1,a:2}", 1, 6, "each name once in an object", "'a' again, after line 1"),
    ("[1,,2]", 1, 4, "a value or ']'", "','"),
    ("[,]", 1, 2, "a value or ']'", "','"),
    ("{,}", 1, 2, "a name or '}'", "','"),
    ("[1 2]", 1, 4, "',' or ']'", "'2'"),
    ("[1", 1, 3, "',' or ']'", "the end of the text"),
    ("{store: yes}", 1, 9, "a value (texts stand in quotes)", "'yes'"),
    ("1 2", 1, 3, "the end of the text", "'2'"),
    ("01", 1, 1, "a number without leading zeros", "'0'"),
    ("0x", 1, 3, "a hexadecimal digit", "the end of the text"),
    ("1e", 1, 3, "a digit of the exponent", "the end of the text"),
    ("1.2.3", 1, 4, "the end of the number '1.2'", "'.'"),
    ("12px", 1, 3, "the end of the number '12'", "'p'"),
    (".", 1, 2, "a digit", "the end of the text"),
    ("-x", 1, 2, "a number", "'x'"),
    ("'a\nb'", 1, 3, "' to end the text that begins in line 1, column 1", "the end of the line"),
    ("\"abc", 1, 5, "\" to end the text that begins in line 1, column 1", "the end of the text"),
    ("'\\1'", 1, 3, "an escape", "'1'"),
    ("'\\01'", 1, 3, "an escape", "an octal number"),
    ("'\\ud800'", 1, 8, "the second half of a surrogate pair (\\uDC00 to \\uDFFF)", "'''"),
    ("'\\udc00'", 1, 3, "a surrogate pair", "a second half without its first half"),
    ("/* x", 1, 5, "'*/' for the comment that begins in line 1", "the end of the text"),
    ("/1", 1, 1, "a comment ('//' or '/*') or no '/'", "'/'"),
    ("{a:\u{7}}", 1, 4, "a value", "U+0007"),
  ])
  func errorsNamePlaceExpectationAndFinding(text: String, line: Int, column: Int, expected: String, found: String) {
    let wanted = JSON5Error(at: JSON5Place(line: line, column: column), expected: expected, found: found)
    #expect(throws: wanted) { try JSON5.parse(text) }
  }

  @Test func everyNodeKnowsWhereItBegins() throws {
    let value = try JSON5.parse("// c\n{ a: [1,\r\n  'x'],\n b : null }")
    guard case .object(let members) = value.content, case .array(let elements) = members[0].value.content else {
      Issue.record("no object with a list")
      return
    }
    #expect(value.place == JSON5Place(line: 2, column: 1))
    #expect(members[0].place == JSON5Place(line: 2, column: 3))
    #expect(members[0].value.place == JSON5Place(line: 2, column: 6))
    #expect(elements[1].place == JSON5Place(line: 3, column: 3))
    #expect(members[1].value.place == JSON5Place(line: 4, column: 6))
  }

  @Test func nestingIsBoundedAndDeepTextsDoNotTrap() throws {
    let depth = JSON5.maximumDepth
    _ = try JSON5.parse(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
    for opener in ["[", "{a:"] {
      let text = String(repeating: opener, count: 100_000)
      let error = #expect(throws: JSON5Error.self) { try JSON5.parse(text) }
      #expect(error?.expected == "at most \(depth) levels of nesting")
    }
  }

  @Test func bytesThatAreNoUTF8AreRefusedWithTheirPlace() {
    let bytes = Array("{\n a: '".utf8) + [0xC3, 0x28]
    let error = #expect(throws: JSON5Error.self) { try JSON5.parse(bytes) }
    #expect(error?.place == JSON5Place(line: 2, column: 6))
    #expect(error?.expected == "text in UTF-8")
  }

  static let sample = """
    // site
    { store: "/var/lib/wattlog", 'b': [1.50, .5, 0x1f, -Infinity,], /* x */ c: {d: null, "e\\u00e9\\ud83d\\ude00": true},
      text: 'line \\
    two', }
    """

  @Test func everyTruncationIsAnErrorAndNeverATrap() {
    let bytes = Array(JSON5Tests.sample.utf8)
    for count in 0..<bytes.count - 1 {
      #expect(throws: JSON5Error.self) { try JSON5.parse(Array(bytes[..<count])) }
    }
  }

  @Test func noMutationTraps() {
    let original = Array(JSON5Tests.sample.utf8)
    var generator = SeededGenerator(seed: 20_261_122)
    var accepted = 0
    for _ in 0..<20_000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0...2, using: &generator) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: index)
        default: bytes.insert(original[Int.random(in: 0..<original.count, using: &generator)], at: index)
        }
      }
      if (try? JSON5.parse(bytes)) != nil { accepted += 1 }
    }
    #expect(accepted > 0 && accepted < 20_000)
  }

  @Test(
    arguments: [
      ("0.0905", 905, 4), ("5", 5, 0), ("-2.50", -25, 1), (".5", 5, 1), ("5.", 5, 0), ("1e3", 1000, 0),
      ("1.5e-3", 15, 4),
      ("0x1F", 31, 0), ("-0x10", -16, 0), ("+7", 7, 0), ("0.000", 0, 0), ("9223372036854775807", Int64.max, 0),
      ("-9223372036854775808", Int64.min, 0), ("100e-2", 1, 0), ("0e1000", 0, 0),
    ] as [(String, Int64, Int)])
  func numbersAreExact(text: String, mantissa: Int64, places: Int) {
    #expect(JSON5Number(text) == JSON5Number(mantissa: mantissa, places: places))
  }

  @Test(arguments: ["Infinity", "NaN", "9223372036854775808", "1e-19", "1e99", "1e999999999999", "-0x8000000000000001"])
  func numbersThatDoNotFitAreNone(text: String) {
    #expect(JSON5Number(text) == nil)
  }
}
