public import Readings

/// Clock times of a list that the clocks show twice because they go back. Each must come twice in the list, the earlier
/// instant first where the list goes forward in time; one that comes once may be either, and is not guessed.
public struct RepeatedTimes {
  public struct Meaning {
    public var earlier: Timestamp
    public var later: Timestamp
    /// nil where it cannot be told.
    public var isEarlier: Bool?
  }

  private var places: [Timestamp: [Int]] = [:]
  private var laters: [Timestamp: Timestamp] = [:]
  /// The last of the times that are there once.
  private var last: Timestamp?
  /// The first of the repeated times, as long as nothing stood before it.
  private var open: Timestamp?
  /// Whether the list goes forward where it comes to the repeated times; it may go backward from day to day.
  private var goesForward: Bool?

  public init() {}

  public mutating func passed(_ instant: Timestamp) {
    if let start = open, goesForward == nil { goesForward = start < instant }
    last = instant
  }

  public mutating func take(_ row: Int, _ earlier: Timestamp, _ later: Timestamp) {
    places[earlier, default: []].append(row)
    laters[earlier] = later
    guard goesForward == nil else { return }
    if let last { goesForward = last < earlier } else { open = earlier }
  }

  /// By row, in order.
  public var meanings: [(row: Int, meaning: Meaning)] {
    let goesForward = goesForward ?? true
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
