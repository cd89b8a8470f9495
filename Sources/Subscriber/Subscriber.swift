import Clock
import Glibc

/// Keeps a connection to a broker and its subscriptions alive, and puts what arrives into one bounded queue.
///
/// A thread of its own does the network; the caller waits for ``fileDescriptor`` to become readable and calls
/// ``receive(into:)``. Whatever goes wrong is retried with a growing delay; ``status`` and the batch's changes say
/// what happened. Sessions are clean, and each connection subscribes anew.
public final class Subscriber: Sendable {
  private let loop: ConnectionLoop

  /// Checks the options; does not connect yet.
  ///
  /// - Parameter filters: MQTT topic filters, at least one; a connection fails with those that MQTT does not allow.
  public init(options: ConnectionOptions, filters: [String]) throws(ConnectionFailure) {
    try options.check()
    guard !filters.isEmpty else { throw .settings("no topic filter to subscribe to") }
    guard let queue = MessageQueue(), let wake = WakeUp() else {
      throw .resources("the process has no file descriptors left")
    }
    loop = ConnectionLoop(options: options, filters: filters, queue: queue, wake: wake)
  }

  /// Connects in the background, and stays at it until ``requestStop()``.
  public func start() throws(ConnectionFailure) { try loop.start() }

  /// Readable while ``receive(into:)`` has something to give.
  public var fileDescriptor: Int32 { loop.queue.filled.fileDescriptor }

  /// Takes over everything that waits; what the batch held before is gone. Does not block.
  public func receive(into batch: inout MessageBatch) { loop.queue.drain(into: &batch) }

  /// Waits until there is something to receive, a signal arrives, or the time is over.
  @discardableResult
  public func wait(milliseconds: Int32) -> Bool { loop.queue.filled.wait(milliseconds: milliseconds) }

  public var status: ConnectionStatus { loop.status }

  /// Asks the network thread to take in what has arrived, to say goodbye to the broker and to end.
  ///
  /// Go on receiving until ``hasStopped``, then once more.
  public func requestStop() {
    loop.requestStop()
  }

  public var hasStopped: Bool { loop.hasStopped }

  /// Stops, and hands everything that was still received to `body`, waiting at most so long.
  ///
  /// The thread may be held up by the resolver; it is left behind then.
  public func stop<Failure: Error>(
    milliseconds: Int64 = 2000, _ body: (borrowing MessageBatch) throws(Failure) -> Void
  ) throws(Failure) {
    requestStop()
    let deadline = SystemClock.monotonicMilliseconds() + milliseconds
    var batch = MessageBatch()
    while true {
      let isLast = hasStopped || SystemClock.monotonicMilliseconds() >= deadline
      receive(into: &batch)
      if !batch.isEmpty { try body(batch) }
      if isLast { return }
      wait(milliseconds: 50)
    }
  }
}
