import Calendar
import Readings

/// Instants that the plug told by its own clock.
extension StepClassifier {
  /// An instant that the plug told by its own clock.
  func instant(ofClock clock: Int64, _ point: CounterPoint) -> Int64? {
    guard clock >= FirmwareFacts.firstValidClock, let lead = lead(of: point) else { return nil }
    return clock - PlugClock.zoneOffset(ofLead: lead)
  }

  /// How far the plug's clock is ahead; of a message that was held up on its way, as far as it usually is.
  private func lead(of point: CounterPoint) -> Int64? {
    guard let lead = point.clockLead, let usualLead else { return point.clockLead }
    // One that was held up over midnight.
    if point.time != point.received { return usualLead }
    return lead < usualLead && usualLead - lead <= StepClassifier.longestDelay ? usualLead : lead
  }

  /// The start of one of the plug's days in UTC, within the two readings.
  func midnight(ofDay day: Int64?, _ old: CounterPoint, _ new: CounterPoint) -> Int64 {
    guard let day else { return new.time }
    let wall = day * 86_400_000
    let newLead = lead(of: new).map(PlugClock.zoneOffset)
    let oldLead = lead(of: old).map(PlugClock.zoneOffset)
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
