/// A message that was counted and not stored.
public enum Tally: Hashable, Sendable {
  case retained
  case ignored
  /// Ours but broken; the reason in kebab-case.
  case refused(String)
}

/// Messages that were counted and not stored, since the store was made.
public struct Tallies: Equatable, Sendable {
  public var duplicates: Int64 = 0
  public var retained: Int64 = 0
  public var ignored: Int64 = 0
  public var refused: [String: Int64] = [:]

  /// Reasons are ours, not the network's; the bound holds even so.
  public static let maximumReasonCount = 64

  public init() {}

  public mutating func count(_ tally: Tally, times: Int64 = 1) {
    switch tally {
    case .retained: retained += times
    case .ignored: ignored += times
    case .refused(let reason):
      guard refused[reason] != nil || refused.count < Tallies.maximumReasonCount else { return }
      refused[reason, default: 0] += times
    }
  }
}
