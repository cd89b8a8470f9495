package import Readings

/// What a kWh costs in each of some neighbouring slots, looked up once for all devices.
package struct TariffSchedule: Sendable {
  package struct Slot: Hashable, Sendable {
    /// A place in ``TariffSchedule/rateNames``; −1 where the tariff has no rate.
    package var rate: Int
    /// Price and tax of one milliwatt-hour, in units of ``Money``; 0 without a rate.
    package var unitCost: Int128
    /// Credit for one exported milliwatt-hour.
    package var unitCredit: Int128
  }

  /// Every rate's name once.
  package private(set) var rateNames: [String] = []
  /// One per slot.
  package private(set) var slots: [Slot] = []
  /// False when every slot has a price.
  package private(set) var hasUnpriced = false
  /// Where bills begin and which period holds, one per slot; empty when no period has tiers.
  private(set) var bills: [(start: LocalDate, period: Int)] = []

  /// - Parameters:
  ///   - cutPoints: hold every instant of ``Tariff/switches(in:zone:)`` between them.
  ///   - billingDay: 1 to 31.
  package init(_ tariff: Tariff, zone: TimeZoneRules, billingDay: Int, cutPoints: [Timestamp]) {
    guard let first = cutPoints.first, let last = cutPoints.last, first < last else { return }
    let hasTiers = tariff.periods.contains { !$0.tiers.isEmpty }
    var cursor = TariffCursor(tariff, zone: zone, range: first..<last)
    var bill = (holding: LocalDate(dayNumber: .min), start: LocalDate(dayNumber: .min))
    // Names of the period's rates as places in `rateNames`; of a price list the one name.
    var names: [Int] = []
    var known: (place: TariffCursor.Place, slot: Slot)?
    slots.reserveCapacity(cutPoints.count - 1)
    for index in 0..<(cutPoints.count - 1) {
      let place = cursor.place(at: cutPoints[index])
      if let known, known.place == place {
        slots.append(known.slot)
      } else {
        if known?.place.period != place.period {
          names = place.period < 0 ? [] : places(of: tariff.periods[place.period])
        }
        let slot = slot(at: place, names, tariff)
        known = (place, slot)
        slots.append(slot)
      }
      guard hasTiers else { continue }
      let date = cursor.date
      if date != bill.holding { bill = (date, date.startOfBillingPeriod(billingDay: billingDay)) }
      bills.append((bill.start, place.period))
    }
  }

  private mutating func places(of period: Tariff.Period) -> [Int] {
    let names =
      switch period.pricing {
      case .rates(let rates): rates.map(\.name)
      case .prices(let list): [list.name]
      }
    return names.map { name in
      if let place = rateNames.firstIndex(of: name) { return place }
      rateNames.append(name)
      return rateNames.count - 1
    }
  }

  private mutating func slot(at place: TariffCursor.Place, _ names: [Int], _ tariff: Tariff) -> Slot {
    var slot = Slot(rate: -1, unitCost: 0, unitCredit: 0)
    if place.period >= 0 {
      let period = tariff.periods[place.period]
      if let export = period.export { slot.unitCredit = Int128(export.units) &* 1_000_000 }
      if place.rate >= 0 {
        let price: Price
        switch period.pricing {
        case .rates(let rates):
          price = rates[place.rate].price
          slot.rate = names[place.rate]
        case .prices(let list):
          price = list.prices[place.rate]
          slot.rate = names[0]
        }
        slot.unitCost = Int128(price.units) &* Int128(tariff.factor(of: period))
      }
    }
    if slot.rate < 0 { hasUnpriced = true }
    return slot
  }

  /// The rates of some slots in the order in which they come up.
  package func rates(in range: Range<Int>) -> [Int] {
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
