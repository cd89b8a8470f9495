public import Calendar
public import Readings

/// What the slots of some devices cost. Computed from ledgers and a tariff whenever it is asked for, never stored.
///
/// One object for all that ask: its parts are looked up from several threads for every line of every period.
public final class Bill: Sendable {
  public let schedule: TariffSchedule
  /// nil when no period has tiers.
  private let tiers: TierCosts?

  /// - Parameters:
  ///   - schedule: of the tariff. When a period has tiers, its cut points hold every start of a billing period between
  ///     them, and they begin at ``Tariff/accountingStart(for:zone:billingDay:)``, because tiers count from the bill's
  ///     first day.
  ///   - devices: the slots of each device, all of the schedule's cut points.
  public init(_ tariff: Tariff, _ schedule: TariffSchedule, devices: [SlotEnergies]) {
    self.schedule = schedule
    tiers = schedule.billStarts.isEmpty ? nil : TierCosts(tariff, schedule, devices)
  }

  /// Sums of some neighbouring slots of one device.
  ///
  /// - Parameters:
  ///   - device: its place among those that the bill was made for.
  ///   - energies: all slots of that device.
  public func sum(_ range: Range<Int>, of device: Int, _ energies: SlotEnergies) -> BillSum {
    var sum = BillSum(rateCount: schedule.rateNames.count)
    for stretch in schedule.stretches(in: range) {
      let (energy, product, isUsed) = energies.uses.withUnsafeBufferPointer { uses in
        if let price = stretch.price { return Bill.sum(uses, in: stretch.slots, at: price) }
        return schedule.prices.withUnsafeBufferPointer { Bill.sum(uses, in: stretch.slots, at: $0) }
      }
      if isUsed, stretch.rate >= 0 {
        sum.rates[stretch.rate].energy += energy
        // The tax of all together.
        sum.rates[stretch.rate].cost += schedule.cost(of: product, in: stretch.period)
        sum.hasPriced = true
      } else if isUsed {
        sum.unpriced += energy
        sum.hasUnpriced = true
      }
      guard !energies.exports.isEmpty, stretch.period >= 0 else { continue }
      let credit = schedule.credits[stretch.period]
      for slot in stretch.slots { sum.exportCredit.units &+= credit &* Int128(energies.exports[slot].milliwattHours) }
    }
    tiers?.add(range, of: device, energies, schedule, to: &sum)
    return sum
  }

  /// Energy, energy times price, and whether any slot has energy.
  private typealias Product = (energy: Energy, product: Int128, isUsed: Bool)

  private static func sum(
    _ uses: UnsafeBufferPointer<Energy>, in slots: Range<Int>, at price: Price
  ) -> Product {
    var (energy, bits): (Int64, Int64) = (0, 0)
    for slot in slots {
      energy &+= uses[slot].milliwattHours
      bits |= uses[slot].milliwattHours
    }
    return (Energy(milliwattHours: energy), Int128(price.units) &* Int128(energy), bits != 0)
  }

  private static func sum(
    _ uses: UnsafeBufferPointer<Energy>, in slots: Range<Int>, at prices: UnsafeBufferPointer<Price>
  ) -> Product {
    var (energy, bits): (Int64, Int64) = (0, 0)
    var product = Int128(0)
    for slot in slots {
      let use = uses[slot].milliwattHours
      energy &+= use
      bits |= use
      let (high, low) = prices[slot].units.multipliedFullWidth(by: use)
      product &+= Int128(_low: low, _high: high)
    }
    return (Energy(milliwattHours: energy), product, bits != 0)
  }
}

/// The cost of some neighbouring slots of one device, exact.
public struct BillSum: Hashable, Sendable {
  public struct Rate: Hashable, Sendable {
    public var energy: Energy = .zero
    /// Without tiers.
    public var cost: Money = .zero
  }

  /// By place in ``TariffSchedule/rateNames``.
  public fileprivate(set) var rates: Rates
  /// What tiers add, reported as the rate `tier`.
  public internal(set) var tierCost: Money = .zero
  /// True where any slot has a tier's cost, even where they cancel out.
  public internal(set) var hasTier = false
  /// Energy for which the tariff has no price; it costs nothing.
  public fileprivate(set) var unpriced: Energy = .zero
  fileprivate var hasPriced = false
  public fileprivate(set) var hasUnpriced = false
  /// Positive; reduces the cost.
  public fileprivate(set) var exportCredit: Money = .zero

  fileprivate init(rateCount: Int) { rates = Rates(count: rateCount) }

  /// The first without memory of its own: a price list has one rate, and a report a sum for each line and day.
  public struct Rates: Hashable, Sendable, RandomAccessCollection {
    private var first = Rate()
    private var others: [Rate]
    public let endIndex: Int

    fileprivate init(count: Int) {
      others = count > 1 ? Array(repeating: Rate(), count: count - 1) : []
      endIndex = count
    }

    public var startIndex: Int { 0 }

    public subscript(place: Int) -> Rate {
      get { place == 0 ? first : others[place - 1] }
      set { if place == 0 { first = newValue } else { others[place - 1] = newValue } }
    }
  }

  /// All rates and tiers.
  public var energyCost: Money { rates.reduce(tierCost) { $0 + $1.cost } }

  /// False when there is energy, and none of it has a price.
  public var isPriced: Bool { hasPriced || !hasUnpriced }
}

extension Tariff {
  /// Where the accounting must begin so that a report from `start` on is right: the billing period's first instant
  /// when a tier may count, `start` otherwise.
  public func accountingStart(for start: Timestamp, zone: TimeZoneRules, billingDay: Int) -> Timestamp {
    guard periods.contains(where: { !$0.tiers.isEmpty }) else { return start }
    return zone.start(of: zone.date(at: start).startOfBillingPeriod(billingDay: billingDay))
  }
}
