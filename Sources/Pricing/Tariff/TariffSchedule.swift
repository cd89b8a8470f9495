public import Calendar
public import Readings

/// What a kWh costs in each of some neighbouring slots, looked up once for all devices.
public struct TariffSchedule: Sendable {
  /// Neighbouring slots of one rate: with a price list all of a period, else as long as no other rate begins.
  public struct RateSpan: Hashable, Sendable {
    public fileprivate(set) var slots: Range<Int>
    /// A place among names; −1 where the tariff has no rate.
    public let rate: Int
    /// A place among the tariff's periods; −1 before the first.
    public let period: Int
    /// What a price is multiplied with, millionths that are paid.
    let factor: Int128
    /// The price of each of the slots; nil where every one has its own.
    fileprivate(set) var price: Price?

    /// Takes the next slot in; false where it has another rate, or nothing began yet.
    fileprivate mutating func goesOn(rate: Int, period: Int, _ price: Price) -> Bool {
      guard rate == self.rate, period == self.period, !slots.isEmpty else { return false }
      slots = slots.lowerBound..<slots.upperBound + 1
      if self.price != price { self.price = nil }
      return true
    }
  }

  /// One schedule's prices, slot by slot: energy's, a charge's or export's.
  struct Column: Sendable {
    /// By slot: of one kWh, without tax; 0 without a rate.
    fileprivate(set) var prices: [Price] = []
    /// All slots, in order.
    fileprivate(set) var rateSpans: [RateSpan] = []
    private var open = RateSpan(slots: 0..<0, rate: -1, period: -1, factor: 0, price: nil)

    fileprivate mutating func take(_ slot: Int, rate: Int, period: Int, _ price: Price, _ factor: Int64) {
      prices.append(price)
      guard !open.goesOn(rate: rate, period: period, price) else { return }
      close()
      open = RateSpan(slots: slot..<slot + 1, rate: rate, period: period, factor: Int128(factor), price: price)
    }

    fileprivate mutating func close() {
      if !open.slots.isEmpty { rateSpans.append(open) }
    }
  }

  /// A span over which tiers count.
  struct TierSpan: Sendable {
    /// Its first slot.
    let slot: Int
    /// Its days.
    let dates: Range<LocalDate>
  }

  /// Every rate's name once.
  public private(set) var rateNames: [String] = []
  /// Every charge's name once, in the order of the periods and of the charges in them.
  public private(set) var chargeNames: [String] = []
  private(set) var energy = Column()
  /// By place in ``chargeNames``; without spans of rates where no slot has it, and for charges that are not per kWh.
  private(set) var charges: [Column] = []
  /// Places in ``charges`` of those per kWh.
  private(set) var pricedCharges: [Int] = []
  private(set) var export = Column()
  private var hasExport = false
  /// False when every slot has a price.
  public private(set) var hasUnpriced = false
  /// By span: where it begins, in order. Empty when no period has tiers.
  private(set) var spans: [Tariff.Span: [TierSpan]] = [:]
  /// By slot: a bit for each of ``tierSelectors`` that holds. Empty where all hold always.
  private(set) var tierMasks: [UInt64] = []
  private(set) var tierSelectors: [Tariff.Selector] = []
  /// The places in ``chargeNames`` of a period's charges.
  private(set) var chargePlaces: [Int: [Int]] = [:]
  let cutPoints: [Timestamp]
  let zone: TimeZoneRules
  let billing: BillingCycle

  public var slotCount: Int { energy.prices.count }

  /// - Parameter cutPoints: hold every instant of ``Tariff/switches(in:zone:)`` and
  ///   ``Tariff/accountingCuts(in:zone:billing:)`` between them; `n + 1` of them make `n` slots.
  public init(_ tariff: Tariff, zone: TimeZoneRules, billing: BillingCycle, cutPoints: [Timestamp]) {
    self.cutPoints = cutPoints
    self.zone = zone
    self.billing = billing
    guard let first = cutPoints.first, let last = cutPoints.last, first < last else { return }
    let tierSpans = tariff.tierSpans.sorted()
    tierSelectors = tariff.tierSelectors
    let hasSelectors = tierSelectors.contains { !$0.isAlways }
    var siteClock = ZoneClock(zone, over: first..<last)
    var cursor = TariffCursor(tariff, zone: zone, range: first..<last)
    var (date, siteDay) = (LocalDate(dayNumber: .min), Int64.min)
    var period = -1
    var present: [PresentSchedule] = []
    energy.prices.reserveCapacity(cutPoints.count - 1)
    for (slot, cutPoint) in cutPoints.dropLast().enumerated() {
      cursor.move(to: cutPoint)
      if cursor.period != period {
        period = cursor.period
        present = period < 0 ? [] : schedules(of: period, tariff)
        pad(slot)
      }
      if present.isEmpty { energy.take(slot, rate: -1, period: -1, Price(units: 0), 0) }
      for (track, schedule) in present.enumerated() {
        let place = cursor.places[track]
        let price = place < 0 ? Price(units: 0) : schedule.prices[place]
        let rate = place < 0 ? -1 : schedule.names.count == 1 ? schedule.names[0] : schedule.names[place]
        switch schedule.target {
        case .energy: energy.take(slot, rate: rate, period: period, price, schedule.factor)
        case .export: export.take(slot, rate: rate, period: period, price, schedule.factor)
        case .charge(let charge): charges[charge].take(slot, rate: rate, period: period, price, schedule.factor)
        }
      }
      pad(slot + 1)
      if present.isEmpty || cursor.places[0] < 0 { hasUnpriced = true }
      if hasSelectors { tierMasks.append(tierMask(cursor)) }
      guard !tierSpans.isEmpty else { continue }
      let today = (cutPoint.seconds + Int64(siteClock.offset(at: cutPoint))).flooringQuotient(86_400)
      guard cursor.date != date || today != siteDay else { continue }
      (date, siteDay) = (cursor.date, today)
      for span in tierSpans { begin(span, slot, date, site: LocalDate(dayNumber: today)) }
    }
    energy.close()
    export.close()
    for place in charges.indices { charges[place].close() }
  }

