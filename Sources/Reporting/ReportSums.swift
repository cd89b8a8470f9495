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
  private let plugDays: [PlugDays]
  private let periods: [Range<Timestamp>]

  private struct Cell {
    var bucket: Bucket
    var bill: BillSum?
  }

  init(_ lines: [BilledLine], _ pass: ReportPlan.Pass) {
    periods = pass.periods
    slots = pass.periods.map(pass.slots)
    buckets = pass.periods.map(pass.buckets)
    plugDays = lines.map { PlugDays($0.channel.plugDays) }
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
    plugDays[line.place].day(endingNear: periods[period].upperBound)
  }
}

/// Finds what ``ChannelLedger/plugDay(endingNear:)`` finds, without looking at every day.
private struct PlugDays {
  /// By end; of several that end at the same time only the first counts.
  private let days: [PlugDay]

  init(_ days: [PlugDay]) {
    let isOrdered = zip(days, days.dropFirst()).allSatisfy { $0.end <= $1.end }
    self.days =
      isOrdered
      ? days
      : days.enumerated().sorted { ($0.element.end, $0.offset) < ($1.element.end, $1.offset) }.map(\.element)
  }

  func day(endingNear end: Timestamp) -> PlugDay? {
    var low = 0
    var high = days.count
    while low < high {
      let middle = (low + high) / 2
      if days[middle].end < end { low = middle + 1 } else { high = middle }
    }
    var near: PlugDay?
    if low < days.count { near = days[low] }
    if low > 0 {
      var before = low - 1
      while before > 0, days[before - 1].end == days[before].end { before -= 1 }
      let distance = end.milliseconds - days[before].end.milliseconds
      if near.map({ distance <= $0.end.milliseconds - end.milliseconds }) ?? true { near = days[before] }
    }
    guard let near, abs(near.end.milliseconds - end.milliseconds) <= 43_200_000 else { return nil }
    return near
  }
}
