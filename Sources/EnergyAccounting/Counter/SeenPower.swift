import Readings

/// The power that a plug showed, and so what it can draw.
///
/// Nothing is kept longer than a day: what a step means is the same wherever reading began.
struct SeenPower {
  /// Of the last message, sound or not, in mW.
  private(set) var shown = CounterPoint.absent
  /// The UTC day of the newest power that counts.
  private var day: Int64 = -1_000_000
  private var highest: Int64 = 0
  private var highestBefore: Int64 = 0

  /// A power above this teaches nothing: no three-phase connection of a house has more (3 × 100 A).
  static let house: Int64 = 100_000_000
  /// 35 A on three phases: what most houses can draw.
  static let threePhase: Int64 = 25_000_000

  /// Is it no false reading? What no house draws is believed of two messages running.
  mutating func isSound(_ power: Int64, maximum: Int64?) -> Bool {
    defer { shown = power }
    guard power != CounterPoint.absent else { return false }
    if power <= SeenPower.largest(maximum: maximum) { return true }
    return maximum == nil && shown != CounterPoint.absent && shown >= power / 2
  }

  /// The most that one message alone is believed.
  static func largest(maximum: Int64?) -> Int64 { maximum.map { $0 &+ $0 / 2 } ?? threePhase }

  /// A power that two readings in a row both reached, the last one at `time`.
  mutating func sustain(_ power: Int64, at time: Int64) {
    turn(to: time)
    highest = max(highest, min(power, SeenPower.house))
  }

  /// The last power of rows that were taken together.
  mutating func show(_ power: Int64) { shown = power }

  /// What the plug was seen to draw that day and the day before, with a margin.
  func ofDays(at time: Int64) -> Int64 {
    let gone = time.flooringQuotient(86_400_000) - day
    let most = gone <= 0 ? max(highest, highestBefore) : gone == 1 ? highest : 0
    return most &+ most / 2
  }

  private mutating func turn(to time: Int64) {
    let newDay = time.flooringQuotient(86_400_000)
    guard newDay > day else { return }
    highestBefore = newDay - 1 == day ? highest : 0
    highest = 0
    day = newDay
  }
}
