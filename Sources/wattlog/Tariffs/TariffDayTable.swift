import Calendar
import Household
import Pricing
import Readings
import Text

/// `tariff show`: each span of a day with its price, and what that is made of.
struct TariffDayTable {
  let tariff: Tariff
  let zone: SiteZone
  let day: LocalDate
  let billing: BillingCycle

  func write(to path: String?, _ console: Console) throws(Failure) -> ExitCode {
    guard let period = tariff.period(on: day) else {
      throw Failure(.noData, "the tariff '\(SafeText.printable(tariff.name))' has no prices for that day")
    }
    let range = zone.rules.range(of: day)
    let edges = [range.lowerBound] + tariff.switches(in: range, zone: zone.rules) + [range.upperBound]
    console.note(heading(range, period))
    for line in beside(period, range) { console.note(line) }
    let output = try OutputFile(path)
    try write(pricedSpans(edges, tariff), of: nil, to: output)
    for pattern in tariff.devicePatterns {
      try write(pricedSpans(edges, tariff.narrowed(to: pattern.text)), of: pattern.text, to: output)
    }
    try output.finish()
    return .done
  }

  private struct PricedSpan {
    var start: Timestamp
    var end: Timestamp
    var parts: PriceParts
  }

  /// Neighbouring spans of the same prices are one: a rate for other devices may part them.
  private func pricedSpans(_ edges: [Timestamp], _ tariff: Tariff) -> [PricedSpan] {
    var result: [PricedSpan] = []
    for (start, end) in zip(edges, edges.dropFirst()) {
      let parts = tariff.parts(at: start, in: zone.rules)
      if let last = result.last, last.parts == parts, tariff.devicePatterns != self.tariff.devicePatterns {
        result[result.count - 1].end = end
      } else {
        result.append(PricedSpan(start: start, end: end, parts: parts))
      }
    }
    return result
  }

  private func write(_ spans: [PricedSpan], of device: String?, to output: OutputFile) throws(Failure) {
    if let device { try output.write("\(SafeText.printable(device)):\n") }
    for span in spans {
      let times = InstantText.text(span.start, in: zone.rules) + "  " + InstantText.text(span.end, in: zone.rules)
      guard let energy = span.parts.energy else {
        try output.write("\(times)  no price\(exported(span.parts))\n")
        continue
      }
      let all = [energy] + span.parts.charges
      let price = PriceText.perKWh(all.map { ($0.price, $0.factor) })
      var line = "\(times)  \(price) \(tariff.currency.code)/kWh  \(SafeText.printable(energy.name))"
      if all.count > 1 {
        line +=
          "  = "
          + all.map { "\(SafeText.printable($0.name)) \(PriceText.perKWh([($0.price, $0.factor)]))" }
          .joined(separator: " + ")
      }
      try output.write(line + exported(span.parts) + "\n")
    }
  }

  /// What is credited, where it is not the same all day.
  private func exported(_ parts: PriceParts) -> String {
    guard let period = tariff.period(on: day), let export = period.export, !isFlat(export) else { return "" }
    return "  export " + (parts.export.map { PriceText.trimmed($0.price.units, places: Price.places) } ?? "no price")
  }

  private func isFlat(_ pricing: Tariff.Pricing) -> Bool {
    if case .rates(let rates) = pricing, rates.count == 1, rates[0].selector == Tariff.Selector() {
      true
    } else {
      false
    }
  }

  // MARK: The day

  private func heading(_ range: Range<Timestamp>, _ period: Tariff.Period) -> String {
    let minutes = (range.upperBound.milliseconds - range.lowerBound.milliseconds) / 60_000
    let length = "\(minutes / 60) h" + (minutes % 60 == 0 ? "" : " \(minutes % 60) min")
    var text =
      "\(SafeText.printable(tariff.name)), \(length), prices with VAT; standing charge \(amount(.standingCharge, range)) "
      + tariff.currency.code
    if case .rates(let rates)? = period.export, isFlat(.rates(rates)) {
      text += "; export \(PriceText.trimmed(rates[0].price.units, places: Price.places))"
    }
    return text
  }

  private func statement(_ range: Range<Timestamp>) -> (bill: Bill, statement: BillStatement) {
    let schedule = TariffSchedule(
      tariff, zone: zone.rules, billing: billing, cutPoints: [range.lowerBound, range.upperBound])
    let bill = Bill(tariff, schedule, devices: [])
    return (bill, BillStatement(bill, in: range, devices: []))
  }

