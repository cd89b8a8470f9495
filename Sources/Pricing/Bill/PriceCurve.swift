public import Calendar
public import Readings

extension Tariff {
  /// What one more kWh of a device costs by it: energy and charges per kWh. Tiers, demand and what is charged by time or
  /// as a share depend on everything else in the house and are left out.
  ///
  /// - Parameter otherNames: by which the tariff may name the device, too.
  public func perKilowattHour(for device: String, otherNames: [String] = []) -> Tariff {
    var tariff = narrowed(to: device, otherNames: otherNames)
    for place in tariff.periods.indices {
      tariff.periods[place].tiers = []
      tariff.periods[place].charges.removeAll { $0.pricing == nil }
    }
    return tariff
  }
}

/// What a kWh costs over time, tax and charges per kWh included, piece by piece.
public struct PriceCurve: Sendable {
  /// Strictly increasing; `n + 1` of them make `n` pieces.
  private let edges: [Timestamp]
  /// Of 1 kWh in each piece; nil where the tariff has no price.
  private let prices: [Money?]

  /// - Parameter tariff: ``Tariff/perKilowattHour(for:otherNames:)`` of a device.
  public init(_ tariff: Tariff, over range: Range<Timestamp>, zone: TimeZoneRules) {
    guard !range.isEmpty else {
      (edges, prices) = ([], [])
      return
    }
    edges = [range.lowerBound] + tariff.switches(in: range, zone: zone) + [range.upperBound]
    let kilowattHour = SlotEnergies(
      uses: Array(repeating: Energy(milliwattHours: PriceCurve.kilowattHour), count: edges.count - 1))
    let schedule = TariffSchedule(tariff, zone: zone, billing: BillingCycle(), cutPoints: edges)
    let bill = Bill(tariff, schedule, devices: [Bill.Device(slots: kilowattHour)])
    prices = (0..<edges.count - 1).map { slot in
      let sum = bill.sum(slot..<slot + 1, of: 0, kilowattHour)
      return sum.hasUnpriced ? nil : sum.energyCost
    }
  }

  private static let kilowattHour: Int64 = 1_000_000

  /// What energy costs that is used evenly over a time, to 10^-12 of the currency; nil where part of the time has no
  /// price.
  public func cost(of energy: Energy, over range: Range<Timestamp>) -> Money? {
    guard let first = edges.first, let last = edges.last, range.lowerBound >= first, range.upperBound <= last,
      !range.isEmpty
    else { return nil }
    let length = Int128(range.upperBound.milliseconds - range.lowerBound.milliseconds)
    var sum = Int128(0)
    var piece = edges.indices.partitionPoint { edges[$0] > range.lowerBound } - 1
    while piece < prices.count, edges[piece] < range.upperBound {
      guard let price = prices[piece] else { return nil }
      let part = min(edges[piece + 1], range.upperBound).milliseconds - max(edges[piece], range.lowerBound).milliseconds
      sum += price.units / PriceCurve.fineness * Int128(part)
      piece += 1
    }
    return Money(
      units: sum / length * PriceCurve.fineness / Int128(PriceCurve.kilowattHour) * Int128(energy.milliwattHours))
  }

  /// Prices are averaged in units of 10^-12, so that no product of price and time overflows.
  private static let fineness: Int128 = 100_000_000

  /// The mean price of a kWh at constant power over the priced part of a time, and how much of the time that is in
  /// milliseconds; nil where no part has a price.
  public var mean: (price: Money, pricedMilliseconds: Int64)? {
    var sum = Int128(0)
    var priced: Int64 = 0
    for (piece, price) in prices.enumerated() {
      guard let price else { continue }
      let part = edges[piece + 1].milliseconds - edges[piece].milliseconds
      sum += price.units / PriceCurve.fineness * Int128(part)
      priced += part
    }
    return priced > 0 ? (Money(units: sum / Int128(priced) * PriceCurve.fineness), priced) : nil
  }
}
