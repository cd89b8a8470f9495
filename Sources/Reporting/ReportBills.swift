import EnergyAccounting
import Readings

/// What every line costs in every period by one tariff.
struct ReportBills: Sendable {
  struct Period: Sendable {
    /// By line; nil where the line does not exist in the period.
    var lines: [BillSum?]
    /// Of all lines.
    var energyCost = Money.zero
    var exportCredit = Money.zero
  }

  let periods: [Period]

  /// - Parameters:
  ///   - lines: with the tariff's bill.
  ///   - known: bills of the same lines by the same tariff with the sums that they were made for; they are taken over
  ///     where periods are the same.
  init(
    _ lines: [BilledLine], _ sums: ReportSums, known: (bills: ReportBills, sums: ReportSums)? = nil,
    _ sideBySide: SideBySide
  ) {
    periods = sideBySide.flatMap(sums.periods.indices, pieces: 8) { indices in
      indices.map { index in
        let period = sums.periods[index]
        if let known, let index = known.sums.index(of: period.range) { return known.bills.periods[index] }
        var result = Period(lines: [])
        result.lines.reserveCapacity(lines.count)
        for line in lines {
          let bill = sums.exists(line, index) ? line.billed(period.slots) : nil
          if let bill {
            result.energyCost += bill.energyCost
            result.exportCredit += bill.exportCredit
          }
          result.lines.append(bill)
        }
        return result
      }
    }
  }

  func bill(of line: BilledLine, _ period: Int) -> BillSum? { periods[period].lines[line.place] }
}
