public import Readings

/// What the slots of some devices cost. Computed from ledgers and a tariff whenever it is asked for, never stored.
///
/// One object for all that ask: its parts are looked up from several threads for every line of every period.
public final class Bill: Sendable {
  public let schedule: TariffSchedule
  /// nil when no period has tiers.
  private let tiers: TierCosts?

  /// - Parameters:
  ///   - cutPoints: hold every instant of ``Tariff/switches(in:zone:)`` between them, and when a period has tiers every
  ///     start of a billing period; they begin at ``Tariff/accountingStart(for:zone:billingDay:)``, because tiers
  ///     count from the bill's first day. `n + 1` cut points for `n` slots.
  ///   - devices: the slots of each device, all of the same cut points.
  public init(
    _ tariff: Tariff, zone: TimeZoneRules, billingDay: Int = 1, cutPoints: [Timestamp], devices: [SlotEnergies]
  ) {
    schedule = TariffSchedule(tariff, zone: zone, billingDay: billingDay, cutPoints: cutPoints)
    tiers = schedule.billStarts.isEmpty ? nil : TierCosts(tariff, schedule, devices)
  }

  /// Sums of some neighbouring slots of one device.
  ///
  /// - Parameters:
  ///   - device: its place among those that the bill was made for.
  ///   - energies: all slots of that device.
  public func sum(_ range: Range<Int>, of device: Int, _ energies: SlotEnergies) -> BillSum {
    var sum = BillSum(rateCount: schedule.rateNames.count)
    energies.uses.withUnsafeBufferPointer { uses in
      schedule.slots.withUnsafeBufferPointer { slots in
        sum.rates.withUnsafeMutableBufferPointer { rates in
          var index = range.lowerBound
          while index < range.upperBound {
            let first = slots[index]
            var (energy, product, isUsed) = (Energy.zero, Int128(0), false)
            // Neighbours of one rate and period, a whole day of half-hour prices among them, have their tax together.
            repeat {
              let use = uses[index]
              isUsed = isUsed || use != .zero
              energy += use
              product &+= Int128(slots[index].price.units) &* Int128(use.milliwattHours)
              index += 1
            } while index < range.upperBound && slots[index].rate == first.rate && slots[index].period == first.period
            guard isUsed else { continue }
            if first.rate >= 0 {
              rates[first.rate].energy += energy
              rates[first.rate].cost += schedule.cost(of: product, in: first.period)
              sum.hasPriced = true
            } else {
              sum.unpriced += energy
              sum.hasUnpriced = true
            }
          }
        }
      }
    }
    if !energies.exports.isEmpty {
      for index in range where schedule.slots[index].period >= 0 {
        let credit = schedule.credits[schedule.slots[index].period]
        sum.exportCredit.units &+= credit &* Int128(energies.exports[index].milliwattHours)
      }
    }
    tiers?.add(range, of: device, energies, schedule, to: &sum)
    return sum
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
  public fileprivate(set) var rates: [Rate]
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

  fileprivate init(rateCount: Int) { rates = Array(repeating: Rate(), count: rateCount) }

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

extension Energy {
  /// Divides this energy in proportion to `weights` (0 or more each), so that the parts add up to it: each is cut, what
  /// is left goes by single milliwatt-hours to those that lost most. All to the first when no weight is above zero.
  public func split(inProportionTo weights: [Energy], unit: Energy = Energy(milliwattHours: 1)) -> [Energy] {
    guard !weights.isEmpty else { return [] }
    let sum = weights.reduce(Int128(0)) { $0 + Int128(max($1.milliwattHours, 0)) }
    let step = Int128(max(unit.milliwattHours, 1))
    let whole = Int128(milliwattHours)
    guard sum > 0 else { return weights.indices.map { $0 == 0 ? self : .zero } }
    var parts: [Int128] = []
    var remainders: [(remainder: Int128, index: Int)] = []
    for (index, weight) in weights.enumerated() {
      let numerator = whole * Int128(max(weight.milliwattHours, 0))
      let part = numerator / (sum * step) * step
      parts.append(part)
      remainders.append((numerator - part * sum, index))
    }
    var left = whole - parts.reduce(0, +)
    remainders.sort { $0.remainder != $1.remainder ? $0.remainder > $1.remainder : $0.index < $1.index }
    for (_, index) in remainders where left > 0 {
      parts[index] += min(step, left)
      left -= min(step, left)
    }
    return parts.map { Energy(milliwattHours: Int64(clamping: $0)) }
  }
}
