import Calendar
import Readings

/// Instants that the plug told by its own clock.
extension StepClassifier {
  /// An instant that the plug told by its own clock.
  func instant(ofClock clock: Int64, _ point: CounterPoint) -> Int64? {
    guard clock >= FirmwareFacts.firstValidClock, let lead = lead(of: point) else { return nil }
    return clock - PlugClock.zoneOffset(ofLead: lead)
  }

  /// The message came longer after it was built than jitter explains, by the clock as it usually is.
  func isHeldUp(_ point: CounterPoint) -> Bool {
    guard let lead = point.clockLead, let usualLead else { return false }
    return point.time != point.received || usualLead - lead > StepClassifier.leadSlack
  }

  /// The plug's clock is further than it usually is: somebody put it forward.
  func isAhead(_ point: CounterPoint) -> Bool {
    guard let lead = point.clockLead, let usualLead else { return true }
    return lead - usualLead > StepClassifier.leadSlack
  }

  /// How far the plug's clock is ahead; of a message that was held up on its way, as far as it usually is.
  ///
  /// - Parameter neighbour: the reading on the other side of the step.
  private func lead(of point: CounterPoint, beside neighbour: CounterPoint? = nil) -> Int64? {
    guard let lead = point.clockLead, let usualLead, isHeldUp(point) else { return point.clockLead }
    // One that was held up over midnight.
    if point.time != point.received { return usualLead }
    let delay = usualLead - lead
    guard delay > StepClassifier.longestDelay else { return usualLead }
    // Zones go back by half hours.
    return PlugClock.isZoneStep(delay) && !(neighbour.map { isBurst(point, $0) } ?? false) ? lead : usualLead
  }

  /// A clock that went back stays there: messages of a burst are behind by what each of them was held up, and the first
  /// was built no longer after the one before than usual.
  private func isBurst(_ point: CounterPoint, _ neighbour: CounterPoint) -> Bool {
    guard point.hasClock, neighbour.hasClock else { return false }
    let received = abs(point.received - neighbour.received)
    let built = abs(point.clock - neighbour.clock)
    if isHeldUp(neighbour) { return abs(built - received) > StepClassifier.leadSlack }
    return received > gapLimit && built <= gapLimit
  }

  /// The start of one of the plug's days in UTC, within the two readings.
  func midnight(ofDay day: Int64?, _ old: CounterPoint, _ new: CounterPoint) -> Int64 {
    guard let day else { return new.time }
    let wall = day * 86_400_000
    let newLead = lead(of: new, beside: old).map(PlugClock.zoneOffset)
    let oldLead = lead(of: old, beside: new).map(PlugClock.zoneOffset)
    var result = wall - (newLead ?? oldLead ?? 0)
    if let newLead, let oldLead, newLead != oldLead, let timeZone,
      Int64(timeZone.offset(at: Timestamp(milliseconds: old.time))) * 1000 == oldLead,
      Int64(timeZone.offset(at: Timestamp(milliseconds: new.time))) * 1000 == newLead
    {
      result = timeZone.start(of: LocalDate(dayNumber: day)).milliseconds
    }
    return min(max(result, old.time), new.time)
  }
}
