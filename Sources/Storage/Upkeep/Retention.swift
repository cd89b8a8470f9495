public import Readings
import SegmentFormat

/// What dropping old readings did, or would do.
public struct RetentionReport: Equatable, Sendable {
  /// Readings that are gone, their rollups kept.
  public var droppedRowCount = 0
  /// Old readings that stay, because no rollups tell them wholly.
  public var keptRowCount = 0
  /// Segments that were written anew.
  public var segmentCount = 0
  /// Segments that were left alone because they are damaged, by path.
  public var damagedSegments: [String] = []

  public init() {}
}

extension StoreWriter {
  /// Drops blocks of readings that end before `limit` and keeps their rollups for ever: reports by quarter hours stay
  /// what they were, and each run's last row keeps the plug's counters.
  ///
  /// A block whose rollups leave rows untold stays whole. As with ``compact(minimumCount:)``, a new segment takes the
  /// old one's place by one catalog frame, and a crash at any point leaves one of the two.
  ///
  /// - Parameter isDryRun: true to count only.
  public func retain(since limit: Timestamp, isDryRun: Bool = false) throws(StorageError) -> RetentionReport {
    try beginUpkeep()
    var report = RetentionReport()
    let failure: StorageError?
    do {
      try dropReadings(before: limit, isDryRun: isDryRun, &report)
      failure = nil
    } catch {
      failure = error
    }
    try endUpkeep()
    if let failure { throw failure }
    return report
  }

  private func dropReadings(
    before limit: Timestamp, isDryRun: Bool, _ report: inout RetentionReport
  ) throws(StorageError) {
    for entry in publication.catalog.segments where entry.first < limit {
      guard let (file, index) = try? publication.finder.open(entry), let footer = index.footer, index.damage.isEmpty
      else {
        report.damagedSegments.append(entry.path)
        continue
      }
      var dropped: Set<Int> = []
      var droppedRowCount = 0
      for (place, block) in footer.entries.enumerated() where block.kind == .readings && block.last < limit {
        if StoreWriter.isTold(footer, place, file) {
          dropped.insert(place)
          droppedRowCount += block.rowCount
        } else {
          report.keptRowCount += block.rowCount
        }
      }
      guard !dropped.isEmpty else { continue }
      guard !isDryRun else {
        report.droppedRowCount += droppedRowCount
        report.segmentCount += 1
        continue
      }
      let isDone = try publication.replace([(entry, footer)]) { builder in
        let known = KnownReadings()
        for (place, block) in footer.entries.enumerated() where !dropped.contains(place) {
          if block.kind == .events {
            // The readings that tell its MARGINS may go, or stand elsewhere from now on.
            try builder.add(try file.readEvents(block, known))
          } else {
            try builder.copy(block, from: file)
          }
        }
      }
      guard isDone else {
        report.damagedSegments.append(entry.path)
        continue
      }
      report.droppedRowCount += droppedRowCount
      report.segmentCount += 1
    }
  }

  /// Do sound rollups behind a block of readings tell all of its rows?
  private static func isTold(_ footer: SegmentFooter, _ place: Int, _ file: SegmentFile) -> Bool {
    guard let rollups = footer.rollups(behind: place), let told = try? file.readRollups(rollups) else {
      return false
    }
    return told.runs.allSatisfy(\.isTold)
  }
}
