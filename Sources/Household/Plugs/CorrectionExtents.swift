import Readings

/// Which readings corrections of a time mean: those that the series which was named had when they were entered.
///
/// A swap parts a time between plugs, and what is entered over it concerns each of them only as long as it was in that
/// place. Corrections that came later move these readings about with their plugs, and one that was taken back was never
/// there.
struct CorrectionExtents {
  /// By correction and plug.
  private var spans: [Int: [String: [Range<Timestamp>]]] = [:]

  /// - Parameter places: which plug was where by some corrections.
  init(_ inForce: [Correction], _ plugs: PlugReferences, places: ([Correction]) -> [DeviceSeries]) {
    var before: [Correction] = []
    var series: [DeviceSeries]?
    for correction in inForce {
      switch correction.action {
      case .rename, .swap:
        before.append(correction)
        series = nil
      case .ignore, .scale:
        // A factor is the plug's, wherever it is; of several plugs in one place it is the place's.
        if case .scale = correction.action, correction.devices.count < 2 { continue }
        let there = series ?? places(before)
        series = there
        spans[correction.id] = CorrectionExtents.spans(correction, plugs, there)
      case .removeImport, .undo, .undoDecision: break
      }
    }
  }

  private static func spans(
    _ correction: Correction, _ plugs: PlugReferences, _ series: [DeviceSeries]
  ) -> [String: [Range<Timestamp>]] {
    let keys = correction.devices.compactMap(plugs.key)
    guard let first = keys.first, let range = correction.range else { return [:] }
    func isHere(_ member: DeviceSeries.Member) -> Bool { keys.contains(member.key) && member.span.overlaps(range) }
    func start(_ series: DeviceSeries) -> Timestamp? {
      series.members.filter { $0.key == first && $0.span.overlaps(range) }.map(\.span.lowerBound).min()
    }
    let named = series.first { $0.name == correction.name && $0.members.contains(where: isHere) }
    // It may have another name by now.
    let holder =
      named
      ?? series.filter { start($0) != nil }.min { (start($0) ?? range.lowerBound) < (start($1) ?? range.lowerBound) }
    var spans: [String: [Range<Timestamp>]] = [:]
    for member in holder?.members.filter(isHere) ?? [] { spans[member.key, default: []].append(member.span) }
    return spans
  }

  /// The parts of a time of a plug that a correction means.
  func spans(of correction: Correction, key: String, within span: Range<Timestamp>) -> [Range<Timestamp>] {
    guard let extent = spans[correction.id] else { return [span] }
    return (extent[key] ?? []).map { $0.clamped(to: span) }.filter { !$0.isEmpty }
  }
}

/// Plugs by the MACs and topics that corrections name them by.
struct PlugReferences {
  /// By key, all that means the plug.
  var references: [String: Set<String>] = [:]

  /// The key of the plug that a correction's MAC or topic means now.
  func key(of reference: String) -> String? {
    references[reference] != nil ? reference : references.filter { $0.value.contains(reference) }.keys.min()
  }
}

extension Correction {
  /// The time that it is for; nil for what has none.
  fileprivate var range: Range<Timestamp>? {
    switch action {
    case .ignore(let from, let to): from..<to
    case .scale(_, let from, let to): from..<(to ?? DeviceSeries.always.upperBound)
    case .rename, .swap, .removeImport, .undo, .undoDecision: nil
    }
  }
}
