import Readings
import TestSupport

/// What a network does to messages: some are lost, some come twice, some late and so in another order.
struct Disturbance {
  var random: SeededGenerator
  /// Of a thousand messages.
  var lost = 250
  var doubled = 80
  var late = 80
  /// How late, in ms.
  var longestDelay: Int64 = 590_000
  /// One in so many messages begins a time in which all are lost, some hundred of them.
  var silences = 3000

  /// - Parameters:
  ///   - edges: the messages on both sides of each are not lost; they may come twice, and late.
  ///   - events: the messages on both sides of each, three of them, come as they were.
  mutating func applied(to plug: DecodedPlug, edges: [Timestamp], events: [Timestamp]) -> DecodedPlug {
    let places = plug.runs.indices.flatMap { run in plug.runs[run].rows.times.indices.map { (run: run, row: $0) } }
    let times = places.map { plug.runs[$0.run].rows.times[$0.row] }
    func place(after instant: Timestamp) -> Int {
      var (low, high) = (0, times.count)
      while low < high {
        let middle = (low + high) / 2
        if times[middle] <= instant { low = middle + 1 } else { high = middle }
      }
      return low
    }
    var isKept = [Bool](repeating: false, count: times.count)
    var isUntouched = isKept
    for edge in edges {
      let next = place(after: edge)
      for index in max(next - 1, 0)..<min(next + 1, times.count) { isKept[index] = true }
    }
    for event in events {
      let next = place(after: event)
      for index in max(next - 3, 0)..<min(next + 3, times.count) { isUntouched[index] = true }
    }
    if let last = times.indices.last {
      isUntouched[0] = true
      isUntouched[last] = true
    }
    var arrivals: [(time: Timestamp, place: Int)] = []
    var silentUntil = -1
    for index in times.indices {
      guard !isUntouched[index] else {
        arrivals.append((times[index], index))
        continue
      }
      if Int.random(in: 0..<silences, using: &random) == 0 {
        silentUntil = index + Int.random(in: 20...600, using: &random)
      }
      if !isKept[index], index < silentUntil || Int.random(in: 0..<1000, using: &random) < lost { continue }
      let isLate = Int.random(in: 0..<1000, using: &random) < late
      let delay = isLate ? Int64.random(in: 1...longestDelay, using: &random) : 0
      arrivals.append((times[index].advanced(byMilliseconds: delay), index))
      if Int.random(in: 0..<1000, using: &random) < doubled {
        arrivals.append(
          (times[index].advanced(byMilliseconds: Int64.random(in: delay...longestDelay, using: &random)), index))
      }
    }
    arrivals.sort { ($0.time, $0.place) < ($1.time, $1.place) }
    var disturbed = DecodedPlug()
    disturbed.events = plug.events
    let layouts = plug.runs.map { Layout($0.rows.columns.map(\.field)) }
    // To which plug a message belongs is known from discovery alone: a late one counts for the new plug.
    var newest = 0
    for (time, index) in arrivals {
      let (run, row) = places[index]
      newest = max(newest, run)
      disturbed.add(
        Reading(
          receivedAt: time, layout: layouts[run], values: plug.runs[run].rows.columns.map { $0.values[row] }),
        of: plug.runs[newest].device)
    }
    return disturbed
  }
}
