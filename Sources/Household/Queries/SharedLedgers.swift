import Calendar
import EnergyAccounting
import Readings
import Reporting

/// Ledgers of all plugs over a long time, read once, and sections of them for many reports of shorter times.
final class SharedLedgers {
  private let store: HouseholdStore
  private let devices: [LogicalDevice]
  private let zone: TimeZoneRules
  private let readers: KeptReaders
  private let cuts: CutPoints
  private let whole: [String: DeviceLedger]

  /// - Parameter passes: what is to be read for each of the reports.
  init(
    _ store: HouseholdStore, _ devices: [LogicalDevice], zone: TimeZoneRules, passes: [ReportPlan.Pass],
    keeping readers: KeptReaders
  ) {
    (self.store, self.devices, self.zone, self.readers) = (store, devices, zone, readers)
    cuts = CutPoints(
      passes.flatMap(\.cutPoints).inOrder(), edges: passes.flatMap(\.bucketEdges).inOrder())
    let ranges = passes.map(\.readingRange)
    let start = ranges.map(\.lowerBound).min() ?? Timestamp(milliseconds: 0)
    let end = ranges.map(\.upperBound).max() ?? start
    let read = LedgerQuery(store, devices, zone: zone, keeping: readers).ledgers(
      cuts, range: start..<end, keepsSections: true)
    // Sections do not tell what makes two plugs one.
    let twins = TwinPlugs.candidates(among: read)
    whole = Dictionary(
      read.filter { !twins.contains($0.name) }.map { ($0.name, $0.ledger) }, uniquingKeysWith: { one, _ in one })
  }

  /// What ``LedgerQuery`` would read for one of the passes; some plugs it does read.
  func ledgers(_ pass: ReportPlan.Pass) -> [NamedLedger] {
    let range = pass.readingRange
    let section = LedgerSection(cutPoints: pass.cutPoints, edges: pass.bucketEdges, read: range, of: cuts)
    let present = devices.filter { $0.first < range.upperBound }
    let sections = present.map { whole[$0.name]?.section(section) }
    let missing = zip(present, sections).filter { $0.1 == nil }.map(\.0)
    var read: [NamedLedger] = []
    if !missing.isEmpty {
      read = LedgerQuery(store, missing, zone: zone, keeping: readers).ledgers(
        CutPoints(pass.cutPoints, edges: pass.bucketEdges), range: range)
    }
    return zip(present, sections).map { device, section in
      section.map { NamedLedger(name: device.name, ledger: $0) } ?? read.removeFirst()
    }
  }
}
