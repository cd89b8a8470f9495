public import Calendar
public import Readings

/// What electricity costs: dated periods of prices. A value; the file is read elsewhere.
public struct Tariff: Hashable, Sendable {
  public var name: String
  public var currency: Currency
  /// Added to standing charges, rates and tiers of periods whose prices exclude it; never to export.
  public var tax: Tax
  /// By ``Period/from``, which increases strictly (``check()`` says where it does not).
  public var periods: [Period]

  public init(name: String, currency: Currency, tax: Tax = .none, periods: [Period]) {
    self.name = name
    self.currency = currency
    self.tax = tax
    self.periods = periods
  }

  /// Prices from one local date until the next period's.
  public struct Period: Hashable, Sendable {
    public var from: LocalDate
    /// Per local day.
    public var standingCharge: Price
    public var includesTax: Bool
    public var pricing: Pricing
    public var tiers: [Tier]
    /// Credit per exported kWh; nil for none.
    public var export: Price?

    public init(
      from: LocalDate, standingCharge: Price = Price(units: 0), includesTax: Bool = false, pricing: Pricing,
      tiers: [Tier] = [], export: Price? = nil
    ) {
      self.from = from
      self.standingCharge = standingCharge
      self.includesTax = includesTax
      self.pricing = pricing
      self.tiers = tiers
      self.export = export
    }
  }

  public enum Pricing: Hashable, Sendable {
    /// The first rate that matches an instant wins.
    case rates([Rate])
    case prices(PriceList)
  }

  /// A price with the local times at which it holds. Hours, days and months are each compared with the instant's own
  /// local clock and date: `22:00-06:00` on `fri` is Friday from 22:00 and Friday until 06:00.
  public struct Rate: Hashable, Sendable {
    public var name: String
    public var price: Price
    /// nil for the whole day.
    public var hours: ClockWindow?
    /// 1 Monday to 7 Sunday; empty for every day.
    public var days: Set<Int>
    /// 1 to 12; empty for every month.
    public var months: Set<Int>

    public init(name: String, price: Price, hours: ClockWindow? = nil, days: Set<Int> = [], months: Set<Int> = []) {
      self.name = name
      self.price = price
      self.hours = hours
      self.days = days
      self.months = months
    }

    func holds(month: Int, weekday: Int, minuteOfDay: Int) -> Bool {
      (hours?.contains(minuteOfDay: minuteOfDay) ?? true) && (days.isEmpty || days.contains(weekday))
        && (months.isEmpty || months.contains(month))
    }
  }

  /// A part of the day by the local clock, its end excluded; over midnight when it ends before it starts.
  public struct ClockWindow: Hashable, Sendable {
    /// Minutes of the day, 0 to 1439.
    public var start: Int
    /// 0 to 1440.
    public var end: Int

    /// nil where a minute is out of range, or the window is empty.
    public init?(start: Int, end: Int) {
      guard (0...1439).contains(start), (0...1440).contains(end), start != end else { return nil }
      self.start = start
      self.end = end
    }

    public func contains(minuteOfDay minute: Int) -> Bool {
      start < end ? minute >= start && minute < end : minute >= start || minute < end
    }
  }

  /// Adds to the price of what a bill's energy exceeds.
  public struct Tier: Hashable, Sendable {
    /// All devices together, within one billing period.
    public var above: Energy
    public var add: Price

    public init(above: Energy, add: Price) {
      self.above = above
      self.add = add
    }
  }

  /// Prices by the half-hour or hour, in UTC.
  public struct PriceList: Hashable, Sendable {
    /// The name of its lines in a report: `dynamic`, or the period's name.
    public var name: String
    /// Strictly increasing.
    public private(set) var starts: [Timestamp]
    public private(set) var prices: [Price]
    /// How long a price holds when no other follows sooner, in milliseconds: the shortest distance of two starts,
    /// at most an hour.
    public let slotMilliseconds: Int64

