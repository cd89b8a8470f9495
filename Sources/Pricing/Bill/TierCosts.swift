import Readings

/// What tiers add to the cost of some devices' slots.
struct TierCosts: Sendable {
  /// By slot: what tiers add to the price of all energy.
  private var prices: [Int64]
  /// What else a tier adds, to each device's cost: where it begins within a slot, the slot's energy is divided. In order
  /// of slots.
  private var divided: [(slot: Int, costs: [Money])] = []

  /// - Parameter devices: the slots of each device, as many as the schedule has.
  init(_ tariff: Tariff, _ schedule: TariffSchedule, _ devices: [SlotEnergies]) {
    let slotCount = schedule.prices.count
    // Of all devices, and whether every one of them is 0 or more.
    var sums = [Energy](repeating: .zero, count: slotCount)
    var isDivisible = [Bool](repeating: true, count: slotCount)
    for slots in devices {
      for (index, use) in slots.uses.enumerated() {
        sums[index] += use
        if use < .zero { isDivisible[index] = false }
      }
    }
    prices = [Int64](repeating: 0, count: slotCount)
    var starts = schedule.billStarts[...]
    var billed = Energy.zero
    for stretch in schedule.stretches(in: 0..<slotCount) {
      let tiers = stretch.period < 0 ? [] : tariff.periods[stretch.period].tiers
      for index in stretch.slots {
        if index == starts.first {
          starts.removeFirst()
          billed = .zero
        }
        let sum = sums[index]
        defer { billed += sum }
        for tier in tiers {
          let above = billed + sum - max(tier.above, billed)
          guard above > .zero else { continue }
          if above == sum, isDivisible[index] {
            // All of it: nothing has to be divided.
            prices[index] += tier.add.units
          } else {
            let shares = above.split(inProportionTo: devices.map { $0.uses[index] })
            divided.append((index, shares.map { schedule.cost(of: $0, by: tier.add.units, in: stretch.period) }))
          }
        }
      }
    }
  }

  /// Adds what tiers add in some neighbouring slots of a device.
  func add(
    _ range: Range<Int>, of device: Int, _ energies: SlotEnergies, _ schedule: TariffSchedule, to sum: inout BillSum
  ) {
    for stretch in schedule.stretches(in: range) where stretch.period >= 0 {
      // What is 0 adds nothing: looked at one by one, it costs more than it saves.
      var (product, bits) = (Int128(0), UInt64(0))
      prices.withUnsafeBufferPointer { prices in
        energies.uses.withUnsafeBufferPointer { uses in
          for slot in stretch.slots {
            let (high, low) = prices[slot].multipliedFullWidth(by: uses[slot].milliwattHours)
            product &+= Int128(_low: low, _high: high)
            bits |= low | UInt64(bitPattern: high)
          }
        }
      }
      if bits != 0 {
        sum.tierCost += schedule.cost(of: product, in: stretch.period)
        sum.hasTier = true
      }
    }
    var (low, high) = (0, divided.count)
    while low < high {
      let middle = (low + high) / 2
      if divided[middle].slot < range.lowerBound { low = middle + 1 } else { high = middle }
    }
    while low < divided.count, divided[low].slot < range.upperBound {
      let cost = divided[low].costs[device]
      if cost != .zero { sum.hasTier = true }
      sum.tierCost += cost
      low += 1
    }
  }
}
