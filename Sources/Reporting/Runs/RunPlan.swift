public import Calendar
import EnergyAccounting
public import Pricing
public import Readings

/// Where a plug's energy must be cut so that each of its runs has its own.
public struct RunPlan: Sendable {
  /// Whose runs are asked for, and the time that they are compared with.
  public let period: Range<Timestamp>
  public let before: Range<Timestamp>
  public let threshold: RunThreshold
  public let zone: TimeZoneRules
  /// ``Tariff/perKilowattHour(for:otherNames:)`` of the plug.
  public let tariff: Tariff?
  /// Is it asked when each run would have been cheapest?
  public let seeksBestStart: Bool
  let poweredSpans: [PoweredSpan]
  /// How long power is known in both times, in milliseconds.
  let known: (period: Int64, before: Int64)
  /// Strictly increasing.
  public let cutPoints: [Timestamp]

  /// How finely a run's own course is looked at to find its best start.
  static let slice: Int64 = 900_000

  /// - Parameters:
  ///   - trace: of both times and their surroundings.
  ///   - times: the one before ends where the period begins.
  ///   - pause: up to which length a rest belongs to a run, in milliseconds; nil to go by the runs beside it.
  public init(
    _ trace: PowerTrace, _ threshold: RunThreshold, over times: (period: Range<Timestamp>, before: Range<Timestamp>),
    pause: Int64?, zone: TimeZoneRules, tariff: Tariff? = nil, seeksBestStart: Bool = false
  ) {
    (period, before) = times
    self.threshold = threshold
    self.zone = zone
    self.tariff = tariff
    self.seeksBestStart = seeksBestStart && tariff != nil
    let whole = before.lowerBound..<period.upperBound
    poweredSpans = PoweredSpan.all(in: trace, threshold, pause: pause)
      .filter { $0.before < whole.upperBound && $0.end >= whole.lowerBound }
    known = (trace.known(in: period), trace.known(in: before))
    var cuts = [whole.lowerBound, period.lowerBound, whole.upperBound]
    for span in poweredSpans { cuts += [span.before, span.end].filter(whole.contains) }
    if let tariff { cuts += tariff.switches(in: whole, zone: zone) }
    if self.seeksBestStart {
      for span in poweredSpans where span.end > period.lowerBound {
        cuts += RunPlan.slices(from: span.before, to: span.end).map(\.upperBound).filter(period.contains)
      }
    }
    cutPoints = Set(cuts).sorted()
  }

  /// Pieces of a run, the last one shorter; a run of more than a day is not moved, and has none.
  static func slices(from start: Timestamp, to end: Timestamp) -> [Range<Timestamp>] {
    guard start < end, end.milliseconds - start.milliseconds <= 86_400_000 else { return [] }
    return stride(from: start.milliseconds, to: end.milliseconds, by: Int(slice)).map { from in
      Timestamp(milliseconds: from)..<Timestamp(milliseconds: min(from + slice, end.milliseconds))
    }
  }
}
