import Clock
import Glibc

/// Whether connections that end early, with no word why, are another client's doing.
///
/// Only MQTT 5 says that a session was taken over (DISCONNECT 0x8E, MQTT 5, 4.13.1 and 3.14.2.1), and Mosquitto 2.0.11
/// does not even then. Three short lives in a row are enough to suspect it; but a broker that ends every few seconds
/// looks the same to who comes back a second later. What tells the two apart: after a takeover the broker is there at
/// once, after its end nobody listens.
struct TakeoverSuspicion {
  /// Short lives in a row that nothing has explained.
  private static let enough = 3
  private var shortLives = 0

  /// What a connection that stood and ended with `failure` is said to have ended with.
  ///
  /// - Parameter lifetime: milliseconds from the subscription to the end.
  /// - Parameter brokerIsAway: asks whether anybody listens there now. Asked once, when suspicion is about to arise: the
  ///   question is one more connection to the broker.
  mutating func judge(
    _ failure: ConnectionFailure, after lifetime: Int64, clientID: String, brokerIsAway: () -> Bool
  ) -> ConnectionFailure {
    guard case .lost = failure, lifetime < ReconnectDelay.lasting else {
      shortLives = 0
      return failure
    }
    shortLives += 1
    if shortLives == TakeoverSuspicion.enough, brokerIsAway() { shortLives = 0 }
    return shortLives < TakeoverSuspicion.enough ? failure : .closedRepeatedly(clientID: clientID)
  }

  /// The broker itself was gone: that explains what came before.
  mutating func brokerWasAway() { shortLives = 0 }
}
