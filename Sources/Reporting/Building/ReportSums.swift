import Calendar
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
    /// By line; empty where it has not, and all of it where the period is one bucket: that is the channel's own.
    var lines: [Bucket]
    /// True for a whole local day, of which a plug may have a figure of its own.
    var isWholeDay = false
    /// By the tariff in force; nil without one.
    var bills: PeriodBills?
  }

  /// In order of time.
  let periods: [Period]

  /// - Parameters:
  ///   - lines: with what they cost.
  ///   - known: sums of the same lines between the same edges, which are taken over where periods are the same.
  ///   - days: where periods are days.
  init(
    _ lines: [ExactEntry], _ pass: ReportPlan.Pass, days: LocalDays? = nil, known: ReportSums? = nil,
    _ sideBySide: SideBySide
  ) {
    let isPriced = lines.contains { $0.bill != nil }
    periods = sideBySide.map(pass.periods.count, inPieces: 8) { index in
      let range = pass.periods[index]
      if let known, let index = known.index(of: range) { return known.periods[index] }
      let buckets = pass.buckets(in: range)
      let exist = lines.map { $0.exists(in: range) }
      var period = Period(
        range: range, slots: pass.slots(in: range), buckets: buckets, exist: exist,
        lines: buckets.count == 1 ? [] : lines.map { exist[$0.place] ? $0.channel.sum(buckets) : Bucket() })
      if let days { period.isWholeDay = days.range(of: days.date(at: range.lowerBound)) == range }
      if isPriced { period.bills = PeriodBills(lines, in: range, slots: period.slots) }
      return period
    }
  }

  /// Where a period stands; nil for one that is not there.
  func index(of range: Range<Timestamp>) -> Int? {
    let place = periods.indices.partitionPoint { periods[$0].range.lowerBound >= range.lowerBound }
    return place < periods.count && periods[place].range == range ? place : nil
  }

  func exists(_ line: ExactEntry, _ period: Int) -> Bool { periods[period].exist[line.place] }

  func bucket(of line: ExactEntry, _ period: Int) -> Bucket {
    guard periods[period].lines.isEmpty else { return periods[period].lines[line.place] }
    return exists(line, period) ? line.channel.buckets[periods[period].buckets.lowerBound] : Bucket()
  }

  /// The plug's own `Yesterday` for the day that a period is; nil for a day that is not over, and for other periods.
  func plugDay(of line: ExactEntry, _ period: Int) -> PlugDay? {
    guard periods[period].isWholeDay else { return nil }
    return line.plugDays.day(for: periods[period].range)
  }
}
