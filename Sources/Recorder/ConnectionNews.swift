public import Subscriber

/// Which of a connection's changes are told to a person: a line is for what has changed, not for each time that the same
/// thing is tried again. In milliseconds of the steady clock.
///
/// What fails is told once until a connection has lasted, or until something else was told and an hour is over. A
/// connection is told at once, unless the one before it did not last: then when it has.
public struct ConnectionNews {
  private static let repetitionInterval: Int64 = 3_600_000
  /// A broker that words its refusals anew each time must not fill the memory.
  private static let maximumTroubleCount = 64
  /// When which trouble was told.
  private var told: [ConnectionFailure: Int64] = [:]
  private var lastTold: ConnectionFailure?
  private var connectedAt: Int64?
  private var isUnsteady = false
  private var isConnectionUntold = false

  public init() {}

  /// Whether it is to be told.
  public mutating func connected(at now: Int64) -> Bool {
    connectedAt = now
    isConnectionUntold = isUnsteady
    return !isUnsteady
  }

  /// A connection that stood, or an attempt that was made, has failed.
  public mutating func failed(_ failure: ConnectionFailure, at now: Int64) -> Bool {
    if let connectedAt {
      isUnsteady = now - connectedAt < ReconnectDelay.lasting
      if !isUnsteady { told = [:] }
    }
    connectedAt = nil
    let cause = failure.cause
    if let before = told[cause], cause == lastTold || now - before < ConnectionNews.repetitionInterval { return false }
    if told.count >= ConnectionNews.maximumTroubleCount { told = [:] }
    told[cause] = now
    lastTold = cause
    return true
  }

  /// A connection has lasted that was not told when it was made.
  public mutating func hasSettled(at now: Int64) -> Bool {
    guard let connectedAt, now - connectedAt >= ReconnectDelay.lasting else { return false }
    (told, isUnsteady) = ([:], false)
    defer { isConnectionUntold = false }
    return isConnectionUntold
  }
}
