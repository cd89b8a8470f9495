public import Calendar
import Configuration
import Readings
public import Reporting
import Storage
import Text

extension Correction {
  /// What it does, in words.
  ///
  /// - Parameter zone: in which its times are printed.
  public func words(in zone: TimeZoneRules) -> String {
    func local(_ instant: Timestamp) -> String { InstantText.text(instant, in: zone) }
    let name = SafeText.printable(name)
    switch action {
    case .rename(let to): return "\(name) is called \(SafeText.printable(to))"
    case .swap(_, let new, let at): return "\(SafeText.printable(new)) took the place of \(name) at \(local(at))"
    case .ignore(let from, let to): return "\(name) is left out from \(local(from)) to \(local(to))"
    case .scale(let factor, let from, let to):
      return "energy of \(name) × \(factor.text) from \(local(from))" + (to.map { " to \(local($0))" } ?? " on")
    case .removeImport:
      let sources = Set(devices.compactMap { Device(topic: $0).imported?.source.rawValue }).sorted()
      return "what was imported from \(sources.joined(separator: ", ")) for \(name) does not count"
    case .undo(let target): return "correction \(target) is taken back"
    case .undoDecision(let event): return "decision \(event) on \(name) is taken back"
    }
  }
}

extension HouseholdStore {
  /// Every plug with its addresses, and every correction.
  public func deviceList(zone: TimeZoneRules) -> DeviceList {
    let lines = devices.map { device in
      DeviceList.Line(
        name: device.name, group: device.rule?.group, topics: device.members.map(\.device.topic).uniqued(),
        macs: device.members.compactMap(\.device.mac).uniqued(), first: device.first, last: device.last,
        corrections: device.series.corrections)
    }
    let entries = corrections.entries.map { entry in
      DeviceList.CorrectionLine(
        id: entry.id, enteredAt: entry.enteredAt, kind: entry.verb, device: entry.name, text: entry.words(in: zone),
        why: entry.why, undoneBy: corrections.undone[entry.id])
    }
    return DeviceList(lines, corrections: entries, zone: zone)
  }
}

extension [String] {
  /// Without repetitions, in order.
  fileprivate func uniqued() -> [String] {
    reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
