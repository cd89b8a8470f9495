public import Readings
public import Storage
public import Tasmota

/// How many messages went which way. Each goes exactly one.
public struct IntakeCounts: Sendable, Equatable {
  public var readings: Int64 = 0
  public var events: Int64 = 0
  public var duplicates: Int64 = 0
  public var retained: Int64 = 0
  public var ignored: Int64 = 0
  /// By reason, in kebab-case.
  public var refused: [String: Int64] = [:]

  public init() {}
}

/// What became of one message on its way into the store.
public enum Taken: Sendable, Equatable {
  case stored, duplicate, retained, ignored
  /// The reason in kebab-case, and a sentence for a person.
  case refused(String, cause: String)
}

/// Decode, classify, store, count: the one path that the broker's messages and captured lines take.
public struct Intake {
  public private(set) var counts = IntakeCounts()
  /// The first and the last receive time that was stored or recognised.
  public private(set) var firstReceived: Timestamp?
  public private(set) var lastReceived: Timestamp?
  /// Plugs and topics as they were met.
  public private(set) var decoder: Decoder
  /// Told of everything that a store took.
  var listener: (any RecordingListener)?
  private var known: KnownPlugs
  private var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])

  /// - Parameters:
  ///   - decoder: what takes messages apart.
  ///   - known: plugs of the store: what a capture says without a MAC is theirs.
  public init(_ decoder: Decoder, known: KnownPlugs = KnownPlugs([])) {
    self.decoder = decoder
    self.known = known
  }

  /// Takes in one message.
  ///
  /// - Parameters:
  ///   - store: nil to decode and count only.
  ///   - told: sees what the decoder made of it, before it is stored.
  /// - Throws: what the store says, but for readings that no store takes: those are refused. A message that ended so is
  ///   not counted.
  public mutating func take(
    topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer, retained: Bool, receivedAt: Timestamp,
    to store: StoreWriter?, told: ((Outcome) -> Void)? = nil
  ) throws(StorageError) -> Taken {
    let outcome = decoder.decode(
      topic: topic, payload: payload, retained: retained, receivedAt: receivedAt, into: &reading)
    told?(outcome)
    switch outcome {
    case .reading(let index):
      let device = known.device(decoder.devices[index], at: receivedAt)
      do throws(StorageError) {
        let taken = book(try store?.append(reading, from: device) ?? .stored, isEvent: false, receivedAt)
        if taken == .stored { listener?.take(reading, of: device) }
        return taken
      } catch {
        return try refuse(error, store)
      }
    case .event(let event): return try take(event, to: store)
    case .retained:
      counts.retained += 1
      store?.count(.retained)
      return .retained
    case .ignored:
      ignore(store)
      return .ignored
    case .refused(let reason): return refuse(reason.rawValue, cause: reason.rawValue, store)
    }
  }

  /// Takes in an event, of the recorder itself or of a plug.
  public mutating func take(_ event: Event, to store: StoreWriter?) throws(StorageError) -> Taken {
    var event = event
    if let device = event.device { event.device = known.device(device, at: event.at) }
    do throws(StorageError) {
      let taken = book(try store?.append(event) ?? .stored, isEvent: true, event.at)
      if taken == .stored { listener?.take(event) }
      return taken
    } catch {
      return try refuse(error, store)
    }
  }

  private mutating func book(_ appended: Appended, isEvent: Bool, _ time: Timestamp) -> Taken {
    firstReceived = min(firstReceived ?? time, time)
    lastReceived = max(lastReceived ?? time, time)
    guard appended == .stored else {
      counts.duplicates += 1
      return .duplicate
    }
    if isEvent { counts.events += 1 } else { counts.readings += 1 }
    return .stored
  }

  /// What no store takes (a time outside its range, one device too many) is refused; all else is the disk's trouble.
  private mutating func refuse(_ error: StorageError, _ store: StoreWriter?) throws(StorageError) -> Taken {
    guard error.code == .invalid else { throw error }
    return refuse("not-storable", cause: error.cause, store)
  }

  /// Counts a message that nobody asked for.
  public mutating func ignore(_ store: StoreWriter?) {
    counts.ignored += 1
    store?.count(.ignored)
  }

  /// Counts messages that could not be read.
  @discardableResult
  public mutating func refuse(
    _ reason: String, cause: String, times: Int64 = 1, _ store: StoreWriter?
  ) -> Taken {
    counts.refused[reason, default: 0] += times
    store?.count(.refused(reason), times: times)
    return .refused(reason, cause: cause)
  }
}
