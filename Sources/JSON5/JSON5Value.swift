/// A place in a text: both counted from 1, columns in Unicode scalars, a CR LF pair as one line end.
public struct JSON5Place: Hashable, Sendable {
  public var line: Int
  public var column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  public static let start = JSON5Place(line: 1, column: 1)
}

/// One value of a JSON5 document and where it begins.
public struct JSON5Value: Hashable, Sendable {
  public var content: Content
  public var place: JSON5Place

  public enum Content: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// Exactly as written: `0.0905`, `.5`, `1e3`, `0x1F`, `+2`, `Infinity`. Nothing is rounded on the way.
    case number(String)
    case string(String)
    case array([JSON5Value])
    /// In the order of the text; no name occurs twice.
    case object([JSON5Member])
  }

  public init(_ content: Content, at place: JSON5Place) {
    self.content = content
    self.place = place
  }

  /// What it is, for messages: `a number`, `an object`.
  public var kindName: String {
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
public struct JSON5Member: Hashable, Sendable {
  public var name: String
  public var place: JSON5Place
  public var value: JSON5Value

  public init(name: String, place: JSON5Place, value: JSON5Value) {
    self.name = name
    self.place = place
    self.value = value
  }
}
