/// How long to wait before the next attempt to connect.
///
/// At most 4 s in the beginning, so that a broker that restarts is found again soon; an outage of nine minutes and
/// more is probed once a minute. After a refused login 30 to 60 s: a wrong password must not look like an attack. When
/// another client takes the session over, each connection succeeds and ends the other's: from 1 s to a minute, until
/// one has lasted or the broker itself was away; so where a broker throws each connection out at once. One that stood for
/// two seconds begins anew with 1 s: a broker that ends every few seconds is heard most of the time, and two clients of
/// one id still take turns slowly, as each stands for as long as the other waits. Every wait is shortened at random by up
/// to a fifth, so that clients of one broker do not come back in step.
public struct ReconnectDelay {
  /// A connection that lasted so long is no part of the trouble before it; milliseconds.
  public static let lasting: Int64 = 30_000
  /// The same after a takeover: the other client waits up to a minute as well.
  private static let lastingTakeover: Int64 = 600_000
  /// A connection that stood for less was thrown out at once; milliseconds.
  private static let standing: Int64 = 2000
  private var attempts = 0
  private var takeovers = 0
  private var outageBegan: Int64?
  /// The last connection did not stand for ``standing``.
  private var wasThrownOut = false

  public init() {}

  /// A connection was made, and has ended; the next outage begins anew. One that was thrown out does not shorten the next
  /// wait.
  public mutating func connectionEnded(afterMilliseconds duration: Int64) {
    outageBegan = nil
    wasThrownOut = duration < ReconnectDelay.standing
    if !wasThrownOut { attempts = 0 }
    if duration >= ReconnectDelay.lastingTakeover { takeovers = 0 }
  }

  /// What was taken for another client's doing may have been the broker's end.
  public mutating func brokerWasAway() { takeovers = 0 }

  /// Milliseconds to wait after a failure at `now` (milliseconds of the steady clock).
  public mutating func next(
    after failure: ConnectionFailure, now: Int64, using generator: inout some RandomNumberGenerator
  ) -> Int64 {
    let began = outageBegan ?? now
    outageBegan = began
    defer { attempts += 1 }
    switch failure {
    case .loginRefused, .subscriptionRefused:
      return max(30_000, jittered(min(60_000, 36_000 << Int64(min(attempts, 1))), using: &generator))
    case .sessionTakenOver,
      .closedRepeatedly where wasThrownOut:
      defer { takeovers += 1 }
      return max(1000, jittered(min(60_000, 1000 << Int64(min(takeovers, 6))), using: &generator))
    default:
      let limit = min(60_000, 4000 + max(0, now - began - 60_000) / 8)
      return max(1000, jittered(min(1000 << Int64(min(attempts, 6)), limit), using: &generator))
    }
  }

  private func jittered(_ delay: Int64, using generator: inout some RandomNumberGenerator) -> Int64 {
    delay - Int64.random(in: 0...(delay / 5), using: &generator)
  }
}
