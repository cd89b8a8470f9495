import History
import Readings
import TestSupport
import Testing

/// What was imported once is there; what comes later goes on from it.
@Suite struct HistoryMergeTests {
  private static func counter(_ totals: [Int64], from start: Int64 = 0, isAbsolute: Bool = false) -> ImportedCounter {
    var counter = ImportedCounter()
    counter.isAbsolute = isAbsolute
    counter.points = totals.enumerated().map {
      ImportedCounter.Point(
        time: Timestamp(seconds: 1_700_000_000 + (start + Int64($0.offset)) * 3600), total: $0.element)
    }
    return counter
  }

  /// A piece of the same history, as a file that begins with it tells it: its sum begins at zero.
  private static func piece(_ totals: [Int64], _ range: Range<Int>, isAbsolute: Bool) -> ImportedCounter {
    let base = isAbsolute ? 0 : totals[range.lowerBound]
    return counter(totals[range].map { $0 - base }, from: Int64(range.lowerBound), isAbsolute: isAbsolute)
  }

  @Test(arguments: 0..<60) func piecesThatTouchMakeTheWhole(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let isAbsolute = Bool.random(using: &random)
    var total: Int64 = isAbsolute ? 5_000_000 : 0
    let totals = (0..<60).map { _ -> Int64 in
      defer { total += Int64.random(in: 0...2_000_000, using: &random) }
      return total
    }
    var stored: [ImportedCounter.Point] = []
    var end = 0
    while end < totals.count - 1 {
      // Each file begins where the one before ended, or earlier.
      let start = Int.random(in: 0...end, using: &random)
      let next = min(totals.count, end + Int.random(in: 2...20, using: &random))
      let merge = HistoryMerge(HistoryMergeTests.piece(totals, start..<next, isAbsolute: isAbsolute), stored: stored)
      #expect(!merge.isApart, "seed \(seed)")
      stored += merge.new
      let again = HistoryMerge(HistoryMergeTests.piece(totals, start..<next, isAbsolute: isAbsolute), stored: stored)
      #expect(again.new.isEmpty && again.knownCount == next - start, "twice changes nothing, seed \(seed)")
      end = next - 1
    }
    #expect(stored == HistoryMergeTests.counter(totals, isAbsolute: isAbsolute).points, "seed \(seed)")
  }

  /// A sum cannot begin below zero: what lies before what is there, or touches it nowhere, is a series of its own.
  @Test func whatDoesNotGoOnIsApart() {
    let stored = HistoryMergeTests.counter([0, 5, 9], from: 10).points
    #expect(HistoryMerge(HistoryMergeTests.counter([0, 3, 7], from: 8), stored: stored).isApart)
    #expect(HistoryMerge(HistoryMergeTests.counter([0, 3, 7], from: 20), stored: stored).isApart)
    #expect(HistoryMerge(HistoryMergeTests.counter([0, 3000, 7000, 9000], from: 10), stored: stored).isApart)
    #expect(!HistoryMerge(HistoryMergeTests.counter([0, 3], from: 12), stored: stored).isApart)
  }

  /// What says otherwise is a series of its own, so that it can win.
  @Test func whatSaysOtherwiseIsApart() {
    let stored = HistoryMergeTests.counter([0, 10_000, 20_000, 30_000, 40_000]).points
    let merge = HistoryMerge(HistoryMergeTests.counter([0, 10_000, 25_000, 30_000, 40_000, 46_000]), stored: stored)
    #expect(merge.isApart && merge.new.count == 6 && merge.knownCount == 0)
  }
}
