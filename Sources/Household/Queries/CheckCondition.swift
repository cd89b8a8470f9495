import Text

/// A condition of `wattlog check`: `silent>2h`, `fridge.power<20W for 3h`, `fridge silent>30m`, `today>5kWh`.
///
///     condition = [ DEVICE ( "." | blank ) ] subject comparison value [ "for" span ]
///     subject   = "silent" | "power" | "today" | "yesterday" | "week" | "month" | "year"
///
/// DEVICE is a pattern of names, topics, MACs or groups; it may hold blanks and points. `for` goes with power only.
public struct CheckCondition: Hashable, Sendable {
  /// nil means every plug: each of them for silence and power, their sum for energy.
  public var device: String?
  public var subject: Subject
  public var comparison: Comparison
  /// Milliseconds of silence, milliwatts of power, or milliwatt-hours of energy.
  public var threshold: Int64
  /// How long power must have been so, in milliseconds.
  public var duration: Int64?
  /// The value as it was written, for messages: `20W`.
  public var valueText: String

  public enum Subject: String, Hashable, Sendable, CaseIterable {
    case silent, power, today, yesterday, week, month, year

    public var isEnergy: Bool { self != .silent && self != .power }

    fileprivate var units: [(name: String, milli: Int64)] {
      isEnergy
        ? [("Wh", 1000), ("kWh", 1_000_000), ("MWh", 1_000_000_000)]
        : [("mW", 1), ("W", 1000), ("kW", 1_000_000)]
    }
  }

  public enum Comparison: String, Hashable, Sendable {
    case below = "<"
    case atMost = "<="
    case above = ">"
    case atLeast = ">="

    public func holds(_ value: Int64, _ threshold: Int64) -> Bool {
      switch self {
      case .below: value < threshold
      case .atMost: value <= threshold
      case .above: value > threshold
      case .atLeast: value >= threshold
      }
    }
  }

  /// What is wrong with a text, and at which of its characters, counted from 1.
  public struct SyntaxError: Error, Equatable, Sendable {
    public var place: Int
    public var cause: String
  }

  public init(_ text: String) throws(SyntaxError) {
    let characters = Array(text)
    // A device's name may hold anything, a value none of these: the last one is the comparison.
    guard let last = characters.lastIndex(where: { "<>=".contains($0) }) else {
      throw SyntaxError(
        place: characters.count + 1, cause: "a comparison is missing: < or > and a value, such as silent>2h")
    }
    var start = last
    while start > 0, "<>=".contains(characters[start - 1]) { start -= 1 }
    let sign = String(characters[start...last])
    guard let comparison = Comparison(rawValue: sign) else {
      throw SyntaxError(place: start + 1, cause: "'\(sign)' is no comparison; it takes <, <=, > or >=")
    }
    self.comparison = comparison
    (device, subject) = try CheckCondition.subject(characters[..<start])
    (threshold, duration, valueText) = try CheckCondition.value(characters[(last + 1)...], of: subject)
  }

  private static func subject(_ characters: ArraySlice<Character>) throws(SyntaxError) -> (String?, Subject) {
    let words = Subject.allCases.map(\.rawValue).joined(separator: ", ")
    guard let end = characters.lastIndex(where: { !$0.isWhitespace }) else {
      throw SyntaxError(place: 1, cause: "what is to be compared is missing: \(words)")
    }
    let start =
      characters[...end].lastIndex { $0 == "." || $0.isWhitespace }.map { $0 + 1 } ?? characters.startIndex
    let word = String(characters[start..<(end + 1)])
    guard let subject = Subject(rawValue: word) else {
      let nearest = NearestWord.nearest(to: word, in: Subject.allCases.map(\.rawValue))
      throw SyntaxError(
        place: start + 1,
        cause: word.isEmpty
          ? "what is to be compared is missing behind the point: \(words)"
          : "'\(word)' is nothing that can be compared; "
            + (nearest.map { "did you mean '\($0)'?" } ?? "write \(words)"))
    }
    guard start > characters.startIndex else { return (nil, subject) }
    var name = characters[..<(start - 1)]
    while name.last?.isWhitespace ?? false { name.removeLast() }
    while name.first?.isWhitespace ?? false { name.removeFirst() }
    if name.isEmpty, characters[start - 1] != "." { return (nil, subject) }
    guard !name.isEmpty else {
      throw SyntaxError(place: start, cause: "the device's name before '.\(word)' is missing")
    }
    return (String(name), subject)
  }

