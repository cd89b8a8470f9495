import Clock
import Glibc
import Work

/// Keeps one connection after the other on a thread of its own: what that thread and its owner share.
final class ConnectionLoop: Sendable {
  private struct Control {
    var status: ConnectionStatus
    var isStopRequested = false
  }

  /// Microseconds.
  private static let acknowledgementRest: UInt32 = 20_000

  let options: ConnectionOptions
  let filters: [String]
  let queue: MessageQueue
  /// What is published; nil for a connection that only listens.
  private let outbox: Outbox?
  /// Raised to end a wait of the network thread.
  let wake: WakeUp
  private let control: Mutex<Control>

  init(
    options: ConnectionOptions, filters: [String], queue: MessageQueue, outbox: Outbox? = nil, wake: WakeUp
  ) {
    self.options = options
    self.filters = filters
    self.queue = queue
    self.outbox = outbox
    self.wake = wake
    control = Mutex(Control(status: ConnectionStatus(since: SystemClock.realtimeMilliseconds())))
  }

  private var isStopRequested: Bool { control.withLock { $0.isStopRequested } }

  var hasStopped: Bool { control.withLock { $0.status.state == .stopped } }

  var status: ConnectionStatus {
    var status = control.withLock { $0.status }
    (status.receivedCount, status.queuedCount, status.drops) = queue.counts
    return status
  }

  func requestStop() {
    control.withLock { $0.isStopRequested = true }
    wake.raise()
  }

  /// Begins the thread.
  func start() throws(ConnectionFailure) {
    let context = Unmanaged.passRetained(self)
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    // Signals are for the caller's thread.
    var all = sigset_t()
    var previous = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    var thread = pthread_t()
    let result = pthread_create(&thread, &attributes, runLoop, context.toOpaque())
    guard result == 0 else {
      context.release()
      throw .resources("cannot start a thread: \(String(cString: strerror(result)))")
    }
  }

  /// The network thread.
  fileprivate func run() {
    var delay = ReconnectDelay()
    var generator = SystemRandomNumberGenerator()
    var version: Int32 = 5
    var silenceLimit = options.silenceLimitSeconds
    var shortLives = 0
    var hangUps = 0
    var avoided: HostAddress?
    while !isStopRequested {
      let ending = serveOneConnection(version: version, silenceLimit: silenceLimit, avoiding: avoided)
      // Where a name has several addresses, the next attempt begins with another.
      avoided = ending.wasReady ? nil : ending.peer
      guard var failure = ending.failure else { break }
      if ending.wasReady {
        delay.connectionEnded(afterMilliseconds: ending.lifetime)
        version = 5
        shortLives = ending.lifetime < ReconnectDelay.lasting ? shortLives + 1 : 0
        if case .lost = failure, shortLives >= 3 { failure = .closedRepeatedly(clientID: options.clientID) }
      }
      if failure.showsBrokerAway {
        shortLives = 0
        delay.brokerWasAway()
      }
      // Plugs may be off for days: a connection that is renewed in vain is given more time.
      if case .silent = failure, !ending.receivedAnything {
        silenceLimit = min(silenceLimit * 2, 4 * 3600)
      } else {
        silenceLimit = options.silenceLimitSeconds
      }
      var wait: Int64 = 0
      switch failure {
      case .versionRefused where version == 5:
        // An older broker: it has told us, so there is no reason to wait.
        version = 4
      case .noBroker where !ending.wasReady, .versionRefused:
        // Some older brokers just hang up on a version that they do not know; each address is asked.
        hangUps += 1
        if hangUps % max(1, ending.addressCount) == 0 { version = version == 5 ? 4 : 5 }
        wait = delay.next(after: failure, now: SystemClock.monotonicMilliseconds(), using: &generator)
      default:
        wait = delay.next(after: failure, now: SystemClock.monotonicMilliseconds(), using: &generator)
      }
      note(failure, wasReady: ending.wasReady, retryAfter: wait)
      pause(milliseconds: wait)
    }
    control.withLock {
      $0.status.state = .stopped
      $0.status.since = SystemClock.realtimeMilliseconds()
    }
    queue.filled.raise()
  }

  /// How one connection ended; no failure means that a stop was requested.
  private struct Ending {
    var failure: ConnectionFailure?
    var wasReady = false
    var receivedAnything = false
    /// Milliseconds from the subscription to the end.
    var lifetime: Int64 = 0
    /// The address that was reached, and how many the broker's name has.
    var peer: HostAddress?
    var addressCount = 1
  }

