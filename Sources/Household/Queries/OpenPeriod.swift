public import Readings
import Storage

/// When a period that is not over ends in reports.
public enum OpenPeriod {
  /// A plug that has been silent for longer may be gone; nobody waits for its next message.
  private static let speakingMilliseconds: Int64 = 900_000

  /// The last instant that every plug which speaks has told of, so that the seconds to its next message are not taken
  /// for missing; behind the first reading of each of them in that time, so that none is left out. Readings of a clock
  /// that runs ahead are not cut off.
  ///
  /// - Parameters:
  ///   - devices: those that are reported.
  ///   - start: of the time that is asked for.
  ///   - store: tells whether a plug spoke in that time; nil where all that is asked is how far readings tell.
  public static func end(
    _ now: Timestamp, of devices: [LogicalDevice], after start: Timestamp, in store: HouseholdStore? = nil
  ) -> Timestamp {
    let last = devices.map(\.last).max() ?? now
    let latest = max(now, last.advanced(byMilliseconds: 1000))
    let speaking = devices.filter { latest.milliseconds - $0.last.milliseconds <= speakingMilliseconds }
    guard let end = speaking.map(\.last).min(), end > start else { return latest }
    guard let store else { return end }
    let newcomers = speaking.filter { !store.holdsReading(of: $0, in: start..<end) }
    // One that is new has its first reading there; of one that was silent until then the last is near.
    let heard = newcomers.map { $0.first >= end ? $0.first : $0.last }.max()
    return max(end, heard?.advanced(byMilliseconds: 1000) ?? end)
  }
}

extension HouseholdStore {
  fileprivate func holdsReading(of device: LogicalDevice, in range: Range<Timestamp>) -> Bool {
    device.members.contains { member in
      member.first < range.upperBound && member.last >= range.lowerBound
        && reader.holdsReading(of: member.device, in: range, detail: .hours)
    }
  }
}
