package import Readings

/// Finds what a tariff says of instants that come in order: each step costs a few comparisons, where
/// ``Tariff/rate(at:in:)`` searches zone, period and price list each time.
struct TariffCursor {
  /// Which line of a tariff holds: equal places mean equal prices.
  struct Place: Hashable {
    /// −1 before the first period.
    var period: Int
    /// A place among the period's rates or prices; −1 where none holds.
    var rate: Int
  }

  private let tariff: Tariff
  private var clock: ZoneClock
  private var day: Int64 = .min
  private var period = -1
  /// The period's rates that may hold on the day, in order; empty where it has a price list.
  private var rates: [(place: Int, hours: Tariff.ClockWindow?)] = []
  private var list: Tariff.PriceList?
  private var slot = -1
  private var nextStart: Int64 = .min

  /// - Parameter range: holds every instant that will be asked for.
  init(_ tariff: Tariff, zone: TimeZoneRules, range: Range<Timestamp>) {
    self.tariff = tariff
    clock = ZoneClock(zone, over: range)
  }

  /// `instant` is not before the one asked for last.
  mutating func place(at instant: Timestamp) -> Place {
    let local = instant.seconds + Int64(clock.offset(at: instant))
    let today = local.flooringQuotient(86_400)
    if today != day { begin(today) }
    guard period >= 0 else { return Place(period: -1, rate: -1) }
    if let list { return Place(period: period, rate: place(at: instant.milliseconds, in: list)) }
    let minute = Int(local - today * 86_400) / 60
    for rate in rates where rate.hours?.contains(minuteOfDay: minute) ?? true {
      return Place(period: period, rate: rate.place)
    }
    return Place(period: period, rate: -1)
  }

  /// The local date of the instant asked for last.
  var date: LocalDate { LocalDate(dayNumber: day) }

  private mutating func begin(_ today: Int64) {
    day = today
    let date = date
    let before = period
    period = tariff.periods.lastIndex { $0.from <= date } ?? -1
    guard period >= 0 else { return }
    switch tariff.periods[period].pricing {
    case .rates(let all):
      list = nil
      let month = date.components.month
      let weekday = date.weekday
      rates.removeAll(keepingCapacity: true)
      for (place, rate) in all.enumerated()
      where (rate.days.isEmpty || rate.days.contains(weekday)) && (rate.months.isEmpty || rate.months.contains(month)) {
        rates.append((place, rate.hours))
      }
    case .prices(let prices) where before != period:
      list = prices
      slot = -1
      nextStart = .min
    case .prices: break
    }
  }

  private mutating func place(at instant: Int64, in list: Tariff.PriceList) -> Int {
    if instant >= nextStart {
      if nextStart == .min {
        slot = list.lastStart(at: Timestamp(milliseconds: instant))
      } else {
        repeat { slot += 1 } while slot + 1 < list.starts.count && list.starts[slot + 1].milliseconds <= instant
      }
      nextStart = slot + 1 < list.starts.count ? list.starts[slot + 1].milliseconds : .max
    }
    guard slot >= 0, instant - list.starts[slot].milliseconds < list.slotMilliseconds else { return -1 }
    return slot
  }
}

/// A zone's offsets at instants that come in order.
package struct ZoneClock: Sendable {
  private let changes: [Timestamp]
  private let offsets: [Int]
  private var place = 0

  /// - Parameter range: holds every instant that will be asked for.
  package init(_ zone: TimeZoneRules, over range: Range<Timestamp>) {
    changes = zone.changes(in: range)
    offsets = [zone.offset(at: range.lowerBound)] + changes.map { zone.offset(at: $0) }
  }

  /// Seconds east of UTC. `instant` is not before the one asked for last.
  @inline(__always)
  package mutating func offset(at instant: Timestamp) -> Int {
    while place < changes.count, changes[place] <= instant { place += 1 }
    return offsets[place]
  }
}