  private func serveOneConnection(version: Int32, silenceLimit: Int64, avoiding avoided: HostAddress?) -> Ending {
    control.withLock { $0.status.state = .connecting }
    let connection: BrokerConnection
    do throws(ConnectionFailure) {
      connection = try BrokerConnection(
        options: options, version: version, filters: filters(version: version), queue: outbox == nil ? queue : nil,
        outbox: outbox, avoiding: avoided)
    } catch {
      return Ending(failure: error)
    }
    var ending = Ending()
    var flow = MessageFlow()
    var readyAt: Int64 = 0
    while connection.isOpen {
      let isWatching = outbox.map { version != 5 && $0.awaitsEcho } ?? true
      let (received, heardAt) = (connection.received.byteCount, connection.lastMessageAt)
      connection.drive(milliseconds: isWatching ? 1000 : 15_000, wake: wake)
      if connection.wasReady && !ending.wasReady {
        ending.wasReady = true
        readyAt = SystemClock.monotonicMilliseconds()
        outbox?.begin()
        noteReady(version: version, refusedFilters: outbox == nil ? connection.refusedFilters : [])
      }
      if let outbox {
        wake.lower()
        // Acknowledgements come one by one: they are read together.
        if connection.publishWaiting(), !isStopRequested { usleep(ConnectionLoop.acknowledgementRest) }
        if version != 5 { outbox.watchForEcho(hasArrived: connection.received.hasLive) }
      }
      if connection.phase == .ready, outbox == nil {
        if connection.received.byteCount != received, !connection.holdsMore {
          let rest = flow.rest(
            afterReading: connection.received.byteCount &- received, since: connection.lastMessageAt - heardAt)
          if rest > 0 { wake.wait(milliseconds: rest) }
        }
        let silence = SystemClock.monotonicMilliseconds() - connection.lastMessageAt
        if silence > silenceLimit * 1000 { connection.fail(.silent(seconds: silence / 1000)) }
      }
      if isStopRequested {
        if let absent = outbox?.presence?.absent { outbox?.submit([absent]) }
        if outbox != nil { connection.finishPublishing(milliseconds: 1000) }
        // What did not get through in time, the last will among it, the broker says of a connection that ends without a
        // goodbye.
        if outbox?.isSettled ?? true { connection.disconnect() }
        return ending
      }
    }
    (ending.peer, ending.addressCount) = (connection.peer, connection.addressCount)
    ending.receivedAnything = connection.received.count > 0
    if ending.wasReady { ending.lifetime = SystemClock.monotonicMilliseconds() - readyAt }
    if case .closed(let failure) = connection.phase { ending.failure = failure }
    return ending
  }

  /// MQTT 3.1.1 does not say that a publication was refused: what comes back was taken.
  private func filters(version: Int32) -> [String] {
    guard let outbox else { return filters }
    return version == 5 ? [] : [outbox.presence?.absent.topic].compactMap(\.self)
  }

  private func noteReady(version: Int32, refusedFilters: [String]) {
    let now = SystemClock.realtimeMilliseconds()
    control.withLock {
      $0.status.state = .connected
      $0.status.since = now
      $0.status.protocolVersion = Int(version)
      $0.status.connectionCount += 1
      $0.status.lastFailure = nil
    }
    queue.append(ConnectionChange(kind: .connected, at: now))
    if !refusedFilters.isEmpty { queue.append(ConnectionChange(kind: .filtersRefused(refusedFilters), at: now)) }
  }

  private func note(_ failure: ConnectionFailure, wasReady: Bool, retryAfter: Int64) {
    let now = SystemClock.realtimeMilliseconds()
    control.withLock {
      $0.status.state = .waiting
      if wasReady { $0.status.since = now }
      $0.status.lastFailure = failure
    }
    queue.append(
      ConnectionChange(
        kind: wasReady ? .lost(failure) : .failed(failure, retryAfterMilliseconds: retryAfter), at: now))
  }

  private func pause(milliseconds: Int64) {
    let end = SystemClock.monotonicMilliseconds() + milliseconds
    while !isStopRequested {
      let rest = end - SystemClock.monotonicMilliseconds()
      if rest <= 0 { return }
      wake.wait(milliseconds: Int32(clamping: rest))
      if outbox != nil { wake.lower() }
    }
  }
}

private func runLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context else { return nil }
  Unmanaged<ConnectionLoop>.fromOpaque(context).takeRetainedValue().run()
  return nil
}
