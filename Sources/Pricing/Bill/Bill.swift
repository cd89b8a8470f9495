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
    energies.uses.withUnsafeBufferPointer { uses in
      schedule.energy.sums(of: uses, in: range) { span, energy, product, isUsed in
        if isUsed, span.rate >= 0 {
          sum.rates.add(energy, Money(units: product &* span.factor), at: span.rate)
          sum.hasPriced = true
        } else if isUsed {
          sum.unpriced += energy
          sum.hasUnpriced = true
        }
      }
      guard !schedule.pricedCharges.isEmpty else { return }
      sum.charges = Array(repeating: .zero, count: schedule.chargeNames.count)
      for place in schedule.pricedCharges {
        // The tax of all together.
        var cost = Money.zero
        schedule.charges[place].sums(of: uses, in: range) { span, _, product, _ in
          if span.rate >= 0 { cost += Money(units: product &* span.factor) }
        }
        sum.charges[place] = cost
      }
    }
    if !energies.exports.isEmpty {
      energies.exports.withUnsafeBufferPointer { exports in
        schedule.export.sums(of: exports, in: range) { span, energy, product, _ in
          if span.rate >= 0 {
            sum.exportCredit += Money(units: product &* span.factor)
          } else if span.period >= 0 {
            sum.unpricedExport += energy
          }
        }
      }
    }
    tiers?.add(range, of: device, energies, schedule, to: &sum)
    return sum
  }
}
