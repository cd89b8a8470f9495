import EnergyAccounting
import Readings
import Reporting
import Storage
import Text

/// Gathers what `status -f prometheus` says.
struct MetricsQuery {
  let store: StoreAccess
  let status: StoreStatus
  let recorder: RecorderStatus
  let zone: SiteZone
  let now: Timestamp

  func metrics() throws(Failure) -> StoreMetrics {
    var counters: [String: [StoreMetrics.Counter]] = [:]
    if let first = store.firstReading, let last = store.lastReading {
      let range = first..<last.advanced(byMilliseconds: 1)
      let ledgers = try LedgerReading(store: store, devices: store.devices, zone: zone.rules).ledgers(over: range)
      for named in ledgers { counters[named.name] = named.ledger.channels.map(MetricsQuery.counter) }
    }
    return StoreMetrics(
      plugs: status.devices.map { plug($0, counters[$0.name] ?? []) }, isRecording: recorder.isRunning,
      isConnected: recorder.isConnected, refused: (recorder.tallies ?? status.tallies).refused)
  }

  private static func counter(_ channel: ChannelLedger) -> StoreMetrics.Counter {
    let sum = channel.sum(channel.buckets.indices)
    return StoreMetrics.Counter(
      channel: channel.channel, use: sum.energy, export: sum.export, places: channel.counterPlaces)
  }

  private func plug(_ line: StoreStatus.DeviceLine, _ counters: [StoreMetrics.Counter]) -> StoreMetrics.Plug {
    let isFresh = now.milliseconds - line.lastReading.milliseconds <= ConditionReading.freshness
    return StoreMetrics.Plug(
      name: line.name, counters: counters, lastReading: line.lastReading, power: isFresh ? line.power : nil,
      // A plug without a last will is judged by what it sends.
      isOnline: line.availability == .unknown ? isFresh : line.availability == .online)
  }
}
