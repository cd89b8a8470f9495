import Configuration
import EnergyAccounting
import Readings
import Reporting
import Storage

/// Ledgers of logical devices between cut points, out of the store.
struct LedgerReading {
  let store: StoreAccess
  let devices: [LogicalDevice]
  let zone: TimeZoneRules

  /// - Parameters:
  ///   - edges: a subset of the cut points, between which power statistics are kept.
  ///   - range: what is read: the cut points' time with its surroundings.
  func ledgers(
    cutPoints: [Timestamp], edges: [Timestamp] = [], range: Range<Timestamp>,
    traced: (name: String, trace: StepTrace)? = nil
  ) throws(Failure) -> [NamedLedger] {
    let events: [Event]
    do throws(StorageError) {
      events = try store.reader.events(in: range)
    } catch {
      throw Failure(error, store: store.path)
    }
    var ledgers: [NamedLedger] = []
    for device in devices where device.first < range.upperBound {
      let options = MeteringOptions(
        maximumMilliwatts: device.rule?.maximumPower.map { $0 * 1000 }, timeZone: zone, statisticsEdges: edges,
        scales: device.series.scales, undoneDecisions: device.series.undoneDecisions)
      let ledger = try MeterFeed(store: store, device: device).ledger(
        cutPoints: cutPoints, range: range, events: events, options: options,
        trace: traced?.name == device.name ? traced?.trace : nil)
      ledgers.append(NamedLedger(name: device.name, ledger: ledger))
    }
    return ledgers
  }

  /// One bucket for the whole of a time.
  func ledgers(over range: Range<Timestamp>) throws(Failure) -> [NamedLedger] {
    let margin = MeteringOptions.surroundings
    return try ledgers(
      cutPoints: [range.lowerBound, range.upperBound],
      range: range.lowerBound.advanced(byMilliseconds: -margin)..<range.upperBound.advanced(byMilliseconds: margin))
  }
}
