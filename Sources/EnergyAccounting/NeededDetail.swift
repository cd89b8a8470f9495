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
  /// Is it a start of a UTC quarter hour, half hour or hour?
  ///
  /// - Parameter unit: of which of them; in milliseconds.
  func lies(on unit: Int64) -> Bool {
    // By a number that the compiler knows: a year of half hours is asked for every plug.
    let quarter: Int64 = 900_000
    let (quarters, rest) = milliseconds.quotientAndRemainder(dividingBy: quarter)
    return rest == 0 && (unit == quarter || quarters & (unit == 2 * quarter ? 1 : 3) == 0)
  }
}
