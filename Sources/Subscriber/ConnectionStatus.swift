/// What a subscriber is doing, for `status` and for messages to a person.
public struct ConnectionStatus: Sendable, Equatable {
  public enum State: Sendable, Equatable {
    case connecting
    /// Connected and subscribed.
    case connected
    /// Between two attempts.
    case waiting
    /// Stopped for good.
    case stopped
  }

  public var state = State.connecting
  /// When this state (for ``State/waiting`` and ``State/connecting``: the outage) began, in UTC milliseconds.
  public var since: Int64
  public var lastFailure: ConnectionFailure?
  /// 5, or 4 for MQTT 3.1.1.
  public var protocolVersion = 5
  /// Connections that were made.
  public var connectionCount = 0
  /// Messages that arrived, dropped ones included.
  public var receivedCount: UInt64 = 0
  /// Messages that wait for the consumer.
  public var queuedCount = 0
  public var drops = DropCounts()
}
