import Clock

/// A connection that publishes what the broker is to keep, and leaves a last will: for as long as it stands others see
/// that its owner is there.
///
/// A thread of its own does the network, so that whoever publishes never waits. It connects again whenever the
/// connection is lost; then, and after ``isReady`` was false, everything is to be published anew.
public final class Announcer: Sendable {
  /// What is kept on one topic while this client is there, and what its last will puts there once it is not.
  public struct Presence: Hashable, Sendable {
    public var present: OutgoingMessage
    public var absent: OutgoingMessage

    public init(topic: String, present: String, absent: String) {
      self.present = OutgoingMessage(topic: topic, payload: Array(present.utf8))
      self.absent = OutgoingMessage(topic: topic, payload: Array(absent.utf8))
    }
  }

  /// More that is not acknowledged is a broker that does not keep up: its owner waits.
  private static let openLimit = 4096

  private let loop: ConnectionLoop
  private let outbox: Outbox

  /// Checks the options; does not connect yet.
  ///
  /// - Parameters:
  ///   - presence: nil for a client that tells nobody whether it is there.
  ///   - echoPatienceMilliseconds: in MQTT 3.1.1, how long what the broker acknowledged may take to come back.
  public init(
    options: ConnectionOptions, presence: Presence?, echoPatienceMilliseconds: Int64 = 10_000
  ) throws(ConnectionFailure) {
    try options.check()
    guard let queue = MessageQueue(), let wake = WakeUp() else {
      throw .resources("the process has no file descriptors left")
    }
    outbox = Outbox(presence: presence, echoPatience: echoPatienceMilliseconds)
    loop = ConnectionLoop(options: options, filters: [], queue: queue, outbox: outbox, wake: wake)
  }

  /// Connects in the background, and stays at it until ``stop(milliseconds:)``.
  public func start() throws(ConnectionFailure) { try loop.start() }

  public var status: ConnectionStatus { loop.status }

  /// Whether it is connected and the broker keeps up.
  public var isReady: Bool { loop.status.state == .connected && outbox.openCount < Announcer.openLimit }

  /// Whether everything that was published has been acknowledged.
  public var isSettled: Bool { outbox.isSettled }

  /// Publishes messages, in their order. What does not reach the broker before the connection is lost is given up.
  public func publish(_ messages: [OutgoingMessage]) {
    guard !messages.isEmpty else { return }
    outbox.submit(messages)
    loop.wake.raise()
  }

  /// What became of the connection since this was asked.
  public func takeChanges() -> [ConnectionChange] {
    // Asked every second, and nearly always in vain.
    guard !loop.queue.isEmpty else { return [] }
    var batch = MessageBatch()
    loop.queue.drain(into: &batch)
    return batch.changes
  }

  /// The first publication since this was asked that the broker did not take.
  public func takeRefusal() -> PublicationRefusal? { outbox.takeRefusal() }

  /// Says that its owner goes, and goodbye, waiting at most so long.
  public func stop(milliseconds: Int64 = 2000) {
    loop.requestStop()
    let deadline = SystemClock.monotonicMilliseconds() + milliseconds
    while !loop.hasStopped, SystemClock.monotonicMilliseconds() < deadline {
      loop.queue.filled.wait(milliseconds: 50)
      loop.queue.filled.lower()
    }
  }
}
