import Readings

/// What was said on the bus and of the recorder around a silence, and so why it was silent.
struct GapCauses {
  private var events: [Event] = []

  mutating func add(_ event: Event) { events.append(event) }

  /// Puts events in order; before anything is asked.
  mutating func sort() { events.sort { $0.at < $1.at } }

  /// Messages that tell of a silence may come a little after it has ended or begun: a plug says INFO before its first
  /// reading, the broker calls it offline 45 s after its last.
  private static let margin: Int64 = 60_000

  struct Cause: Hashable {
    var word: String
    var text: String
  }

  /// - Parameter isPowerCut: the counters say so.
  func cause(from: Int64, to: Int64, isPowerCut: Bool) -> Cause {
    var isRecorderOff = false
    var isBrokerAway = false
    var isOffline = false
    var isPowerOn = false
    var isRestart = false
    let first = events.partitionPoint { $0.at.milliseconds >= from - GapCauses.margin }
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
    if isOffline { return Cause(word: "plug-offline", text: "plug offline") }
    return Cause(word: "silent", text: "plug silent")
  }

  /// Availability, relay and restarts as the ledger tells them: each from when it began until it ended.
  func told(until end: Timestamp?) -> [LedgerEvent] {
    var result: [LedgerEvent] = []
    var offlineSince: Timestamp?
    for event in events {
      switch event.kind {
      case .availability where event.detail == "offline": offlineSince = offlineSince ?? event.at
      case .availability:
        result.append(
          LedgerEvent(
            kind: .availability, from: offlineSince ?? event.at, to: event.at, cause: "online",
            text: offlineSince == nil ? "online" : "offline, then online again"))
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
    if let offlineSince {
      result.append(
        LedgerEvent(
          kind: .availability, from: offlineSince, to: max(end ?? offlineSince, offlineSince), cause: "offline",
          text: "offline"))
    }
    return result
  }
}
