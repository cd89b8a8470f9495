/// Why a text is not JSON5: where, what was expected there and what stands there.
public struct JSON5Error: Error, Hashable, Sendable {
  public var place: JSON5Place
  /// `a value`, `',' or '}'`, `at most 64 levels of nesting`.
  public var expected: String
  /// `the end of the text`, `'}'`, `U+0007`.
  public var found: String

  public init(at place: JSON5Place, expected: String, found: String) {
    self.place = place
    self.expected = expected
    self.found = found
  }
}

extension JSON5Error: CustomStringConvertible {
  /// `line 3, column 14: expected ',' or '}', found the end of the text`
  public var description: String {
    "line \(place.line), column \(place.column): expected \(expected), found \(found)"
  }
}