  /// Exact: a price of eight decimals with a tax of six.
  private func amount(_ kind: BillStatement.Line.Kind, _ range: Range<Timestamp>) -> String {
    let gross = statement(range).statement.lines.first { $0.kind == kind }?.gross ?? .zero
    return PriceText.trimmed(Int64(clamping: gross.units / 1_000_000), places: Money.places - 6)
  }

  /// What the day costs beside energy, and which names its date has.
  private func beside(_ period: Tariff.Period, _ range: Range<Timestamp>) -> [String] {
    var lines: [String] = []
    let names = tariff.dateNames.names(on: day)
    if !names.isEmpty {
      lines.append("the date is called \(names.map { SafeText.printable($0) }.joined(separator: ", "))")
    }
    let (bill, statement) = statement(range)
    for charge in period.charges {
      let name = SafeText.printable(charge.name)
      switch charge.basis {
      case .energy: continue
      case .time(let rates, let per):
        let place = bill.schedule.chargeNames.firstIndex(of: charge.name)
        let gross = statement.lines.first { line in place.map { line.kind == .charge($0) } ?? false }?.gross ?? .zero
        let prices = rates.map { PriceText.trimmed($0.price.units, places: Price.places) }.joined(separator: " or ")
        lines.append(
          "\(name) \(PriceText.trimmed(gross.rounded(digits: 6), places: 6)) \(tariff.currency.code) this day (\(prices) a \(per.rawValue))"
        )
      case .share(let share): lines.append("\(name) \(Price(units: share).text) % of what stands before it")
      case .demand(let demand): lines.append("\(name): " + demandText(demand))
      }
    }
    for tier in period.tiers {
      let limit = Decimal.string(tier.above.milliwattHours, places: 6)
      let each =
        tier.per == tier.over
        ? "a \(tier.per.rawValue)" : "a \(tier.per.rawValue), counted over the \(tier.over.rawValue)"
      lines.append(
        "above \(PriceText.shortened(limit)) kWh \(each): \(PriceText.trimmed(tier.add.units, places: Price.places)) more"
      )
    }
    return lines
  }

  private func demandText(_ demand: Tariff.Demand) -> String {
    let window = demand.windowMinutes == 60 ? "hour" : "\(demand.windowMinutes) minutes"
    let peaks =
      demand.peaks == 1
      ? "the month's highest \(window)" : "the mean of the month's highest \(window) of \(demand.peaks) days"
    switch demand.price {
    case .perKilowatt(let price):
      return
        "\(PriceText.trimmed(price.units, places: Price.places)) \(tariff.currency.code) per kW and month, by \(peaks)"
    case .steps(let steps):
      let words = steps.map {
        "\(PriceText.trimmed($0.price.units, places: Price.places)) from \(PriceText.shortened(Decimal.string($0.aboveMilliwatts, places: 6))) kW"
      }
      return words.joined(separator: ", ") + " on, a month, by \(peaks)"
    }
  }
}

/// Prices as text.
enum PriceText {
  /// `units` / 10^`places` without trailing zeros beyond the second digit.
  static func trimmed(_ units: Int64, places: Int) -> String {
    var text = Decimal.string(units, places: places)
    for _ in 0..<max(0, places - 2) where text.hasSuffix("0") { text.removeLast() }
    return text
  }

  /// Without trailing zeros.
  static func shortened(_ text: String) -> String {
    var text = text
    while text.contains("."), text.hasSuffix("0") || text.hasSuffix(".") {
      let wasPoint = text.hasSuffix(".")
      text.removeLast()
      if wasPoint { break }
    }
    return text
  }

  /// Prices with their tax together, rounded to six decimals, trailing zeros beyond the fourth left out.
  static func perKWh(_ prices: [(price: Price, factor: Int64)]) -> String {
    // price is 10^-8, factor 10^-6; six decimals are 10^8 of their product.
    let product = prices.reduce(Int128(0)) { $0 + Int128($1.price.units) * Int128($1.factor) }
    let divisor: Int128 = 100_000_000
    let rounded = (product >= 0 ? product + divisor / 2 : product - divisor / 2) / divisor
    var text = Decimal.string(Int64(clamping: rounded), places: 6)
    for _ in 0..<2 where text.hasSuffix("0") { text.removeLast() }
    return text
  }
}
