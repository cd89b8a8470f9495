public import Calendar
import EnergyAccounting
public import Readings

/// Local days, weeks, months, bills and years as spans of UTC.
public struct ReportCalendar: Sendable {
  public let zone: TimeZoneRules
  private let days: LocalDays
  private let billing: BillingCycle

  /// - Parameters:
  ///   - dayStartMinute: when days begin, in minutes after midnight.
  ///   - billing: when bills begin.
  public init(zone: TimeZoneRules, dayStartMinute: Int = 0, billing: BillingCycle = BillingCycle()) {
    self.zone = zone
    self.billing = billing
    days = LocalDays(zone: zone, startMinute: dayStartMinute)
  }

  /// The calendar periods that overlap `range`, cut to it, in order; days that the zone skipped are left out.
  public func periods(of granularity: Report.Granularity, in range: Range<Timestamp>) -> [Range<Timestamp>] {
    guard !range.isEmpty else { return [] }
    if granularity == .range { return [range] }
    var periods: [Range<Timestamp>] = []
    var date = start(of: granularity, holding: days.date(at: range.lowerBound))
    while true {
      let next = step(date, by: granularity, count: 1)
      let first = days.start(of: date)
      if first >= range.upperBound { return periods }
      let period = max(first, range.lowerBound)..<max(range.lowerBound, min(days.start(of: next), range.upperBound))
      if !period.isEmpty { periods.append(period) }
      date = next
    }
  }

  /// The edges inside `period`, its ends excluded, at which a split begins a new part.
  func edges(of split: Report.Split, in period: Range<Timestamp>) -> [Timestamp] {
    switch split {
    case .tariff: return []
    case .hour: return edges(every: 3600, in: period)
    case .day, .week, .month:
      let granularity: Report.Granularity = split == .day ? .day : split == .week ? .week : .month
      return periods(of: granularity, in: period).dropFirst().map(\.lowerBound)
    }
  }

  /// Stretches of the local clock that begin at its full steps (900, 1800 or 3600 seconds), cut to `range`. A clock
  /// change that is no multiple of the step ends one early.
  public func clockSteps(_ step: Int64, in range: Range<Timestamp>) -> [Range<Timestamp>] {
    guard !range.isEmpty else { return [] }
    let edges = [range.lowerBound] + self.edges(every: step, in: range) + [range.upperBound]
    return zip(edges, edges.dropFirst()).map { $0..<$1 }
  }

  private func edges(every step: Int64, in period: Range<Timestamp>) -> [Timestamp] {
    var edges: [Timestamp] = []
    var changes = zone.changes(in: period)[...]
    var instant = period.lowerBound
    while true {
      let local = instant.seconds + Int64(zone.offset(at: instant))
      var next = Timestamp(seconds: instant.seconds + step - local.flooringRemainder(step))
      while let change = changes.first, change <= instant { changes.removeFirst() }
      // A change by half an hour falls within an hour's step and begins another one.
      if let change = changes.first, change < next { next = change }
      if next >= period.upperBound { return edges }
      edges.append(next)
      instant = next
    }
  }

  /// The period before, or the same one a year before.
  func counterpart(
    of period: Range<Timestamp>, granularity: Report.Granularity, kind: Report.Comparison.Kind
  ) -> Range<Timestamp> {
    func moved(_ instant: Timestamp) -> Timestamp {
      let date = days.date(at: instant)
      let start = days.start(of: date)
      let target: LocalDate
      switch kind {
      case .year where granularity == .week: target = date.advanced(byDays: -364)
      case .year: target = step(date, by: .year, count: -1)
      case .previous where granularity == .range:
        // As many days as the range touches, so that midnights stay midnights over a clock change.
        let days = days.date(at: period.upperBound).dayNumber - days.date(at: period.lowerBound).dayNumber
        target = date.advanced(byDays: -Int(max(days, 1)))
      case .previous: target = step(date, by: granularity, count: -1)
      }
      // A time of day inside the day keeps its distance from midnight.
      return days.start(of: target).advanced(byMilliseconds: instant.milliseconds - start.milliseconds)
    }
    let start = moved(period.lowerBound)
    return start..<max(start, moved(period.upperBound))
  }

  private func start(of granularity: Report.Granularity, holding date: LocalDate) -> LocalDate {
    switch granularity {
    case .day, .range: date
    case .week: date.startOfWeek
    case .month: date.startOfMonth
    case .bill: billing.start(holding: date)
    case .year: date.startOfYear
    }
  }

  /// The date so many periods later; a day that the target month lacks becomes its last.
  private func step(_ date: LocalDate, by granularity: Report.Granularity, count: Int) -> LocalDate {
    switch granularity {
    case .day, .range: return date.advanced(byDays: count)
    case .week: return date.advanced(byDays: 7 * count)
    case .bill where count == 1 && date == start(of: .bill, holding: date):
      return billing.next(after: date)
    case .bill where count == -1 && date == start(of: .bill, holding: date):
      return billing.start(holding: date.advanced(byDays: -1))
    case .month, .bill, .year:
      let (year, month, day) = date.components
      let first = LocalDate.firstOfMonth(year: year, month: month + (granularity == .year ? 12 * count : count))
      let (targetYear, targetMonth, _) = first.components
      return first.advanced(byDays: min(day, LocalDate.days(inMonth: targetMonth, of: targetYear)) - 1)
    }
  }
}
