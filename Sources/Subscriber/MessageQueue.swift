import Clock
import Glibc
import Work

/// The one bounded queue between the network thread and the consumer.
///
/// Messages lie one after the other in one array of bytes, so that none costs an allocation. When it is full the
/// network thread first waits a moment for the consumer (the kernel's socket buffers take what arrives meanwhile, and
/// TCP tells the broker to slow down); a consumer that stays away longer makes it drop the newest messages, counted.
public final class MessageQueue: Sendable {
  public static let maximumTopicByteCount = 1024
  public static let maximumPayloadByteCount = 8192

  private struct State {
    var filling = MessageBatch()
    var drops = DropCounts()
    var received: UInt64 = 0
    var isWriterWaiting = false
    /// The consumer let a whole wait pass: drop at once until it has come back.
    var isConsumerLate = false
  }

  private let state = Mutex(State())
  private let maximumMessageCount: Int
  private let maximumByteCount: Int
  private let patienceMilliseconds: Int32
  /// Raised when the consumer has something to fetch.
  public let filled: WakeUp
  private let emptied: WakeUp

  public init?(maximumMessageCount: Int = 8192, maximumByteCount: Int = 4 << 20, patienceMilliseconds: Int32 = 5000) {
    precondition(maximumByteCount >= 16_384 && maximumByteCount <= Int(UInt32.max), "a queue that holds no message")
    guard let filled = WakeUp(), let emptied = WakeUp() else { return nil }
    self.filled = filled
    self.emptied = emptied
    self.maximumMessageCount = maximumMessageCount
    self.maximumByteCount = maximumByteCount
    self.patienceMilliseconds = patienceMilliseconds
  }

  /// Copies a message in, or counts why not. Network thread only.
  public func append(topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer, isRetained: Bool) {
    let receivedAt = SystemClock.realtimeMilliseconds()
    let monotonic = SystemClock.monotonicMilliseconds()
    var mayWait = true
    while true {
      enum Verdict { case done, wait, wakeConsumer }
      let verdict: Verdict = state.withLock { state in
        if mayWait { state.received &+= 1 }
        if payload.count > MessageQueue.maximumPayloadByteCount {
          state.drops.payloadTooLong &+= 1
          return .done
        }
        if topic.count > MessageQueue.maximumTopicByteCount {
          state.drops.topicTooLong &+= 1
          return .done
        }
        let size = topic.count + payload.count
        if state.filling.entries.count >= maximumMessageCount || state.filling.bytes.count + size > maximumByteCount {
          if mayWait && !state.isConsumerLate {
            state.isWriterWaiting = true
            return .wait
          }
          state.isConsumerLate = true
          state.drops.queueFull &+= 1
          return .done
        }
        let entry = MessageBatch.Entry(
          offset: UInt32(state.filling.bytes.count), topicByteCount: UInt16(topic.count),
          payloadByteCount: UInt16(payload.count), isRetained: isRetained, receivedAt: receivedAt,
          monotonic: monotonic)
        state.filling.bytes.append(contentsOf: topic)
        state.filling.bytes.append(contentsOf: payload)
        state.filling.entries.append(entry)
        return state.filling.entries.count == maximumMessageCount / 4 ? .wakeConsumer : .done
      }
      switch verdict {
      case .done: return
      case .wakeConsumer:
        filled.raise()
        return
      case .wait:
        filled.raise()
        emptied.wait(milliseconds: patienceMilliseconds)
        emptied.lower()
        mayWait = false
      }
    }
  }

  /// Tells the consumer what became of the connection.
  public func append(_ change: ConnectionChange) {
    state.withLock { state in
      // A consumer that stays away must not make this list grow.
      if state.filling.changes.count < 64 { state.filling.changes.append(change) }
    }
    filled.raise()
  }

  /// Nothing waits for the consumer.
  var isEmpty: Bool { state.withLock { $0.filling.isEmpty } }

  /// Wakes the consumer when something waits for it.
  public func announce() {
    if state.withLock({ !$0.filling.isEmpty }) { filled.raise() }
  }

  /// Counts a packet that was broken off because it was far over the limit.
  func countOversizedPacket() { state.withLock { $0.drops.packetTooLong &+= 1 } }

  /// Gives the consumer everything that waits; what the batch held is gone.
  public func drain(into batch: inout MessageBatch) {
    filled.lower()
    // A flood leaves large arrays behind; small traffic gives them back.
    if batch.bytes.capacity > 1 << 20 && batch.bytes.count < 1 << 16 {
      batch = MessageBatch()
    } else {
      batch.bytes.removeAll(keepingCapacity: true)
      batch.entries.removeAll(keepingCapacity: true)
      batch.changes.removeAll(keepingCapacity: true)
    }
    let emptiedBatch = batch
    batch = MessageBatch()
    let (full, wasWaiting) = state.withLock { state in
      let full = state.filling
      state.filling = emptiedBatch
      state.isConsumerLate = false
      defer { state.isWriterWaiting = false }
      return (full, state.isWriterWaiting)
    }
    batch = full
    if wasWaiting { emptied.raise() }
  }

  public var counts: (received: UInt64, waiting: Int, drops: DropCounts) {
    state.withLock { ($0.received, $0.filling.entries.count, $0.drops) }
  }
}

/// Messages that never reached the consumer, by reason.
public struct DropCounts: Sendable, Equatable {
  /// The consumer did not keep up.
  public var queueFull: UInt64 = 0
  /// Over 8 KiB.
  public var payloadTooLong: UInt64 = 0
  /// Over 1 KiB.
  public var topicTooLong: UInt64 = 0
  /// Packets over a megabyte, which only a broker without MQTT 5 delivers; the connection is given up.
  public var packetTooLong: UInt64 = 0

  public init() {}
  public var total: UInt64 { queueFull &+ payloadTooLong &+ topicTooLong &+ packetTooLong }
}
