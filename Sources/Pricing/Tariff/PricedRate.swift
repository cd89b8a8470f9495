public import Calendar
public import Readings

/// The price of one kWh at an instant, tax added, and the name under which it is reported.
public struct PricedRate: Hashable, Sendable {
  public var name: String
  public var price: Price
  /// Millionths of ``price`` that are paid: 1,050,000 with 5 % added to it.
  public var factor: Int64

  /// What so much energy costs.
  public func cost(of energy: Energy) -> Money {
    Money(units: Int128(price.units) &* Int128(factor) &* Int128(energy.milliwattHours))
  }
}

/// All that makes up the price of one kWh at an instant.
public struct PriceParts: Hashable, Sendable {
  /// nil where the tariff has no price.
  public var energy: PricedRate?
  /// The charges per kWh that hold, in their order.
  public var charges: [PricedRate]
  /// What a kWh that goes back is credited with.
  public var export: PricedRate?
}

extension Tariff {
  /// The rate at an instant; nil before the first period, where no rate matches and in a hole of a price list.
  public func rate(at instant: Timestamp, in zone: TimeZoneRules) -> PricedRate? { parts(at: instant, in: zone).energy }

  /// What a kWh costs at an instant, part by part. Rates for some devices alone are passed over, as long as the tariff is
  /// not ``narrowed(to:otherNames:)`` to one of them.
  public func parts(at instant: Timestamp, in zone: TimeZoneRules) -> PriceParts {
    let clock = clock(at: zone)
    let seconds = instant.seconds + Int64(clock.offset(at: instant))
    guard let period = period(on: LocalDate(dayNumber: seconds.flooringQuotient(86_400))) else {
      return PriceParts(charges: [])
    }
    let date = LocalDate(dayNumber: (seconds - Int64(dayStartMinute) * 60).flooringQuotient(86_400))
    let (day, minute) = (dateNames.day(date), Int(seconds.flooringRemainder(86_400)) / 60)
    func rate(_ pricing: Pricing, _ factor: Int64) -> PricedRate? {
      switch pricing {
      case .rates(let rates):
        let rate = rates.first { $0.selector.devices.isEmpty && $0.selector.holds(on: day, minuteOfDay: minute) }
        return rate.map { PricedRate(name: $0.name, price: $0.price, factor: factor) }
      case .prices(let list):
        return list.slot(at: instant).map { PricedRate(name: list.name, price: list.prices[$0], factor: factor) }
      }
    }
    let charges = period.charges.compactMap { charge -> PricedRate? in
      guard let pricing = charge.pricing, var found = rate(pricing, factor(of: charge, in: period)) else { return nil }
      found.name = charge.name
      return found
    }
    return PriceParts(
      energy: rate(period.pricing, factor(of: period)), charges: charges,
      export: period.export.flatMap { rate($0, 1_000_000) })
  }

  /// The patterns by which some prices are for some devices alone.
  public var devicePatterns: [DevicePattern] {
    var patterns: [DevicePattern] = []
    func take(_ selector: Selector) {
      for pattern in selector.devices where !patterns.contains(pattern) { patterns.append(pattern) }
    }
    for period in periods {
      for case .rates(let rates) in period.schedules {
        for rate in rates { take(rate.selector) }
      }
      for tier in period.tiers { take(tier.selector) }
      for charge in period.charges { if case .demand(let demand) = charge.basis { take(demand.selector) } }
    }
    return patterns
  }

  /// The tariff as it is for one device: rates that are for others never hold. Demand charges and tiers, which are for
  /// all devices together, stay.
  public func narrowed(to name: String, otherNames: [String] = []) -> Tariff {
    var tariff = self
    func narrow(_ selector: inout Selector) {
      guard !selector.devices.isEmpty else { return }
      selector.isNever = !selector.devices.contains { $0.matches(name, otherNames) }
      selector.devices = []
    }
    func narrow(_ pricing: inout Pricing) {
      guard case .rates(var rates) = pricing, rates.contains(where: { !$0.selector.devices.isEmpty }) else { return }
      for place in rates.indices { narrow(&rates[place].selector) }
      pricing = .rates(rates)
    }
    for place in tariff.periods.indices {
      narrow(&tariff.periods[place].pricing)
      if var export = tariff.periods[place].export {
        narrow(&export)
        tariff.periods[place].export = export
      }
      for charge in tariff.periods[place].charges.indices {
        guard case .energy(var pricing) = tariff.periods[place].charges[charge].basis else { continue }
        narrow(&pricing)
        tariff.periods[place].charges[charge].basis = .energy(pricing)
      }
    }
    return tariff
  }
}
