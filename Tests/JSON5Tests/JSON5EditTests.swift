import JSON5
import Testing

@Suite struct JSON5EditTests {
  private func edited(_ text: String, _ change: (inout JSON5Edit) throws -> Void) throws -> String {
    var edit = JSON5Edit(text)
    try change(&edit)
    _ = try JSON5.parse(edit.text)
    return edit.text
  }

  @Test(arguments: [
    ("{ site: { currency: 'EUR', /* mine */ } }", "{ site: { currency: \"GBP\", /* mine */ } }"),
    ("{}", "{ site: { currency: \"GBP\" } }"),
    ("{ store: '/s' }", "{ site: { currency: \"GBP\" }, store: '/s' }"),
    ("{ \"store\": \"/s\" }", "{ \"site\": { \"currency\": \"GBP\" }, \"store\": \"/s\" }"),
    (
      "// mine\n{\n  site: {\n    timeZone: 'UTC',  // ours\n  },\n}\n",
      "// mine\n{\n  site: {\n    currency: \"GBP\",\n    timeZone: 'UTC',  // ours\n  },\n}\n"
    ),
    (
      "{\n  site: {\n    // currency: \"EUR\",\n  },\n}\n",
      "{\n  site: {\n    currency: \"GBP\"\n    // currency: \"EUR\",\n  },\n}\n"
    ),
    ("{\n  site: {\n  },\n}", "{\n  site: {\n    currency: \"GBP\"\n  },\n}"),
    ("\u{FEFF}{ é: 1, site: { currency: 'a\\'b' } }", "\u{FEFF}{ é: 1, site: { currency: \"GBP\" } }"),
  ])
  func aValueIsGivenAndTheRestStays(before: String, after: String) throws {
    #expect(try edited(before) { try $0.set(["site", "currency"], to: "\"GBP\"") } == after)
    // The same again changes nothing.
    #expect(try edited(after) { try $0.set(["site", "currency"], to: "\"GBP\"") } == after)
  }

  @Test(arguments: [
    ("{ b: { user: 'u', url: 'x' } }", "{ b: { url: 'x' } }"),
    ("{ b: { url: 'x', user: 'u' } }", "{ b: { url: 'x', } }"),
    ("{ b: {\n  user: 'u',\n  url: 'x',  // here\n} }", "{ b: {\n  url: 'x',  // here\n} }"),
    ("{ b: {\n  user: 'u',  // me\n} }", "{ b: {\n  // me\n} }"),
    ("{ b: { url: 'x' } }", "{ b: { url: 'x' } }"),
    ("{ }", "{ }"),
  ])
  func aMemberGoesWithItsComma(before: String, after: String) throws {
    #expect(try edited(before) { try $0.remove(["b", "user"]) } == after)
  }

  @Test func aTextThatIsNoJSON5IsRefused() {
    var edit = JSON5Edit("{ a: ")
    #expect(throws: JSON5Error.self) { try edit.set(["a"], to: "1") }
    #expect(edit.text == "{ a: ")
  }
}
