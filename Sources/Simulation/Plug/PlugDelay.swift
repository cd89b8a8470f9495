/// What holds a plug's messages up on their way to the subscriber.
struct PlugDelay: Sendable {
  private var heldUntil = Int64.min
  private var lateness: Int64 = 0

  /// Everything that is said before `instant` arrives then, unless the run is over.
  mutating func everything(until instant: Int64, end: Int64) {
    if instant < end - 1000 { heldUntil = max(heldUntil, instant) }
  }

  /// The next SENSOR arrives late.
  mutating func nextReading(by milliseconds: Int64) { lateness = milliseconds }

  func isActive(at now: Int64) -> Bool { heldUntil > now || lateness > 0 }

  /// When a message that is made now arrives; nil for at once.
  mutating func arrival(of message: Outgoing, at now: Int64, end: Int64) -> Int64? {
    switch message {
    case .stored, .held: return nil
    case .sensor where heldUntil <= now && lateness > 0:
      defer { lateness = 0 }
      return now + lateness < end - 1000 ? now + lateness : nil
    default: return heldUntil > now ? heldUntil : nil
    }
  }
}
