import Calendar
import Readings
public import Text

/// How much of the time an appliance ran that works by itself: a fridge, a freezer, a pump on a thermostat.
public struct DutyCycle: Sendable, Equatable {
  /// Running time in percent of the time for which power is known.
  public var percent: Figure
  /// From one start to the next, in the middle.
  public var medianCycleSeconds: Int64
  public var cyclesPerDay: Figure

  /// Cycles come this often at least…
  private static let longestCycle: Int64 = 3 * 3600
  private static let fewest = 12
  /// …and nine of ten distances of two starts lie within this multiple of the middle one, upwards and downwards: people
  /// do not switch as evenly.
  private static let spread: Int64 = 4

  /// nil for runs that are not short and regular.
  ///
  /// - Parameters:
  ///   - runs: in order.
  ///   - known: for how long power is known, in milliseconds.
  init?(_ runs: [Run], known: Int64) {
    guard known > 0 else { return nil }
    // Over a silence nobody knows what lay between two starts.
    let distances = zip(runs, runs.dropFirst()).filter { one, other in
      !one.marks.contains(.endedInGap) && !other.marks.contains(.beganInGap)
    }.map { ($1.start.at.milliseconds - $0.start.at.milliseconds) / 1000 }.sorted()
    guard distances.count >= DutyCycle.fewest else { return nil }
    let median = RunAverages.median(distances)
    let tenth = distances.count / 20
    guard median <= DutyCycle.longestCycle, distances[distances.count - 1 - tenth] <= median * DutyCycle.spread,
      distances[tenth] * DutyCycle.spread >= median
    else { return nil }
    medianCycleSeconds = median
    percent = DutyCycle.percent(runs, known: known)
    cyclesPerDay = Figure.ratio(Int128(runs.count) * 86_400_000, Int128(known), places: 1)
  }

  static func percent(_ runs: [Run], known: Int64) -> Figure {
    let running = runs.reduce(Int64(0)) { $0 + $1.end.at.milliseconds - $1.start.at.milliseconds }
    return Figure.ratio(Int128(min(running, known)) * 100, Int128(max(known, 1)), places: 1)
  }
}
