import Readings

/// Clock times of a list that the clocks show twice because they go back. Each must come twice in the list, the earlier
/// instant first where the list goes forward in time; one that comes once may be either, and is not guessed.
struct RepeatedTimes {
  struct Meaning {
    var earlier: Timestamp
    var later: Timestamp
    /// nil where it cannot be told.
    var isEarlier: Bool?
  }

  private var places: [Timestamp: [Int]] = [:]
  private var laters: [Timestamp: Timestamp] = [:]
  /// The first and last of the times that are there once.
  private var first: Timestamp?
  private var last: Timestamp?

  mutating func passed(_ instant: Timestamp) {
    if first == nil { first = instant }
    last = instant
  }

  mutating func take(_ row: Int, _ earlier: Timestamp, _ later: Timestamp) {
    places[earlier, default: []].append(row)
    laters[earlier] = later
  }

  /// By row, in order.
  var meanings: [(row: Int, meaning: Meaning)] {
    var goesForward = true
    if let first, let last { goesForward = first <= last }
    var result: [(row: Int, meaning: Meaning)] = []
    for (earlier, rows) in places {
      for (place, row) in rows.enumerated() {
        let isEarlier = rows.count == 2 ? (place == 0) == goesForward : nil
        result.append((row, Meaning(earlier: earlier, later: laters[earlier] ?? earlier, isEarlier: isEarlier)))
      }
    }
    return result.sorted { $0.row < $1.row }
  }
}
