/// The messages of one instant on their way to the subscriber, and when each arrives there.
struct PlugOutbox: Sendable {
  private var queue: [Outgoing] = []
  private var first = 0
  private var lastReceivedAt = Int64.min
  /// Receive time of the message at the head, in nanoseconds; `.max` when there is none any more.
  private(set) var headReceivedAt: Int64 = .max
  /// The queue holds what the broker tells a new subscriber at the very start.
  private(set) var isGreeting = true

  var isEmpty: Bool { queue.isEmpty }

  /// The message whose turn it is.
  var head: Outgoing { queue[first] }

  mutating func say(_ message: Outgoing) { queue.append(message) }

  /// Messages at the very start arrive at instants of the subscriber's choosing.
  mutating func greet(_ messages: [Outgoing], receivedAt: Int64) {
    queue = messages
    first = 0
    lastReceivedAt = receivedAt - 1
    headReceivedAt = receivedAt
  }

  /// Begins with the messages of another instant.
  mutating func clear() {
    queue.removeAll(keepingCapacity: true)
    first = 0
    isGreeting = false
  }

  /// Takes all of them away.
  mutating func takeAll() -> [Outgoing] {
    defer { queue.removeAll(keepingCapacity: true) }
    return queue
  }

  /// The run is over: what is here arrives no more.
  mutating func close() {
    queue.removeAll()
    headReceivedAt = .max
  }

  /// Takes the head away. - Returns: false when nothing is left.
  mutating func takeHead(at now: Int64, _ noise: inout RandomStream) -> Bool {
    first += 1
    guard first < queue.count else { return false }
    timeHead(at: now, &noise)
    return true
  }

  /// When the message at the head arrives: some 16 ms after it was made, seldom later by up to 4 s (Wi-Fi retries),
  /// and never before the one that this plug sent earlier: the connection is one TCP stream.
  mutating func timeHead(at now: Int64, _ noise: inout RandomStream) {
    let made = now * 1_000_000
    if case .held = head {
      // It has been late already, and what is drawn for the others stays as it is.
      headReceivedAt = max(made + 1_000_000, lastReceivedAt + 300_000)
      lastReceivedAt = headReceivedAt
      return
    }
    let bits = noise.next()
    let spread = Int64(bits & 0xFFFFFF)  // 16.8 ms of nanoseconds
    let share = (bits >> 24) % 100_000
    let late: Int64 = share < 20 ? 450_000_000 + spread * 200 : share < 420 ? 20_000_000 + spread * 25 : 0
    var arrival = made + 6_000_000 + spread + late
    if case .stored = head { arrival = made + 500_000 + spread / 8 }
    let gap = 300_000 + Int64((bits >> 44) & 0x3FFFF)
    arrival = max(arrival, lastReceivedAt + gap)
    lastReceivedAt = arrival
    headReceivedAt = arrival
  }
}
