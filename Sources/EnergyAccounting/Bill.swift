package import Readings

/// What the buckets of some devices cost. Computed from ledgers and a tariff whenever it is asked for, never stored.
package struct Bill: Sendable {
  /// One entry per device as given, each with one entry per bucket.
  package private(set) var costs: [[BucketCost]]

  /// - Parameters:
  ///   - cutPoints: hold every instant of ``Tariff/switches(in:zone:)`` between them, and when a period has tiers every
  ///     start of a billing period; they begin at ``Tariff/accountingStart(for:zone:billingDay:)``, because tiers
  ///     count from the bill's first day. `n + 1` cut points for `n` buckets.
  ///   - devices: the buckets of each device, all of the same cut points.
  package init(
    _ tariff: Tariff, zone: TimeZoneRules, billingDay: Int = 1, cutPoints: [Timestamp], devices: [[Bucket]]
  ) {
    costs = devices.map { _ in [] }
    var billStart: LocalDate?
    var billed = Energy.zero
    for index in 0..<max(cutPoints.count - 1, 0) {
      let date = zone.date(at: cutPoints[index])
      let start = date.startOfBillingPeriod(billingDay: billingDay)
      if start != billStart {
        billStart = start
        billed = .zero
      }
      let period = tariff.period(on: date)
      let rate = tariff.rate(at: cutPoints[index], in: zone)
      let energies = devices.map { $0[index].energy }
      let sum = energies.reduce(.zero, +)
      for device in devices.indices {
        var cost = BucketCost(rate: rate?.name, energyCost: rate?.cost(of: energies[device]))
        if rate == nil, energies[device] == .zero { cost.energyCost = .zero }
        if let export = period?.export {
          cost.exportCredit = Money(
            units: Int128(export.units) &* 1_000_000 &* Int128(devices[device][index].export.milliwattHours))
        }
        costs[device].append(cost)
      }
      for tier in period?.tiers ?? [] {
        let above = billed + sum - max(tier.above, billed)
        guard above > .zero, let period else { continue }
        let added = PricedRate(name: "tier", price: tier.add, factor: tariff.factor(of: period))
        for (device, share) in above.split(inProportionTo: energies).enumerated() {
          costs[device][index].tierEnergy = max(costs[device][index].tierEnergy, share)
          costs[device][index].tierCost += added.cost(of: share)
        }
      }
      billed += sum
    }
  }
}

/// The cost of one device's bucket, exact.
package struct BucketCost: Hashable, Sendable {
  /// The rate that holds in the bucket; nil where the tariff has none.
  package var rate: String?
  /// Without tiers; nil where energy has no price.
  package var energyCost: Money?
  /// What tiers add, reported as the rate `tier`, and the energy that lies above the lowest of them.
  package var tierCost: Money = .zero
  package var tierEnergy: Energy = .zero
  /// Positive; reduces the cost.
  package var exportCredit: Money = .zero

  package init(rate: String?, energyCost: Money?) {
    self.rate = rate
    self.energyCost = energyCost
  }
}

extension Tariff {
  /// Where the accounting must begin so that a report from `start` on is right: the billing period's first instant
  /// when a tier may count, `start` otherwise.
  package func accountingStart(for start: Timestamp, zone: TimeZoneRules, billingDay: Int) -> Timestamp {
    guard periods.contains(where: { !$0.tiers.isEmpty }) else { return start }
    return zone.start(of: zone.date(at: start).startOfBillingPeriod(billingDay: billingDay))
  }
}

extension Energy {
  /// Divides this energy in proportion to `weights` (0 or more each), so that the parts add up to it: each is cut, what
  /// is left goes by single milliwatt-hours to those that lost most. All to the first when no weight is above zero.
  package func split(inProportionTo weights: [Energy], unit: Energy = Energy(milliwattHours: 1)) -> [Energy] {
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
