import Readings
import Text

/// The words and number forms that the table and the page share.
struct ReportWording {
  let report: Report

  // MARK: Numbers

  /// `£0.38`, `€1 204.50`; the digits alone for currencies without a sign here, whose code ``moneyTitle(_:)`` puts into
  /// the heading. Empty without a tariff.
  func money(_ figure: Figure?) -> String { ReportWording.money(figure, in: report.currency) }

  static func money(_ figure: Figure?, in currency: Report.Currency?) -> String {
    guard let figure, let currency else { return "" }
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
  func moneyTitle(_ word: String) -> String { ReportWording.moneyTitle(word, in: report.currency) }

  static func moneyTitle(_ word: String, in currency: Report.Currency?) -> String {
    guard let currency else { return word }
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
  static func grouped(_ figure: Figure) -> String { figure.groupedText }

  /// Without zeros at the end: `0.5`, `1`.
  static func trimmed(_ figure: Figure) -> String {
    var figure = figure
    while figure.places > 0, figure.mantissa % 10 == 0 {
      figure = Figure(figure.mantissa / 10, places: figure.places - 1)
    }
    return grouped(figure)
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

  /// `+0.412`, `-1 204.5`, `0.000`.
  static func signed(_ figure: Figure) -> String { (figure.mantissa > 0 ? "+" : "") + grouped(figure) }

  func signedMoney(_ figure: Figure) -> String { (figure.mantissa > 0 ? "+" : "") + money(figure) }

  /// `+10.1 %`; nil where there is nothing to compare with.
  static func change(from old: Figure, to new: Figure) -> String? {
    new.changePercent(from: old).map { "\($0.mantissa < 0 ? "" : "+")\($0.text) %" }
  }

  /// What is always on: its power, and what that comes to in the period, with its share of what was used. Where power is
  /// known for a part of the time alone, it is that of this part, and has no share.
  func alwaysOn(_ period: Report.Period) -> (power: String, energy: String)? {
    // What a panel feeds in by day takes nothing from what is always on.
    let entries = period.devices.filter { ($0.alwaysOnW?.mantissa ?? 0) > 0 }
    let power = Figure.sum(entries.compactMap(\.alwaysOnW))
    guard !power.isZero else { return nil }
    let total = period.total.used
    let energy = Figure.sum(entries.map { $0.alwaysOnKWh(in: period.span) }, places: 6).rescaled(to: total.places)
    var text = "\(ReportWording.grouped(energy)) kWh"
    if let part = Report.partWithPower(period.devices) {
      text += " in the \(part) % of the time whose power is known"
    } else if !total.isZero, !total.isLess(than: energy) {
      text += " (\(Figure.ratio(Int128(energy.mantissa) * 100, Int128(total.mantissa), places: 0).text) %)"
    }
    return (power.text, text)
  }

  /// What the money of several periods is made of, by each tariff, and what each other one costs more or less.
  func sums(of total: Report.Total) -> (parts: [String], differences: [String]) {
    let parts = zip([report.tariff ?? ""] + report.otherTariffs, [total] + total.others).map { name, sums in
      var charges = ["energy \(money(sums.energyCost))"]
      if let charge = sums.standingCharge, !charge.isZero { charges.append("standing charge \(money(charge))") }
      if let credit = sums.exportCredit, !credit.isZero { charges.append("export credit -\(money(credit))") }
      charges.append("total \(money(sums.cost))")
      if let tax = sums.tax, !report.showsCharges { charges.append("of which VAT \(money(tax))") }
      return (total.others.isEmpty ? "" : SafeText.neutralised(name) + ": ") + charges.joined(separator: " · ")
    }
    let differences = zip(report.otherTariffs, total.others).map { name, sums in
      "\(SafeText.neutralised(name)) costs \(comparison(of: sums, with: total))"
    }
    return (parts, differences)
  }

  /// Of several periods: how many lack something, and what; nil where none does.
  var howManyIncomplete: String? {
    let count = report.periods.count { !$0.complete }
    return count == 0 ? nil : "\(count) of \(report.periods.count) incomplete: \(whyIncomplete)"
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
