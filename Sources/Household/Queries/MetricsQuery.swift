import EnergyAccounting
public import Readings
public import Reporting

/// Gathers what `status -f prometheus` says of a store.
public struct MetricsQuery {
  private let store: HouseholdStore
  private let status: StoreStatus
  private let zone: SiteZone
  private let now: Timestamp

  /// - Parameter now: when it is asked.
  public init(_ store: HouseholdStore, _ status: StoreStatus, zone: SiteZone, now: Timestamp) {
    self.store = store
    self.status = status
    self.zone = zone
    self.now = now
  }

  /// Each plug with what was counted of it since its first reading.
  public func plugs() -> [StoreMetrics.Plug] {
    var counters: [String: [StoreMetrics.Counter]] = [:]
    if let first = store.firstReading, let last = store.lastReading {
      let range = first..<last.advanced(byMilliseconds: 1)
      for named in LedgerQuery(store, store.devices.compactMap(\.measured), zone: zone.rules).ledgers(over: range) {
        counters[named.name] = named.ledger.channels.map(MetricsQuery.counter)
      }
    }
    return status.devices.filter { $0.availability != .imported }.map { plug($0, counters[$0.name] ?? []) }
  }

  private static func counter(_ channel: ChannelLedger) -> StoreMetrics.Counter {
    let sum = channel.sum(channel.buckets.indices)
    return StoreMetrics.Counter(
      channel: channel.channel, use: sum.energy, export: sum.export, places: channel.counterPlaces)
  }

  private func plug(_ line: StoreStatus.DeviceLine, _ counters: [StoreMetrics.Counter]) -> StoreMetrics.Plug {
    let isFresh = now.milliseconds - line.lastReading.milliseconds <= ConditionQuery.freshness
    return StoreMetrics.Plug(
      name: line.name, counters: counters, lastReading: line.lastReading, power: isFresh ? line.power : nil,
      // A plug without a last will is judged by what it sends.
      isOnline: line.availability == .unknown ? isFresh : line.availability == .online)
  }
}
