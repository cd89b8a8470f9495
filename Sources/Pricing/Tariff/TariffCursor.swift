public import Calendar
public import Readings

/// Finds what a tariff says of instants that come in order: each step costs a few comparisons, where
/// ``Tariff/rate(at:in:)`` searches zone, period and price list each time.
struct TariffCursor {
  private let tariff: Tariff
  private var clock: ZoneClock
  private let dayStartSeconds: Int64
  private var today: Int64 = .min
  private var tariffDay: Int64 = .min
  private var tracks: [Track] = []
  /// A place among the tariff's periods; −1 before the first.
  private(set) var period = -1
  /// By schedule of the period (``Tariff/Period/schedules``): a place among its rates or prices, −1 where none holds.
  /// Equal places in one period are equal prices.
  private(set) var places: [Int] = []
  /// The minute of the day by the tariff's clock.
  private(set) var minuteOfDay = 0

  /// - Parameter range: holds every instant that will be asked for.
  init(_ tariff: Tariff, zone: TimeZoneRules, range: Range<Timestamp>) {
    self.tariff = tariff
    clock = ZoneClock(tariff.clock(at: zone), over: range)
    dayStartSeconds = Int64(tariff.dayStartMinute) * 60
  }

  /// The date of the instant asked for last by the tariff's days, which may begin later than at midnight.
  var date: LocalDate { LocalDate(dayNumber: tariffDay) }

  var day: TariffDay { tariff.dateNames.day(date) }

  /// `instant` is not before the one asked for last.
  mutating func move(to instant: Timestamp) {
    let local = instant.seconds + Int64(clock.offset(at: instant))
    let day = local.flooringQuotient(86_400)
    let ownDay = dayStartSeconds == 0 ? day : (local - dayStartSeconds).flooringQuotient(86_400)
    if day != today || ownDay != tariffDay { begin(day, ownDay, at: instant) }
    minuteOfDay = Int(local - day * 86_400) / 60
    for track in tracks.indices { places[track] = tracks[track].place(at: instant, minuteOfDay) }
  }

  private mutating func begin(_ day: Int64, _ ownDay: Int64, at instant: Timestamp) {
    today = day
    tariffDay = ownDay
    let calendarDate = LocalDate(dayNumber: day)
    let present = tariff.periods.lastIndex { $0.from <= calendarDate } ?? -1
    if present != period {
      period = present
      tracks = period < 0 ? [] : tariff.periods[period].schedules.map { Track($0, at: instant) }
      places = Array(repeating: -1, count: tracks.count)
    }
    let kind = self.day
    for track in tracks.indices { tracks[track].begin(kind) }
  }

  /// One schedule of the present period.
  private struct Track {
    private let all: [Tariff.Rate]
    /// Those that may hold on the day, in order.
    private var rates: [(place: Int, hours: Tariff.ClockWindow?)] = []
    private let list: Tariff.PriceList?
    private var slot = -1
    private var nextStart: Int64 = .min
    private var end: Int64 = .min

    init(_ pricing: Tariff.Pricing, at instant: Timestamp) {
      switch pricing {
      case .rates(let rates): (all, list) = (rates, nil)
      case .prices(let prices):
        (all, list) = ([], prices)
        enter(prices.lastStart(at: instant), of: prices)
      }
    }

    mutating func begin(_ day: TariffDay) {
      guard list == nil else { return }
      rates.removeAll(keepingCapacity: true)
      for (place, rate) in all.enumerated() where rate.selector.devices.isEmpty && rate.selector.holds(on: day) {
        rates.append((place, rate.selector.hours))
      }
    }

    @inline(__always)
    mutating func place(at instant: Timestamp, _ minuteOfDay: Int) -> Int {
      if let list {
        while instant.milliseconds >= nextStart { enter(slot + 1, of: list) }
        return instant.milliseconds < end ? slot : -1
      }
      for rate in rates where rate.hours?.contains(minuteOfDay: minuteOfDay) ?? true { return rate.place }
      return -1
    }

    private mutating func enter(_ place: Int, of list: Tariff.PriceList) {
      slot = place
      nextStart = place + 1 < list.starts.count ? list.starts[place + 1].milliseconds : .max
      end = place < 0 ? .min : list.ends[place].milliseconds
    }
  }
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
