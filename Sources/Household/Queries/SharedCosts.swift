public import Pricing

/// What has to be read for the costs of some devices: tiers count the whole house, and so does the sun behind a main meter,
/// so one device costs what it costs in a report of all.
public struct SharedCosts {
  /// Those whose ledgers are needed.
  public let read: [LogicalDevice]
  /// Those that were asked for, where more are read; nil for all.
  public let shown: Set<String>?
  /// The main meter, where it is not asked for by itself.
  public let mainMeter: String?

  /// - Parameters:
  ///   - devices: those that were asked for.
  ///   - isAll: nobody named any.
  ///   - mainMeter: of the site, where it has one.
  public init(
    of devices: [LogicalDevice], in store: HouseholdStore, isAll: Bool, mainMeter: String?, tariffs: [Tariff]
  ) {
    let hasTiers = tariffs.contains { tariff in tariff.periods.contains { !$0.tiers.isEmpty } }
    let isNamed = devices.contains { $0.name == mainMeter }
    let needsAll = !isAll && !isNamed && (hasTiers || (mainMeter != nil && !tariffs.isEmpty))
    read = needsAll ? store.devices : devices
    shown = needsAll ? Set(devices.map(\.name)) : nil
    self.mainMeter = isAll || needsAll ? mainMeter : nil
  }
}
