import EnergyAccounting
import Pricing
import Readings
import Text

/// What a line of the report costs, price by price up to the printed amount.
struct ExplainedCost {
  let day: ExplainedDay
  let line: ExactEntry

  /// - Parameter printed: what the report prints; nil for its entry of the line.
  func text(printed: Figure? = nil) -> [String] {
    guard let tariff = day.plan.request.tariff, let bill = line.billed(day.slots), let currency = day.report.currency
    else { return ["No tariff: no cost."] }
    let entry = day.entry(of: line)
    let exact = bill.energyCost
    var text = ["What it costs (\(SafeText.neutralised(tariff.name)), \(currency.code)):"]
    if line.hasOwnUse {
      text.append(
        "  the sun gave \(day.exact(line.ownUse(day.slots), line)) kWh of it: in each hour and price a plug buys in the "
          + "proportion in which the house did")
    }
    text += prices(tariff)
    if bill.hasTier { text.append("  tiers add \(ExplainedDay.decimal(bill.tierCost))") }
    let cost = printed ?? entry?.cost
    text.append("  together \(ExplainedDay.decimal(exact)), printed \(cost?.text ?? "nothing")")
    if let cost, cost.mantissa != exact.rounded(digits: currency.digits) {
      text.append(
        "  Rounded alone it would be \(Figure(exact.rounded(digits: currency.digits), places: currency.digits).text): "
          + "the report's lines are rounded by largest remainder, so that they add up to its total.")
    }
    if let shares = entry?.byRate, shares.count > 1 {
      let words = shares.map { share in
        "\(SafeText.neutralised(share.rate)) \(share.kWh.text) kWh \(share.cost?.text ?? "without a price")"
      }
      text.append("  by rate, as printed: " + words.joined(separator: ", "))
    }
    if bill.exportCredit != .zero {
      text.append("  credit for export \(ExplainedDay.decimal(bill.exportCredit)), which stands in the day's total")
    }
    return text
  }

  private func prices(_ tariff: Tariff) -> [String] {
    let own = tariff.narrowed(to: line.name, otherNames: day.plan.request.otherNames[line.name] ?? [])
    var rates = PricedGroups()
    var charges = PricedGroups()
    var exports = PricedGroups()
    for index in day.slots {
      let parts = own.parts(at: day.plan.main.cutPoints[index], in: day.plan.request.zone)
      let slot = line.bought[index]
      rates.add(parts.energy, slot.use)
      for charge in parts.charges { charges.add(charge, slot.use) }
      if slot.export != .zero { exports.add(parts.export, slot.export) }
    }
    return rates.text(places: line.places) + charges.text(places: line.places, indent: "  + ")
      + exports.text(places: line.places, indent: "  back ")
  }
}

/// Energy by the price that it has.
private struct PricedGroups {
  private var groups: [(rate: PricedRate?, energy: Energy)] = []

  mutating func add(_ rate: PricedRate?, _ energy: Energy) {
    if let place = groups.firstIndex(where: { $0.rate == rate }) {
      groups[place].energy += energy
    } else {
      groups.append((rate, energy))
    }
  }

  func text(places: Int, indent: String = "  ") -> [String] {
    groups.filter { $0.energy != .zero || $0.rate != nil }.map { group in
      let energy = group.energy.kilowattHours(places: places)
      guard let rate = group.rate else { return "\(indent)\(energy) kWh have no price" }
      let tax = rate.factor == 1_000_000 ? "" : " × \(ExplainedDay.decimal(Int128(rate.factor), places: 6)) VAT"
      return "\(indent)\(SafeText.neutralised(rate.name)): \(energy) kWh × "
        + "\(ExplainedDay.decimal(Int128(rate.price.units), places: 8))\(tax) = "
        + ExplainedDay.decimal(rate.cost(of: group.energy))
    }
  }
}
