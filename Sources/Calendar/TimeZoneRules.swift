public import Readings

/// A time zone: which offset from UTC its clocks show at any instant, past and future.
///
/// Made from the bytes of a TZif file (RFC 9636, versions 1 to 4), which the caller reads. After the file's last
/// transition the rule in its footer holds.
public struct TimeZoneRules: Hashable, Sendable {
  /// One object for all copies: accounting hands its zone on with each step of a counter.
  private let tables: Tables

  private final class Tables: Hashable, Sendable {
    /// Starts of the types' validity in UTC seconds, strictly increasing.
    let transitions: [Int64]
    /// The offset in seconds east of UTC from transition `i` on.
    let offsets: [Int32]
    /// Before the first transition.
    let initialOffset: Int32
    /// After the last transition.
    let rule: DaylightRule?

    init(transitions: [Int64], offsets: [Int32], initialOffset: Int32, rule: DaylightRule?) {
      self.transitions = transitions
      self.offsets = offsets
      self.initialOffset = initialOffset
      self.rule = rule
    }

    static func == (one: Tables, other: Tables) -> Bool {
      one === other
        || (one.transitions == other.transitions && one.offsets == other.offsets
          && one.initialOffset == other.initialOffset && one.rule == other.rule)
    }

    func hash(into hasher: inout Hasher) {
      hasher.combine(transitions)
      hasher.combine(offsets)
      hasher.combine(initialOffset)
      hasher.combine(rule)
    }
  }

  public static let utc = TimeZoneRules(offsetSeconds: 0)

  /// A zone whose clocks never change.
  public init(offsetSeconds: Int) {
    tables = Tables(transitions: [], offsets: [], initialOffset: Int32(clamping: offsetSeconds), rule: nil)
  }

  /// - Parameter bytes: a whole TZif file.
  public init(tzif bytes: [UInt8]) throws(TimeZoneError) {
    let file = try TimeZoneFile(bytes)
    tables = Tables(
      transitions: file.transitions, offsets: file.offsets, initialOffset: file.initialOffset, rule: file.rule)
  }

  /// Seconds east of UTC at an instant.
  public func offset(at instant: Timestamp) -> Int { Int(offset(atSeconds: instant.seconds)) }

  private func offset(atSeconds seconds: Int64) -> Int32 {
    guard let last = tables.transitions.last, seconds < last else {
      if let rule = tables.rule { return rule.offset(atSeconds: seconds) }
      return tables.offsets.last ?? tables.initialOffset
    }
    let count = transitionCount(through: seconds)
    return count == 0 ? tables.initialOffset : tables.offsets[count - 1]
  }

  /// How many transitions of the file are at `seconds` or before.
  private func transitionCount(through seconds: Int64) -> Int {
    tables.transitions.partitioningIndex { $0 > seconds }
  }

  /// The offset over a whole stretch of time; nil where the clocks are, or may be, changed within it.
  private func constantOffset(from start: Int64, through end: Int64) -> Int32? {
    guard let last = tables.transitions.last else {
      guard let rule = tables.rule else { return tables.initialOffset }
      return rule.constantOffset(from: start, through: end)
    }
    if start >= last {
      guard let rule = tables.rule else { return tables.offsets.last }
      return rule.constantOffset(from: start, through: end)
    }
    let count = transitionCount(through: start)
    guard end < tables.transitions[count] else { return nil }
    return count == 0 ? tables.initialOffset : tables.offsets[count - 1]
  }

  /// What the zone's clocks show.
  public func local(at instant: Timestamp) -> CivilTime {
    let seconds = instant.seconds
    return CivilTime(secondsSince1970: seconds + Int64(offset(atSeconds: seconds)))
  }

  public func date(at instant: Timestamp) -> LocalDate {
    let seconds = instant.seconds
    return LocalDate(dayNumber: (seconds + Int64(offset(atSeconds: seconds))).flooringQuotient(86_400))
  }

  /// Which instants a clock reading means.
  public enum Instants: Hashable, Sendable {
    case one(Timestamp)
    /// The clock shows it twice.
    case two(earlier: Timestamp, later: Timestamp)
    /// The clock never shows it: it was put forward over it at this instant.
    case none(skippedAt: Timestamp)
  }

