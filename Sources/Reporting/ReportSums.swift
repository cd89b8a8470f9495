import EnergyAccounting
import Readings

/// The sums of every line in every period, made in one pass over buckets and slots.
struct ReportSums {
  /// By period: its slots.
  let slots: [Range<Int>]
  /// By period: its buckets; one, except where periods overlap.
  let buckets: [Range<Int>]
  /// By line and period; nil where the line has nothing to say of the period.
  private var cells: [Cell?] = []
  private let periods: [Range<Timestamp>]

  private struct Cell {
    var bucket: Bucket
    var bill: BillSum?
  }

  init(_ lines: [BilledLine], _ pass: ReportPlan.Pass) {
    periods = pass.periods
    slots = pass.periods.map(pass.slots)
    buckets = pass.periods.map(pass.buckets)
    cells.reserveCapacity(lines.count * periods.count)
    for line in lines {
      for (index, period) in periods.enumerated() {
        cells.append(
          line.exists(in: period)
            ? Cell(bucket: line.channel.sum(buckets[index]), bill: line.billed(slots[index])) : nil)
      }
    }
  }

  func exists(_ line: BilledLine, _ period: Int) -> Bool { cells[line.place * periods.count + period] != nil }

  func bucket(of line: BilledLine, _ period: Int) -> Bucket {
    cells[line.place * periods.count + period]?.bucket ?? Bucket()
  }

  /// What the line costs in the period; nil without a tariff, and where it does not exist.
  func bill(of line: BilledLine, _ period: Int) -> BillSum? {
    cells[line.place * periods.count + period]?.bill
  }

  /// The plug's own `Yesterday` for the day that a period is.
  func plugDay(of line: BilledLine, _ period: Int) -> PlugDay? {
    line.plugDays.day(endingNear: periods[period].upperBound)
  }
}
