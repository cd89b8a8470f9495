public import Calendar
import Readings
public import Text

/// What a period that is not over comes to if its rest goes on as the last days did.
public struct Forecast: Sendable, Equatable {
  /// The whole period.
  public let span: Report.Span
  /// Bought, where there is sun; to the watt-hour.
  public let kWh: Figure
  /// With standing charge and credit; nil without a tariff.
  public let cost: Figure?
  /// Whole days whose mean the rest is taken from.
  public let dayCount: Int

  /// - Parameters:
  ///   - soFar: the period up to now.
  ///   - end: when it is over.
  ///   - days: the last whole days; those with messages for less than nine tenths of the time are left out.
  /// - Returns: nil where no whole day tells how it goes on, or the period is over.
  public init?(of soFar: Report.Period, until end: LocalInstant, by days: [Report.Period]) {
    let whole = days.filter { day in
      day.meanCoverage.map { !$0.isLess(than: Figure(9, places: 1)) } ?? false
    }
    let seconds = whole.reduce(Int128(0)) { $0 + Int128($1.span.seconds) }
    let rest = Int128(end.at.milliseconds - soFar.span.end.at.milliseconds) / 1000
    guard seconds > 0, rest > 0 else { return nil }
    func continued(_ amount: Figure, by pace: Figure) -> Figure {
      amount + Figure.ratio(Int128(pace.mantissa) * rest, seconds * Int128(Decimal.power(pace.places)), places: 6)
    }
    span = Report.Span(start: soFar.span.start, end: end)
    dayCount = whole.count
    kWh = continued(soFar.total.kWh, by: Figure.sum(whole.map(\.total.kWh))).rescaled(to: 3)
    let paid = whole.compactMap(\.total.cost)
    cost = soFar.total.cost.flatMap { cost in
      paid.count == whole.count ? continued(cost, by: Figure.sum(paid)).rescaled(to: cost.places) : nil
    }
  }
}
