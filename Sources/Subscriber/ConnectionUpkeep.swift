import Glibc

/// When a connection is looked after, and what tells that its other end is gone. In milliseconds of the steady clock.
struct ConnectionUpkeep {
  /// TCP, TLS, CONNACK and SUBACK together.
  private static let negotiationLimit: Int64 = 15_000
  /// How long after a ping something must have come, at most; libmosquitto by itself would wait another keep alive.
  private static let answerLimit: Int64 = 20_000

  /// Seconds: ours, or what the broker's CONNACK says in its place (MQTT 5, 3.2.2.3.14). 0: it wants no pings.
  var keepAlive: Int
  private let openedAt: Int64
  /// The longest time between two looks, whatever the keep alive is.
  private let intervalLimit: Int64
  /// Of a keep alive, so many looks; after twice as long as between two of them a ping is still in time for the broker, who
  /// waits one and a half of it (MQTT 5, 3.1.2.10).
  private let share: Int64
  private var lastAt: Int64
  /// Bytes that TCP had delivered, and messages received, when a message was last complete.
  private var bytesAtLastMessage: UInt64 = 0
  private var receivedAtLastMessage: UInt64 = 0

  /// - Parameter listens: messages are to come; who only publishes hears of nothing that would not wake it.
  init(keepAlive: Int, listens: Bool, now: Int64) {
    self.keepAlive = keepAlive
    intervalLimit = listens ? 500 : 7500
    share = listens ? 16 : 8
    openedAt = now
    lastAt = now
  }

  /// Finds a dead peer without a word of MQTT: a ping, or TCP's own probe, that stays unacknowledged.
  static func watch(_ socket: Int32) {
    func set(_ level: Int32, _ option: Int32, _ value: Int32) {
      var value = value
      setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
    set(Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 20_000)
    set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, 30)
    set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, 5)
    set(SOL_SOCKET, SO_KEEPALIVE, 1)
  }

  /// Corked, a socket sends whole segments only, until it is uncorked: at most 200 ms later (tcp(7)).
  static func cork(_ socket: Int32, _ isCorked: Bool) {
    var value: Int32 = isCorked ? 1 : 0
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  func isNegotiatingTooLong(now: Int64) -> Bool { now - openedAt > ConnectionUpkeep.negotiationLimit }

  /// libmosquitto counts whole seconds and pings only when it is asked to look: often enough for a short keep alive.
  private var interval: Int64 {
    keepAlive == 0 ? intervalLimit : min(intervalLimit, max(50, Int64(keepAlive) * 1000 / share))
  }

  /// How long a wait may be that begins now.
  var longestWait: Int32 { Int32(2 * interval) }

  mutating func isDue(now: Int64) -> Bool {
    guard now - lastAt >= interval else { return false }
    lastAt = now
    return true
  }

  /// Nothing has come for so long that a ping must have stayed without an answer.
  func isSilent(_ socket: Int32) -> Bool {
    guard keepAlive > 0, let silence = TransportState(of: socket)?.millisecondsSinceData else { return false }
    let keepAlive = Int64(keepAlive) * 1000
    return silence > keepAlive + min(keepAlive, ConnectionUpkeep.answerLimit)
  }

  /// True when over a megabyte has arrived since the last message: MQTT 3.1.1 has no limit of its own, and
  /// libmosquitto gathers a packet of 256 MB in memory.
  mutating func isReceivingGiant(_ socket: Int32, receivedCount: UInt64) -> Bool {
    guard let bytes = TransportState(of: socket)?.deliveredByteCount else { return false }
    if receivedCount != receivedAtLastMessage {
      (receivedAtLastMessage, bytesAtLastMessage) = (receivedCount, bytes)
      return false
    }
    return bytes &- bytesAtLastMessage > 1 << 20
  }
}
