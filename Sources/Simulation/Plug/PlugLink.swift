/// A plug's way to the broker, and what the broker believes of it.
struct PlugLink: Sendable {
  private(set) var isNetworkUp = true
  private(set) var isConnected = true
  private(set) var isSeenByBroker = true
  /// Counts connections, so that a will that was overtaken is not sent.
  private(set) var connection = 0
  /// INFO and POWER are sent on the first connection after a start only.
  private(set) var hasIntroducedItself = true
  /// STATE's Wifi.LinkCount.
  private(set) var linkCount: Int64 = 1
  /// STATE's MqttCount.
  private(set) var connectionsSinceStart: Int64 = 1
  private var lastPacketAt: Int64
  /// The plug has restarted and the broker has not noticed: it will when the plug connects again.
  private var isStale = false

  init(now: Int64) { lastPacketAt = now }

  mutating func sent(at now: Int64) { if isConnected { lastPacketAt = now } }

  mutating func loseNetwork() { isNetworkUp = false }

  mutating func networkIsBack() { isNetworkUp = true }

  /// The connection breaks without a farewell.
  ///
  /// - Parameter sincePing: milliseconds since the client's last ping, of which there is one every 30 s.
  /// - Returns: when the broker notices: after one and a half keep-alives of 30 s.
  mutating func breakDown(at now: Int64, sincePing: Int64) -> Int64 {
    isConnected = false
    return max(now, max(lastPacketAt, now - sincePing) + 45_000)
  }

  /// The plug restarts without a farewell.
  mutating func crash() { isStale = isConnected }

  /// The broker publishes the will of that connection. - Returns: false where the plug is back already.
  mutating func isWillDue(of connection: Int) -> Bool {
    guard connection == self.connection, !isConnected else { return false }
    isSeenByBroker = false
    isStale = false
    return true
  }

  /// With a farewell: the broker keeps the retained Online and drops the will.
  mutating func leave() {
    isConnected = false
    connection += 1
  }

  /// The plug starts.
  mutating func boot() {
    hasIntroducedItself = false
    connectionsSinceStart = 0
    linkCount = 1
  }

  /// - Returns: true where the broker finds an older connection of the same plug, and publishes its will.
  mutating func connect(isIntroduction: Bool) -> Bool {
    defer { isStale = false }
    if isIntroduction { hasIntroducedItself = true } else { linkCount += 1 }
    isConnected = true
    isSeenByBroker = true
    connection += 1
    connectionsSinceStart += 1
    return isStale
  }
}
