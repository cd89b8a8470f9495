import Readings
import SegmentFormat

/// From memory into a segment, which the catalog then names, and the journal's end.
extension StoreWriter {
  /// Writes everything in memory into a segment and lets the journal go.
  public func seal() throws(StorageError) {
    if let failure { throw failure }
    guard !unsealed.isEmpty || builder != nil else {
      if !unpublished.isEmpty || mustSeal { try publishAndDrop() }
      return
    }
    if mode == .bulk {
      try writeEvents()
      for series in unsealed.series.indices where unsealed.series[series].rowCount > 0 {
        try writeBlocks(ofSeries: series)
      }
      return try finishBuilder()
    }
    try sealAll()
  }

  /// Writes everything in memory into one segment: all of a journal's rows, or none.
  func sealAll() throws(StorageError) {
    let made = try makeBuilder(keepsFooter: false, coveredSequence: nextSequence &- 1)
    let entry: CatalogEntry
    do throws(FileSystemError) {
      for series in unsealed.series where series.rowCount > 0 {
        for rows in blocks(of: series) { try made.add(rows, of: series.device) }
      }
      try made.add(unsealed.eventsInOrder)
      entry = try made.finish(counts: tallies.namedCounts)
    } catch {
      made.abandon()
      throw StorageError(error)
    }
    do throws(FileSystemError) {
      try made.name()
      try made.synchronizeName()
    } catch {
      // The segment may come back after a crash, with the journal's range that it names: nothing more may be
      // written into that range.
      limbo.append(made.number)
      mustSeal = true
      throw StorageError(error)
    }
    for block in made.footer.entries { index.add(made.segment, block) }
    settle(made, entry)
    unsealed.removeAll()
    pending.removeAll()
    failedSealByteCount = 0
    mustSeal = true  // until the journal is let go
    try publishAndDrop()
  }

  func blocks(of series: SeriesRows) -> [ReadingColumns] {
    series.blocks(
      maximumRowCount: Block.maximumRowCount, maximumColumnCount: FormatLayout.maximumColumnCount)
  }

  func makeBuilder(keepsFooter: Bool, coveredSequence: UInt32) throws(StorageError) -> SegmentBuilder {
    let number = nextSegmentNumber
    let header = SegmentHeader(
      store: identity, number: number, rank: number,
      coveredSequence: max(catalog.coveredSequence, coveredSequence))
    var first = unsealed.events.map(\.at.milliseconds).min() ?? Int64.max
    for series in unsealed.series { first = min(first, series.times.min() ?? Int64.max) }
    do throws(FileSystemError) {
      let made = try SegmentBuilder(
        directory: directory, header: header, replaces: limbo, first: Timestamp(milliseconds: first),
        keepsFooter: keepsFooter)
      nextSegmentNumber += 1
      return made
    } catch {
      throw StorageError(error)
    }
  }

  /// A segment is durable under its name: its blocks count for duplicates, the next catalog names it.
  func settle(_ made: SegmentBuilder, _ entry: CatalogEntry) {
    sealedNewestOfSeries = []
    unpublished.append(entry)
    catalog.coveredSequence = max(catalog.coveredSequence, made.footer.header.coveredSequence)
    areCountsWritten = true
  }

  func publishAndDrop() throws(StorageError) {
    removeRetired()
    try publish(removing: limbo + givenUp)
    for number in limbo + givenUp { removeSegment(number) }
    limbo = []
    givenUp = []
    mustSeal = false
    dropJournals()
  }

  /// Before another merge: its rows would be there twice if the catalog on disk named one that was given up.
  func forgetGivenUp() throws(StorageError) {
    guard !givenUp.isEmpty else { return }
    try publish(removing: givenUp)
    for number in givenUp { removeSegment(number) }
    givenUp = []
  }

  func removeSegment(_ number: UInt64) {
    for year in (try? directory.names(in: "")) ?? [] where year.utf8.count == 4 && Int(year) != nil {
      for month in (try? directory.names(in: year)) ?? [] {
        try? directory.unlink(year + "/" + month + "/" + StorePath.padded(number, to: 8) + ".segment")
      }
    }
  }

  func dropJournals() {
    if mode == .live, let old = journal, old.hasFrames {
      journal = try? Journal(recycling: old, directory: directory, epoch: nextEpoch())
      if journal == nil { oldJournals.append(old.path) }
    }
    dropOldJournals()
  }

  func dropOldJournals() {
    guard !oldJournals.isEmpty else { return }
    for path in oldJournals where path != journal?.path { try? directory.unlink(path) }
    oldJournals = []
    try? directory.synchronizeDirectory("")
  }

  /// Adds `unpublished` to the catalog, one frame, durably; writes the whole catalog anew where it is not to be trusted.
  func publish(removing removed: [UInt64], adding added: [CatalogEntry] = []) throws(StorageError) {
    let frame = CatalogFrame(
      sequence: catalog.nextSequence, coveredSequence: catalog.coveredSequence, added: unpublished + added,
      removed: removed, counts: tallies.namedCounts)
    var next = catalog
    next.apply(frame)
    do throws(FileSystemError) {
      if catalog.fault == nil {
        if catalogFile == nil { catalogFile = try directory.open(StorePath.catalog, .update) }
        catalog.fault = "not synced"  // until it is
        let bytes = frame.encode()
        try catalogFile?.write(bytes[...], at: catalog.end)
        try catalogFile?.synchronize()
        next.end = catalog.end + bytes.count
      } else {
        let temporary = StorePath.catalog + StorePath.temporarySuffix
        let bytes = next.encodeWhole(store: identity)
        let file = try directory.open(temporary, .create)
        try file.write(bytes[...], at: 0)
        try file.synchronize()
        try directory.rename(temporary, to: StorePath.catalog)
        try directory.synchronizeDirectory("")
        catalogFile = file
        next.end = bytes.count
        next.nextSequence = 2
      }
    } catch {
      catalogFile = nil
      throw StorageError(error)
    }
    next.fault = nil
    catalog = next
    unpublished = []
  }

  func removeRetired() {
    for path in retired { try? directory.unlink(path) }
    retired = []
  }
}
