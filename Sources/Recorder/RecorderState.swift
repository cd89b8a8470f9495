public import Readings

/// What a running recorder says of itself to `status`.
public struct RecorderState: Sendable, Equatable {
  public var pid: Int32
  /// Without the user.
  public var broker: String
  public var isConnected: Bool
  /// Since when it is connected, or not.
  public var since: Timestamp
  /// Messages that wait between network and store.
  public var queue: Int
  public var dropped: Int64
  public var isDiskFull: Bool
  /// Why it is not connected, when it is not.
  public var failure: String?

  public init(
    pid: Int32, broker: String, isConnected: Bool, since: Timestamp, queue: Int, dropped: Int64,
    isDiskFull: Bool = false, failure: String? = nil
  ) {
    self.pid = pid
    self.broker = broker
    self.isConnected = isConnected
    self.since = since
    self.queue = queue
    self.dropped = dropped
    self.isDiskFull = isDiskFull
    self.failure = failure
  }

  /// A line for each field: its name, a blank, its value.
  var lines: String {
    """
    pid \(pid)
    broker \(broker)
    connected \(isConnected ? 1 : 0)
    since \(since.milliseconds)
    queue \(queue)
    dropped \(dropped)
    disk-full \(isDiskFull ? 1 : 0)
    failure \(failure ?? "")

    """
  }

  /// 9999-12-31, in UTC milliseconds: what a date is written of.
  private static let lastInstant: Int64 = 253_402_300_799_999

  /// nil for what is no recorder's answer: a field is missing or no number of its range.
  init?(lines: String) {
    var fields: [Substring: Substring] = [:]
    for line in lines.split(separator: "\n") {
      guard let blank = line.firstIndex(of: " ") else { return nil }
      fields[line[..<blank]] = line[line.index(after: blank)...]
    }
    guard let pid = fields["pid"].flatMap({ Int32($0) }), let broker = fields["broker"],
      let since = fields["since"].flatMap({ Int64($0) }), let queue = fields["queue"].flatMap({ Int($0) }),
      let dropped = fields["dropped"].flatMap({ Int64($0) }), let connected = fields["connected"],
      pid > 0, queue >= 0, dropped >= 0, (0...RecorderState.lastInstant).contains(since)
    else { return nil }
    self.init(
      pid: pid, broker: String(broker), isConnected: connected == "1", since: Timestamp(milliseconds: since),
      queue: queue, dropped: dropped, isDiskFull: fields["disk-full"] == "1",
      failure: fields["failure"].flatMap { $0.isEmpty ? nil : String($0) })
  }
}
