import Text

/// Takes typed values out of one JSON5 object and gathers what is wrong with it.
///
/// Every key that is asked for is a known one; ``finish()`` reports the others. Reading goes on after a mistake, so
/// that a person sees all of them at once; the value of a wrong key is nil.
public struct ObjectReader {
  public let value: JSON5Value
  public let path: String
  private let members: [JSON5Member]
  private var known: [String] = []
  public private(set) var problems: [ConfigurationError.Problem] = []

  public init(_ value: JSON5Value, path: String) {
    self.value = value
    self.path = path
    if case .object(let members) = value.content {
      self.members = members
    } else {
      members = []
      problem(at: value, path, "must be an object { … }, not \(value.kindName)")
    }
  }

  public func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  public mutating func problem(at value: JSON5Value, _ path: String, _ message: String) {
    problems.append(ConfigurationError.Problem(at: value.place, path: path, message))
  }

  /// Says what is wrong with the value of a key.
  public mutating func refuse(_ value: JSON5Value, _ key: String, _ message: String) {
    problem(at: value, path(of: key), message)
  }

  public mutating func adopt(_ others: [ConfigurationError.Problem]) { problems += others }

  /// The value of a key as it stands; nil when absent.
  public mutating func any(_ key: String) -> JSON5Value? {
    known.append(key)
    return members.first { $0.name == key }?.value
  }

  public mutating func text(_ key: String) -> String? {
    guard let value = any(key) else { return nil }
    guard case .string(let text) = value.content else {
      refuse(value, key, "must be a text in quotes, not \(value.kindName)")
      return nil
    }
    guard !text.isEmpty else {
      refuse(value, key, "must not be empty")
      return nil
    }
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      refuse(value, key, "must not hold control characters")
      return nil
    }
    return text
  }

  public mutating func boolean(_ key: String) -> Bool? {
    guard let value = any(key) else { return nil }
    guard case .boolean(let truth) = value.content else {
      refuse(value, key, "must be true or false, not \(value.kindName)")
      return nil
    }
    return truth
  }

  public mutating func whole(_ key: String, in range: ClosedRange<Int64>) -> Int64? {
    guard let value = any(key) else { return nil }
    guard case .number(let text) = value.content else {
      refuse(value, key, "must be a number, not \(value.kindName)")
      return nil
    }
    guard let number = JSON5Number(text)?.whole, range.contains(number) else {
      refuse(value, key, "must be a whole number from \(range.lowerBound) to \(range.upperBound), not \(text)")
      return nil
    }
    return number
  }

  /// An exact decimal, at least `minimum` and at most `maximum`.
  public mutating func decimal(_ key: String, from minimum: Int64, to maximum: Int64, of unit: String) -> JSON5Number? {
    guard let value = any(key) else { return nil }
    guard case .number(let text) = value.content else {
      refuse(value, key, "must be a number (\(unit)), not \(value.kindName)")
      return nil
    }
    guard let number = JSON5Number(text), number.lies(from: minimum, to: maximum) else {
      refuse(value, key, "must be from \(minimum) to \(maximum) \(unit), not \(text)")
      return nil
    }
    return number
  }

  /// A length of time in milliseconds.
  public mutating func span(_ key: String, in range: ClosedRange<Int64>) -> Int64? {
    guard let text = text(key), let value = any(key) else { return nil }
    guard let length = SpanText.milliseconds(text), range.contains(length) else {
      let bounds =
        "\(SpanText.text(milliseconds: range.lowerBound)) to \(SpanText.text(milliseconds: range.upperBound))"
      refuse(value, key, "must be a length of time from \(bounds), such as \"10s\", not \"\(text)\"")
      return nil
    }
    return length
  }

  /// A nested object, handed to `body` with its own path.
  public mutating func object<Result>(_ key: String, _ body: (inout ObjectReader) -> Result) -> Result? {
    guard let value = any(key) else { return nil }
    return nested(value, path: path(of: key), body)
  }

  /// The elements of a list with their paths `key[0]`, `key[1]`, …
  public mutating func list(_ key: String, maximumCount: Int) -> [(value: JSON5Value, path: String)]? {
    guard let value = any(key) else { return nil }
    guard case .array(let elements) = value.content else {
      refuse(value, key, "must be a list [ … ], not \(value.kindName)")
      return nil
    }
    guard elements.count <= maximumCount else {
      refuse(value, key, "has \(elements.count) elements, at most \(maximumCount) are allowed")
      return nil
    }
    let path = path(of: key)
    return elements.enumerated().map { ($0.element, "\(path)[\($0.offset)]") }
  }

  /// The elements of a list of objects.
  public mutating func objects<Result>(
    _ key: String, maximumCount: Int, _ body: (inout ObjectReader) -> Result
  ) -> [Result]? {
    guard let elements = list(key, maximumCount: maximumCount) else { return nil }
    return elements.map { element in nested(element.value, path: element.path, body) }
  }

  private mutating func nested<Result>(
    _ value: JSON5Value, path: String, _ body: (inout ObjectReader) -> Result
  ) -> Result {
    var reader = ObjectReader(value, path: path)
    let isObject = reader.problems.isEmpty
    let result = body(&reader)
    if isObject {
      reader.finish()
      problems += reader.problems
    } else {
      // What `body` misses in something that is no object says nothing new.
      problems += reader.problems.prefix(1)
    }
    return result
  }

  /// A required key is missing.
  public mutating func require(_ key: String, _ what: String) {
    guard !members.contains(where: { $0.name == key }) else { return }
    problem(at: value, path, "'\(key)' is missing: \(what)")
  }

  /// Reports every key that nobody asked for, with the nearest known one.
  public mutating func finish() {
    for member in members where !known.contains(member.name) {
      let near = NearestWord.nearest(to: member.name, in: known)
      let advice = near.map { "did you mean '\($0)'?" } ?? "known keys: " + known.uniqued().joined(separator: ", ")
      problems.append(
        ConfigurationError.Problem(
          at: member.place, path: path(of: member.name.printable), "unknown key; \(advice)"))
    }
    problems.sort { ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column) }
  }
}

extension JSON5Number {
  public func lies(from minimum: Int64, to maximum: Int64) -> Bool {
    let scale = (0..<places).reduce(Int64(1)) { power, _ in power * 10 }
    // A bound that does not fit at this scale is farther away than any mantissa.
    let (low, lowOverflow) = minimum.multipliedReportingOverflow(by: scale)
    let (high, highOverflow) = maximum.multipliedReportingOverflow(by: scale)
    let aboveLow = lowOverflow ? minimum < 0 : mantissa >= low
    let belowHigh = highOverflow ? maximum > 0 : mantissa <= high
    return aboveLow && belowHigh
  }
}

extension [String] {
  fileprivate func uniqued() -> [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
