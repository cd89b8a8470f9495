import Calendar
import EnergyAccounting
import Pricing
import Readings
import Text

/// What a day costs beside the energy of its plugs, line by line: the standing charge and each charge that is no plug's.
struct ExplainedCharges {
  let day: ExplainedDay
  /// All lines of the report.
  let lines: [ExactEntry]
  let tariff: Tariff

  /// - Parameter printed: all of it together, as the report prints it.
  func text(printed: Figure) -> [String] {
    guard let bill = lines.first?.bill else { return [] }
    let statement = BillStatement(
      bill, in: day.range,
      devices: lines.filter { $0.exists(in: day.range) }.map { ($0.place, $0.channel.slots) })
    let costs = statement.lines.filter { !$0.isEnergy }
    let charges = costs.filter { line in
      if case .charge = line.kind { line.gross != .zero } else { false }
    }
    let standing = costs.first { $0.kind == .standingCharge }?.gross ?? .zero
    var text: [String] = []
    if standing != .zero || (charges.isEmpty && !printed.isZero) {
      let words = "  standing charge \(ExplainedDay.decimal(standing))\(tariff.namesTax ? " with VAT" : "")"
      text.append(charges.isEmpty ? words + ", printed \(printed.text)" : words)
    }
    for line in charges {
      guard case .charge(let place) = line.kind else { continue }
      let name = bill.schedule.chargeNames[place]
      text.append(
        "  \(SafeText.neutralised(name)) \(ExplainedDay.decimal(line.gross))"
          + "\(line.tax == .zero ? "" : " with VAT")\(how(name, bill))")
    }
    if !charges.isEmpty { text.append("  standing charge and charges together, printed \(printed.text)") }
    return text
  }

  /// Where a charge comes from: its price and what that is a price of.
  private func how(_ name: String, _ bill: Bill) -> String {
    let date = day.plan.request.zone.date(at: day.range.lowerBound)
    guard let period = tariff.period(on: date), let charge = period.charges.first(where: { $0.name == name }) else {
      return ""
    }
    switch charge.basis {
    case .energy: return ""
    case .time(let rates, let per):
      let prices = rates.map(\.price.text).joined(separator: " or ")
      return per == .day ? ": \(prices) a day" : ": this day's part of \(prices) a \(per.rawValue)"
    case .share(let share):
      return ": \(Price(units: share).text) % of what stands before it"
    case .demand:
      guard let cost = bill.demands.last(where: { $0.month == date.startOfMonth && bill.name(of: $0) == name }) else {
        return ""
      }
      let peaks = cost.peaks.map { peak in
        "\(peak.energy.kilowattHours(places: 3)) kWh from \(day.clock(peak.start))"
      }
      return ": this day's part of the month's, for \(Figure(cost.milliwatts, places: 6).rescaled(to: 3).text) kW, "
        + "the highest of \(peaks.joined(separator: ", "))"
    }
  }
}
