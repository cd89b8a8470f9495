import Calendar
import Readings

/// What tiers add to the cost of some devices' slots.
struct TierCosts: Sendable {
  /// By slot: what tiers add to the price of all energy.
  private var prices: [Int64]
  /// By period: millionths of a price that are paid.
  private let factors: [Int128]
  /// What else a tier adds, to each device's cost: where it begins within a slot, or is for some devices alone, the slot's
  /// energy is divided. In order of slots.
  private var divided: [(slot: Int, costs: [Money])] = []

  /// Energy is counted from a span's first slot on, where and for what a selector holds.
  fileprivate struct Counter {
    let over: Tariff.Span
    /// A place among the schedule's ``TariffSchedule/tierSelectors``.
    let selector: Int
    var billed = Energy.zero
    /// How many spans began.
    var begun = 0
    var dates: Range<LocalDate>?
  }

  /// The energy of the devices that a selector means, slot by slot.
  private struct Sums {
    let members: [Int]
    var all: [Energy]
    /// Whether every one of them is 0 or more.
    var isDivisible: [Bool]

    init(_ devices: [Bill.Device], _ selector: Tariff.Selector, slotCount: Int) {
      members = devices.indices.filter { place in
        selector.devices.isEmpty
          || selector.devices.contains(where: devices[place].isNamed)
      }
      all = [Energy](repeating: .zero, count: slotCount)
      isDivisible = [Bool](repeating: true, count: slotCount)
      for member in members {
        for (index, use) in devices[member].slots.uses.enumerated() {
          all[index] += use
          if use < .zero { isDivisible[index] = false }
        }
      }
    }
  }

  init(_ tariff: Tariff, _ schedule: TariffSchedule, _ devices: [Bill.Device]) {
    let slotCount = schedule.slotCount
    let selectors = schedule.tierSelectors
    let sums = selectors.map { Sums(devices, $0, slotCount: slotCount) }
    factors = tariff.periods.map { Int128(tariff.factor(of: $0)) }
    prices = [Int64](repeating: 0, count: slotCount)
    var counters: [Counter] = []
    // By period: its tiers with the places of their selector and counter.
    let tiers = tariff.periods.map { period in
      period.tiers.compactMap { tier -> (tier: Tariff.Tier, selector: Int, counter: Int)? in
        guard let selector = selectors.firstIndex(of: tier.selector) else { return nil }
        if let counter = counters.firstIndex(where: { $0.over == tier.over && $0.selector == selector }) {
          return (tier, selector, counter)
        }
        counters.append(Counter(over: tier.over, selector: selector))
        return (tier, selector, counters.count - 1)
      }
    }
    for span in schedule.rateSpans(in: 0..<slotCount) {
      let present = span.period < 0 ? [] : tiers[span.period]
      for slot in span.slots {
        let mask = schedule.tierMasks.isEmpty ? UInt64.max : schedule.tierMasks[slot]
        for place in counters.indices { counters[place].begin(slot, schedule) }
        for (tier, selector, counter) in present where mask & (1 << UInt64(selector)) != 0 {
          let limit = counters[counter].limit(of: tier, tariff, schedule)
          let sum = sums[selector].all[slot]
          let billed = counters[counter].billed
          let above = billed + sum - max(limit, billed)
          guard above > .zero else { continue }
          add(tier, above, slot, sums[selector], devices, span.factor)
        }
        for place in counters.indices where mask & (1 << UInt64(counters[place].selector)) != 0 {
          counters[place].billed += sums[counters[place].selector].all[slot]
        }
      }
    }
  }

  private mutating func add(
    _ tier: Tariff.Tier, _ above: Energy, _ slot: Int, _ sums: Sums, _ devices: [Bill.Device], _ factor: Int128
  ) {
    if above == sums.all[slot], sums.isDivisible[slot], sums.members.count == devices.count {
      // All of it: nothing has to be divided.
      prices[slot] += tier.add.units
      return
    }
    var costs = [Money](repeating: .zero, count: devices.count)
    let shares = above.split(inProportionTo: sums.members.map { devices[$0].slots.uses[slot] })
    for (member, share) in zip(sums.members, shares) {
      costs[member] = Money(units: Int128(tier.add.units) &* Int128(share.milliwattHours) &* factor)
    }
    divided.append((slot, costs))
  }

  /// Adds what tiers add in some neighbouring slots of a device.
  func add(
    _ range: Range<Int>, of device: Int, _ energies: SlotEnergies, _ schedule: TariffSchedule, to sum: inout BillSum
  ) {
    for span in schedule.rateSpans(in: range) where span.period >= 0 {
      // What is 0 adds nothing: looked at one by one, it costs more than it saves.
      var (product, bits) = (Int128(0), UInt64(0))
      prices.withUnsafeBufferPointer { prices in
        energies.uses.withUnsafeBufferPointer { uses in
          for slot in span.slots {
            let (high, low) = prices[slot].multipliedFullWidth(by: uses[slot].milliwattHours)
            product &+= Int128(_low: low, _high: high)
            bits |= low | UInt64(bitPattern: high)
          }
        }
      }
      if bits != 0 {
        sum.tierCost += Money(units: product &* factors[span.period])
        sum.hasTier = true
      }
    }
    var place = divided.partitioningIndex { $0.slot >= range.lowerBound }
    while place < divided.count, divided[place].slot < range.upperBound {
      let cost = divided[place].costs[device]
      if cost != .zero { sum.hasTier = true }
      sum.tierCost += cost
      place += 1
    }
  }
}

extension TierCosts.Counter {
  /// Begins to count again where a span begins.
  fileprivate mutating func begin(_ slot: Int, _ schedule: TariffSchedule) {
    guard let spans = schedule.spans[over], begun < spans.count, spans[begun].slot == slot else { return }
    dates = spans[begun].dates
    begun += 1
    billed = .zero
  }

  /// From where on a tier adds in the present span: one limit for each of its days, months or bills.
  fileprivate func limit(of tier: Tariff.Tier, _ tariff: Tariff, _ schedule: TariffSchedule) -> Energy {
    guard tier.per != tier.over, let dates else { return tier.above }
    var count: Int64 = 0
    var date = dates.lowerBound
    while date < dates.upperBound {
      switch tier.per {
      case .day:
        if tier.selector.holds(on: tariff.dateNames.day(date)) { count += 1 }
        date = date.advanced(byDays: 1)
      case .month, .year:
        // From the span's own day on: a bill of two months from the 11th holds two of them.
        let (year, month, day) = date.components
        let first = LocalDate.firstOfMonth(year: year, month: month + (tier.per == .month ? 1 : 12))
        if tier.selector.months.isEmpty || tier.selector.months.contains(month) { count += 1 }
        date = max(date.advanced(byDays: 1), first.advanced(byDays: min(day, 28) - 1))
      case .bill:
        count += 1
        date = schedule.billing.next(after: date)
      }
    }
    return Energy(milliwattHours: tier.above.milliwattHours * count)
  }
}
