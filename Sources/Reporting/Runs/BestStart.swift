public import Pricing
public import Readings

/// Finds when runs would have cost least: the same course of use, put off by up to a day.
public struct BestStartSearch {
  let curve: PriceCurve

  /// - Parameter curve: what a kWh costs, over all times in which a run may lie.
  public init(curve: PriceCurve) { self.curve = curve }

  /// How long a run may be put off.
  static let longestDelay: Int64 = 86_400_000
  /// Starts are tried at full steps of it.
  private static let step: Int64 = 900_000

  /// A run's use, slice by slice from its start.
  public typealias Course = [(offset: Range<Int64>, energy: Energy)]

  /// Starts lie on quarter hours, and at the run's own start; of equal costs the earliest wins.
  ///
  /// - Returns: the best start, and what is saved by it; nil where the run's own time has no price.
  public func best(_ course: Course, start: Timestamp) -> (start: Timestamp, saving: Money)? {
    guard let own = cost(course, from: start) else { return nil }
    var best = (start: start, cost: own)
    let first = start.milliseconds.nextMultiple(of: BestStartSearch.step)
    let last = start.milliseconds + BestStartSearch.longestDelay
    for instant in stride(from: first, through: last, by: Int(BestStartSearch.step)) {
      let candidate = Timestamp(milliseconds: instant)
      if let cost = cost(course, from: candidate), cost < best.cost { best = (candidate, cost) }
    }
    return (best.start, own - best.cost)
  }

  private func cost(_ course: Course, from start: Timestamp) -> Money? {
    var sum = Money.zero
    for (offset, energy) in course {
      let from = start.advanced(byMilliseconds: offset.lowerBound)
      guard let cost = curve.cost(of: energy, over: from..<start.advanced(byMilliseconds: offset.upperBound)) else {
        return nil
      }
      sum += cost
    }
    return sum
  }
}
