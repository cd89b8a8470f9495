import Readings

/// What was said on the bus and of the recorder around a silence, and so why it was silent.
struct GapCauses {
  private var events: [Event] = []
  /// When the broker called the plug offline and nothing has been heard of it since, in order.
  private var offline: [Int64] = []
  /// The first reading after each of the others.
  private var spoke: [Int64: Timestamp] = [:]

  mutating func add(_ event: Event) {
    events.append(event)
    guard event.kind == .availability, event.detail == "offline" else { return }
    offline.insert(event.at.milliseconds, at: offline.partitioningIndex { $0 > event.at.milliseconds })
  }

  /// Messages of the plug, in order of time: one that speaks is not offline.
  mutating func hear<Times: RandomAccessCollection<Timestamp>>(_ times: Times) where Times.Index == Int {
    guard let last = times.last else { return }
    while let since = offline.first, since < last.milliseconds {
      spoke[since] = times[times.partitioningIndex { $0.milliseconds > since }]
      offline.removeFirst()
    }
  }

  /// Is it told, between two messages, that the plug is offline?
  func isOffline(after start: Timestamp, before end: Timestamp) -> Bool {
    let first = offline.partitioningIndex { $0 >= start.milliseconds }
    return first < offline.count && offline[first] < end.milliseconds
  }

  /// Puts events in order; before anything is asked.
  mutating func sort() { events.sort { $0.at < $1.at } }

  /// Messages that tell of a silence may come a little after it has ended or begun: a plug says INFO before its first
  /// reading, the broker calls it offline 45 s after its last.
  private static let margin: Int64 = 60_000

  struct Cause: Hashable {
    var word: String
    var text: String

    static let plugOffline = Cause(word: "plug-offline", text: "plug offline")
    static let plugSilent = Cause(word: "silent", text: "plug silent")
  }

  /// - Parameter isPowerCut: the counters say so.
  func cause(from: Int64, to: Int64, isPowerCut: Bool) -> Cause {
    var isRecorderOff = false
    var isBrokerAway = false
    var isOffline = false
    var isPowerOn = false
    var isRestart = false
    let first = events.partitioningIndex { $0.at.milliseconds >= from - GapCauses.margin }
    for event in events[first...] {
      let at = event.at.milliseconds
      guard at <= to + 1000 else { break }
      let isInside = at > from
      switch event.kind {
      case .recorder where isInside || event.detail == "stopped": isRecorderOff = true
      case .broker where isInside || event.detail.hasPrefix("lost"): isBrokerAway = true
      case .availability where event.detail == "offline" && isInside: isOffline = true
      case .restart where isInside && event.detail.hasPrefix("RestartReason"):
        if PlugRestart.isPowerOn(event.detail) {
          isPowerOn = true
        } else {
          isRestart = true
        }
      default: break
      }
    }
    if isRecorderOff { return Cause(word: "recorder-off", text: "recorder off") }
    if isBrokerAway { return Cause(word: "broker-away", text: "broker away") }
    if isPowerOn || (isPowerCut && !isRestart) { return Cause(word: "no-power", text: "plug without power") }
    if isRestart { return Cause(word: "restart", text: "plug restarted") }
    return isOffline ? .plugOffline : .plugSilent
  }

  /// Availability, relay and restarts as the ledger tells them: each from when it began until it ended.
  func told(until end: Timestamp?) -> [LedgerEvent] {
    var result: [LedgerEvent] = []
    var offlineSince: Timestamp?
    func isOver(from start: Timestamp, to end: Timestamp, by word: String) -> LedgerEvent {
      LedgerEvent(kind: .availability, from: start, to: end, cause: "online", text: "offline, then \(word) again")
    }
    for event in events {
      if let since = offlineSince, let heard = spoke[since.milliseconds], heard <= event.at {
        result.append(isOver(from: since, to: heard, by: "heard"))
        offlineSince = nil
      }
      switch event.kind {
      case .availability where event.detail == "offline": offlineSince = offlineSince ?? event.at
      case .availability:
        result.append(
          offlineSince.map { isOver(from: $0, to: event.at, by: "online") }
            ?? LedgerEvent(kind: .availability, from: event.at, to: event.at, cause: "online", text: "online"))
        offlineSince = nil
      case .relay:
        let isOff = event.detail.hasSuffix("OFF")
        result.append(
          LedgerEvent(
            kind: .relay, from: event.at, to: event.at, cause: isOff ? "off" : "on", text: event.detail))
      case .restart where event.detail.hasPrefix("RestartReason"):
        let reason = event.detail.dropFirst("RestartReason".count).drop { $0 == " " }
        result.append(
          LedgerEvent(
            kind: .restart, from: event.at, to: event.at, cause: PlugRestart.isWanted(reason) ? "wanted" : "unwanted",
            text: "the plug started: \(reason)"))
      default: break
      }
    }
    if let offlineSince, let heard = spoke[offlineSince.milliseconds] {
      result.append(isOver(from: offlineSince, to: heard, by: "heard"))
    } else if let offlineSince {
      result.append(
        LedgerEvent(
          kind: .availability, from: offlineSince, to: max(end ?? offlineSince, offlineSince), cause: "offline",
          text: "offline"))
    }
    return result
  }
}
