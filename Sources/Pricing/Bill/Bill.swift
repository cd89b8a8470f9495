public import Readings

/// What the slots of some devices cost. Computed from ledgers and a tariff whenever it is asked for, never stored.
///
/// One object for all that ask: its parts are looked up from several threads for every line of every period.
public final class Bill: Sendable {
  public let tariff: Tariff
  /// Of devices that no pattern of the tariff names.
  public let schedule: TariffSchedule
  /// By device: its own schedule, a place in ``schedules``.
  private let places: [Int]
  private let schedules: [TariffSchedule]
  /// nil when no period has tiers.
  private let tiers: TierCosts?
  /// What demand charges come to, by charge and month.
  public let demands: [DemandCost]

  /// A device and what it used.
  public struct Device: Sendable {
    public var name: String
    /// Its topic, its address, its group: what a tariff may call it too.
    public var otherNames: [String]
    /// All of the schedule's slots.
    public var slots: SlotEnergies

    public init(name: String = "", otherNames: [String] = [], slots: SlotEnergies) {
      self.name = name
      self.otherNames = otherNames
      self.slots = slots
    }

    func isNamed(by pattern: Tariff.DevicePattern) -> Bool { pattern.matches(name, otherNames) }
  }

  /// - Parameters:
  ///   - schedule: of the tariff. Its cut points begin and end where
  ///     ``Tariff/accountedTime(for:zone:billing:known:)`` says, because tiers count from their span's first day, and
  ///     demand charges are for whole months.
  ///   - devices: with the slots of all of the schedule's cut points.
  public init(_ tariff: Tariff, _ schedule: TariffSchedule, devices: [Device]) {
    self.tariff = tariff
    self.schedule = schedule
    let patterns = tariff.devicePatterns
    var (schedules, places) = ([schedule], [Int](repeating: 0, count: devices.count))
    if !patterns.isEmpty {
      var known: [[Bool]: Int] = [patterns.map { _ in false }: 0]
      for (device, place) in zip(devices, places.indices) {
        let key = patterns.map(device.isNamed)
        if known[key] == nil {
          known[key] = schedules.count
          schedules.append(
            TariffSchedule(
              tariff.narrowed(to: device.name, otherNames: device.otherNames), zone: schedule.zone,
              billing: schedule.billing,
              cutPoints: schedule.cutPoints))
        }
        places[place] = known[key] ?? 0
      }
    }
    (self.schedules, self.places) = (schedules, places)
    tiers = schedule.spans.isEmpty ? nil : TierCosts(tariff, schedule, devices)
    demands = DemandCost.all(tariff, schedule, devices)
  }

  /// The name of a demand charge.
  public func name(of demand: DemandCost) -> String { tariff.periods[demand.period].charges[demand.charge].name }

  /// True where some prices are for some devices alone.
  public var hasDeviceRates: Bool { schedules.count > 1 }

  /// The same of devices without names, which no pattern means.
  @_disfavoredOverload
  public convenience init(_ tariff: Tariff, _ schedule: TariffSchedule, devices: [SlotEnergies]) {
    self.init(tariff, schedule, devices: devices.map { Device(slots: $0) })
  }

  /// The prices of a device.
  public func schedule(of device: Int) -> TariffSchedule { schedules[places[device]] }

  /// True where some energy may have no price.
  public var hasUnpriced: Bool { schedules.contains(where: \.hasUnpriced) }

  /// Sums of some neighbouring slots of one device.
  ///
  /// - Parameters:
  ///   - device: its place among those that the bill was made for.
  ///   - energies: all slots of that device.
  public func sum(_ range: Range<Int>, of device: Int, _ energies: SlotEnergies) -> BillSum {
    let schedule = schedules[places[device]]
    var sum = BillSum(rateCount: schedule.rateNames.count)
    for stretch in schedule.stretches(in: range) {
      let (energy, product, isUsed) = Bill.sum(energies.uses, in: stretch, of: schedule.energy)
      if isUsed, stretch.rate >= 0 {
        sum.rates[stretch.rate].energy += energy
        // The tax of all together.
        sum.rates[stretch.rate].cost += Money(units: product &* stretch.factor)
        sum.hasPriced = true
      } else if isUsed {
        sum.unpriced += energy
        sum.hasUnpriced = true
      }
    }
    if !schedule.pricedCharges.isEmpty {
      sum.charges = Array(repeating: .zero, count: schedule.chargeNames.count)
      for place in schedule.pricedCharges {
        for stretch in schedule.charges[place].stretches(in: range) where stretch.rate >= 0 {
          let product = Bill.sum(energies.uses, in: stretch, of: schedule.charges[place]).product
          sum.charges[place] += Money(units: product &* stretch.factor)
        }
      }
    }
    if !energies.exports.isEmpty {
      for stretch in schedule.export.stretches(in: range) where stretch.period >= 0 {
        let (energy, product, _) = Bill.sum(energies.exports, in: stretch, of: schedule.export)
        if stretch.rate >= 0 {
          sum.exportCredit += Money(units: product &* stretch.factor)
        } else {
          sum.unpricedExport += energy
        }
      }
    }
    tiers?.add(range, of: device, energies, schedule, to: &sum)
    return sum
  }

  /// Energy, energy times price, and whether any slot has energy.
  private typealias Product = (energy: Energy, product: Int128, isUsed: Bool)

  private static func sum(
    _ energies: [Energy], in stretch: TariffSchedule.Stretch, of column: TariffSchedule.Column
  ) -> Product {
    energies.withUnsafeBufferPointer { uses in
      if let price = stretch.price { return Bill.sum(uses, in: stretch.slots, at: price) }
      return column.prices.withUnsafeBufferPointer { Bill.sum(uses, in: stretch.slots, at: $0) }
    }
  }

  private static func sum(
    _ uses: UnsafeBufferPointer<Energy>, in slots: Range<Int>, at price: Price
  ) -> Product {
    var (energy, bits): (Int64, Int64) = (0, 0)
    for slot in slots {
      energy &+= uses[slot].milliwattHours
      bits |= uses[slot].milliwattHours
    }
    return (Energy(milliwattHours: energy), Int128(price.units) &* Int128(energy), bits != 0)
  }

  private static func sum(
    _ uses: UnsafeBufferPointer<Energy>, in slots: Range<Int>, at prices: UnsafeBufferPointer<Price>
  ) -> Product {
    var (energy, bits): (Int64, Int64) = (0, 0)
    var product = Int128(0)
    for slot in slots {
      let use = uses[slot].milliwattHours
      energy &+= use
      bits |= use
      let (high, low) = prices[slot].units.multipliedFullWidth(by: use)
      product &+= Int128(_low: low, _high: high)
    }
    return (Energy(milliwattHours: energy), product, bits != 0)
  }
}
