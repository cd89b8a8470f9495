public import Calendar
public import Readings

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
  /// Of the period's price list; empty where it has rates.
  private var starts: [Timestamp] = []
  private var slotMilliseconds: Int64 = 0
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
    if today != day { begin(today, at: instant.milliseconds) }
    guard period >= 0 else { return Place(period: -1, rate: -1) }
    if !starts.isEmpty { return Place(period: period, rate: slot(at: instant.milliseconds)) }
    let minute = Int(local - today * 86_400) / 60
    for rate in rates where rate.hours?.contains(minuteOfDay: minute) ?? true {
      return Place(period: period, rate: rate.place)
    }
    return Place(period: period, rate: -1)
  }

  /// The local date of the instant asked for last.
  var date: LocalDate { LocalDate(dayNumber: day) }

  private mutating func begin(_ today: Int64, at instant: Int64) {
    day = today
    let date = date
    let before = period
    period = tariff.periods.lastIndex { $0.from <= date } ?? -1
    guard period >= 0 else { return }
    switch tariff.periods[period].pricing {
    case .rates(let all):
      starts = []
      let month = date.components.month
      let weekday = date.weekday
      rates.removeAll(keepingCapacity: true)
      for (place, rate) in all.enumerated()
      where (rate.days.isEmpty || rate.days.contains(weekday)) && (rate.months.isEmpty || rate.months.contains(month)) {
        rates.append((place, rate.hours))
      }
    case .prices(let prices) where before != period:
      starts = prices.starts
      slotMilliseconds = prices.slotMilliseconds
      slot = prices.lastStart(at: Timestamp(milliseconds: instant))
      nextStart = start(ofSlot: slot + 1)
    case .prices: break
    }
  }

  /// The slot of the price list that holds an instant; −1 in a hole.
  private mutating func slot(at instant: Int64) -> Int {
    while instant >= nextStart {
      slot += 1
      nextStart = start(ofSlot: slot + 1)
    }
    guard slot >= 0, instant - starts[slot].milliseconds < slotMilliseconds else { return -1 }
    return slot
  }

  private func start(ofSlot slot: Int) -> Int64 { slot < starts.count ? starts[slot].milliseconds : .max }
}

/// A zone's offsets at instants that come in order.
public struct ZoneClock: Sendable {
  private let changes: [Timestamp]
  private let offsets: [Int]
  private var place = 0

  /// - Parameter range: holds every instant that will be asked for.
  public init(_ zone: TimeZoneRules, over range: Range<Timestamp>) {
    changes = zone.changes(in: range)
    offsets = [zone.offset(at: range.lowerBound)] + changes.map { zone.offset(at: $0) }
  }

  /// Seconds east of UTC. `instant` is not before the one asked for last.
  @inline(__always)
  public mutating func offset(at instant: Timestamp) -> Int {
    while place < changes.count, changes[place] <= instant { place += 1 }
    return offsets[place]
  }
}
