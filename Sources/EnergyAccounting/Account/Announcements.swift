public import Readings

/// What was said of a plug beside its readings: it explains steps of its counters.
struct Announcements {
  var starts = PlugStarts()
  var commands = CounterCommands()
  /// When the recorder last found the broker.
  var brokerConnectedAt: Int64?
  /// Another plug begins with the next reading.
  var swap: (time: Int64, text: String)?
}

extension Event {
  /// The plug is there, or there again: by its last will.
  var isConnection: Bool { kind == .availability && detail == "online" }

  /// Whether it may explain steps of a counter that were seen before it: a start of the plug or its connection, an answer
  /// to a command on its counters. All else that is said of a plug tells of silences alone.
  public var explainsSteps: Bool {
    switch kind {
    case .restart: detail.hasPrefix("RestartReason")
    case .result: CounterCommands.answer(in: detail, at: at.milliseconds) != nil
    case .availability: isConnection
    default: false
    }
  }
}