  private static func value(
    _ characters: ArraySlice<Character>, of subject: Subject
  ) throws(SyntaxError) -> (threshold: Int64, duration: Int64?, text: String) {
    let words = characters.split { $0.isWhitespace }
    let forPlace = words.firstIndex { String($0) == "for" }
    // `20 W` is as good as `20W`.
    let valueWords = words[..<(forPlace ?? words.count)]
    guard let first = valueWords.first else {
      throw SyntaxError(
        place: (forPlace.map { words[$0].startIndex } ?? characters.endIndex) + 1,
        cause: "the value is missing: \(example(of: subject))")
    }
    let text = valueWords.map { String($0) }.joined()
    let threshold: Int64
    if subject == .silent {
      guard let span = SpanText.milliseconds(text) else {
        throw SyntaxError(place: first.startIndex + 1, cause: "'\(text)' is no length of time, such as 30m or 2h")
      }
      threshold = span
    } else {
      threshold = try quantity(text, of: subject, place: first.startIndex + 1)
    }
    guard let forPlace else { return (threshold, nil, text) }
    guard subject == .power else {
      throw SyntaxError(place: words[forPlace].startIndex + 1, cause: "'for' goes with power only")
    }
    let spanText = words[(forPlace + 1)...].map { String($0) }.joined()
    let place = (forPlace + 1 < words.count ? words[forPlace + 1].startIndex : characters.endIndex) + 1
    guard let span = SpanText.milliseconds(spanText), span >= 60_000, span <= 366 * 86_400_000 else {
      throw SyntaxError(
        place: place,
        cause: spanText.isEmpty
          ? "behind 'for' a length of time is missing, such as 3h"
          : "'\(spanText)' is no length of time from 1m to 366d, such as 3h")
    }
    return (threshold, span, text)
  }

  private static func example(of subject: Subject) -> String {
    switch subject {
    case .silent: "a length of time such as 2h"
    case .power: "a power such as 20W or 1.5kW"
    default: "an energy such as 500Wh or 5kWh"
    }
  }

  /// A decimal number with a unit, in thousandths of a watt or watt-hour.
  private static func quantity(_ text: String, of subject: Subject, place: Int) throws(SyntaxError) -> Int64 {
    func refuse(_ cause: String) -> SyntaxError { SyntaxError(place: place, cause: cause) }
    let number = text.prefix { $0.isASCII && ($0.isNumber || "+-.,".contains($0)) }
    let unitText = text.dropFirst(number.count)
    guard !number.isEmpty else { throw refuse("'\(text)' is no number; write \(example(of: subject))") }
    guard !number.contains(",") else { throw refuse("'\(number)' holds a comma; decimals are written with a point") }
    let names = subject.units.map(\.name).joined(separator: ", ")
    guard !unitText.isEmpty else { throw refuse("'\(number)' has no unit; it takes \(names)") }
    guard let unit = subject.units.first(where: { $0.name == unitText })?.milli else {
      throw refuse("'\(unitText)' is no unit of \(subject.isEnergy ? "energy" : "power"); it takes \(names)")
    }
    let isNegative = number.first == "-"
    let digits = number.drop { $0 == "-" || $0 == "+" }
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? parts[1] : ""
    guard number.count - digits.count <= 1, (1...2).contains(parts.count), !parts[0].isEmpty,
      parts.count == 1 || !fraction.isEmpty, parts[0].count <= 9, fraction.count <= 9,
      let whole = Int64(parts[0]), let rest = fraction.isEmpty ? 0 : Int64(fraction)
    else { throw refuse("'\(number)' is no number of at most 9 digits before and after the point") }
    var scale: Int64 = 1
    for _ in 0..<fraction.count { scale *= 10 }
    let (product, remainder) = (rest * unit).quotientAndRemainder(dividingBy: scale)
    guard remainder == 0 else {
      throw refuse("'\(text)' is finer than a thousandth of a \(subject.isEnergy ? "Wh" : "W")")
    }
    let value = whole * unit + product
    return isNegative ? -value : value
  }
}
