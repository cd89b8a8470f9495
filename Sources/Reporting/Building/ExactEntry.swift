import EnergyAccounting
import Pricing
import Readings
import Text

/// One counter of one device with what it costs: what ``Report/Entry`` is made of, before it is cut into periods and
/// rounded.
///
/// One object for all that look at it: a copy would count references to a dozen arrays.
final class ExactEntry: Sendable {
  let name: String
  let channel: ChannelLedger
  /// What is paid of the channel's slots: all, but for what sun behind a main meter gave.
  let bought: SlotEnergies
  /// True where that is not all.
  let hasOwnUse: Bool
  let plugDays: PlugDays
  let firstReading: Timestamp?
  let lastReading: Timestamp?
  /// Of all lines together; nil without a tariff.
  let bill: Bill?
  /// The line's place in ``bill``.
  let place: Int

  private init(
    name: String, channel: ChannelLedger, bought: SlotEnergies, firstReading: Timestamp?, lastReading: Timestamp?,
    bill: Bill?, place: Int
  ) {
    self.name = name
    self.channel = channel
    self.bought = bought
    hasOwnUse = channel.slots.uses != bought.uses
    plugDays = PlugDays(channel.plugDays)
    self.firstReading = firstReading
    self.lastReading = lastReading
    self.bill = bill
    self.place = place
  }

  var places: Int { min(max(channel.counterPlaces, 0), 6) }

  /// By name, then channel.
  ///
  /// - Parameters:
  ///   - others: devices without a line that share tiers with those that have one.
  ///   - schedule: of the request's tariff between the pass's cut points; nil to have it made.
  static func lines(
    of ledgers: [NamedLedger], besides others: [NamedLedger] = [], pass: ReportPlan.Pass, request: ReportRequest,
    schedule: TariffSchedule? = nil
  ) -> [ExactEntry] {
    var lines: [ExactEntry] = []
    for named in ledgers.sorted(by: { $0.name < $1.name }) {
      for (place, channel) in named.ledger.channels.enumerated() {
        lines.append(
          ExactEntry(
            name: named.name, channel: channel,
            bought: named.boughtSlots[place],
            firstReading: named.ledger.firstReading,
            lastReading: named.ledger.lastReading, bill: nil, place: lines.count))
      }
    }
    precondition(
      lines.allSatisfy {
        $0.channel.slots.count == max(pass.cutPoints.count - 1, 0)
          && $0.channel.buckets.count == max(pass.bucketEdges.count - 1, 0)
      },
      "a ledger that was not cut where the plan says")
    guard let tariff = request.tariff else { return lines }
    return billed(
      lines, besides: others, by: tariff, schedule ?? pass.schedule(of: tariff, request),
      otherNames: request.otherNames)
  }

  /// The lines with what they cost by a tariff.
  ///
  /// - Parameters:
  ///   - others: devices without a line.
  ///   - otherNames: of devices, by their names.
  static func billed(
    _ lines: [ExactEntry], besides others: [NamedLedger] = [], by tariff: Tariff, _ schedule: TariffSchedule,
    otherNames: [String: [String]]
  ) -> [ExactEntry] {
    func device(_ name: String, _ slots: SlotEnergies) -> Bill.Device {
      Bill.Device(name: name, otherNames: otherNames[name] ?? [], slots: slots)
    }
    let bill = Bill(
      tariff, schedule,
      devices: lines.map { device($0.name, $0.bought) }
        + others.flatMap { other in other.boughtSlots.map { device(other.name, $0) } })
    return lines.map {
      ExactEntry(
        name: $0.name, channel: $0.channel, bought: $0.bought, firstReading: $0.firstReading,
        lastReading: $0.lastReading, bill: bill, place: $0.place)
    }
  }

  /// False before the device's first reading, and when it has been silent for so long that it may be gone.
  func exists(in range: Range<Timestamp>) -> Bool {
    guard let firstReading, let lastReading else { return false }
    return firstReading < range.upperBound
      && lastReading >= range.lowerBound.advanced(byMilliseconds: -MeteringOptions.surroundings)
  }

