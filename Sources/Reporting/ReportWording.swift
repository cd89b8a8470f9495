import Readings
import Text

/// The words and number forms that the table and the page share.
struct ReportWording {
  let report: Report

  // MARK: Numbers

  /// `£0.38`, `€1 204.50`; the digits alone for currencies without a sign here, whose code ``moneyTitle(_:)`` puts into
  /// the heading. Empty without a tariff.
  func money(_ figure: Figure?) -> String {
    guard let figure, let currency = report.currency else { return "" }
    let sign = figure.mantissa < 0 ? "-" : ""
    let digits = ReportWording.grouped(Figure(Int64(clamping: figure.mantissa.magnitude), places: figure.places))
    switch currency.code {
    case "GBP": return "\(sign)£\(digits)"
    case "EUR": return "\(sign)€\(digits)"
    case "USD", "AUD", "CAD", "NZD": return "\(sign)$\(digits)"
    case "JPY": return "\(sign)¥\(digits)"
    case "INR": return "\(sign)₹\(digits)"
    default: return "\(sign)\(digits)"
    }
  }

  /// The heading of a money column: the code where the figures do not show it.
  func moneyTitle(_ word: String) -> String {
    guard let currency = report.currency else { return word }
    return ["GBP", "EUR", "USD", "JPY", "INR"].contains(currency.code) ? word : "\(word) \(currency.code)"
  }

  /// The headings of cost columns: one, or one for each tariff that is compared.
  var costTitles: [String] { costTitles(report.otherTariffs.count) }

  func costTitles(_ otherCount: Int) -> [String] {
    guard otherCount > 0 else { return [moneyTitle("cost")] }
    return ([report.tariff ?? ""] + report.otherTariffs.prefix(otherCount))
      .map { moneyTitle(SafeText.truncated(SafeText.neutralised($0), to: 14)) }
  }

  /// `£12.40 less (-8.1 %)`.
  func comparison(of total: Report.Total, with base: Report.Total) -> String {
    guard let difference = total.difference(from: base), let cost = total.cost, let old = base.cost else { return "" }
    if difference.isZero { return "the same" }
    let amount = money(Figure(Int64(clamping: difference.mantissa.magnitude), places: difference.places))
    let change = ReportWording.change(from: old, to: cost).map { " (\($0))" } ?? ""
    return "\(amount) \(difference.mantissa < 0 ? "less" : "more")\(change)"
  }

  /// Digits in groups of three with a blank between, from five digits before the point on.
  static func grouped(_ figure: Figure) -> String {
    let text = figure.text
    let point = text.firstIndex(of: ".") ?? text.endIndex
    let whole = text[..<point]
    guard whole.utf8.count > 4 else { return text }
    var result = ""
    for (index, digit) in whole.enumerated() {
      if index > 0, digit.isNumber, whole[whole.startIndex].isNumber || index > 1,
        (whole.utf8.count - index).isMultiple(of: 3)
      {
        result.append(" ")
      }
      result.append(digit)
    }
    return result + text[point...]
  }

  /// `98 %`: rounded down, so that only what is whole says 100 %.
  static func percent(coverage: Figure) -> String {
    let hundredths = Int128(coverage.mantissa) * 100
    return "\(Apportionment.floor(hundredths, Int128(Decimal.power(coverage.places)))) %"
  }

  /// Shares in percent that add up to 100; nil where there is no sum to share.
  static func shares(_ figures: [Figure]) -> [String]? {
    let places = figures.map(\.places).max() ?? 0
    let amounts = figures.map { Int128($0.rescaled(to: places).mantissa) }
    let sum = amounts.reduce(0, +)
    guard sum > 0, amounts.allSatisfy({ $0 >= 0 }) else { return nil }
    return Apportionment.largestRemainder(amounts.map { $0 * 100 }, unit: sum, total: 100).map { "\($0) %" }
  }

  /// `+10.1 %`; nil where there is nothing to compare with.
  static func change(from old: Figure, to new: Figure) -> String? {
    let places = max(old.places, new.places)
    let before = Int128(old.rescaled(to: places).mantissa)
    guard before > 0 else { return nil }
    let after = Int128(new.rescaled(to: places).mantissa)
    let change = Figure.ratio((after - before) * 100, before, places: 1)
    return "\(change.mantissa < 0 ? "" : "+")\(change.text) %"
  }

  /// What is always on: its power, and what that comes to in the period, with its share.
  func alwaysOn(_ period: Report.Period) -> (power: String, energy: String)? {
    // What a panel feeds in by day takes nothing from what is always on.
    let power = Figure.sum(period.devices.compactMap(\.alwaysOnW).filter { $0.mantissa > 0 })
    guard !power.isZero else { return nil }
    let total = period.total.kWh
    // No plug has more always on than it used: of one that was heard for minutes the rest of the day is not known.
    let energy = Figure.sum(
      period.devices.compactMap { entry -> Figure? in
        guard let power = entry.alwaysOnW, power.mantissa > 0 else { return nil }
        let wattSeconds = Int128(power.mantissa) * Int128(period.span.seconds)
        let energy = Figure.ratio(
          wattSeconds, 3_600_000 * Int128(Decimal.power(power.places)), places: total.places + 6)
        return energy.isLess(than: entry.kWh) ? energy : entry.kWh
      }
    ).rescaled(to: total.places)
    var text = "\(ReportWording.grouped(energy)) kWh"
    if !total.isZero, !total.isLess(than: energy) {
      text += " (\(Figure.ratio(Int128(energy.mantissa) * 100, Int128(total.mantissa), places: 0).text) %)"
    }
    return (power.text, text)
  }

  /// What an incomplete period lacks: the notes say where, unless it is what lies before the first message or after the
  /// last.
  var whyIncomplete: String {
    report.notes.isEmpty
      ? "a plug's first message came later than the period begins, or its last before it ends"
      : "energy is missing or was placed by time alone; the notes say where"
  }

  /// The rates that get a column of kWh: none when there is one, or too many.
  func rateNames(of period: Report.Period) -> [String] {
    let names = ReportWording.unique(period.devices.flatMap { $0.byRate.map(\.rate) }).filter { name in
      // A tier adds money, not energy: it has no column of kWh.
      period.devices.contains { $0.byRate.contains { $0.rate == name && !$0.kWh.isZero } }
    }
    let order = period.rateSeconds.map(\.rate)
    let ordered = order.filter(names.contains) + names.filter { !order.contains($0) }
    return ordered.count > 1 && ordered.count <= 6 ? ordered : []
  }

  static func unique<Value: Hashable>(_ values: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
  }
}
