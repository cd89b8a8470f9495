public import Calendar
import Readings
public import Text

/// One run of an appliance.
public struct Run: Sendable, Equatable {
  public var start: LocalInstant
  public var end: LocalInstant
  /// What the counter gained from the reading before the run to the one that ends it, in the counter's digits.
  public var kWh: Figure
  /// By the tariff's prices per kWh, rounded so that all runs add up to the list's; nil without a price.
  public var cost: Figure?
  public var peakW: Figure?
  public var peakAt: LocalInstant?
  /// Over the time in which ``kWh`` were counted.
  public var meanW: Figure?
  /// What a reader should know of it, in the order of ``Mark``.
  public var marks: [Mark]
  /// When it would have cost least; nil where nobody asked or nothing is known.
  public var best: BestStart?

  public enum Mark: String, Sendable, CaseIterable {
    /// It began before the period: only the part in the period is listed.
    case beganBefore = "began-before"
    /// It went on after the period.
    case goesOn = "goes-on"
    /// It was running when the plug last spoke.
    case running
    /// It began or ended somewhere in a silence.
    case beganInGap = "began-in-gap"
    case endedInGap = "ended-in-gap"
    /// A silence lies in it whose energy the counter told.
    case holdsGap = "holds-gap"
    /// Some of its energy is not known.
    case incomplete
    /// The counter fell back or was set in it, and the accounting put it right.
    case counter
  }

  public struct BestStart: Sendable, Equatable {
    /// Up to a day later than its own.
    public var start: LocalInstant
    public var cost: Figure
  }

  public var seconds: Int64 { (end.at.milliseconds - start.at.milliseconds) / 1000 }

  /// Is all of it known? Only such runs count for averages and trends.
  public var isWhole: Bool { marks.allSatisfy { $0 == .holdsGap || $0 == .counter } }

}

/// What several runs have in common: whole ones alone.
public struct RunAverages: Sendable, Equatable {
  public var count: Int
  public var kWh: Figure
  public var medianKWh: Figure
  public var cost: Figure?
  public var seconds: Int64
  public var medianSeconds: Int64

  /// nil without any whole run.
  init?(_ runs: [Run], currencyDigits: Int) {
    let whole = runs.filter(\.isWhole)
    guard !whole.isEmpty else { return nil }
    count = whole.count
    let places = whole.map(\.kWh.places).max() ?? 3
    let sum = Figure.sum(whole.map(\.kWh), places: places)
    kWh = Figure.ratio(Int128(sum.mantissa), Int128(count) * Int128(Decimal.power(places)), places: places)
    let sorted = whole.map { $0.kWh.rescaled(to: places).mantissa }.sorted()
    medianKWh = Figure(RunAverages.median(sorted), places: places)
    seconds = whole.map(\.seconds).reduce(0, +) / Int64(count)
    medianSeconds = RunAverages.median(whole.map(\.seconds).sorted())
    let costs = whole.compactMap(\.cost)
    if costs.count == count {
      let cost = Figure.sum(costs)
      self.cost = Figure.ratio(
        Int128(cost.mantissa), Int128(count) * Int128(Decimal.power(cost.places)), places: currencyDigits)
    }
  }

  /// Of two in the middle the mean, rounded down.
  static func median(_ sorted: [Int64]) -> Int64 {
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }
}
