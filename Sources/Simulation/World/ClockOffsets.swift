public import Readings

/// A clock on the wall: how far it is ahead of UTC, and when that changes.
///
/// The simulation knows no zone names; the caller fills this table from its zone rules.
public struct ClockOffsets: Sendable, Equatable {
  /// Seconds ahead of UTC before the first change.
  public let initial: Int
  /// In ascending order: from this instant the clock is so many seconds ahead of UTC.
  public let changes: [Change]

  public struct Change: Sendable, Equatable {
    public var at: Timestamp
    public var offset: Int
    public init(at: Timestamp, offset: Int) {
      self.at = at
      self.offset = offset
    }
  }

  public init(initial: Int, changes: [Change] = []) {
    self.initial = initial
    self.changes = changes.sorted { $0.at < $1.at }
  }

  public static let utc = ClockOffsets(initial: 0)
  /// What an unconfigured plug has: +01:00 and no daylight saving (TASMOTA my_user_config.h, APP_TIMEZONE 1).
  public static let firmwareDefault = ClockOffsets(initial: 3600)

  /// Takes the table from any rule that tells the offset at an instant. Changes are found to the second, provided
  /// that no two lie within six hours.
  public init(over range: Range<Timestamp>, offsetAt offset: (Timestamp) -> Int) {
    let step: Int64 = 6 * 3600
    var changes: [Change] = []
    var at = range.lowerBound.seconds
    let end = range.upperBound.seconds + 2 * 86_400
    let first = offset(Timestamp(seconds: at))
    var current = first
    while at < end {
      let next = at + step
      let there = offset(Timestamp(seconds: next))
      if there != current {
        let change = (Int(at) + 1..<Int(next)).partitionPoint { offset(Timestamp(seconds: Int64($0))) != current }
        changes.append(Change(at: Timestamp(seconds: Int64(change)), offset: there))
        current = there
      }
      at = next
    }
    self.init(initial: first, changes: changes)
  }

  /// Seconds ahead of UTC at an instant.
  public func offset(at instant: Timestamp) -> Int {
    var result = initial
    for change in changes {
      guard change.at <= instant else { break }
      result = change.offset
    }
    return result
  }

  /// The offset at an instant and how long it lasts, in milliseconds, so that callers need not ask for each.
  func span(at milliseconds: Int64) -> (offset: Int64, until: Int64) {
    var result = initial
    for change in changes {
      guard change.at.milliseconds <= milliseconds else { return (Int64(result), change.at.milliseconds) }
      result = change.offset
    }
    return (Int64(result), .max)
  }

  /// The offset without daylight saving.
  var standard: Int64 { Int64(changes.reduce(initial) { min($0, $1.offset) }) }

  /// Days from 1970-01-01 to the date that the clock shows.
  public func day(at instant: Timestamp) -> Int64 {
    (instant.seconds + Int64(offset(at: instant))).flooringQuotient(86_400)
  }

  /// The first instant whose date on this clock is the given day or later.
  public func start(ofDay day: Int64) -> Timestamp {
    let local = day * 86_400
    // The clock may show a midnight twice; the earlier one begins the day. It may show none; then the change does.
    var best = Timestamp(seconds: local - Int64(initial))
    var found = changes.first.map { best < $0.at } ?? true
    for (index, change) in changes.enumerated() where !found {
      let candidate = Timestamp(seconds: local - Int64(change.offset))
      let end = index + 1 < changes.count ? changes[index + 1].at : Timestamp(milliseconds: .max)
      if candidate < end {
        best = max(candidate, change.at)
        found = true
      }
    }
    return best
  }
}
