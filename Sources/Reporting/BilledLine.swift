import EnergyAccounting
import Readings

/// One counter of one device with the cost of each of its buckets: a line of the report before it is rounded.
struct BilledLine {
  var name: String
  var channel: ChannelLedger
  var firstReading: Timestamp?
  var lastReading: Timestamp?
  /// One per bucket; empty without a tariff.
  var costs: [BucketCost]

  var places: Int { min(max(channel.counterPlaces, 0), 6) }

  /// By name, then channel.
  static func lines(of ledgers: [NamedLedger], pass: ReportPlan.Pass, request: ReportRequest) -> [BilledLine] {
    var lines = ledgers.sorted { $0.name < $1.name }.flatMap { named in
      named.ledger.channels.map { channel in
        BilledLine(
          name: named.name, channel: channel, firstReading: named.ledger.firstReading,
          lastReading: named.ledger.lastReading, costs: [])
      }
    }
    precondition(
      lines.allSatisfy { $0.channel.buckets.count == max(pass.cutPoints.count - 1, 0) },
      "a ledger that was not cut where the plan says")
    if let tariff = request.tariff {
      let bill = Bill(
        tariff, zone: request.zone, billingDay: request.billingDay, cutPoints: pass.cutPoints,
        devices: lines.map(\.channel.buckets))
      for index in lines.indices { lines[index].costs = bill.costs[index] }
    }
    return lines
  }

  /// False before the device's first reading, and when it has been silent for so long that it may be gone.
  func exists(in range: Range<Timestamp>) -> Bool {
    guard let firstReading, let lastReading else { return false }
    return firstReading < range.upperBound
      && lastReading >= range.lowerBound.advanced(byMilliseconds: -MeteringOptions.surroundings)
  }

  // MARK: Money

  /// Tiers included; energy without a price costs nothing here and is noted.
  func cost(in buckets: Range<Int>) -> Money {
    guard !costs.isEmpty else { return .zero }
    return costs[buckets].reduce(.zero) { $0 + ($1.energyCost ?? .zero) + $1.tierCost }
  }

  func credit(in buckets: Range<Int>) -> Money {
    guard !costs.isEmpty else { return .zero }
    return costs[buckets].reduce(.zero) { $0 + $1.exportCredit }
  }

  /// False when there is energy, and none of it has a price.
  func isPriced(in buckets: Range<Int>) -> Bool {
    guard !costs.isEmpty else { return false }
    var hasUnpriced = false
    for index in buckets where channel.buckets[index].energy != .zero {
      if costs[index].energyCost != nil { return true }
      hasUnpriced = true
    }
    return !hasUnpriced
  }

  func unpricedEnergy(in buckets: Range<Int>) -> Energy {
    guard !costs.isEmpty else { return .zero }
    return buckets.reduce(.zero) { costs[$1].energyCost == nil ? $0 + channel.buckets[$1].energy : $0 }
  }

  // MARK: Rates

  /// The tier's place among the rate names.
  static let tier = "tier"

  /// Rates in the order in which they come up, `tier` last; nil stands for energy without a price.
  static func rateNames(_ lines: [BilledLine], _ buckets: Range<Int>, withUnpriced: Bool = true) -> [String?] {
    var names: [String?] = []
    var seen: Set<String?> = []
    var hasTier = false
    // Neighbouring buckets mostly have the same rate: only a change is looked up.
    var last: String??
    for line in lines where !line.costs.isEmpty {
      for index in buckets {
        let cost = line.costs[index]
        if let last, last == cost.rate, cost.rate != nil, cost.tierCost == .zero { continue }
        if cost.tierCost != .zero { hasTier = true }
        if cost.rate == nil, !withUnpriced || line.channel.buckets[index].energy == .zero { continue }
        if seen.insert(cost.rate).inserted { names.append(cost.rate) }
        last = .some(cost.rate)
      }
    }
    if hasTier, !seen.contains(tier) { names.append(tier) }
    return names
  }

  func cost(of rate: String?, _ buckets: Range<Int>) -> Money {
    guard !costs.isEmpty else { return .zero }
    return costs[buckets].reduce(.zero) { sum, cost in
      var sum = sum
      if cost.rate == rate { sum += cost.energyCost ?? .zero }
      if rate == BilledLine.tier { sum += cost.tierCost }
      return sum
    }
  }

  /// What a tier adds is money only: its energy stands with the rate under which it was used.
  func energy(of rate: String?, _ buckets: Range<Int>) -> Energy {
    guard !costs.isEmpty else { return .zero }
    return buckets.reduce(.zero) { costs[$1].rate == rate ? $0 + channel.buckets[$1].energy : $0 }
  }

  /// The name under which energy without a price is listed.
  static let unpriced = "unpriced"

  func rateShares(_ buckets: Range<Int>, rates: [String?], costs: [Figure?]) -> [Report.RateShare] {
    zip(rates, costs).map { rate, cost in
      Report.RateShare(
        rate: rate ?? BilledLine.unpriced,
        kWh: Figure(energy(of: rate, buckets).mantissa(places: places), places: places),
        cost: rate == nil ? nil : cost)
    }
  }

  // MARK: Channels

  /// The shares of a plug with one counter, in the counter's digits, adding up to `kWh` (its printed mantissa).
  func channelShares(_ buckets: Range<Int>, kWh: Int64) -> [Report.ChannelShare] {
    guard let count = channel.channelShares.first?.count, count > 0 else { return [] }
    var sums = [Int128](repeating: 0, count: count)
    for index in buckets where index < channel.channelShares.count {
      for (place, share) in channel.channelShares[index].enumerated() where place < count {
        sums[place] += Int128(share.milliwattHours)
      }
    }
    let unit = Int128(Energy.unit(places: places).milliwattHours)
    return Apportionment.largestRemainder(sums, unit: unit, total: Int128(kWh)).enumerated().map { place, mantissa in
      Report.ChannelShare(channel: place + 1, kWh: Figure(Int64(clamping: mantissa), places: places))
    }
  }
}
