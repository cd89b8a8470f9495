public import Readings

/// One message as a subscriber gets it.
public struct SimulatedMessage: Sendable, Equatable {
  /// When the subscriber got it: UTC nanoseconds since 1970. Never decreases from message to message.
  public var receivedAtNanoseconds: Int64
  public var topic: [UInt8]
  /// May be empty.
  public var payload: [UInt8]
  /// The retain flag that a subscriber sees: set only on what the broker had stored.
  public var retained: Bool
  /// The retain flag with which the plug (or its will) publishes it.
  public var publishRetained: Bool
  /// The broker repeats a stored message to a subscriber that connects again; a live publisher leaves it out. What is
  /// retained at the very start is no repetition: it brings the broker's store about.
  public var isRedelivery: Bool

  public var receivedAt: Timestamp {
    Timestamp(milliseconds: receivedAtNanoseconds.flooringQuotient(1_000_000))
  }
}
