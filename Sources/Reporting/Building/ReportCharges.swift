import Calendar
import EnergyAccounting
import Pricing
import Readings
import Text

/// The lines of a bill for each period of a report: what each rate, the standing charge and the tax come to.
///
/// They are the report's own cost in other parts, so they are rounded to it: each period's lines add up to its printed
/// cost, and the lines of all periods to those of the whole.
struct ReportCharges {
  /// By period.
  let charges: [[Report.Charge]]

  /// - Parameters:
  ///   - tariff: the request's.
  ///   - totals: of the periods, with printed cost and credit.
  init(
    _ lines: [BilledLine], _ sums: ReportSums, _ pass: ReportPlan.Pass, _ tariff: Tariff, _ request: ReportRequest,
    totals: [Report.Total]
  ) {
    let unit = ReportCharges.unit(digits: tariff.currency.digits)
    let bills = sums.periods.map { $0.bills?.present ?? [] }
    let names = lines.first?.bill?.schedule.rateNames ?? []
    let hasTiers = bills.contains { $0.contains(where: \.hasTier) }
    let hasUnpriced = bills.contains { $0.contains(where: \.hasUnpriced) }
    let places = lines.map(\.places).max() ?? 3

    // Rates, tiers and standing charge without tax; then the tax of all.
    var exact: [[Int128]] = []
    var targets: [Int128] = []
    for (index, range) in pass.periods.enumerated() {
      var row = names.indices.map { rate in bills[index].reduce(Int128(0)) { $0 + $1.rates[rate].cost.units } }
      if hasTiers { row.append(bills[index].reduce(Int128(0)) { $0 + $1.tierCost.units }) }
      row.append(request.standingCharge(of: tariff, in: range).units)
      let taxes = row.map { ReportCharges.tax(in: $0, tariff.tax) }
      row = zip(row, taxes).map { $0 - $1 }
      row.append(taxes.reduce(0, +))
      let printed = totals[index].cost.map { $0 + (totals[index].exportCredit ?? Figure(0)) }
      exact.append(row)
      targets.append(Int128(printed?.mantissa ?? 0))
    }
    let cells = ReportCharges.rounded(exact, to: targets, unit: unit)
    charges = pass.periods.indices.map { index in
      func money(_ place: Int) -> Figure {
        Figure(Int64(clamping: cells[index][place]), places: tariff.currency.digits)
      }
      func kWh(_ energy: (BillSum) -> Energy) -> Figure {
        let sum = bills[index].reduce(Energy.zero) { $0 + energy($1) }
        return Figure(sum.mantissa(places: places), places: places)
      }
      var charges = names.indices.map { rate in
        Report.Charge(.rate, name: names[rate], kWh: kWh { $0.rates[rate].energy }, amount: money(rate))
      }
      var place = names.count
      if hasTiers {
        charges.append(Report.Charge(.rate, name: BilledLine.tier, amount: money(place)))
        place += 1
      }
      if hasUnpriced {
        charges.append(
          Report.Charge(
            .rate, name: BilledLine.unpriced, kWh: kWh(\.unpriced), amount: Figure(0, places: tariff.currency.digits)))
      }
      charges.append(Report.Charge(.standingCharge, amount: money(place)))
      if tariff.tax != .none { charges.append(Report.Charge(.tax, amount: money(place + 1))) }
      if let credit = totals[index].exportCredit {
        charges.append(Report.Charge(.exportCredit, amount: -credit))
      }
      return charges
    }
  }

  /// Units of ``Money`` in the last printed digit.
  static func unit(digits: Int) -> Int128 { (0..<(Money.places - digits)).reduce(Int128(1)) { unit, _ in unit * 10 } }

  /// The tax that an amount holds, whether the tariff names prices with or without it.
  private static func tax(in gross: Int128, _ tax: Tax) -> Int128 {
    // In two parts, so that no product leaves 128 bits.
    let whole = 1_000_000 + Int128(tax.millionths)
    let (quotient, remainder) = gross.quotientAndRemainder(dividingBy: whole)
    return quotient * Int128(tax.millionths) + (remainder * Int128(tax.millionths)).dividedRounding(by: whole)
  }

  /// Rows in printed units, each adding up to its target. Of several rows the columns add up to whole units of their sums
  /// too.
  private static func rounded(_ rows: [[Int128]], to targets: [Int128], unit: Int128) -> [[Int128]] {
    if rows.count == 1 { return [Apportionment.largestRemainder(rows[0], unit: unit, total: targets[0])] }
    return ControlledRounding(zip(rows, targets).map { fitted($0, to: $1 * unit) }, unit: unit).cells
  }

  /// The amounts, adding up to `sum`: what the printed sum differs from the exact one, less than two units, is shared in
  /// proportion. An amount of nothing stays so, as long as there is another.
  private static func fitted(_ amounts: [Int128], to sum: Int128) -> [Int128] {
    var amounts = amounts
    let difference = sum - amounts.reduce(0, +)
    // Millionths of the whole: the products stay far within 128 bits.
    let scale = amounts.reduce(Int128(0)) { $0 + Int128($1.magnitude) } / 1_000_000 + 1
    let weights = amounts.map { Int128($0.magnitude) / scale }
    let whole = weights.reduce(0, +)
    guard difference != 0, let largest = weights.indices.max(by: { weights[$0] < weights[$1] }) else { return amounts }
    if whole > 0 { for place in amounts.indices { amounts[place] += difference * weights[place] / whole } }
    amounts[largest] += sum - amounts.reduce(0, +)
    return amounts
  }

  /// Charges of several periods together.
  static func sum(_ periods: [[Report.Charge]]) -> [Report.Charge] {
    guard var sum = periods.first else { return [] }
    for charges in periods.dropFirst() {
      for (place, charge) in charges.enumerated() where place < sum.count {
        sum[place].amount = sum[place].amount + charge.amount
        if let kWh = charge.kWh { sum[place].kWh = sum[place].kWh.map { $0 + kWh } ?? kWh }
      }
    }
    return sum
  }
}
