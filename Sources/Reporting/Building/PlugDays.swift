import EnergyAccounting
import Readings

/// A plug's own figures for its days, by the ends of days.
struct PlugDays: Sendable {
  /// By end; of several that end at the same time only the first counts.
  private let days: [PlugDay]

  /// What is left of a day of 23 hours when the plug's ends twelve hours before it, in ms.
  private static let shortestDay: Int64 = 11 * 3_600_000

  init(_ days: [PlugDay]) {
    let isOrdered = zip(days, days.dropFirst()).allSatisfy { $0.end <= $1.end }
    self.days =
      isOrdered
      ? days
      : days.enumerated().sorted { ($0.element.end, $0.offset) < ($1.element.end, $1.offset) }.map(\.element)
  }

  /// The plug's own `Yesterday` for the day that ends at `end`: of the plug midnight nearest to it, at most twelve hours
  /// away. Where the two ends differ, the plug's zone is not the site's, and its day is another. Nil for a day that is not
  /// over: the midnight at its beginning ends the day before.
  func day(for day: Range<Timestamp>) -> PlugDay? {
    let end = day.upperBound
    let next = days.indices.partitionPoint { days[$0].end >= end }
    var near: PlugDay?
    if next < days.count { near = days[next] }
    if next > 0 {
      var before = next - 1
      while before > 0, days[before - 1].end == days[before].end { before -= 1 }
      let distance = end.milliseconds - days[before].end.milliseconds
      if near.map({ distance <= $0.end.milliseconds - end.milliseconds }) ?? true { near = days[before] }
    }
    guard let near, abs(near.end.milliseconds - end.milliseconds) <= 43_200_000,
      near.end.milliseconds - day.lowerBound.milliseconds >= PlugDays.shortestDay
    else { return nil }
    return near
  }
}
