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
    _ lines: [ExactEntry], _ sums: ReportSums, _ pass: ReportPlan.Pass, _ tariff: Tariff, _ request: ReportRequest,
    totals: [Report.Total]
  ) {
    let unit = ReportCharges.unit(digits: tariff.currency.digits)
    let places = lines.map(\.places).max() ?? 3
    let bill = lines.first?.bill ?? ReportCharges.empty(tariff, request, pass)
    let statements = pass.periods.map { range in
      BillStatement(
        bill, in: range, devices: lines.filter { $0.exists(in: range) }.map { ($0.place, $0.bought) })
    }
    let unpriced = sums.periods.map { period in
      (period.bills?.present ?? []).reduce(Energy.zero) { $0 + $1.unpriced }
    }
    let hasUnpriced = sums.periods.contains { $0.bills?.hasUnpriced == true }
    // The same lines in every period: those that some period has.
    let hasTiers = statements.contains { $0.lines.contains { $0.kind == .tier } }
    let kinds =
      (bill.schedule.rateNames.indices.map(BillStatement.Line.Kind.rate) + (hasTiers ? [.tier] : [])
        + [.standingCharge] + bill.schedule.chargeNames.indices.map(BillStatement.Line.Kind.charge))

    // Everything without tax; then the tax of all.
    var exact: [[Int128]] = []
    var targets: [Int128] = []
    let found = statements.map { statement in
      kinds.map { kind in
        statement.lines.first { $0.kind == kind && ($0.isEnergy || request.hasStandingCharge) }
      }
    }
    for (index, lines) in found.enumerated() {
      var row = lines.map { line in line.map { ($0.gross - $0.tax).units } ?? 0 }
      row.append(lines.reduce(Int128(0)) { $0 + ($1?.tax.units ?? 0) })
      let printed = totals[index].cost.map { $0 + (totals[index].exportCredit ?? Figure(0)) }
      exact.append(row)
      targets.append(Int128(printed?.mantissa ?? 0))
    }
    let cells = ReportCharges.rounded(exact, to: targets, unit: unit)
    charges = pass.periods.indices.map { index in
      func money(_ place: Int) -> Figure {
        Figure(Int64(clamping: cells[index][place]), places: tariff.currency.digits)
      }
      var charges: [Report.Charge] = []
      for (place, kind) in kinds.enumerated() {
        if kind == .standingCharge, hasUnpriced {
          charges.append(
            Report.Charge(
              .rate, name: ExactEntry.unpriced, kWh: Figure(unpriced[index].mantissa(places: places), places: places),
              amount: Figure(0, places: tariff.currency.digits)))
        }
        switch kind {
        case .rate(let rate):
          let energy = found[index][place]?.energy ?? .zero
          charges.append(
            Report.Charge(
              .rate, name: bill.schedule.rateNames[rate],
              kWh: Figure(energy.mantissa(places: places), places: places), amount: money(place)))
        case .tier: charges.append(Report.Charge(.rate, name: ExactEntry.tier, amount: money(place)))
        case .standingCharge: charges.append(Report.Charge(.standingCharge, amount: money(place)))
        case .charge(let charge):
          charges.append(Report.Charge(.charge, name: bill.schedule.chargeNames[charge], amount: money(place)))
        }
      }
      if tariff.namesTax { charges.append(Report.Charge(.tax, amount: money(kinds.count))) }
      if let credit = totals[index].exportCredit {
        charges.append(Report.Charge(.exportCredit, amount: -credit))
      }
      return charges
    }
  }

  /// Of a report without any line.
  private static func empty(_ tariff: Tariff, _ request: ReportRequest, _ pass: ReportPlan.Pass) -> Bill {
    Bill(
      tariff,
      TariffSchedule(tariff, zone: request.zone, billing: request.billing, cutPoints: pass.cutPoints), devices: [])
  }

  /// Units of ``Money`` in the last printed digit.
  static func unit(digits: Int) -> Int128 { (0..<(Money.places - digits)).reduce(Int128(1)) { unit, _ in unit * 10 } }

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
