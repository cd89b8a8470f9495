import Calendar
import Configuration
import EnergyAccounting
import Household
import MemoryDisk
import Readings
import Reporting
import Simulation
import Storage
import Tasmota
import TestSupport
import Text

/// A house whose store is in memory: plugs are fed by hand, and what the program would print comes back as a value.
struct House {
  var disk = MemoryFileSystem()
  var site = SiteZone(name: "UTC", rules: .utc)
  /// What the configuration says of plugs.
  var rules: [Configuration.DeviceRule] = []

  /// Midnight of 1 March 2026, a Sunday, and hours from it.
  static func at(_ hours: Double) -> Timestamp { Timestamp(seconds: 1_772_323_200 + Int64(hours * 3600)) }

  static let layout = Layout([Field(.total, .decimal(3)), Field(.power, .decimal(0))])

  /// A reading a minute of a plug that draws 600 W: 0.010 kWh each; the first one included, the last one not.
  ///
  /// - Parameter total: what the counter shows at the first one, in thousandths of a kWh.
  static func minutes(_ hours: ClosedRange<Double>, total: Int64 = 10_000) -> [Reading] {
    let count = Int64((hours.upperBound - hours.lowerBound) * 60)
    return (0..<count).map { minute in
      Reading(
        receivedAt: at(hours.lowerBound).advanced(byMilliseconds: minute * 60_000), layout: layout,
        values: [total + 10 * minute, 600])
    }
  }

  /// Stores readings of a plug, and seals them into a segment.
  func feed(_ device: Device, _ readings: [Reading], events: [Event] = []) throws {
    try feed(readings.map { (device, $0) }, events: events)
  }

  /// The same for readings of several plugs.
  func feed(_ readings: [(Device, Reading)], events: [Event] = []) throws {
    let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
    for (device, reading) in readings { _ = try writer.append(reading, from: device) }
    for event in events { _ = try writer.append(event) }
    try writer.close()
  }

  /// Stores what a simulated household says.
  ///
  /// - Parameter isHeard: which messages come.
  func feed(
    _ household: consuming Simulation.Household, where isHeard: (SimulatedMessage) -> Bool = { _ in true }
  ) throws {
    let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
    var decoder = Decoder()
    var reading = Reading(receivedAt: House.at(0), layout: Layout([]), values: [])
    while let message = household.next() {
      guard isHeard(message) else { continue }
      let outcome = decoder.decode(message, into: &reading)
      switch outcome {
      case .reading(let number): _ = try writer.append(reading, from: decoder.devices[number])
      case .event(let event): _ = try writer.append(event)
      case .retained, .ignored, .refused: continue
      }
    }
    try writer.close()
  }

  func store() throws -> HouseholdStore { try HouseholdStore(directory: "s", rules: rules, fileSystem: disk) }

  /// - Parameter hours: from ``at(_:)`` on.
  func report(_ unit: Report.Granularity = .day, _ hours: ClosedRange<Double> = 0...24) throws -> Report {
    let store = try store()
    let request = ReportRequest(
      granularity: unit, range: House.at(hours.lowerBound)..<House.at(hours.upperBound), zone: site.rules,
      zoneName: site.name, billing: site.billing)
    return ReportQuery(store, store.devices, request, now: store.lastReading ?? House.at(hours.upperBound)).report()
  }

  /// Enters a correction.
  func correct(_ draft: (CorrectionEntry, HouseholdStore) throws -> Correction) throws {
    let store = try store()
    let entry = CorrectionEntry(store, now: House.at(1000))
    _ = try entry.append(try draft(entry, store))
  }

  /// Turns a bit in the middle of every segment.
  func damage() {
    for (path, node) in disk.names where path.hasSuffix(".segment") {
      guard let node else { continue }
      node.bytes[node.bytes.count / 3] ^= 16
    }
  }
}

extension Report {
  /// The kWh of each device over all periods, as printed.
  var kWh: [String: String] {
    var sums: [String: [String]] = [:]
    for entry in periods.flatMap(\.devices) { sums[entry.device, default: []].append(entry.kWh.text) }
    return sums.mapValues { $0.joined(separator: " ") }
  }
}
