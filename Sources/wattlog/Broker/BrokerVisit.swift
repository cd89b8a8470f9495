import Clock
import Readings
import Subscriber
import Tasmota

/// A short visit to a broker: whether it lets one in, and which plugs it knows.
enum BrokerVisit {
  /// For the connection, in milliseconds.
  private static let patience: Int64 = 10_000
  /// What is retained comes at once after the subscription; a pause of so long ends it.
  private static let pause: Int64 = 1000
  private static let longest: Int64 = 5000

  /// - Throws: exit 9 where the broker refuses the login, 8 where there is none.
  static func plugs(_ options: ConnectionOptions, maximumDevices: Int, _ console: Console) throws(Failure) -> PlugSurvey
  {
    var quiet = console
    quiet.isQuiet = true
    let session = try BrokerSession(options, filters: DefaultTopics.filters, quiet)
    var survey = TopicSurvey(maximumDevices: maximumDevices)
    var connectedAt: Int64?
    var lastAt: Int64 = 0
    func now() -> Int64 { SystemClock.monotonicNanoseconds / 1_000_000 }
    try session.listen(until: SystemClock.monotonicNanoseconds + patience * 1_000_000) { topic, payload, entry in
      if entry.isRetained { lastAt = now() }
      survey.add(
        topic: topic, payload: payload, retained: entry.isRetained,
        receivedAt: Timestamp(milliseconds: entry.receivedAt))
    } tick: {
    } connected: {
      connectedAt = now()
      lastAt = now()
    } isDone: {
      guard let connectedAt else { return false }
      return now() - lastAt >= pause || now() - connectedAt >= longest
    }
    guard connectedAt != nil else {
      if let code = StopSignal.exitCode { throw Failure(code, "nothing was changed") }
      throw Failure(.brokerUnreachable, "the broker at \(options.broker.endpoint) does not answer")
    }
    return survey.plugs
  }
}
