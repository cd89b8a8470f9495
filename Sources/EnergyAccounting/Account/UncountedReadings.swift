import Readings

/// Readings of a plug of which nothing can be counted: none of them holds Total, and none Power.
struct UncountedReadings {
  /// Messages by bucket; empty without any.
  private var messages: [Int] = []
  var isEmpty: Bool { messages.isEmpty }

  mutating func add(_ rows: ReadingColumns, _ edges: [Timestamp]) {
    if messages.isEmpty { messages = [Int](repeating: 0, count: max(edges.count - 1, 0)) }
    var bucket = 0
    for time in rows.times {
      while bucket < messages.count, edges[bucket + 1] <= time { bucket += 1 }
      if bucket < messages.count, edges[bucket] <= time { messages[bucket] += 1 }
    }
  }

  /// Nothing counted, and all time missing.
  func ledger(_ cuts: CutPoints) -> ChannelLedger {
    let buckets = zip(cuts.edges, cuts.edges.dropFirst()).enumerated().map { index, edges in
      let duration = edges.1.milliseconds - edges.0.milliseconds
      return Bucket(
        duration: duration, missing: duration, messages: messages.indices.contains(index) ? messages[index] : 0)
    }
    return ChannelLedger(
      channel: nil, counterPlaces: 3,
      slots: SlotEnergies(uses: [Energy](repeating: .zero, count: max(cuts.all.count - 1, 0))), buckets: buckets,
      statistics: buckets.map { _ in PowerStatistics() })
  }

  static func event(from first: Timestamp, to last: Timestamp) -> LedgerEvent {
    LedgerEvent(
      kind: .noCounter, from: first, to: last, cause: "no-counter",
      text:
        "its messages hold neither Total nor Power, so no kWh can be counted; 'wattlog export --raw' has all that it sent, "
        + "and a script meter has to call its counter Total")
  }
}
