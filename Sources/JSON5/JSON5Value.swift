/// A place in a text: both counted from 1, columns in Unicode scalars, a CR LF pair as one line end.
package struct JSON5Place: Hashable, Sendable {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package static let start = JSON5Place(line: 1, column: 1)
}

/// One value of a JSON5 document and where it begins.
package struct JSON5Value: Hashable, Sendable {
  package var content: Content
  package var place: JSON5Place

  package enum Content: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// Exactly as written: `0.0905`, `.5`, `1e3`, `0x1F`, `+2`, `Infinity`. Nothing is rounded on the way.
    case number(String)
    case string(String)
    case array([JSON5Value])
    /// In the order of the text; no name occurs twice.
    case object([JSON5Member])
  }

  package init(_ content: Content, at place: JSON5Place) {
    self.content = content
    self.place = place
  }

  /// What it is, for messages: `a number`, `an object`.
  package var kindName: String {
    switch content {
    case .null: "null"
    case .boolean: "true or false"
    case .number: "a number"
    case .string: "a text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

/// A name with its value in an object, and where the name begins.
package struct JSON5Member: Hashable, Sendable {
  package var name: String
  package var place: JSON5Place
  package var value: JSON5Value

  package init(name: String, place: JSON5Place, value: JSON5Value) {
    self.name = name
    self.place = place
    self.value = value
  }
}
