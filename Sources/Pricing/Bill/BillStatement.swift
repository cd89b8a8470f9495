import Calendar
public import Readings

/// The lines of a bill over some time: what each rate, tier and charge comes to, with the tax on it.
public struct BillStatement: Sendable {
  public struct Line: Sendable {
    public enum Kind: Hashable, Sendable {
      /// A place in ``TariffSchedule/rateNames``.
      case rate(Int)
      case tier
      case standingCharge
      /// A place in ``TariffSchedule/chargeNames``.
      case charge(Int)
    }
    public let kind: Kind
    public internal(set) var energy: Energy?
    /// Tax added.
    public internal(set) var gross: Money
    /// The tax in ``gross``.
    public internal(set) var tax: Money
    /// True where it is for energy that devices used, and so part of what they cost.
    public let isEnergy: Bool
  }

  /// Rates, tiers, standing charge, charges. Charges that come to nothing are among them.
  public private(set) var lines: [Line] = []

  /// - Parameters:
  ///   - range: its lines. Energy is that of the devices' slots in it, charges by time those of its local days.
  ///   - devices: places among the bill's devices with their slots: those whose energy counts.
  public init(_ bill: Bill, in range: Range<Timestamp>, devices: [(place: Int, slots: SlotEnergies)]) {
    let (tariff, schedule) = (bill.tariff, bill.schedule)
    let costs = SiteCosts(bill, in: range)
    var rates = [Line](
      schedule.rateNames.indices.map { Line(kind: .rate($0), energy: .zero, gross: .zero, tax: .zero, isEnergy: true) })
    var tier = Line(kind: .tier, gross: .zero, tax: .zero, isEnergy: true)
    var hasTier = false
    var standing = Line(kind: .standingCharge, gross: .zero, tax: .zero, isEnergy: false)
    var charges = schedule.chargeNames.indices.map { place in
      Line(
        kind: .charge(place), gross: .zero, tax: .zero, isEnergy: schedule.pricedCharges.contains(place))
    }
    for part in costs.parts {
      let sums = devices.map { bill.sum(part.slots, of: $0.place, $0.slots) }
      guard part.period >= 0 else {
        continue
      }
      let period = tariff.periods[part.period]
      let tax = tariff.tax(of: period)
      for place in rates.indices {
        let gross = sums.reduce(Money.zero) { $0 + $1.rates[place].cost }
        rates[place].energy = sums.reduce(rates[place].energy ?? .zero) { $0 + $1.rates[place].energy }
        rates[place].add(gross, tax: tax.part(of: gross))
      }
      let tierCost = sums.reduce(Money.zero) { $0 + $1.tierCost }
      if sums.contains(where: \.hasTier) { hasTier = true }
      tier.add(tierCost, tax: tax.part(of: tierCost))
      standing.add(part.standing.money, tax: tax.part(of: part.standing.money))
      for (line, charge) in zip(schedule.chargePlaces[part.period] ?? [], period.charges.indices) {
        let amount =
          period.charges[charge].pricing != nil
          ? sums.reduce(Money.zero) { $0 + $1.charges[line] } : part.charges[charge].money
        charges[line].add(amount, tax: tariff.tax(of: period.charges[charge], in: period).part(of: amount))
      }
      if part.hasShares {
        let shares = BillStatement.shares(bill, part, sums)
        for (line, charge) in zip(schedule.chargePlaces[part.period] ?? [], period.charges.indices) {
          guard let share = shares[charge] else { continue }
          charges[line].add(
            share.money, tax: tariff.tax(of: period.charges[charge], in: period).part(of: share.money))
        }
      }
    }
    lines = rates + (hasTier ? [tier] : []) + [standing] + charges
  }

  /// What the percent charges of one tariff period come to, by place among its charges.
  ///
  /// Each is a share of the net amounts before it: energy, tiers, standing charge, and the charges above it.
  static func shares(_ bill: Bill, _ part: SiteCosts.Part, _ sums: [BillSum]) -> [Int: PreciseMoney] {
    let (tariff, schedule) = (bill.tariff, bill.schedule)
    let period = tariff.periods[part.period]
    let energy = sums.reduce(Money.zero) { sum, one in
      one.rates.reduce(sum + one.tierCost) { $0 + $1.cost }
    }
    let whole = tariff.tax(of: period).millionths + 1_000_000
    var base = (PreciseMoney(energy) + part.standing).scaled(by: 1_000_000, over: whole)
    var shares: [Int: PreciseMoney] = [:]
    for (place, charge) in period.charges.enumerated() {
      let tax = tariff.tax(of: charge, in: period).millionths + 1_000_000
      if case .share(let share) = charge.basis {
        let net = base.scaled(by: share, over: 10_000_000_000)
        shares[place] = net.scaled(by: tax, over: 1_000_000)
        base += net
      } else {
        let line = schedule.chargePlaces[part.period]?[place]
        let gross =
          charge.pricing == nil
          ? part.charges[place]
          : PreciseMoney(sums.reduce(Money.zero) { sum, one in line.map { sum + one.charges[$0] } ?? sum })
        base += gross.scaled(by: 1_000_000, over: tax)
      }
    }
    return shares
  }
}

extension BillStatement.Line {
  fileprivate mutating func add(_ gross: Money, tax: Money) {
    self.gross += gross
    self.tax += tax
  }
}
