import EnergyAccounting
import Readings
import Work

/// What every line counted, and cost, in every period.
struct ReportSums: Sendable {
  struct Period: Sendable {
    var range: Range<Timestamp>
    var slots: Range<Int>
    /// One, except where periods overlap.
    var buckets: Range<Int>
    /// By line: has it something to say of the period?
    var exist: [Bool]
    /// By line; empty where it has not.
    var lines: [Bucket]
    /// By the tariff in force; nil without one.
    var bills: PeriodBills?
  }

  /// In order of time.
  let periods: [Period]

  /// - Parameters:
  ///   - lines: with what they cost.
  ///   - known: sums of the same lines between the same edges, which are taken over where periods are the same.
  init(_ lines: [BilledLine], _ pass: ReportPlan.Pass, known: ReportSums? = nil, _ sideBySide: SideBySide) {
    let isPriced = lines.contains { $0.bill != nil }
    periods = sideBySide.map(pass.periods.count, inPieces: 8) { index in
      let range = pass.periods[index]
      if let known, let index = known.index(of: range) { return known.periods[index] }
      let buckets = pass.buckets(in: range)
      let exist = lines.map { $0.exists(in: range) }
      var period = Period(
        range: range, slots: pass.slots(in: range), buckets: buckets, exist: exist,
        lines: lines.map { exist[$0.place] ? $0.channel.sum(buckets) : Bucket() })
      if isPriced { period.bills = PeriodBills(lines, in: range, slots: period.slots) }
      return period
    }
  }

  /// Where a period stands; nil for one that is not there.
  func index(of range: Range<Timestamp>) -> Int? {
    var low = 0
    var high = periods.count
    while low < high {
      let middle = (low + high) / 2
      if periods[middle].range.lowerBound < range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return low < periods.count && periods[low].range == range ? low : nil
  }

  func exists(_ line: BilledLine, _ period: Int) -> Bool { periods[period].exist[line.place] }

  func bucket(of line: BilledLine, _ period: Int) -> Bucket { periods[period].lines[line.place] }

  /// The plug's own `Yesterday` for the day that a period is.
  func plugDay(of line: BilledLine, _ period: Int) -> PlugDay? {
    line.plugDays.day(for: periods[period].range)
  }
}
