public import Readings

/// A decision of the accounting, or something that explains one: a line of `events`, a note of a report.
public struct LedgerEvent: Hashable, Sendable {
  public var kind: Kind
  /// 1, 2, … for a counter of its own; nil for what concerns the whole plug.
  public var channel: Int?
  /// The last sound reading before it, or when it began.
  public var from: Timestamp
  /// The first reading that showed it, or when it ended. Not before ``from``.
  public var to: Timestamp
  /// The counter (Total) before and after; nil where no counter is concerned.
  public var before: Energy?
  public var after: Energy?
  /// What was counted as use between ``from`` and ``to``; nil where the event says nothing about energy.
  public var energy: Energy?
  /// A short word for the reason: `power-cut`, `plug-offline`, `recorder-off`, … (Reports/README.md lists them).
  public var cause: String
  /// One sentence for a person, without device and time.
  public var text: String
  /// By which `device undo` takes the decision back; nil for what is no decision on a counter's step.
  public var decision: String?

  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A power cut lost the counter's running day.
    case fallback
    /// The counter was set back to zero (or to today's use).
    case reset
    /// The counter was set up or down by command, or jumped as no power could make it.
    case counterSet = "counter-set"
    /// False readings, left out.
    case glitch
    /// Another plug under the same name.
    case swap
    /// Several plugs under one topic.
    case sharedTopic = "shared-topic"
    /// Readings that tell neither a counter nor a power.
    case noCounter = "no-counter"
    /// A history from before, which was imported.
    case imported
    /// The plug's clock was wrong, or stepped.
    case clock
    /// Silence.
    case gap
    /// LWT.
    case availability
    case relay
    case restart
  }

  public init(
    kind: Kind, channel: Int? = nil, from: Timestamp, to: Timestamp, before: Energy? = nil, after: Energy? = nil,
    energy: Energy? = nil, cause: String, text: String, decision: String? = nil
  ) {
    self.decision = decision
    self.kind = kind
    self.channel = channel
    self.from = from
    self.to = to
    self.before = before
    self.after = after
    self.energy = energy
    self.cause = cause
    self.text = text
  }

  /// Whether it says something of a time: one that ends where the time begins does, by the reading that showed it. A history
  /// does not.
  public func concerns(_ range: Range<Timestamp>) -> Bool {
    from < range.upperBound && (kind == .imported ? to > range.lowerBound : to >= range.lowerBound)
  }

  /// The order of a ledger: by time, then by kind, channel and text.
  func precedes(_ other: LedgerEvent) -> Bool {
    if from != other.from { return from < other.from }
    if to != other.to { return to < other.to }
    return (kind.rawValue, channel ?? 0, text) < (other.kind.rawValue, other.channel ?? 0, other.text)
  }
}
