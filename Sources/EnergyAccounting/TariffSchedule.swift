public import Readings

/// What a kWh costs in each of some neighbouring slots, looked up once for all devices.
public struct TariffSchedule: Sendable {
  /// Two numbers in few bytes: a year of half-hours has 17,520 slots, and every device goes through them.
  public struct Slot: Hashable, Sendable {
    private var rateNumber: Int32
    private var periodNumber: Int32
    /// Of one kWh, without tax; 0 without a rate.
    public let price: Price

    init(rate: Int, period: Int, price: Price) {
      rateNumber = Int32(truncatingIfNeeded: rate)
      periodNumber = Int32(truncatingIfNeeded: period)
      self.price = price
    }

    /// A place in ``TariffSchedule/rateNames``; −1 where the tariff has no rate.
    public var rate: Int { Int(rateNumber) }
    /// A place among the tariff's periods; −1 before the first.
    public var period: Int { Int(periodNumber) }
  }

  /// Every rate's name once.
  public private(set) var rateNames: [String] = []
  /// One per slot.
  public private(set) var slots: [Slot] = []
  /// False when every slot has a price.
  public private(set) var hasUnpriced = false
  /// The first slots of bills, in order; empty when no period has tiers.
  private(set) var billStarts: [Int] = []
  /// By period: what a price is multiplied with, millionths that are paid.
  let factors: [Int128]
  /// By period: credit for one exported milliwatt-hour, in units of ``Money``.
  let credits: [Int128]

  /// - Parameters:
  ///   - cutPoints: hold every instant of ``Tariff/switches(in:zone:)`` between them.
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
    var prices: [Price] = []
    var names: [Int] = []
    slots.reserveCapacity(cutPoints.count - 1)
    for cutPoint in cutPoints.dropLast() {
      let place = cursor.place(at: cutPoint)
      if place.period != period {
        period = place.period
        (prices, names) = period < 0 ? ([], []) : rates(of: tariff.periods[period])
      }
      if place.rate >= 0 {
        let name = names.count == 1 ? names[0] : names[place.rate]
        slots.append(Slot(rate: name, period: period, price: prices[place.rate]))
      } else {
        slots.append(Slot(rate: -1, period: period, price: Price(units: 0)))
        hasUnpriced = true
      }
      guard hasTiers, cursor.date != date else { continue }
      date = cursor.date
      let start = date.startOfBillingPeriod(billingDay: billingDay)
      if start != billStart { billStarts.append(slots.count - 1) }
      billStart = start
    }
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
  @inline(__always)
  func cost(of energy: Energy, by price: Int64, in period: Int) -> Money {
    cost(of: Int128(price) &* Int128(energy.milliwattHours), in: period)
  }

  /// The same of a sum of energies, each times its price.
  @inline(__always)
  func cost(of product: Int128, in period: Int) -> Money { Money(units: product &* factors[period]) }

  /// The rates of some slots in the order in which they come up.
  public func rates(in range: Range<Int>) -> [Int] {
    var order: [Int] = []
    var last = -1
    for index in range {
      let rate = slots[index].rate
      if rate == last || rate < 0 { continue }
      last = rate
      if !order.contains(rate) { order.append(rate) }
    }
    return order
  }
}
