import Calendar
public import Readings

/// What a site pays over some time beside energy: standing charge, charges by time, demand and percent charges. Money of
/// no device.
struct SiteCosts {
  /// The time of one tariff period.
  struct Part {
    /// A place among the tariff's periods; −1 before the first.
    let period: Int
    let slots: Range<Int>
    /// Tax added, as all amounts here.
    var standing = PreciseMoney.zero
    /// By place among the period's charges: zero for those per kWh, and for shares.
    var charges: [PreciseMoney]
    let hasShares: Bool
  }

  private(set) var parts: [Part] = []

  init(_ bill: Bill, in range: Range<Timestamp>) {
    let (tariff, schedule) = (bill.tariff, bill.schedule)
    for (period, span) in SiteCosts.periods(of: tariff, in: range, schedule) {
      let charges = period < 0 ? [] : tariff.periods[period].charges
      var part = Part(
        period: period, slots: SiteCosts.slots(of: schedule.cutPoints, in: span),
        charges: Array(repeating: .zero, count: charges.count),
        hasShares: charges.contains { if case .share = $0.basis { true } else { false } })
      if period >= 0 { part.addDays(of: span, bill, tariff.periods[period]) }
      parts.append(part)
    }
  }

  /// Of all parts, without percent charges.
  var sum: PreciseMoney {
    parts.reduce(PreciseMoney.zero) { sum, part in part.charges.reduce(sum + part.standing, +) }
  }

  /// The time of each tariff period within a range, by the tariff's clock.
  private static func periods(
    of tariff: Tariff, in range: Range<Timestamp>, _ schedule: TariffSchedule
  ) -> [(period: Int, span: Range<Timestamp>)] {
    guard tariff.periods.count > 1 else {
      let start = tariff.periods.first.map { tariff.clock(at: schedule.zone).start(of: $0.from) } ?? range.upperBound
      let edge = min(max(start, range.lowerBound), range.upperBound)
      return [(-1, range.lowerBound..<edge), (0, edge..<range.upperBound)].filter { !$0.1.isEmpty }
    }
    let clock = tariff.clock(at: schedule.zone)
    let starts = tariff.periods.map { clock.start(of: $0.from) }
    var result: [(Int, Range<Timestamp>)] = []
    for period in -1..<starts.count {
      let start = max(period < 0 ? range.lowerBound : starts[period], range.lowerBound)
      let end = min(period + 1 < starts.count ? starts[period + 1] : range.upperBound, range.upperBound)
      if start < end { result.append((period, start..<end)) }
    }
    return result
  }

  /// The slots of a range that begins and ends on cut points.
  private static func slots(of cuts: [Timestamp], in range: Range<Timestamp>) -> Range<Int> {
    func place(_ instant: Timestamp) -> Int { min(cuts.partitioningIndex { $0 >= instant }, max(cuts.count - 1, 0)) }
    let first = place(range.lowerBound)
    return first..<max(first, place(range.upperBound))
  }
}

extension SiteCosts.Part {
  /// Days of one month, year or bill.
  private struct Run {
    var dates: Range<LocalDate>
    var count: Int64 = 0
    var length: Int64 { dates.upperBound.dayNumber - dates.lowerBound.dayNumber }
  }

  /// Adds what the local days of the site cost that begin within a span.
  fileprivate mutating func addDays(of span: Range<Timestamp>, _ bill: Bill, _ period: Tariff.Period) {
    let (tariff, zone) = (bill.tariff, bill.schedule.zone)
    var days: Int64 = 0
    var runs = [[Run]](repeating: [], count: period.charges.count)
    var sums = [[Int64]](repeating: [], count: period.charges.count)
    var date = zone.date(at: span.lowerBound)
    var start = zone.start(of: date)
    while start < span.upperBound {
      let next = zone.start(of: date.advanced(byDays: 1))
      if start >= span.lowerBound, start < next {
        days += 1
        let kind = tariff.dateNames.day(date)
        for (place, charge) in period.charges.enumerated() {
          switch charge.basis {
          case .time(let rates, let per):
            let rate = rates.firstIndex { $0.selector.holds(on: kind) }
            if rates.count > sums[place].count { sums[place] = Array(repeating: 0, count: rates.count) }
            if per == .day {
              if let rate { sums[place][rate] += 1 }
            } else if let rate {
              count(date, per, bill, rate, rates.count, &runs[place])
            }
          case .demand: count(date, .month, bill, 0, 1, &runs[place])
          case .energy, .share: break
          }
        }
      }
      date = date.advanced(byDays: 1)
      start = next
    }
    standing = amount(period.standingCharge, times: days, tariff.factor(of: period))
    for (place, charge) in period.charges.enumerated() {
      let factor = tariff.factor(of: charge, in: period)
      switch charge.basis {
      case .time(let rates, .day):
        for (rate, count) in zip(rates, sums[place]) { charges[place] += amount(rate.price, times: count, factor) }
      case .time(let rates, _):
        for (index, run) in runs[place].enumerated() where run.count > 0 {
          let whole = amount(rates[index % rates.count].price, times: 1, factor)
          charges[place] += whole.scaled(by: run.count, over: run.length)
        }
      case .demand:
        for run in runs[place] {
          let cost = bill.demands.first {
            $0.period == self.period && $0.charge == place && $0.month == run.dates.lowerBound
          }
          if let cost { charges[place] += cost.amount.scaled(by: run.count, over: run.length) }
        }
      case .energy, .share: break
      }
    }
  }

  /// Counts a day for its month, year or bill, and for one of several rates: runs come in groups, one for each rate.
  private func count(
    _ date: LocalDate, _ per: Tariff.Span, _ bill: Bill, _ rate: Int, _ rateCount: Int, _ runs: inout [Run]
  ) {
    if runs.last.map({ !$0.dates.contains(date) }) ?? true {
      let (year, month, _) = date.components
      let dates =
        switch per {
        case .day: date..<date.advanced(byDays: 1)
        case .month: date.startOfMonth..<LocalDate.firstOfMonth(year: year, month: month + 1)
        case .year: date.startOfYear..<LocalDate.firstOfMonth(year: year + 1, month: 1)
        case .bill:
          bill.schedule.billing.start(holding: date)..<bill.schedule.billing.next(after: date)
        }
      runs += Array(repeating: Run(dates: dates), count: rateCount)
    }
    runs[runs.count - rateCount + rate].count += 1
  }

  private func amount(_ price: Price, times count: Int64, _ factor: Int64) -> PreciseMoney {
    PreciseMoney(Money(units: Int128(price.units) &* Int128(factor) &* Int128(count) &* 1_000_000))
  }
}

extension Bill {
  /// What the site pays over some time beside the energy of its devices, tax added.
  ///
  /// - Parameter sums: of the devices in some slots; asked for where the tariff has percent charges.
  public func siteCost(in range: Range<Timestamp>, sums: (Range<Int>) -> [BillSum]) -> Money {
    let costs = SiteCosts(self, in: range)
    var sum = costs.sum
    for part in costs.parts where part.hasShares {
      for (_, share) in BillStatement.shares(self, part, sums(part.slots)) { sum += share }
    }
    return sum.money
  }
}