  /// What some slots cost; nil without a tariff.
  func billed(_ slots: Range<Int>) -> BillSum? {
    bill?.sum(slots, of: place, bought)
  }

  /// What was used at which rate, where that is more than what was bought; `billed` itself elsewhere.
  func used(_ slots: Range<Int>, billed: BillSum) -> BillSum {
    hasOwnUse ? bill?.sum(slots, of: place, channel.slots) ?? billed : billed
  }

  /// Energy that the sun gave.
  func ownUse(_ slots: Range<Int>) -> Energy {
    hasOwnUse ? slots.reduce(.zero) { $0 + channel.slots.uses[$1] - bought.uses[$1] } : .zero
  }

  // MARK: Rates

  /// A line of `byRate`.
  enum Rate: Hashable {
    /// A place among the names of the bill's rates.
    case rate(Int)
    /// Energy without a price.
    case unpriced
    /// A place among the names of the bill's charges: what a charge per kWh comes to. Money only, as for tiers.
    case charge(Int)
    /// What tiers add: money only, its energy stands with the rate under which it was used.
    case tier
  }

  /// The name under which the cost of tiers is listed.
  static let tier = "tier"
  /// The name under which energy without a price is listed.
  static let unpriced = "unpriced"

  /// Rates in the order in which they come up, then charges per kWh in that of the bill, `tier` last.
  ///
  /// - Parameter sums: what each of `lines` costs in `slots`.
  static func rates(_ lines: [ExactEntry], _ sums: [BillSum], _ slots: Range<Int>) -> [Rate] {
    guard let first = lines.first, let bill = first.bill else { return [] }
    var rates = bill.schedule.rates(in: slots).map(Rate.rate)
    if bill.hasDeviceRates {
      for place in sums.first?.rates.indices ?? 0..<0 where !rates.contains(.rate(place)) {
        if sums.contains(where: { $0.rates[place].energy != .zero }) { rates.append(.rate(place)) }
      }
    }
    if let line = sums.firstIndex(where: \.hasUnpriced) {
      var place = rates.count
      let holes = bill.schedule.rateSpans(in: slots).lazy.filter { $0.rate < 0 }
      if line == 0, let slot = holes.flatMap(\.slots).first(where: first.hasEnergy) {
        place = bill.schedule.rates(in: slots.lowerBound..<slot).count
      }
      rates.insert(.unpriced, at: place)
    }
    for place in bill.schedule.chargeNames.indices
    where sums.contains(where: { !$0.charges.isEmpty && $0.charges[place] != .zero }) {
      rates.append(.charge(place))
    }
    if sums.contains(where: \.hasTier) { rates.append(.tier) }
    return rates
  }

  private func hasEnergy(_ slot: Int) -> Bool { channel.slots.uses[slot] != .zero }

  func name(of rate: Rate) -> String {
    switch rate {
    case .rate(let place): bill?.schedule.rateNames[place] ?? ""
    case .unpriced: ExactEntry.unpriced
    case .charge(let place): bill?.schedule.chargeNames[place] ?? ""
    case .tier: ExactEntry.tier
    }
  }

  func cost(of rate: Rate, _ sum: BillSum) -> Money {
    switch rate {
    case .unpriced: .zero
    case .tier: sum.tierCost
    case .rate(let place): sum.rates[place].cost
    case .charge(let place): sum.charges.isEmpty ? .zero : sum.charges[place]
    }
  }

  func energy(of rate: Rate, _ sum: BillSum) -> Energy {
    switch rate {
    case .rate(let place): sum.rates[place].energy
    case .unpriced: sum.unpriced
    case .tier, .charge: .zero
    }
  }

  // MARK: Channels

  /// The shares of a plug with one counter, in the counter's digits, adding up to `kWh` (its printed mantissa).
  func channelShares(_ slots: Range<Int>, kWh: Int64) -> [Report.ChannelShare] {
    guard let count = channel.channelShares.first?.count, count > 0 else { return [] }
    var sums = [Int128](repeating: 0, count: count)
    for index in slots where index < channel.channelShares.count {
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