    /// nil for an empty list, and where starts do not increase strictly.
    public init?(name: String = "dynamic", slots: [(start: Timestamp, price: Price)]) {
      self.init(name: name, starts: slots.map(\.start), prices: slots.map(\.price))
    }

    /// The same from as many prices as starts.
    public init?(name: String, starts: [Timestamp], prices: [Price]) {
      guard !starts.isEmpty, starts.count == prices.count else { return nil }
      var shortest: Int64 = 3_600_000
      for index in 1..<starts.count {
        guard starts[index - 1] < starts[index] else { return nil }
        shortest = min(shortest, starts[index].milliseconds - starts[index - 1].milliseconds)
      }
      self.name = name
      self.starts = starts
      self.prices = prices
      slotMilliseconds = shortest
    }

    /// The index of the last slot that begins at an instant or before; −1 before the first.
    func lastStart(at instant: Timestamp) -> Int {
      var low = 0
      var high = starts.count
      while low < high {
        let middle = (low + high) / 2
        if starts[middle] <= instant { low = middle + 1 } else { high = middle }
      }
      return low - 1
    }

    /// The index of the slot that holds an instant; nil in a hole.
    func slot(at instant: Timestamp) -> Int? {
      let last = lastStart(at: instant)
      guard last >= 0, instant.milliseconds - starts[last].milliseconds < slotMilliseconds else { return nil }
      return last
    }

    func end(ofSlot index: Int) -> Timestamp {
      let end = starts[index].advanced(byMilliseconds: slotMilliseconds)
      return index + 1 < starts.count ? min(end, starts[index + 1]) : end
    }
  }
}

/// The price of one kWh at an instant, tax added, and the name under which it is reported.
public struct PricedRate: Hashable, Sendable {
  public var name: String
  public var price: Price
  /// Millionths of ``price`` that are paid: 1,050,000 with 5 % added to it.
  public var factor: Int64

  /// What so much energy costs.
  public func cost(of energy: Energy) -> Money {
    Money(units: Int128(price.units) &* Int128(factor) &* Int128(energy.milliwattHours))
  }
}

extension Tariff {
  /// The period that holds on a local date; nil before the first.
  public func period(on date: LocalDate) -> Period? { periods.last { $0.from <= date } }

  func factor(of period: Period) -> Int64 { 1_000_000 + (period.includesTax ? 0 : tax.millionths) }

  /// The rate at an instant; nil before the first period, where no rate matches and in a hole of a price list.
  public func rate(at instant: Timestamp, in zone: TimeZoneRules) -> PricedRate? {
    let local = zone.local(at: instant)
    let date = LocalDate(local)
    guard let period = period(on: date) else { return nil }
    switch period.pricing {
    case .rates(let rates):
      let minute = local.hour * 60 + local.minute
      let rate = rates.first { $0.holds(month: local.month, weekday: date.weekday, minuteOfDay: minute) }
      return rate.map { PricedRate(name: $0.name, price: $0.price, factor: factor(of: period)) }
    case .prices(let list):
      return list.slot(at: instant).map {
        PricedRate(name: list.name, price: list.prices[$0], factor: factor(of: period))
      }
    }
  }

  /// Every instant inside `range`, its ends excluded, at which the rate, its tax or the export credit changes, in order.
  public func switches(in range: Range<Timestamp>, zone: TimeZoneRules) -> [Timestamp] {
    guard !range.isEmpty else { return [] }
    let candidates = switchCandidates(in: range, zone)
    var result: [Timestamp] = []
    result.reserveCapacity(candidates.count)
    // By period: the prices of its list. Within one, of which there is a place for each half-hour of years, only prices
    // differ.
    let lists = periods.map { period -> [Price] in
      if case .prices(let list) = period.pricing { list.prices } else { [] }
    }
    var cursor = TariffCursor(self, zone: zone, range: range)
    var before = cursor.place(at: range.lowerBound)
    var last = range.lowerBound
    for candidate in candidates where candidate > last {
      last = candidate
      let after = cursor.place(at: candidate)
      if after == before { continue }
      let isSwitch =
        if before.period == after.period, before.rate >= 0, after.rate >= 0, !lists[before.period].isEmpty {
          lists[before.period][before.rate] != lists[before.period][after.rate]
        } else {
          state(at: before) != state(at: after)
        }
      if isSwitch { result.append(candidate) }
      before = after
    }
    return result
  }

