import Clock
import Work

/// A message that the broker is to keep (retained, QoS 1). An empty payload takes back what it keeps.
public struct OutgoingMessage: Hashable, Sendable {
  public var topic: String
  public var payload: [UInt8]

  public init(topic: String, payload: [UInt8]) {
    self.topic = topic
    self.payload = payload
  }
}

/// What a broker did not take, or did not say that it took.
public enum PublicationRefusal: Hashable, Sendable {
  /// It said no: with MQTT 5, such as "not authorized".
  case refused(topic: String, reason: String)
  /// With MQTT 3.1.1 it acknowledges what it throws away; what it took would have come back on this topic.
  case unconfirmed(topic: String)
}

/// What waits to be published, and what became of the rest. Shared by a connection's thread and its owner.
final class Outbox: Sendable {
  private struct State {
    var waiting: [OutgoingMessage] = []
    /// Taken by the connection's thread, which has not said yet what became of them.
    var takenCount = 0
    /// Topics of what was sent and not acknowledged, by libmosquitto's number.
    var unacknowledged: [Int32: String] = [:]
    /// The first that was not told to the owner yet.
    var refusal: PublicationRefusal?
    /// When the connection's first publication was acknowledged, of the steady clock; nil before, and once judged.
    var acknowledgedAt: Int64?
    var isEchoJudged = false
  }

  /// Tells others whether this client is there; nil for one that does not.
  let presence: Announcer.Presence?
  private let echoPatience: Int64
  private let state = Mutex(State())

  /// - Parameter echoPatience: how long what was acknowledged may take to come back, in milliseconds.
  init(presence: Announcer.Presence?, echoPatience: Int64) {
    self.presence = presence
    self.echoPatience = echoPatience
  }

  /// A connection begins: what waited or was not acknowledged is given up, because its owner will tell all again.
  func begin() {
    state.withLock { state in
      state = State(refusal: state.refusal)
      if let presence { state.waiting = [presence.present] }
    }
  }

  func submit(_ messages: [OutgoingMessage]) { state.withLock { $0.waiting += messages } }

  /// How many are not acknowledged.
  var openCount: Int { state.withLock { $0.waiting.count + $0.takenCount + $0.unacknowledged.count } }

  var isSettled: Bool { openCount == 0 }

  /// The first refusal since this was asked.
  func takeRefusal() -> PublicationRefusal? {
    state.withLock { state in
      defer { state.refusal = nil }
      return state.refusal
    }
  }

  // MARK: The connection's thread

  /// What becomes of each is told by ``sent(_:as:)`` or ``refuse(_:_:)``, or it is given up with the connection.
  func takeWaiting() -> [OutgoingMessage] {
    state.withLock { state in
      defer { state.waiting = [] }
      state.takenCount = state.waiting.count
      return state.waiting
    }
  }

  func sent(_ topic: String, as number: Int32) {
    state.withLock { state in
      state.takenCount -= 1
      state.unacknowledged[number] = topic
    }
  }

  func refuse(_ topic: String, _ reason: String) {
    state.withLock { state in
      state.takenCount -= 1
      state.refusal = state.refusal ?? .refused(topic: topic, reason: reason)
    }
  }

  /// - Parameter reason: of MQTT 5.
  func acknowledged(_ number: Int32, reason: Int32) {
    let now = SystemClock.monotonicMilliseconds()
    state.withLock { state in
      guard let topic = state.unacknowledged.removeValue(forKey: number) else { return }
      if reason >= 128, state.refusal == nil {
        state.refusal = .refused(topic: topic, reason: Outbox.text(ofReason: reason))
      }
      if !state.isEchoJudged { state.acknowledgedAt = state.acknowledgedAt ?? now }
    }
  }

  /// Whether it is still to be seen that what was acknowledged comes back.
  var awaitsEcho: Bool { presence != nil && state.withLock { !$0.isEchoJudged } }

  /// - Parameter hasArrived: something that this connection published came back to it.
  func watchForEcho(hasArrived: Bool) {
    guard let presence else { return }
    let now = SystemClock.monotonicMilliseconds()
    state.withLock { state in
      guard !state.isEchoJudged, let since = state.acknowledgedAt else { return }
      guard hasArrived || now - since >= echoPatience else { return }
      state.isEchoJudged = true
      if !hasArrived { state.refusal = state.refusal ?? .unconfirmed(topic: presence.present.topic) }
    }
  }

  /// MQTT 5.0, 3.4.2.1.
  private static func text(ofReason reason: Int32) -> String {
    switch reason {
    case 0x87: "not authorized"
    case 0x90: "topic name invalid"
    case 0x97: "quota exceeded"
    case 0x99: "payload format invalid"
    default: "reason \(reason)"
    }
  }
}
