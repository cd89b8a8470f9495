import EnergyAccounting
import Pricing
import Readings

/// What every line costs in one period by one tariff.
struct PeriodBills: Sendable {
  /// By line; nil where the line does not exist in the period.
  private(set) var lines: [BillSum?] = []
  /// Of all lines.
  private(set) var energyCost = Money.zero
  private(set) var exportCredit = Money.zero
  /// Standing charge and all charges that are no device's.
  private(set) var siteCost = Money.zero

  /// - Parameters:
  ///   - lines: with the tariff's bill.
  ///   - slots: those of the period.
  init(_ lines: [ExactEntry], in period: Range<Timestamp>, slots: Range<Int>) {
    self.lines.reserveCapacity(lines.count)
    for line in lines {
      let bill = line.exists(in: period) ? line.billed(slots) : nil
      if let bill {
        energyCost += bill.energyCost
        exportCredit += bill.exportCredit
      }
      self.lines.append(bill)
    }
    let present = self.present
    siteCost =
      lines.first?.bill?.siteCost(in: period) { part in
        // Where the tariff does not change within the period the sums are there.
        part == slots ? present : lines.compactMap { $0.exists(in: period) ? $0.billed(part) : nil }
      } ?? .zero
  }

  /// True where some energy has no price.
  var hasUnpriced: Bool { lines.contains { $0?.hasUnpriced == true } }

  /// Of the lines that exist.
  var present: [BillSum] {
    var present: [BillSum] = []
    present.reserveCapacity(lines.count)
    for case let bill? in lines { present.append(bill) }
    return present
  }
}