  /// Every instant within `range`, its ends excluded, at which a price may change, in order.
  private func switchCandidates(in range: Range<Timestamp>, _ zone: TimeZoneRules) -> ArraySlice<Timestamp> {
    var ofLists: [Timestamp] = []
    for case .prices(let list) in periods.map(\.pricing) {
      ofLists.reserveCapacity(ofLists.count + list.starts.count)
      var index = max(0, list.lastStart(at: range.lowerBound))
      while index < list.starts.count, list.starts[index] < range.upperBound {
        let end = list.end(ofSlot: index)
        ofLists.append(list.starts[index])
        index += 1
        if index == list.starts.count || list.starts[index] != end { ofLists.append(end) }
      }
    }
    var ofDays = zone.changes(in: range)
    let last = zone.date(at: range.upperBound)
    var date = zone.date(at: range.lowerBound)
    var period = -1
    var minutes: [Int] = []
    while date <= last {
      ofDays.append(zone.start(of: date))
      let present = periods.lastIndex { $0.from <= date } ?? -1
      if present != period {
        period = present
        minutes = period < 0 ? [] : periods[period].switchMinutes
      }
      for minute in minutes {
        let clock = CivilTime(secondsSince1970: date.dayNumber * 86_400 + Int64(minute) * 60)
        switch zone.instants(of: clock) {
        case .one(let instant), .none(skippedAt: let instant): ofDays.append(instant)
        case .two(let earlier, let later): ofDays += [earlier, later]
        }
      }
      date = date.advanced(byDays: 1)
    }
    let candidates = ofLists.inOrder().merged(with: ofDays.inOrder())
    let first = candidates.firstIndex { $0 > range.lowerBound } ?? candidates.endIndex
    let end = candidates.lastIndex { $0 < range.upperBound }.map { $0 + 1 } ?? first
    return candidates[first..<max(first, end)]
  }

  private struct State: Equatable {
    var rate: PricedRate?
    var export: Price?
    var tiers: [Tier] = []
  }

  private func state(at place: TariffCursor.Place) -> State {
    guard place.period >= 0 else { return State() }
    let period = periods[place.period]
    var state = State(export: period.export, tiers: period.tiers)
    guard place.rate >= 0 else { return state }
    switch period.pricing {
    case .rates(let rates):
      let rate = rates[place.rate]
      state.rate = PricedRate(name: rate.name, price: rate.price, factor: factor(of: period))
    case .prices(let list):
      state.rate = PricedRate(name: list.name, price: list.prices[place.rate], factor: factor(of: period))
    }
    return state
  }

  /// The standing charges, tax added, of every local day that begins within `range`.
  public func standingCharge(in range: Range<Timestamp>, zone: TimeZoneRules) -> Money {
    var sum = Money.zero
    var date = zone.date(at: range.lowerBound)
    var start = zone.start(of: date)
    while start < range.upperBound {
      let next = zone.start(of: date.advanced(byDays: 1))
      if start >= range.lowerBound, start < next, let period = period(on: date) {
        sum += Money(units: Int128(period.standingCharge.units) &* Int128(factor(of: period)) &* 1_000_000)
      }
      date = date.advanced(byDays: 1)
      start = next
    }
    return sum
  }
}

extension Tariff.Period {
  /// Minutes of the day at which a rate's hours begin or end, midnight left out.
  fileprivate var switchMinutes: [Int] {
    guard case .rates(let rates) = pricing else { return [] }
    return Set(rates.compactMap(\.hours).flatMap { [$0.start, $0.end] }).filter { $0 > 0 && $0 < 1440 }.sorted()
  }
}
