public import Readings

/// The cost of some neighbouring slots of one device, exact.
public struct BillSum: Hashable, Sendable {
  public struct Rate: Hashable, Sendable {
    public var energy: Energy = .zero
    /// Without tiers.
    public var cost: Money = .zero
  }

  /// By place in ``TariffSchedule/rateNames``.
  public internal(set) var rates: Rates
  /// By place in ``TariffSchedule/chargeNames``: what the charges per kWh come to. Empty without any.
  public internal(set) var charges: [Money] = []
  /// What tiers add, reported as the rate `tier`.
  public internal(set) var tierCost: Money = .zero
  /// True where any slot has a tier's cost, even where they cancel out.
  public internal(set) var hasTier = false
  /// Energy for which the tariff has no price; it costs nothing.
  public internal(set) var unpriced: Energy = .zero
  var hasPriced = false
  public internal(set) var hasUnpriced = false
  /// Positive; reduces the cost.
  public internal(set) var exportCredit: Money = .zero
  /// What went back while the tariff had a price for it at other times, and none then.
  public internal(set) var unpricedExport: Energy = .zero

  init(rateCount: Int) { rates = Rates(count: rateCount) }

  /// The first without memory of its own: a price list has one rate, and a report a sum for each line and day.
  public struct Rates: Hashable, Sendable, RandomAccessCollection {
    private var first = Rate()
    private var others: [Rate]
    public let endIndex: Int

    init(count: Int) {
      others = count > 1 ? Array(repeating: Rate(), count: count - 1) : []
      endIndex = count
    }

    public var startIndex: Int { 0 }

    mutating func add(_ energy: Energy, _ cost: Money, at place: Int) {
      if place == 0 {
        first.energy += energy
        first.cost += cost
      } else {
        others[place - 1].energy += energy
        others[place - 1].cost += cost
      }
    }

    public subscript(place: Int) -> Rate {
      get { place == 0 ? first : others[place - 1] }
      set { if place == 0 { first = newValue } else { others[place - 1] = newValue } }
    }
  }

  /// All rates, charges per kWh and tiers.
  public var energyCost: Money { charges.reduce(rates.reduce(tierCost) { $0 + $1.cost }, +) }

  /// False when there is energy, none of it has a price and nothing is charged for it.
  public var isPriced: Bool { hasPriced || !hasUnpriced || charges.contains { $0 != .zero } }
}
