import EnergyAccounting
import Readings

/// What every line costs in one period by one tariff.
struct PeriodBills: Sendable {
  /// By line; nil where the line does not exist in the period.
  private(set) var lines: [BillSum?] = []
  /// Of all lines.
  private(set) var energyCost = Money.zero
  private(set) var exportCredit = Money.zero

  /// - Parameter lines: with the tariff's bill.
  init(_ lines: [BilledLine], in period: ReportSums.Period) {
    self.lines.reserveCapacity(lines.count)
    for line in lines {
      let bill = period.lines[line.place] == nil ? nil : line.billed(period.slots)
      if let bill {
        energyCost += bill.energyCost
        exportCredit += bill.exportCredit
      }
      self.lines.append(bill)
    }
  }

  /// Of the lines that exist.
  var present: [BillSum] { lines.compactMap { $0 } }
}
