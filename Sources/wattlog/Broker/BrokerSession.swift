import Clock
import Readings
import Subscriber
import Text

/// Listens to a broker for a command that a person waits for: a first connection that fails ends it.
struct BrokerSession {
  private let subscriber: Subscriber
  private let console: Console

  init(_ options: ConnectionOptions, filters: [String], _ console: Console) throws(Failure) {
    self.console = console
    do throws(ConnectionFailure) {
      subscriber = try Subscriber(options: options, filters: filters)
      try subscriber.start()
    } catch {
      throw Failure(error)
    }
  }

  /// Hands every message to `message` until `deadline` (of ``SystemClock/monotonicNanoseconds``; nil: for ever), a
  /// signal, or a failure before the first connection; what the broker had sent by then is handed over too. `tick` is
  /// called after each batch, at least every second, `connected` once the broker let us in, `refusedFilters` with what
  /// it does not grant. What `isDone` says ends it earlier.
  func listen(
    until deadline: Int64?,
    message: (_ topic: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer, MessageBatch.Entry) -> Void,
    tick: () throws(Failure) -> Void,
    connected: () -> Void = {},
    refusedFilters: ([String]) -> Void = { _ in },
    isDone: () -> Bool = { false }
  ) throws(Failure) {
    // A program that ends while its thread is in the TLS library pulls that away from under it.
    var isWaitedFor = false
    defer { if !isWaitedFor { subscriber.stop { _ in } } }
    var batch = MessageBatch()
    var wasConnected = false
    var failures = 0
    while !StopSignal.isReceived, !isDone() {
      var wait: Int64 = 1000
      if let deadline {
        let rest = (deadline - SystemClock.monotonicNanoseconds) / 1_000_000
        if rest <= 0 { break }
        wait = min(wait, rest + 1)
      }
      _ = subscriber.wait(milliseconds: Int32(wait))
      subscriber.receive(into: &batch)
      for change in batch.changes {
        switch change.kind {
        case .connected:
          wasConnected = true
          connected()
        case .lost(let failure): console.note("\(failure.sentence); connecting again")
        case .filtersRefused(let filters):
          refusedFilters(filters)
          console.note("the broker refused the subscription to \(SafeText.printable(filters.joined(separator: ", ")))")
        case .failed(let failure, _):
          failures += 1
          guard !wasConnected else { continue }
          // An older broker refuses MQTT 5, some by hanging up; the next attempt speaks 3.1.1.
          if case .versionRefused = failure, failures == 1 { continue }
          if case .noBroker = failure, failures == 1 { continue }
          throw Failure(failure)
        }
      }
      batch.forEachMessage(message)
      try tick()
    }
    // On a busy machine the signal may come before the network thread has read what the broker had sent.
    isWaitedFor = true
    subscriber.stop { batch in batch.forEachMessage(message) }
    try tick()
  }
}
