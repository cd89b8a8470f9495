package import Readings

/// One message as a subscriber gets it.
package struct SimulatedMessage: Sendable, Equatable {
  /// When the subscriber got it: UTC nanoseconds since 1970. Never decreases from message to message.
  package var receivedAtNanoseconds: Int64
  package var topic: [UInt8]
  /// May be empty.
  package var payload: [UInt8]
  /// The retain flag that a subscriber sees: set only on what the broker had stored.
  package var retained: Bool
  /// The retain flag with which the plug (or its will) publishes it.
  package var publishRetained: Bool
  /// The broker repeats a stored message to a subscriber that connects again; a live publisher leaves it out. What is
  /// retained at the very start is no repetition: it brings the broker's store about.
  package var isRedelivery: Bool

  package var receivedAt: Timestamp {
    Timestamp(milliseconds: receivedAtNanoseconds.flooringQuotient(1_000_000))
  }
}