  /// The instants at which the zone's clocks show `local`.
  public func instants(of local: CivilTime) -> Instants {
    let wall = local.secondsSince1970
    if let offset = constantOffset(from: wall - 93_600, through: wall + 93_600) {
      return .one(Timestamp(seconds: wall - Int64(offset)))
    }
    // No zone is more than 26 hours from UTC, and none changes twice within two days of 1970 or later.
    let before = Int64(offset(atSeconds: wall - 93_600))
    let after = Int64(offset(atSeconds: wall + 93_600))
    var found: [Int64] = []
    for offset in Set([before, after]).sorted(by: >) {
      let candidate = wall - offset
      if Int64(self.offset(atSeconds: candidate)) == offset { found.append(candidate) }
    }
    if found.isEmpty || (found.count == 1 && before == after) {
      // A change and its return inside the window: look at what holds around each candidate.
      for candidate in stride(from: wall - 93_600, through: wall + 93_600, by: 1800) {
        let instant = wall - Int64(offset(atSeconds: candidate))
        if !found.contains(instant), instant + Int64(offset(atSeconds: instant)) == wall { found.append(instant) }
      }
      found.sort()
    }
    if let first = found.first {
      guard let last = found.last, last != first else { return .one(Timestamp(seconds: first)) }
      return .two(earlier: Timestamp(seconds: first), later: Timestamp(seconds: last))
    }
    return .none(skippedAt: Timestamp(seconds: firstInstant(atOrPast: wall, from: wall - max(before, after) - 1)))
  }

  /// The first instant from `start` on at which clocks show `wall` or more; at most two days away.
  private func firstInstant(atOrPast wall: Int64, from start: Int64) -> Int64 {
    start
      + Int64(
        (0..<2 * 93_600).partitionPoint { step in
          start + Int64(step) + Int64(offset(atSeconds: start + Int64(step))) >= wall
        })
  }

  /// The first instant of a local day: local midnight, the earlier of two, or where midnight is skipped the instant of
  /// the change. A day that the zone skips wholly (Apia, 2011-12-30) starts when the next one does.
  public func start(of date: LocalDate) -> Timestamp {
    let midnight = CivilTime(secondsSince1970: date.dayNumber * 86_400)
    return switch instants(of: midnight) {
    case .one(let instant), .two(earlier: let instant, later: _), .none(skippedAt: let instant): instant
    }
  }

  /// The instants of a local day: 23, 24, 25 or 23.5 hours, or none.
  public func range(of date: LocalDate) -> Range<Timestamp> {
    let start = start(of: date)
    return start..<max(start, self.start(of: date.advanced(byDays: 1)))
  }

  /// Every instant within `range`, its start excluded, at which the clocks are changed.
  public func changes(in range: Range<Timestamp>) -> [Timestamp] {
    var found: [Int64] = []
    var index = transitionCount(through: range.lowerBound.seconds)
    while index < tables.transitions.count, Timestamp(seconds: tables.transitions[index]) < range.upperBound {
      if tables.offsets[index] != (index == 0 ? tables.initialOffset : tables.offsets[index - 1]) {
        found.append(tables.transitions[index])
      }
      index += 1
    }
    let last = tables.transitions.last ?? .min
    if let rule = tables.rule, range.upperBound.seconds >= last {
      let fromYear = CivilTime(secondsSince1970: range.lowerBound.seconds).year - 1
      let toYear = CivilTime(secondsSince1970: range.upperBound.seconds).year + 1
      if fromYear <= toYear, toYear - fromYear < 10_000 {
        for year in fromYear...toYear {
          for seconds in rule.transitions(of: year)
          where seconds > last && seconds > range.lowerBound.seconds && Timestamp(seconds: seconds) < range.upperBound {
            found.append(seconds)
          }
        }
      }
    }
    return Set(found).sorted().map { Timestamp(seconds: $0) }
  }
}

/// Why bytes are no time zone.
public struct TimeZoneError: Error, Hashable, Sendable, CustomStringConvertible {
  public var offset: Int
  public var cause: String

  public var description: String { "no TZif time zone: \(cause) (at byte \(offset))" }
}
