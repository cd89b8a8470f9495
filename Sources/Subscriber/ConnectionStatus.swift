/// What a subscriber is doing, for `status` and for messages to a person.
package struct ConnectionStatus: Sendable, Equatable {
  package enum State: Sendable, Equatable {
    case connecting
    /// Connected and subscribed.
    case connected
    /// Between two attempts.
    case waiting
    /// Stopped for good.
    case stopped
  }

  package var state = State.connecting
  /// When this state (for ``State/waiting`` and ``State/connecting``: the outage) began, in UTC milliseconds.
  package var since: Int64
  package var lastFailure: ConnectionFailure?
  /// 5, or 4 for MQTT 3.1.1.
  package var protocolVersion = 5
  /// Connections that were made.
  package var connectionCount = 0
  /// Messages that arrived, dropped ones included.
  package var receivedCount: UInt64 = 0
  /// Messages that wait for the consumer.
  package var queuedCount = 0
  package var drops = DropCounts()
}
