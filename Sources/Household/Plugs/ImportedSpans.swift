import Readings
import Storage

/// From when to when a history from before counts beside what a plug told itself: before its first reading and after its
/// last. Of two histories the one that was imported last counts where both tell: who imports again puts something right.
enum ImportedSpans {
  /// The members of a series, those of plugs whole, those of histories cut to what no other tells.
  static func members(
    _ members: [DeviceSeries.Member], of stored: [StoredDevice]
  ) -> [LogicalDevice.Member] {
    var found: [LogicalDevice.Member] = []
    var told: [ClosedRange<Timestamp>] = []
    func isImported(_ member: DeviceSeries.Member) -> Bool { stored[member.index].device.imported != nil }
    for member in members where !isImported(member) {
      guard let own = LogicalDevice.Member(stored[member.index], at: member.index, span: member.span) else { continue }
      found.append(own)
      told.append(own.first...max(own.first, own.last))
    }
    // What plugs told is one stretch: what happened in its gaps is known from their counters.
    if let first = told.map(\.lowerBound).min(), let last = told.map(\.upperBound).max() { told = [first...last] }
    for member in members.filter(isImported).sorted(by: { precedes(stored[$0.index], stored[$1.index]) }) {
      let before = told
      for span in free(of: before, within: member.span) {
        guard let own = LogicalDevice.Member(stored[member.index], at: member.index, span: span), own.first < own.last
        else { continue }
        found.append(own)
        told.append(own.first...own.last)
      }
    }
    return found
  }

  private static func precedes(_ one: StoredDevice, _ other: StoredDevice) -> Bool {
    guard let a = one.device.imported, let b = other.device.imported else { return false }
    return (a.part, a.topic) > (b.part, b.topic)
  }

  /// What is left of a span; a piece behind another begins with that one's last instant.
  private static func free(of told: [ClosedRange<Timestamp>], within span: Range<Timestamp>) -> [Range<Timestamp>] {
    var pieces = [span]
    for range in told.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      pieces = pieces.flatMap { piece -> [Range<Timestamp>] in
        guard piece.lowerBound <= range.upperBound, piece.upperBound > range.lowerBound else { return [piece] }
        var left: [Range<Timestamp>] = []
        if piece.lowerBound < range.lowerBound { left.append(piece.lowerBound..<range.lowerBound) }
        if piece.upperBound > range.upperBound {
          left.append(max(piece.lowerBound, range.upperBound)..<piece.upperBound)
        }
        return left
      }
    }
    return pieces
  }
}
