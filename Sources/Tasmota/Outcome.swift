public import Readings

/// What became of one message.
public enum Outcome: Sendable, Equatable {
  /// A live energy message; its numbers are in the reading that was passed in, its plug is `devices[index]`.
  case reading(Int)
  case event(Event)
  /// The broker kept this message for later subscribers: its numbers may be of any age, so it is never a measurement.
  case retained
  /// Not ours.
  case ignored(IgnoredReason)
  /// Ours, but broken or beyond a bound.
  case refused(RefusalReason)
}
