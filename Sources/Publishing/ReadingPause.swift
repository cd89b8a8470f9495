/// How long a store is not read anew after it was: fifty times as long as the reading took.
///
/// Whoever may publish on the bus can say that plugs started or that their counters were set, as often as he likes, and
/// each such word makes the store worth another look. So reading takes at most a fiftieth of the time, whatever is said.
public struct ReadingPause {
  /// What all readings may take of the time between their beginnings: one part of so many.
  public static let share: Int64 = 50

  private var end: Int64 = .min

  public init() {}

  /// - Parameter now: of a steady clock, in milliseconds, as all times here.
  public func isOver(at now: Int64) -> Bool { now >= end }

  /// The store was read, in vain or not.
  public mutating func begin(afterReadingFrom start: Int64, to now: Int64) {
    // A reading that took no millisecond took some.
    last(until: now + max(now - start, 1) * (ReadingPause.share - 1))
  }

  /// No reading before then, whatever one takes.
  public mutating func last(until instant: Int64) { end = max(end, instant) }
}
