/// A message that was counted and not stored.
package enum Tally: Hashable, Sendable {
  case retained
  case ignored
  /// Ours but broken; the reason in kebab-case.
  case refused(String)
}

/// Messages that were counted and not stored, since the store was made.
package struct Tallies: Equatable, Sendable {
  package var duplicates: Int64 = 0
  package var retained: Int64 = 0
  package var ignored: Int64 = 0
  package var refused: [String: Int64] = [:]

  /// Reasons are ours, not the network's; the bound holds even so.
  package static let maximumReasonCount = 64

  package init() {}

  package mutating func count(_ tally: Tally, times: Int64 = 1) {
    switch tally {
    case .retained: retained += times
    case .ignored: ignored += times
    case .refused(let reason):
      guard refused[reason] != nil || refused.count < Tallies.maximumReasonCount else { return }
      refused[reason, default: 0] += times
    }
  }
}
