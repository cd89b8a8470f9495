public import Calendar
public import Readings

/// What a kWh costs in each of some neighbouring slots, looked up once for all devices.
public struct TariffSchedule: Sendable {
  /// Neighbouring slots of one rate: with a price list all of a period, else as long as no other rate begins.
  public struct Stretch: Hashable, Sendable {
    public fileprivate(set) var slots: Range<Int>
    /// A place in ``TariffSchedule/rateNames``; −1 where the tariff has no rate.
    public let rate: Int
    /// A place among the tariff's periods; −1 before the first.
    public let period: Int
    /// The price of each of the slots; nil where a list gives every one its own.
    fileprivate(set) var price: Price?

    /// Takes the next slot in; false where it has another rate, or nothing began yet.
    fileprivate mutating func goesOn(rate: Int, period: Int, _ price: Price) -> Bool {
      guard rate == self.rate, period == self.period, !slots.isEmpty else { return false }
      slots = slots.lowerBound..<slots.upperBound + 1
      if self.price != price { self.price = nil }
      return true
    }
  }

  /// Every rate's name once.
  public private(set) var rateNames: [String] = []
  /// By slot: of one kWh, without tax; 0 without a rate.
  private(set) var prices: [Price] = []
  /// All slots, in order.
  private var stretches: [Stretch] = []
  /// False when every slot has a price.
  public private(set) var hasUnpriced = false
  /// The first slots of bills, in order; empty when no period has tiers.
  private(set) var billStarts: [Int] = []
  /// By period: what a price is multiplied with, millionths that are paid.
  let factors: [Int128]
  /// By period: credit for one exported milliwatt-hour, in units of ``Money``.
  let credits: [Int128]

  /// - Parameters:
  ///   - cutPoints: hold every instant of ``Tariff/switches(in:zone:)`` between them; `n + 1` of them make `n` slots.
  ///   - billingDay: 1 to 31.
  public init(_ tariff: Tariff, zone: TimeZoneRules, billingDay: Int, cutPoints: [Timestamp]) {
    factors = tariff.periods.map { Int128(tariff.factor(of: $0)) }
    credits = tariff.periods.map { Int128($0.export?.units ?? 0) &* 1_000_000 }
    guard let first = cutPoints.first, let last = cutPoints.last, first < last else { return }
    let hasTiers = tariff.periods.contains { !$0.tiers.isEmpty }
    var cursor = TariffCursor(tariff, zone: zone, range: first..<last)
    var (date, billStart) = (LocalDate(dayNumber: .min), LocalDate(dayNumber: .min))
    // Of the period: its prices and the names that they go by, as places in `rateNames`; a price list has one name.
    var period = -1
    var periodPrices: [Price] = []
    var periodNames: [Int] = []
    prices.reserveCapacity(cutPoints.count - 1)
    var open = Stretch(slots: 0..<0, rate: -1, period: -1, price: nil)
    for (slot, cutPoint) in cutPoints.dropLast().enumerated() {
      let place = cursor.place(at: cutPoint)
      if place.period != period {
        period = place.period
        (periodPrices, periodNames) = period < 0 ? ([], []) : rates(of: tariff.periods[period])
      }
      let isPriced = place.rate >= 0
      let price = isPriced ? periodPrices[place.rate] : Price(units: 0)
      let rate = !isPriced ? -1 : periodNames.count == 1 ? periodNames[0] : periodNames[place.rate]
      if !isPriced { hasUnpriced = true }
      prices.append(price)
      if !open.goesOn(rate: rate, period: period, price) {
        if !open.slots.isEmpty { stretches.append(open) }
        open = Stretch(slots: slot..<slot + 1, rate: rate, period: period, price: price)
      }
      guard hasTiers, cursor.date != date else { continue }
      date = cursor.date
      let start = date.startOfBillingPeriod(billingDay: billingDay)
      if start != billStart { billStarts.append(slot) }
      billStart = start
    }
    stretches.append(open)
  }

  private mutating func rates(of period: Tariff.Period) -> (prices: [Price], names: [Int]) {
    switch period.pricing {
    case .rates(let rates): (rates.map(\.price), rates.map { place(of: $0.name) })
    case .prices(let list): (list.prices, [place(of: list.name)])
    }
  }

  private mutating func place(of name: String) -> Int {
    if let place = rateNames.firstIndex(of: name) { return place }
    rateNames.append(name)
    return rateNames.count - 1
  }

  /// What energy costs at a price without tax, by the tax of a period.
  func cost(of energy: Energy, by price: Int64, in period: Int) -> Money {
    cost(of: Int128(price) &* Int128(energy.milliwattHours), in: period)
  }

  /// The same of a sum of energies, each times its price.
  @inline(__always)
  func cost(of product: Int128, in period: Int) -> Money { Money(units: product &* factors[period]) }

  /// The stretches of some slots, cut to them, in order.
  public func stretches(in range: Range<Int>) -> Stretches {
    var (low, high) = (0, stretches.count)
    while low < high {
      let middle = (low + high) / 2
      if stretches[middle].slots.upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return Stretches(all: stretches, place: low, range: range)
  }

  public struct Stretches: Sequence, IteratorProtocol {
    fileprivate let all: [Stretch]
    fileprivate var place: Int
    fileprivate let range: Range<Int>

    public mutating func next() -> Stretch? {
      guard place < all.count, range.overlaps(all[place].slots) else { return nil }
      var stretch = all[place]
      stretch.slots = stretch.slots.clamped(to: range)
      place += 1
      return stretch
    }
  }

  /// The rates of some slots in the order in which they come up.
  public func rates(in range: Range<Int>) -> [Int] {
    var order: [Int] = []
    for stretch in stretches(in: range) where stretch.rate >= 0 && !order.contains(stretch.rate) {
      order.append(stretch.rate)
    }
    return order
  }
}
