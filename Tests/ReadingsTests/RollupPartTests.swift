import Readings
import TestSupport
import Testing

/// A run whose rows are gone, cut in parts: together they are the run.
struct RollupPartTests {
  private static let origin: Int64 = 1_777_593_600_000

  /// A run of some hours with random energies, from within an hour to within another.
  private static func series(_ random: inout SeededGenerator, hours: Int) -> RollupSeries {
    let first = origin + Int64.random(in: 0..<3_000_000, using: &random)
    let last = origin + Int64(hours - 1) * 3_600_000 + Int64.random(in: 600_000..<3_600_000, using: &random)
    var (cells, halves): ([RollupCell], [Int64]) = ([], [])
    for hour in 0..<hours {
      var energy: Int64 = 0
      for half in 0..<2 {
        let start = origin + Int64(2 * hour + half) * 1_800_000
        guard start + 1_800_000 > first, start < last else { continue }
        halves.append(Int64.random(in: 0...400, using: &random) * 1000)
        energy += halves[halves.count - 1]
      }
      cells.append(
        RollupCell(
          rowCount: Int.random(in: 5...12, using: &random), energy: energy,
          powerTime: Int64.random(in: 0...1_000_000_000, using: &random), peak: 900_000,
          peakAt: Timestamp(milliseconds: max(first, origin + Int64(hour) * 3_600_000)), lowest: 1000))
    }
    let total = cells.reduce(0) { $0 + $1.energy }
    func row(_ time: Int64, _ gained: Int64) -> RollupRun.Row {
      .init(
        time: Timestamp(milliseconds: time), total: 5_000_000 + gained, today: 100_000 + gained, yesterday: 9000,
        clock: time, power: 50_000)
    }
    var run = RollupRun(
      rowCount: cells.reduce(0) { $0 + $1.rowCount }, isTold: true, first: row(first, 0), last: row(last, total),
      cells: cells.indices)
    run.halves = halves.indices
    return RollupSeries(
      form: .init(
        cellLength: 3_600_000, totalPlaces: 3, todayPlaces: 3, yesterdayPlaces: 3, powerPlaces: 0, clockUnit: 1000,
        startTimeUnit: 1000),
      runs: [run], cells: cells, halves: halves)
  }

  @Test(arguments: UInt64(1)...40)
  func partsAreTogetherTheRun(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let whole = Self.series(&random, hours: Int.random(in: 2...9, using: &random))
    let run = whole.runs[0]
    let (first, last) = (run.first.time.milliseconds, run.last.time.milliseconds)
    var edges = (0..<Int.random(in: 0...4, using: &random)).map { _ in Int64.random(in: first...last, using: &random) }
    edges = Set([first - 1, last + 1] + edges).sorted()
    var energy: Int64 = 0
    var powerTime: Int64 = 0
    var total = run.first.total
    for (start, end) in zip(edges, edges.dropFirst()) {
      let range = Timestamp(milliseconds: start)..<Timestamp(milliseconds: end)
      guard let part = whole.part(of: 0, in: range) else { continue }
      let piece = part.runs[0]
      #expect(piece.first.total == total && piece.first.time.milliseconds == max(start, first))
      #expect(piece.last.total - piece.first.total == part.cells.reduce(0) { $0 + $1.energy })
      #expect(piece.last.today - piece.first.today == piece.last.total - piece.first.total)
      #expect(piece.cells == part.cells.indices && part.cells.allSatisfy { $0.energy >= 0 && $0.energy % 1000 == 0 })
      #expect(part.halves.isEmpty || part.halves.reduce(0, +) == part.cells.reduce(0) { $0 + $1.energy })
      #expect(piece.rowCount == part.cells.reduce(0) { $0 + $1.rowCount } && piece.rowCount > 1)
      energy += part.cells.reduce(0) { $0 + $1.energy }
      powerTime += part.cells.reduce(0) { $0 + $1.powerTime }
      total = piece.last.total
    }
    #expect(energy == run.last.total - run.first.total && total == run.last.total)
    let lost = whole.cells.reduce(0) { $0 + $1.powerTime } - powerTime
    #expect(lost >= 0 && lost <= Int64(edges.count * 2))
  }

  @Test func theWholeRunIsItself() throws {
    var random = SeededGenerator(seed: 3)
    let whole = Self.series(&random, hours: 4)
    let part = try #require(whole.part(of: 0, in: Timestamp(milliseconds: 0)..<Timestamp(milliseconds: .max)))
    #expect(part == whole)
    #expect(whole.part(of: 0, in: Timestamp(milliseconds: 0)..<Timestamp(milliseconds: Self.origin)) == nil)
  }
}
