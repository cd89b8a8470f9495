/// How long to wait before the next attempt to connect.
///
/// At most 4 s in the beginning, so that a broker that restarts is found again soon; an outage of nine minutes and
/// more is probed once a minute. After a refused login 30 to 60 s: a wrong password must not look like an attack.
/// Every wait is shortened at random by up to a fifth, so that clients of one broker do not come back in step.
public struct ReconnectDelay {
  private var attempts = 0
  private var outageBegan: Int64?

  public init() {}

  /// A connection was made; the next outage begins anew. One that did not last does not shorten the next wait:
  /// two clients of one id, who throw each other out, must not do so every second.
  public mutating func connectionEnded(afterMilliseconds duration: Int64) {
    outageBegan = nil
    if duration >= 30_000 { attempts = 0 }
  }

  /// Milliseconds to wait after a failure at `now` (milliseconds of the steady clock).
  public mutating func next(
    after failure: ConnectionFailure, now: Int64, using generator: inout some RandomNumberGenerator
  ) -> Int64 {
    let began = outageBegan ?? now
    outageBegan = began
    defer { attempts += 1 }
    let doubled = Int64(1000) << Int64(min(attempts, 6))
    let limit = min(60_000, 4000 + max(0, now - began - 60_000) / 8)
    switch failure {
    case .loginRefused, .subscriptionRefused:
      return max(30_000, jittered(min(60_000, 36_000 << Int64(min(attempts, 1))), using: &generator))
    default:
      return max(1000, jittered(min(doubled, limit), using: &generator))
    }
  }

  private func jittered(_ delay: Int64, using generator: inout some RandomNumberGenerator) -> Int64 {
    delay - Int64.random(in: 0...(delay / 5), using: &generator)
  }
}
