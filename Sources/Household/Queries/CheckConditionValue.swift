import Text

/// What a condition of `wattlog check` compares with: a number and its unit, and for power how long it was so.
struct CheckConditionValue {
  /// In thousandths of ``unit``.
  let threshold: Int64
  let unit: CheckCondition.Unit
  /// In milliseconds; nil without `for`.
  let duration: Int64?
  /// As it was written, without blanks.
  let text: String

  typealias SyntaxError = CheckCondition.SyntaxError

  /// - Parameter characters: what stands behind the comparison; their indices are places in the condition.
  init(
    _ characters: ArraySlice<Character>, of subject: CheckCondition.Subject, _ figure: CheckCondition.PeriodFigure
  ) throws(SyntaxError) {
    let words = characters.split { $0.isWhitespace }
    let forPlace = words.firstIndex { String($0) == "for" }
    // `20 W` is as good as `20W`.
    let valueWords = words[..<(forPlace ?? words.count)]
    guard let first = valueWords.first else {
      throw SyntaxError(
        place: (forPlace.map { words[$0].startIndex } ?? characters.endIndex) + 1,
        cause: "the value is missing: \(CheckConditionValue.example(subject, figure))")
    }
    text = valueWords.map { String($0) }.joined()
    if subject == .silent {
      guard let span = SpanText.milliseconds(text) else {
        throw SyntaxError(place: first.startIndex + 1, cause: "'\(text)' is no length of time, such as 30m or 2h")
      }
      (threshold, unit) = (span, .seconds)
    } else {
      (threshold, unit) = try CheckConditionValue.quantity(text, subject, figure, place: first.startIndex + 1)
    }
    guard let forPlace else {
      duration = nil
      return
    }
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
    duration = span
  }

  private static func example(_ subject: CheckCondition.Subject, _ figure: CheckCondition.PeriodFigure) -> String {
    switch (subject, figure) {
    case (.silent, _): "a length of time such as 2h"
    case (.power, _): "a power such as 20W or 1.5kW"
    case (_, .use): "an energy such as 500Wh or 5kWh"
    case (_, .cost): "an amount of money such as 100 or 12.50"
    case (_, .forecast): "an energy such as 400kWh, or an amount of money such as 100"
    case (_, .trend): "a share such as 20%"
    }
  }

  /// A name of a unit, what it is a unit of, and how many thousandths of that it holds.
  private typealias Named = (name: String, unit: CheckCondition.Unit, milli: Int64)

  private static func units(_ subject: CheckCondition.Subject, _ figure: CheckCondition.PeriodFigure) -> [Named] {
    let energies: [Named] = [
      ("Wh", .wattHours, 1000), ("kWh", .wattHours, 1_000_000), ("MWh", .wattHours, 1_000_000_000),
    ]
    return switch (subject, figure) {
    case (.silent, _): []
    case (.power, _): [("mW", .watts, 1), ("W", .watts, 1000), ("kW", .watts, 1_000_000)]
    case (_, .use), (_, .forecast): energies
    case (_, .cost): []
    case (_, .trend): [("%", .percent, 1000)]
    }
  }

  private static func hasMoney(_ figure: CheckCondition.PeriodFigure) -> Bool { figure == .cost || figure == .forecast }

  private static func isCurrency(_ text: Substring) -> Bool {
    text.count == 3 && text.allSatisfy { $0.isASCII && $0.isUppercase }
  }

  /// A decimal number with a unit.
  private static func quantity(
    _ text: String, _ subject: CheckCondition.Subject, _ figure: CheckCondition.PeriodFigure, place: Int
  ) throws(SyntaxError) -> (Int64, CheckCondition.Unit) {
    func refuse(_ cause: String) -> SyntaxError { SyntaxError(place: place, cause: cause) }
    let number = text.prefix { $0.isASCII && ($0.isNumber || "+-.,".contains($0)) }
    let unitText = text.dropFirst(number.count)
    guard !number.isEmpty else { throw refuse("'\(text)' is no number; write \(example(subject, figure))") }
    guard !number.contains(",") else { throw refuse("'\(number)' holds a comma; decimals are written with a point") }
    let units = units(subject, figure)
    let names = (units.map(\.name) + (hasMoney(figure) ? ["a currency such as EUR"] : [])).joined(separator: ", ")
    let unit: Named
    if let named = units.first(where: { $0.name == unitText }) {
      unit = named
    } else if hasMoney(figure), unitText.isEmpty || isCurrency(unitText) {
      unit = ("", .money(unitText.isEmpty ? nil : String(unitText)), 1000)
    } else {
      guard !unitText.isEmpty else { throw refuse("'\(number)' has no unit; it takes \(names)") }
      let what = subject == .power ? "power" : figure == .use ? "energy" : figure.rawValue
      throw refuse("'\(unitText)' is no unit of \(what); it takes \(names)")
    }
    return (try thousandths(number, unit, refuse), unit.unit)
  }

  private static func thousandths(
    _ number: Substring, _ unit: Named, _ refuse: (String) -> SyntaxError
  ) throws(SyntaxError) -> Int64 {
    let digits = number.drop { $0 == "-" || $0 == "+" }
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? parts[1] : ""
    guard number.count - digits.count <= 1, (1...2).contains(parts.count), !parts[0].isEmpty,
      parts.count == 1 || !fraction.isEmpty, parts[0].count <= 9, fraction.count <= 9,
      let whole = Int64(parts[0]), let rest = fraction.isEmpty ? 0 : Int64(fraction)
    else { throw refuse("'\(number)' is no number of at most 9 digits before and after the point") }
    var scale: Int64 = 1
    for _ in 0..<fraction.count { scale *= 10 }
    let (product, remainder) = (rest * unit.milli).quotientAndRemainder(dividingBy: scale)
    guard remainder == 0 else {
      let finest =
        switch unit.unit {
        case .watts: "a W"
        case .wattHours: "a Wh"
        case .percent: "a percent"
        case .money, .seconds: "a unit of money"
        }
      throw refuse("'\(number)\(unit.name)' is finer than a thousandth of \(finest)")
    }
    let value = whole * unit.milli + product
    return number.first == "-" ? -value : value
  }
}
