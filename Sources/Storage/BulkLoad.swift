import Readings
import SegmentFormat

/// Segments made block by block, without a journal.
extension StoreWriter {
  func builderInUse() throws(StorageError) -> SegmentBuilder {
    if let builder { return builder }
    let made = try makeBuilder(keepsFooter: true, coveredSequence: 0)
    builder = made
    return made
  }

  func writeBlocks(ofSeries series: Int) throws(StorageError) {
    let rows = unsealed.series[series]
    guard rows.rowCount > 0 else { return }
    let builder = try builderInUse()
    let before = builder.blockCount
    do throws(FileSystemError) {
      for block in blocks(of: rows) { try builder.add(block, of: rows.device) }
    } catch {
      builder.rollBack(toBlockCount: before)
      throw StorageError(error)
    }
    for entry in builder.footer.entries[before...] { index.add(builder.segment, entry) }
    unsealed.removeRows(ofSeries: series)
    sealedNewestOfSeries = []
    // One file is one loss in a crash; this much takes some seconds to load again.
    if builder.blockCount >= 512 || builder.byteCount >= 16 << 20 { try finishBuilder() }
  }

  func writeEvents() throws(StorageError) {
    guard !unsealed.events.isEmpty else { return }
    let builder = try builderInUse()
    let before = builder.blockCount
    do throws(FileSystemError) {
      try builder.add(unsealed.eventsInOrder)
    } catch {
      builder.rollBack(toBlockCount: before)
      throw StorageError(error)
    }
    for entry in builder.footer.entries[before...] { index.add(builder.segment, entry) }
    unsealed.removeEvents()
  }

  /// Ends the segment in the making, with all that memory holds.
  func finishBulk() throws(StorageError) {
    if mode == .bulk { try seal() }
  }

  func finishBuilder() throws(StorageError) {
    guard let builder else {
      if !unpublished.isEmpty { try publishAndDrop() }
      return
    }
    guard !builder.isEmpty else {
      builder.abandon()
      self.builder = nil
      return
    }
    do throws(FileSystemError) {
      let entry = try builder.finish(counts: tallies.namedCounts)
      try builder.name()
      try builder.synchronizeName()
      settle(builder, entry)
      self.builder = nil
    } catch {
      // Its rows have left memory: only another run over the same input brings them back.
      self.builder = nil
      failure = StorageError(error)
      throw StorageError(error)
    }
    try publishAndDrop()
  }
}
