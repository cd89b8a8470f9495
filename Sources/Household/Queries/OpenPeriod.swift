public import Readings

/// When a period that is not over ends in reports.
public enum OpenPeriod {
  /// A plug that has been silent for longer may be gone; nobody waits for its next message.
  private static let speakingMilliseconds: Int64 = 900_000

  /// The last instant that every plug which speaks has told of, so that the seconds to its next message are not taken
  /// for missing. Readings of a clock that runs ahead are not cut off.
  ///
  /// - Parameters:
  ///   - devices: those that are reported.
  ///   - start: of the time that is asked for.
  public static func end(_ now: Timestamp, of devices: [LogicalDevice], after start: Timestamp) -> Timestamp {
    let last = devices.map(\.last).max() ?? now
    let latest = max(now, last.advanced(byMilliseconds: 1000))
    let speaking = devices.map(\.last).filter { latest.milliseconds - $0.milliseconds <= speakingMilliseconds }
    guard let end = speaking.min(), end > start else { return latest }
    return end
  }
}
