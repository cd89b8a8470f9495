public import EnergyAccounting
public import Readings

/// One plug's place in the house over the years: which stored devices are it, when, and what was put right.
public struct DeviceSeries: Hashable, Sendable {
  public var name: String
  /// In order of their time here.
  public var members: [Member]
  /// Another plug begins at these instants although nothing else tells (`swap` within one name).
  public var breaks: [Timestamp] = []
  /// Left out, by start; they may overlap.
  public var ignored: [Ignored] = []
  /// What energies are multiplied by, in order of time.
  public var scales: [MeteringOptions.Scale] = []
  /// Decisions that were taken back, by their ids.
  public var undoneDecisions: Set<String> = []
  /// Corrections in force that concern it.
  public var corrections: [Int] = []

  public struct Member: Hashable, Sendable {
    /// Into the devices that were given.
    public var index: Int
    /// The MAC, or the topic, of the plug that this is an address of.
    public var key: String
    /// When its readings belong here.
    public var span: Range<Timestamp>
  }

  public struct Ignored: Hashable, Sendable {
    public var range: Range<Timestamp>
    public var correction: Int
    public var why: String
  }

  public static let always = Timestamp(milliseconds: .min)..<Timestamp(milliseconds: .max)

  /// The keys of the plugs that are here within a time, in order.
  public func keys(in range: Range<Timestamp>) -> [String] {
    var keys: [String] = []
    for member in members where member.span.overlaps(range) && !keys.contains(member.key) { keys.append(member.key) }
    return keys
  }

  /// What corrections make of the stored devices.
  public static func all(
    of devices: [Device], names: DeviceNames, corrections: Corrections = Corrections()
  ) -> [DeviceSeries] {
    let inForce = corrections.inForce
    var (series, plugs) = places(of: devices, names, inForce)
    let extents = CorrectionExtents(inForce, plugs) { places(of: devices, names, $0).series }
    for index in series.indices {
      series[index].takeIn(inForce, extents, key: plugs.key)
      series[index].corrections = Set(series[index].corrections).sorted()
    }
    return series.filter { !$0.members.isEmpty }
      .sorted { ($0.name, $0.members[0].index) < ($1.name, $1.members[0].index) }
  }

  /// Which plug was where: renames and swaps alone.
  private static func places(
    of devices: [Device], _ names: DeviceNames, _ inForce: [Correction]
  ) -> (series: [DeviceSeries], plugs: PlugReferences) {
    var plugs = PlugReferences()
    let removed = inForce.filter { $0.action == .removeImport }
    func removal(of index: Int) -> Correction? { removed.last { $0.devices.contains(devices[index].topic) } }
    var series = names.groups(of: devices).compactMap { all -> DeviceSeries? in
      let group = (name: all.name, members: all.members.filter { removal(of: $0) == nil })
      guard !group.members.isEmpty else { return nil }
      let hardware = group.members.last { devices[$0].mac != nil }
      let last = group.members.last { devices[$0].imported == nil } ?? group.members[group.members.count - 1]
      let key = hardware.flatMap { devices[$0].mac } ?? devices[last].topic
      plugs.references[key] = Set(
        group.members.flatMap {
          [devices[$0].mac, devices[$0].topic, devices[$0].imported?.target].compactMap(\.self)
        })
      var found = DeviceSeries(
        name: group.name, members: group.members.map { Member(index: $0, key: key, span: always) })
      found.corrections = all.members.compactMap { removal(of: $0)?.id }
      return found
    }
    for correction in inForce {
      guard case .rename(let name) = correction.action, let key = correction.devices.first.flatMap(plugs.key) else {
        continue
      }
      for index in series.indices where series[index].members.contains(where: { $0.key == key }) {
        series[index].name = name
        series[index].corrections.append(correction.id)
      }
    }
    var swaps: [(at: Timestamp, id: Int, old: String, new: String)] = []
    for correction in inForce {
      guard case .swap(let new, _, let at) = correction.action, let old = correction.devices.first.flatMap(plugs.key),
        let new = plugs.key(of: new)
      else { continue }
      swaps.append((at, correction.id, old, new))
    }
    for swap in swaps.sorted(by: { ($0.at, $0.id) < ($1.at, $1.id) }) { apply(swap, to: &series, of: devices) }
    return (series, plugs)
  }

  private static func apply(
    _ swap: (at: Timestamp, id: Int, old: String, new: String), to series: inout [DeviceSeries], of devices: [Device]
  ) {
    func holder(of key: String) -> Int? {
      series.indices.first { index in
        series[index].members.contains {
          $0.key == key && $0.span.lowerBound <= swap.at && $0.span.upperBound > swap.at
        }
      }
    }
    guard let old = holder(of: swap.old), let new = holder(of: swap.new) else { return }
    series[old].corrections.append(swap.id)
    guard old != new else {
      series[old].breaks.append(swap.at)
      return
    }
    let moved = series[new].removeMembers(from: swap.at)
    // A history was no plug that lives on elsewhere.
    let replaced = series[old].removeMembers(from: swap.at).filter { devices[$0.index].imported == nil }
    series[old].members += moved
    if !replaced.isEmpty {
      series.append(DeviceSeries(name: series[old].name + " (replaced)", members: replaced, corrections: [swap.id]))
    }
  }

  /// Takes out what belongs to a time from `instant` on.
  private mutating func removeMembers(from instant: Timestamp) -> [Member] {
    var removed: [Member] = []
    var kept: [Member] = []
    for member in members {
      if member.span.lowerBound < instant {
        var part = member
        part.span = member.span.lowerBound..<min(member.span.upperBound, instant)
        kept.append(part)
      }
      if member.span.upperBound > instant {
        var part = member
        part.span = max(member.span.lowerBound, instant)..<member.span.upperBound
        removed.append(part)
      }
    }
    members = kept
    return removed
  }

  private mutating func takeIn(
    _ inForce: [Correction], _ extents: CorrectionExtents, key: (String) -> String?
  ) {
    var scaled: [(range: Range<Timestamp>, factor: ScaleFactor)] = []
    for correction in inForce {
      let keys = Set(correction.devices.compactMap(key))
      let spans = Set(
        members.filter { keys.contains($0.key) }.flatMap { extents.spans(of: correction, key: $0.key, within: $0.span) }
      )
      switch correction.action {
      case .ignore(let from, let to):
        let ranges = spans.map { $0.clamped(to: from..<to) }.filter { !$0.isEmpty }
        ignored += ranges.map { Ignored(range: $0, correction: correction.id, why: correction.why) }
        if !ranges.isEmpty { corrections.append(correction.id) }
      case .scale(let factor, let from, let to):
        let whole = from..<(to ?? DeviceSeries.always.upperBound)
        let ranges = spans.map { $0.clamped(to: whole) }.filter { !$0.isEmpty }
        scaled += ranges.map { ($0, factor) }
        if !ranges.isEmpty { corrections.append(correction.id) }
      case .undoDecision(let event):
        if !spans.isEmpty {
          undoneDecisions.insert(event)
          corrections.append(correction.id)
        }
      case .rename, .swap, .removeImport, .undo: break
      }
    }
    ignored.sort { ($0.range.lowerBound, $0.correction) < ($1.range.lowerBound, $1.correction) }
    let edges = Set(scaled.flatMap { [$0.range.lowerBound, $0.range.upperBound] }).sorted()
    scales = edges.map { edge in
      // The one entered last wins where several hold.
      let factor = scaled.last { $0.range.contains(edge) }?.factor
      return MeteringOptions.Scale(from: edge, numerator: factor?.millionths ?? 1_000_000, denominator: 1_000_000)
    }
  }
}
