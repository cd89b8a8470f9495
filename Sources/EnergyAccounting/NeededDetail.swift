public import Readings

extension RollupDetail {
  /// What rollups must tell for reports between cut points: energy is cut at each of them, powers at the edges, which
  /// are some of them (SF-R42).
  public static func needed(cutPoints: [Timestamp], edges: [Timestamp]) -> RollupDetail {
    let buckets = edges.isEmpty ? cutPoints : edges
    guard buckets.allSatisfy({ $0.lies(on: RollupSeries.hour) }) else { return .cells }
    if edges.isEmpty || cutPoints.allSatisfy({ $0.lies(on: RollupSeries.hour) }) { return .hours }
    return cutPoints.allSatisfy { $0.lies(on: RollupSeries.halfHour) } ? .halves : .cells
  }
}

extension Timestamp {
  fileprivate func lies(on unit: Int64) -> Bool { milliseconds.flooringRemainder(unit) == 0 }
}
