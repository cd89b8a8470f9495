import Readings
import SegmentFormat

/// From memory into the journal.
extension StoreWriter {
  /// Writes what was appended since the last commit as one frame (more when it is much), which survives a kill.
  ///
  /// Seals when the journal is full or the UTC day is over. In bulk mode nothing happens here.
  public func commit() throws(StorageError) {
    guard mode == .live, !isClosed else { return }
    if mustSeal || !unpublished.isEmpty {
      try seal()
      return
    }
    guard !pending.isEmpty else { return }
    if let first = unsealed.firstArrival,
      first.flooringQuotient(86_400_000) < unsealed.latestArrival.flooringQuotient(86_400_000)
    {
      try seal()
      // Small segments of slow days; what fails here is tried again tomorrow.
      _ = try? compact(minimumCount: 8)
      return
    }
    do throws(FileSystemError) {
      let journal = try journalInUse()
      var isFull = false
      for (series, row) in pending {
        append(series: Int(series), row: Int(row), to: journal)
        if journal.encoder.byteCount > 48 << 10 { isFull = try !writeFrame(journal) }
        if isFull { break }
      }
      if !isFull, journal.encoder.byteCount > 0 {
        appendCountsWhenDue(journal, isDue: framesSinceCounts >= 64)
        isFull = try !writeFrame(journal)
      }
      if !isFull {
        pending.removeAll(keepingCapacity: true)
        return
      }
      mustSeal = true  // the encoder has counted definitions that found no room
    } catch {
      giveUpJournal()
    }
    try seal()
  }

  /// No second try on a file that failed: what memory holds goes into a segment, which is a new one.
  func giveUpJournal() {
    if let journal { oldJournals.append(journal.path) }
    journal = nil
    mustSeal = true
  }

  func append(series: Int, row: Int, to journal: Journal) {
    if series < 0 {
      journal.encoder.append(unsealed.events[row])
    } else {
      let rows = unsealed.series[series]
      journal.encoder.append(
        series: series, device: rows.device, layout: rows.layout(ofRow: row),
        time: Timestamp(milliseconds: rows.times[row]),
        values: rows.values(ofRow: row), text: { rows.texts[Int($0)] })
    }
  }

  func appendCountsWhenDue(_ journal: Journal, isDue: Bool) {
    guard isDue, !areCountsWritten else { return }
    journal.encoder.append(counts: tallies.namedCounts)
    framesSinceCounts = 0
    areCountsWritten = true
  }

  /// - Returns: false when the journal has no room.
  func writeFrame(_ journal: Journal) throws(FileSystemError) -> Bool {
    let payload = journal.encoder.takePayload()
    guard payload.count <= FormatLayout.maximumJournalPayload, journal.hasRoom(for: payload.count) else { return false }
    try journal.write(payload)
    nextSequence = journal.nextSequence
    framesSinceCounts += 1
    return true
  }

  func journalInUse() throws(FileSystemError) -> Journal {
    if let journal { return journal }
    let made = try Journal(
      directory: directory, store: identity, epoch: nextEpoch(), firstSequence: nextSequence,
      byteCount: min(max(options.journalByteCount, 4096), FormatLayout.maximumJournalByteCount))
    journal = made
    return made
  }

  func nextEpoch() -> UInt32 { UInt32.random(in: 1 ... .max, using: &random) }

  /// Commits and makes it survive a power cut.
  public func sync() throws(StorageError) {
    guard mode == .live else { return }
    try commit()
    guard let journal else { return }
    do throws(FileSystemError) {
      try journal.synchronize()
    } catch {
      giveUpJournal()
      try seal()
    }
  }
}
