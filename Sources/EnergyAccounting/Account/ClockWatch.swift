import Readings

/// Watches a plug's clock against the receive time: never set (1970), and steps that are no change of zone.
struct ClockWatch {
  /// How far the clock is ahead of the receive time, in ms; 0 while unknown.
  private(set) var lead: Int64 = 0
  private var hasLead = false
  private var wrongSince: Int64?
  private var lastSeen: Int64 = 0
  private var candidate: (lead: Int64, since: Int64, count: Int)?

  /// Less is arrival jitter and drift.
  private static let tolerance: Int64 = 30_000

  /// False while the clock is wrong or about to be told to have stepped.
  var isSettled: Bool { wrongSince == nil && candidate == nil }

  /// Nil before the first reading of a clock that was set.
  var usualLead: Int64? { hasLead ? lead : nil }

  /// How long a message may have been held up on its way where none came after it that was built later, in ms.
  private static let longestHold: Int64 = 12 * 3_600_000

  /// The plug's midnight, where a message that was built before it came only then or after it; nil for the others.
  ///
  /// - Parameter last: when the message before stands.
  func missedMidnight(_ point: CounterPoint, after last: Int64) -> Int64? {
    guard hasLead, wrongSince == nil, let day = point.plugDay, let newLead = point.clockLead else { return nil }
    let offset = PlugClock.zoneOffset(ofLead: lead)
    let midnight = PlugClock.end(ofDay: day, lead: lead)
    guard newLead - lead <= ClockWatch.tolerance, lead - newLead <= ClockWatch.longestHold,
      midnight <= point.received,
      // The one before may stand there already: a burst was held up.
      point.clock - offset > last || last == midnight - 1
    else { return nil }
    return midnight
  }

  mutating func start(_ point: CounterPoint) { _ = see(point) }

  /// Takes a sound reading; returns what there is to tell.
  mutating func see(_ point: CounterPoint) -> LedgerEvent? {
    guard point.clock != CounterPoint.absent else { return nil }
    lastSeen = point.time
    guard let newLead = point.clockLead else {
      if wrongSince == nil { wrongSince = point.time }
      return nil
    }
    if let since = wrongSince {
      wrongSince = nil
      adopt(newLead)
      return ClockWatch.unset(from: since, to: point.time)
    }
    guard hasLead else {
      adopt(newLead)
      return nil
    }
    if abs(newLead - lead) <= ClockWatch.tolerance {
      // Messages are late, never early: the earliest tells the clock, and drift is followed slowly.
      lead = newLead > lead ? newLead : lead - (lead - newLead) / 64
      candidate = nil
      return nil
    }
    // Some late messages are no step: five in a row that agree are.
    guard let old = candidate, abs(old.lead - newLead) <= 5000 else {
      candidate = (newLead, point.time, 1)
      return nil
    }
    guard old.count >= 4 else {
      candidate?.count += 1
      return nil
    }
    let step = newLead - lead
    adopt(newLead)
    if PlugClock.isZoneStep(step), abs(step) > 900_000 { return nil }
    return LedgerEvent(
      kind: .clock, from: Timestamp(milliseconds: old.since), to: Timestamp(milliseconds: point.time), cause: "step",
      text: "the plug's clock was put \(step > 0 ? "forward" : "back") by \(abs(step) / 1000) s")
  }

  /// What is still wrong at the end.
  mutating func finish() -> LedgerEvent? {
    wrongSince.map { ClockWatch.unset(from: $0, to: lastSeen) }
  }

  private mutating func adopt(_ newLead: Int64) {
    lead = newLead
    hasLead = true
    candidate = nil
  }

  private static func unset(from: Int64, to: Int64) -> LedgerEvent {
    LedgerEvent(
      kind: .clock, from: Timestamp(milliseconds: from), to: Timestamp(milliseconds: to), cause: "not-set",
      text: "the plug had no time (its clock began in 1970)")
  }
}