  /// One schedule of the present period, and where its prices go.
  private struct PresentSchedule {
    enum Target {
      case energy
      case charge(Int)
      case export
    }
    var target: Target
    var prices: [Price]
    /// Places in names: as many as prices, or one for all.
    var names: [Int]
    var factor: Int64
  }

  private mutating func schedules(of place: Int, _ tariff: Tariff) -> [PresentSchedule] {
    let period = tariff.periods[place]
    var result: [PresentSchedule] = []
    func prices(_ pricing: Tariff.Pricing) -> [Price] {
      switch pricing {
      case .rates(let rates): rates.map(\.price)
      case .prices(let list): list.prices
      }
    }
    var names: [Int]
    switch period.pricing {
    case .rates(let rates): names = rates.map { TariffSchedule.place(of: $0.name, in: &rateNames) }
    case .prices(let list): names = [TariffSchedule.place(of: list.name, in: &rateNames)]
    }
    result.append(
      PresentSchedule(
        target: .energy, prices: prices(period.pricing), names: names, factor: tariff.factor(of: period)))
    var places: [Int] = []
    for charge in period.charges {
      // Two of one name in a period are two lines.
      var candidates = chargeNames.indices.filter { chargeNames[$0] == charge.name && !places.contains($0) }[...]
      let line = candidates.popFirst() ?? chargeNames.count
      if line == chargeNames.count {
        chargeNames.append(charge.name)
        charges.append(Column())
      }
      places.append(line)
      guard let pricing = charge.pricing else { continue }
      if !pricedCharges.contains(line) { pricedCharges.append(line) }
      result.append(
        PresentSchedule(
          target: .charge(line), prices: prices(pricing), names: [line], factor: tariff.factor(of: charge, in: period)))
    }
    chargePlaces[place] = places
    if let pricing = period.export {
      hasExport = true
      result.append(PresentSchedule(target: .export, prices: prices(pricing), names: [0], factor: 1_000_000))
    }
    return result
  }

  private static func place(of name: String, in names: inout [String]) -> Int {
    if let place = names.firstIndex(of: name) { return place }
    names.append(name)
    return names.count - 1
  }

  /// Slots in which a column has no schedule at all.
  private mutating func pad(_ count: Int) {
    func pad(_ column: inout Column) {
      while column.prices.count < count {
        column.take(column.prices.count, rate: -1, period: -1, Price(units: 0), 0)
      }
    }
    for place in pricedCharges { pad(&charges[place]) }
    if hasExport { pad(&export) }
  }

  private func tierMask(_ cursor: TariffCursor) -> UInt64 {
    var mask: UInt64 = 0
    let day = cursor.day
    for (place, selector) in tierSelectors.enumerated()
    where selector.holds(on: day, minuteOfDay: cursor.minuteOfDay) {
      mask |= 1 << UInt64(place)
    }
    return mask
  }

  private mutating func begin(_ span: Tariff.Span, _ slot: Int, _ date: LocalDate, site: LocalDate) {
    let start: LocalDate
    let end: LocalDate
    let (year, month, _) = date.components
    switch span {
    case .day: (start, end) = (date, date.advanced(byDays: 1))
    case .month: (start, end) = (date.startOfMonth, LocalDate.firstOfMonth(year: year, month: month + 1))
    case .year: (start, end) = (date.startOfYear, LocalDate.firstOfMonth(year: year + 1, month: 1))
    case .bill: (start, end) = (billing.start(holding: site), billing.next(after: site))
    }
    guard spans[span]?.last?.dates != start..<end else { return }
    spans[span, default: []].append(TierSpan(slot: slot, dates: start..<end))
  }

  /// The spans of rates of some slots, cut to them, in order.
  public func rateSpans(in range: Range<Int>) -> RateSpans { energy.rateSpans(in: range) }

  public struct RateSpans: Sequence, IteratorProtocol {
    fileprivate let all: [RateSpan]
    fileprivate var place: Int
    fileprivate let range: Range<Int>

    public mutating func next() -> RateSpan? {
      guard place < all.count, range.overlaps(all[place].slots) else { return nil }
      var span = all[place]
      span.slots = span.slots.clamped(to: range)
      place += 1
      return span
    }
  }

  /// The rates of some slots in the order in which they come up.
  public func rates(in range: Range<Int>) -> [Int] {
    var order: [Int] = []
    for span in rateSpans(in: range) where span.rate >= 0 && !order.contains(span.rate) {
      order.append(span.rate)
    }
    return order
  }

  /// The charges per kWh that some slots have, in their order.
  public func charges(in range: Range<Int>) -> [Int] {
    pricedCharges.sorted().filter { place in charges[place].rateSpans(in: range).contains { $0.rate >= 0 } }
  }
}

extension TariffSchedule.Column {
  func rateSpans(in range: Range<Int>) -> TariffSchedule.RateSpans {
    let first = rateSpans.partitioningIndex { $0.slots.upperBound > range.lowerBound }
    return TariffSchedule.RateSpans(all: rateSpans, place: first, range: range)
  }
}

extension Tariff {
  /// Every selector of a tier once.
  var tierSelectors: [Selector] {
    var selectors: [Selector] = []
    for tier in periods.flatMap(\.tiers) where !selectors.contains(tier.selector) { selectors.append(tier.selector) }
    return Array(selectors.prefix(64))
  }
}
