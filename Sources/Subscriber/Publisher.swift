import CMosquitto
import Clock
import Glibc

/// A connection that publishes: for simulated plugs. Belongs to the thread that uses it.
public final class Publisher {
  private let connection: BrokerConnection

  /// Connects, waiting at most so long.
  public init(options: ConnectionOptions, milliseconds: Int64 = 15_000) throws(ConnectionFailure) {
    try options.check()
    let deadline = SystemClock.monotonicMilliseconds() + milliseconds
    var version: Int32 = 5
    while true {
      let attempt = try BrokerConnection(
        options: options, version: version, filters: [], queue: nil, avoiding: nil)
      while attempt.isOpen && attempt.phase != .ready && SystemClock.monotonicMilliseconds() < deadline {
        attempt.drive(milliseconds: 100, wake: nil)
      }
      switch attempt.phase {
      case .ready:
        connection = attempt
        return
      case .closed(.versionRefused) where version == 5: version = 4
      case .closed(let failure): throw failure ?? .lost(reason: "closed")
      default: throw .unreachable(endpoint: options.broker.endpoint, reason: "no answer (timed out)")
      }
    }
  }

  /// Publishes at QoS 0. Waits while the broker does not take what was published before.
  public func publish(topic: String, payload: [UInt8], isRetained: Bool) throws(ConnectionFailure) {
    try finishPublishing(topic, payload.withUnsafeBytes { send(topic, $0, isRetained) })
  }

  /// The same from memory that the caller owns.
  public func publish(
    topic: String, payload: UnsafeRawBufferPointer, isRetained: Bool
  ) throws(ConnectionFailure) {
    try finishPublishing(topic, send(topic, payload, isRetained))
  }

  private func send(_ topic: String, _ payload: UnsafeRawBufferPointer, _ isRetained: Bool) -> Int32 {
    guard connection.isOpen else { return Int32(MOSQ_ERR_NO_CONN.rawValue) }
    return connection.client.functions.publish(
      connection.client.handle, nil, topic, Int32(clamping: payload.count), payload.baseAddress, 0, isRetained)
  }

  private func finishPublishing(_ topic: String, _ result: Int32) throws(ConnectionFailure) {
    try checkOpen()
    guard result == 0 else {
      throw .lost(reason: "cannot publish to \(topic): \(connection.client.functions.text(ofError: result))")
    }
    while connection.isOpen && connection.client.wantsWrite {
      connection.drive(milliseconds: 1000, wake: nil)
    }
    try checkOpen()
  }

  /// Keeps the connection alive for so long; call it instead of sleeping.
  public func wait(milliseconds: Int64) throws(ConnectionFailure) {
    let end = SystemClock.monotonicMilliseconds() + milliseconds
    while true {
      try checkOpen()
      let rest = end - SystemClock.monotonicMilliseconds()
      connection.drive(milliseconds: Int32(clamping: max(0, min(rest, 1000))), wake: nil)
      if rest <= 0 { return }
    }
  }

  /// Says goodbye. Everything that was published has left.
  public func close() { connection.disconnect() }

  private func checkOpen() throws(ConnectionFailure) {
    if case .closed(let failure) = connection.phase { throw failure ?? .lost(reason: "closed") }
  }
}
