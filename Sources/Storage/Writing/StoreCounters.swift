import Readings
import SegmentFormat

/// Messages that were counted and not stored, and whether the disk knows the counts.
final class StoreCounters {
  private(set) var tallies = Tallies()
  /// False from a count until a segment or a journal's frame holds it.
  private(set) var areWritten = true

  func start(with tallies: Tallies) { self.tallies = tallies }

  func count(_ tally: Tally, times: Int64) {
    tallies.count(tally, times: times)
    areWritten = false
  }

  func countDuplicate() {
    tallies.duplicates += 1
    areWritten = false
  }

  func markWritten() { areWritten = true }

  var namedCounts: [(name: String, count: Int64)] { tallies.namedCounts }
}
