/// Messages that the consumer has taken over from the queue, in order of arrival, in one flat piece of memory.
///
/// The consumer hands the same batch in again and again; its memory is reused.
public struct MessageBatch: Sendable {
  /// One message's place in ``bytes`` and what is known of it.
  public struct Entry: Sendable {
    /// Where the topic begins; the payload follows it.
    public var offset: UInt32
    public var topicByteCount: UInt16
    public var payloadByteCount: UInt16
    public var isRetained: Bool
    /// The wall clock when the message arrived, in UTC milliseconds.
    public var receivedAt: Int64
    /// The steady clock at the same moment, in milliseconds.
    public var monotonic: Int64
  }

  public internal(set) var bytes: [UInt8] = []
  public internal(set) var entries: [Entry] = []
  /// What became of the connection since the batch before.
  public internal(set) var changes: [ConnectionChange] = []

  public init() {}

  public var count: Int { entries.count }
  public var isEmpty: Bool { entries.isEmpty && changes.isEmpty }

  /// Calls `body` with each message. The buffers are valid during the call only.
  @inlinable
  public func forEachMessage<Failure: Error>(
    _ body: (_ topic: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer, _ entry: Entry) throws(Failure) -> Void
  ) throws(Failure) {
    // The closure's error type does not survive `withUnsafeBytes`; it is carried out by hand.
    let failure: Failure? = bytes.withUnsafeBytes { memory in
      for entry in entries {
        let start = Int(entry.offset)
        let middle = start + Int(entry.topicByteCount)
        do throws(Failure) {
          try body(
            UnsafeRawBufferPointer(rebasing: memory[start..<middle]),
            UnsafeRawBufferPointer(rebasing: memory[middle..<(middle + Int(entry.payloadByteCount))]), entry)
        } catch {
          return error
        }
      }
      return nil
    }
    if let failure { throw failure }
  }
}

/// Something that happened to the connection.
public struct ConnectionChange: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// Connected and subscribed.
    case connected
    /// A connection that stood was lost.
    case lost(ConnectionFailure)
    /// An attempt to connect failed; the next one is made after the given milliseconds.
    case failed(ConnectionFailure, retryAfterMilliseconds: Int64)
    /// Connected, but the broker refused these filters.
    case filtersRefused([String])
  }
  public var kind: Kind
  /// UTC milliseconds.
  public var at: Int64
}
