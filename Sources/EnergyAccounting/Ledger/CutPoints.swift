public import Readings

/// The instants between which a ledger tells energy (slots), and those of them between which it tells all else, too
/// (buckets).
///
/// What every plug's account asks of them is found out once: a year of half hours has 17,520.
public struct CutPoints: Sendable {
  /// Strictly increasing; `n + 1` of them make `n` slots.
  public let all: [Timestamp]
  /// Where buckets begin and end: a subset of ``all``.
  public let edges: [Timestamp]
  /// For each edge its place in ``all``.
  let edgePlaces: [Int]
  /// The longest of UTC's hour, half hour and quarter hour on which all of them, or all edges, lie, in milliseconds;
  /// 0 for none of them.
  private let unit: Int64
  private let edgeUnit: Int64

  /// - Parameter edges: empty for all.
  /// - Precondition: both are in order, and every edge is a cut point.
  public init(_ all: [Timestamp], edges: [Timestamp] = []) {
    precondition(zip(all, all.dropFirst()).allSatisfy { $0 < $1 }, "cut points are out of order")
    self.all = all
    self.edges = edges.isEmpty ? all : edges
    edgePlaces = edges.isEmpty ? Array(all.indices) : CutPoints.places(of: edges, in: all)
    unit = CutPoints.unit(of: all)
    edgeUnit = edges.isEmpty ? unit : CutPoints.unit(of: edges)
  }

  private static func places(of some: [Timestamp], in all: [Timestamp]) -> [Int] {
    var place = 0
    return some.map { one in
      while place < all.count, all[place] < one { place += 1 }
      precondition(place < all.count && all[place] == one, "buckets are cut where slots are not")
      return place
    }
  }

  private static func unit(of instants: [Timestamp]) -> Int64 {
    let quarter: Int64 = 900_000
    var bits: Int64 = 0
    for instant in instants {
      let (quarters, rest) = instant.milliseconds.quotientAndRemainder(dividingBy: quarter)
      guard rest == 0 else { return 0 }
      bits |= quarters
    }
    return bits & 1 != 0 ? quarter : bits & 2 != 0 ? 2 * quarter : 4 * quarter
  }

  /// What rollups must tell for reports between them: energy is cut at each of them, powers at the edges (SF-R42).
  public var detail: RollupDetail {
    guard edgeUnit >= RollupSeries.hour else { return .cells }
    if unit >= RollupSeries.hour { return .hours }
    return unit >= RollupSeries.halfHour ? .halves : .cells
  }

  /// Does every one from a place on that is behind one instant, up to another, the last included, lie on a quarter hour,
  /// half hour or hour of UTC?
  func lie(on unit: Int64, from place: Int, after start: Int64, upTo end: Int64) -> Bool {
    unit <= self.unit || CutPoints.lie(all[place...], on: unit, after: start, upTo: end)
  }

  /// The same of edges.
  func edgesLie(on unit: Int64, from place: Int, after start: Int64, upTo end: Int64) -> Bool {
    unit <= edgeUnit || CutPoints.lie(edges[place...], on: unit, after: start, upTo: end)
  }

  private static func lie(
    _ instants: ArraySlice<Timestamp>, on unit: Int64, after start: Int64, upTo end: Int64
  ) -> Bool {
    for instant in instants {
      guard instant.milliseconds <= end else { return true }
      if instant.milliseconds > start, instant.milliseconds.flooringRemainder(unit) != 0 { return false }
    }
    return true
  }
}
