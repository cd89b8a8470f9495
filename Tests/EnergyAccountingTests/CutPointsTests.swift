import EnergyAccounting
import Readings
import TestSupport
import Testing

@Suite struct CutPointsTests {
  private static let quarter: Int64 = 900_000

  /// What rollups must tell by the definition: powers are cut at the edges, energy at every cut point.
  private static func defined(_ all: [Timestamp], _ edges: [Timestamp]) -> RollupDetail {
    func lie(_ instants: [Timestamp], on unit: Int64) -> Bool {
      instants.allSatisfy { $0.milliseconds.flooringRemainder(unit) == 0 }
    }
    guard lie(edges, on: 4 * quarter) else { return .cells }
    return lie(all, on: 4 * quarter) ? .hours : lie(all, on: 2 * quarter) ? .halves : .cells
  }

  /// Before and after 1970, on quarter hours, beside them, and with any subset of them as edges.
  @Test func theyAskOfRollupsWhatTheyNeed() {
    var random = SeededGenerator(seed: 11)
    var seen: Set<RollupDetail> = []
    for _ in 0..<3000 {
      let unit = Self.quarter * ([1, 2, 4, 4].randomElement(using: &random) ?? 1)
      let jitter: Int64 = Int.random(in: 0..<8, using: &random) == 0 ? 1 : 0
      let all = Set((0..<Int.random(in: 1...6, using: &random)).map { _ in Int64.random(in: -40...40, using: &random) })
        .sorted().map { Timestamp(milliseconds: $0 * unit + ($0 % 3 == 0 ? jitter : 0)) }
      let edges = all.filter { _ in Bool.random(using: &random) }
      let points = CutPoints(all, edges: edges)
      #expect(points.edges == (edges.isEmpty ? all : edges))
      #expect(points.detail == Self.defined(all, points.edges), "\(all) \(edges)")
      seen.insert(points.detail)
    }
    #expect(seen.count == 3)
  }
}
