import Readings
import SegmentFormat

/// Segments made block by block, without a journal: what a replay does.
final class BulkLoader {
  private let publication: Publication
  private let arrivals: Arrivals
  private let counters: StoreCounters
  /// Bytes of rows in memory before blocks are written.
  private let byteCount: Int
  private var builder: SegmentBuilder?
  /// What made a load lose rows; it cannot go on.
  @exclusivity(unchecked) private var failure: StorageError?

  init(_ publication: Publication, _ arrivals: Arrivals, _ counters: StoreCounters, byteCount: Int) {
    self.publication = publication
    self.arrivals = arrivals
    self.counters = counters
    self.byteCount = byteCount
  }

  /// Readings that are in no segment yet: lost if the process ends now.
  var unwrittenReadingCount: Int {
    arrivals.unsealed.readingCount
      + (builder?.footer.entries.reduce(0) { $0 + ($1.kind == .readings ? $1.rowCount : 0) } ?? 0)
  }

  func checkInvariants() { builder?.checkInvariants() }

  /// Keeps memory bounded before a row is added: blocks are written.
  func makeRoom(forSeries series: Int?) throws(StorageError) {
    if let failure { throw failure }
    let unsealed = arrivals.unsealed
    if let series, unsealed.series[series].rowCount >= Block.maximumRowCount || unsealed.series[series].isFull {
      try writeBlocks(ofSeries: series)
    }
    guard unsealed.byteCount >= byteCount || unsealed.events.count >= Block.maximumRowCount else { return }
    if unsealed.events.count >= Block.maximumRowCount || unsealed.readingCount == 0 {
      try writeEvents(behindReadings: true)
    }
    while unsealed.byteCount > byteCount * 7 / 8, unsealed.readingCount > 0,
      let largest = unsealed.series.indices.max(by: {
        unsealed.series[$0].byteCount < unsealed.series[$1].byteCount
      })
    {
      try writeBlocks(ofSeries: largest)
    }
    if unsealed.byteCount > byteCount * 7 / 8 { try writeEvents(behindReadings: true) }
  }

  /// Ends the segment in the making, with all that memory holds.
  func seal() throws(StorageError) {
    if let failure { throw failure }
    guard !arrivals.unsealed.isEmpty || builder != nil else {
      if publication.isBehind { try publication.publish() }
      return
    }
    for series in arrivals.unsealed.series.indices where arrivals.unsealed.series[series].rowCount > 0 {
      try writeBlocks(ofSeries: series)
    }
    try writeEvents(behindReadings: false)
    try finish()
  }

  private func builderInUse() throws(StorageError) -> SegmentBuilder {
    if let builder { return builder }
    let made = try publication.makeSegment(first: arrivals.earliest, keepsFooter: true, coveredSequence: 0)
    builder = made
    return made
  }

  private func writeBlocks(ofSeries series: Int) throws(StorageError) {
    let rows = arrivals.unsealed.series[series]
    guard rows.rowCount > 0 else { return }
    let builder = try write { builder throws(FileSystemError) in
      try rows.forEachBlock { block throws(FileSystemError) in try builder.add(block, of: rows.device) }
    }
    arrivals.unsealed.removeRows(ofSeries: series)
    arrivals.forgetSealedTimes()
    // One file is one loss in a crash; this much takes some seconds to load again.
    if builder.blockCount >= 512 || builder.byteCount >= 16 << 20 { try finish() }
  }

  /// - Parameter behindReadings: true to write the readings first that tell MARGINS.
  private func writeEvents(behindReadings: Bool) throws(StorageError) {
    guard !arrivals.unsealed.events.isEmpty else { return }
    if behindReadings {
      let speakers = EventRuns.spans(ofMargins: arrivals.unsealed.events)
      for series in arrivals.unsealed.series.indices where speakers[arrivals.unsealed.series[series].device] != nil {
        try writeBlocks(ofSeries: series)
      }
    }
    _ = try write { builder throws(FileSystemError) in try builder.add(arrivals.unsealed.eventsInOrder) }
    arrivals.unsealed.removeEvents()
  }

  /// Adds blocks, all of them or none.
  private func write(
    _ body: (SegmentBuilder) throws(FileSystemError) -> Void
  ) throws(StorageError) -> SegmentBuilder {
    let builder = try builderInUse()
    let before = builder.blockCount
    do throws(FileSystemError) {
      try body(builder)
    } catch {
      builder.rollBack(toBlockCount: before)
      throw StorageError(error)
    }
    for entry in builder.footer.entries[before...] { arrivals.index.add(builder.segment, entry) }
    return builder
  }

  /// Ends the segment with the blocks that it has; rows in memory stay there.
  func finish() throws(StorageError) {
    guard let builder else {
      if publication.isBehind { try publication.publish() }
      return
    }
    self.builder = nil
    guard !builder.isEmpty else {
      builder.abandon()
      return
    }
    do throws(FileSystemError) {
      let entry = try builder.finish(counts: counters.namedCounts)
      try builder.name()
      try builder.synchronizeName()
      arrivals.forgetSealedTimes()
      publication.settle(builder, entry)
    } catch {
      // Its rows have left memory: only another run over the same input brings them back.
      failure = StorageError(error)
      throw StorageError(error)
    }
    try publication.publish()
  }
}
