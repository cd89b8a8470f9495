import Text

/// A condition of `wattlog check`: `silent>2h`, `fridge.power<20W for 3h`, `today>5kWh`, `month.cost>100`.
///
///     condition = [ DEVICE ( "." | blank ) ] subject comparison value [ "for" span ]
///     subject   = "silent" | "power" | period [ ( "." | blank ) ( "cost" | "forecast" | "trend" ) ]
///     period    = "today" | "yesterday" | "week" | "month" | "bill" | "year"
///
/// DEVICE is a pattern of names, topics, MACs or groups; it may hold blanks and points. `for` goes with power only.
public struct CheckCondition: Hashable, Sendable {
  /// nil means every plug: each of them for silence and power, their sum for a period.
  public var device: String?
  public var subject: Subject
  /// What of a period is compared.
  public var figure: PeriodFigure
  public var comparison: Comparison
  /// In thousandths of ``unit``.
  public var threshold: Int64
  public var unit: Unit
  /// How long power must have been so, in milliseconds.
  public var duration: Int64?
  /// The value as it was written, for messages: `20W`.
  public var valueText: String

  public enum Subject: String, Hashable, Sendable, CaseIterable {
    case silent, power, today, yesterday, week, month, bill, year

    public var isPeriod: Bool { self != .silent && self != .power }

    static let periods = allCases.filter(\.isPeriod)
  }

  /// What is looked at of a period.
  public enum PeriodFigure: String, Hashable, Sendable, CaseIterable {
    /// The energy that was used; written by leaving it out.
    case use
    case cost
    /// Use or cost of the whole period, if its rest goes on as the last days did.
    case forecast
    /// By how many percent the last whole days used more than as many before them.
    case trend

    static let words = allCases.filter { $0 != .use }.map(\.rawValue)

    /// The periods that have it.
    var periods: [Subject] {
      switch self {
      case .use, .cost: Subject.periods
      case .forecast: Subject.periods.filter { $0 != .yesterday }
      case .trend: [.yesterday, .week, .month, .year]
      }
    }
  }

  /// What the value is a number of.
  public enum Unit: Hashable, Sendable {
    case seconds
    case watts
    case wattHours
    /// Of a currency by its ISO 4217 code; nil for the tariff's.
    case money(String?)
    case percent
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

    /// Does it go on to hold when the value grows?
    var isLower: Bool { self == .above || self == .atLeast }
  }

  /// Only a tariff tells whether it holds.
  public var isAboutMoney: Bool { if case .money = unit { true } else { false } }

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
    (device, subject, figure) = try CheckCondition.subject(characters[..<start])
    let value = try CheckConditionValue(characters[(last + 1)...], of: subject, figure)
    (threshold, unit, duration, valueText) = (value.threshold, value.unit, value.duration, value.text)
  }

  /// The last word of a text, where it begins, and what stands before it and the point or blank that parts them.
  private static func lastWord(
    _ characters: ArraySlice<Character>
  ) -> (word: String, start: Int, before: ArraySlice<Character>)? {
    guard let end = characters.lastIndex(where: { !$0.isWhitespace }) else { return nil }
    let separator = characters[...end].lastIndex { $0 == "." || $0.isWhitespace }
    let start = separator.map { $0 + 1 } ?? characters.startIndex
    return (
      String(characters[start..<(end + 1)]), start, characters[..<(separator ?? characters.startIndex)]
    )
  }

  private static func subject(
    _ characters: ArraySlice<Character>
  ) throws(SyntaxError) -> (String?, Subject, PeriodFigure) {
    let words = Subject.allCases.map(\.rawValue)
    guard var last = lastWord(characters) else {
      throw SyntaxError(place: 1, cause: "what is to be compared is missing: \(words.joined(separator: ", "))")
    }
    var figure = PeriodFigure.use
    if PeriodFigure.words.contains(last.word), let named = PeriodFigure(rawValue: last.word) {
      let periods = named.periods.map(\.rawValue)
      guard let before = lastWord(last.before), periods.contains(before.word) else {
        throw SyntaxError(
          place: last.start + 1,
          cause: "'\(named.rawValue)' is of a time, which stands before it: "
            + periods.map { "\($0).\(named.rawValue)" }.joined(separator: ", "))
      }
      (figure, last) = (named, before)
    }
    guard let subject = Subject(rawValue: last.word) else {
      let nearest = NearestWord.nearest(to: last.word, in: words + PeriodFigure.words)
      throw SyntaxError(
        place: last.start + 1,
        cause: last.word.isEmpty
          ? "what is to be compared is missing behind the point: \(words.joined(separator: ", "))"
          : "'\(last.word)' is nothing that can be compared; "
            + (nearest.map { "did you mean '\($0)'?" } ?? "write \(words.joined(separator: ", "))"))
    }
    guard last.start > characters.startIndex else { return (nil, subject, figure) }
    var name = last.before
    while name.last?.isWhitespace ?? false { name.removeLast() }
    while name.first?.isWhitespace ?? false { name.removeFirst() }
    if name.isEmpty, characters[last.start - 1] != "." { return (nil, subject, figure) }
    guard !name.isEmpty else {
      throw SyntaxError(
        place: last.start, cause: "the device's name before '.\(subject.rawValue)' is missing")
    }
    return (String(name), subject, figure)
  }
}
