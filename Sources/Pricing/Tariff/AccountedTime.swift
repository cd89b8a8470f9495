public import Calendar
public import Readings

extension Tariff {
  /// The spans over which tiers count.
  var tierSpans: Set<Span> { Set(periods.flatMap(\.tiers).map(\.over)) }

  /// Every demand charge's window in minutes.
  private var windows: Set<Int> {
    Set(
      periods.flatMap(\.charges).compactMap { charge in
        if case .demand(let demand) = charge.basis { demand.windowMinutes } else { nil }
      })
  }

  /// What must be accounted for so that the cost of `range` is right: whole spans of tiers from their beginning, and
  /// whole months of demand charges.
  ///
  /// - Parameter known: until when there is anything to account; nil for `range`'s end.
  public func accountedTime(
    for range: Range<Timestamp>, zone: TimeZoneRules, billing: BillingCycle, known: Timestamp? = nil
  ) -> Range<Timestamp> {
    var (start, end) = (range.lowerBound, range.upperBound)
    let clock = clock(at: zone)
    let days = LocalDays(zone: clock, startMinute: dayStartMinute)
    let date = days.date(at: start)
    for span in tierSpans {
      let first =
        switch span {
        case .day: days.start(of: date)
        case .month: days.start(of: date.startOfMonth)
        case .year: days.start(of: date.startOfYear)
        case .bill: zone.start(of: billing.start(holding: zone.date(at: start)))
        }
      start = min(start, first)
    }
    if !windows.isEmpty {
      start = min(start, days.start(of: date.startOfMonth))
      let (year, month, _) = days.date(at: range.upperBound.advanced(byMilliseconds: -1)).components
      let next = days.start(of: LocalDate.firstOfMonth(year: year, month: month + 1))
      end = max(end, min(next, known ?? end))
    }
    return start..<end
  }

  /// Where energy must be cut within `range` beside ``switches(in:zone:)``: where spans of tiers and windows of demand
  /// begin. In order.
  public func accountingCuts(
    in range: Range<Timestamp>, zone: TimeZoneRules, billing: BillingCycle
  ) -> [Timestamp] {
    guard !range.isEmpty else { return [] }
    var cuts: [Timestamp] = []
    let clock = clock(at: zone)
    let days = LocalDays(zone: clock, startMinute: dayStartMinute)
    for span in tierSpans {
      var date = span == .bill ? zone.date(at: range.lowerBound) : days.date(at: range.lowerBound)
      while true {
        let (year, month, _) = date.components
        let instant: Timestamp
        switch span {
        case .day:
          date = date.advanced(byDays: 1)
          instant = days.start(of: date)
        case .month:
          date = LocalDate.firstOfMonth(year: year, month: month + 1)
          instant = days.start(of: date)
        case .year:
          date = LocalDate.firstOfMonth(year: year + 1, month: 1)
          instant = days.start(of: date)
        case .bill:
          date = billing.next(after: date)
          instant = zone.start(of: date)
        }
        guard instant < range.upperBound else { break }
        cuts.append(instant)
      }
    }
    for minutes in windows { cuts += windowEdges(Int64(minutes) * 60, in: range, clock) }
    return cuts.inOrder()
  }

  private func windowEdges(_ step: Int64, in range: Range<Timestamp>, _ clock: TimeZoneRules) -> [Timestamp] {
    var edges: [Timestamp] = []
    edges.reserveCapacity(Int((range.upperBound.seconds - range.lowerBound.seconds) / step) + 1)
    var changes = clock.changes(in: range)[...]
    var offsets = ZoneClock(clock, over: range)
    var instant = range.lowerBound
    while true {
      let local = instant.seconds + Int64(offsets.offset(at: instant))
      var next = Timestamp(seconds: instant.seconds + step - local.flooringRemainder(step))
      while let change = changes.first, change <= instant { changes.removeFirst() }
      if let change = changes.first, change < next { next = change }
      guard next < range.upperBound else { return edges }
      edges.append(next)
      instant = next
    }
  }
}
