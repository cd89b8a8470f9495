import Glibc
import Readings
import SegmentFormat

/// From memory into the journal, and from there into segments: what a recorder does.
///
/// - Invariant: a row leaves memory only after a segment that holds it is durable under its name, and leaves the journal
///   only after the catalog names that segment.
final class LiveWriter {
  private let publication: Publication
  private let arrivals: Arrivals
  private let counters: StoreCounters
  private let options: StoreOptions
  private let path: String
  private var random: StoreRandom

  private var journal: Journal?
  /// Journals whose frames are sealed or in memory and that nothing is written to any more.
  private var oldJournals: [String] = []
  private var nextSequence: UInt32
  /// Rows since the last frame, in order of arrival; an event has series -1.
  @exclusivity(unchecked) private var pending: [(series: Int32, row: Int32)] = []
  private var framesSinceCounts = 0
  /// A journal that failed: what it holds is only safe again in a segment.
  private var mustSeal = false
  /// Bytes in memory when a seal last failed; 0 when none has since one succeeded.
  private var failedSealByteCount = 0

  init(
    _ publication: Publication, _ arrivals: Arrivals, _ counters: StoreCounters, options: StoreOptions, path: String,
    random: StoreRandom, nextSequence: UInt32
  ) {
    self.publication = publication
    self.arrivals = arrivals
    self.counters = counters
    self.options = options
    self.path = path
    self.random = random
    self.nextSequence = nextSequence
  }

  /// Readings that are in no journal's frame yet: lost if the process ends now.
  var unwrittenReadingCount: Int { pending.count { $0.series >= 0 } }

  // MARK: What an earlier run left

  /// Takes over journals whose rows are in memory.
  ///
  /// - Parameter resumed: one of them that can be written on.
  func take(
    _ journals: [String], resuming resumed: (file: StoreState.JournalFile, nextDefinition: UInt64)?
  ) throws(StorageError) {
    oldJournals = journals
    if let resumed {
      do {
        journal = try Journal(
          directory: publication.directory, resumed.file, nextSequence: nextSequence,
          nextDefinition: resumed.nextDefinition)
        oldJournals = []
        return
      } catch {
        guard error.isNoSpace else { throw StorageError(error) }
      }
    }
    if arrivals.unsealed.isEmpty {
      dropOldJournals()
    } else {
      try sealAll()
    }
  }

  // MARK: Rows

  /// Keeps memory bounded before a row is added.
  func makeRoom(forSeries series: Int?) throws(StorageError) {
    let unsealed = arrivals.unsealed
    let isFull = series.map { unsealed.series[$0].isFull } ?? false
    guard unsealed.byteCount >= options.liveByteCount || isFull || pending.count >= 1 << 20 else { return }
    // While the disk refuses, each commit tries again; encoding everything anew for every row would be too much.
    let isWorthATry = failedSealByteCount == 0 || unsealed.byteCount >= failedSealByteCount + (256 << 10)
    if isWorthATry {
      do {
        try seal()
        failedSealByteCount = 0
        return
      } catch {
        failedSealByteCount = unsealed.byteCount
        mustSeal = true
      }
    }
    // Keep what comes, up to twice the usual; then the newest is refused.
    guard unsealed.byteCount >= options.liveByteCount * 2 || isFull else { return }
    throw StorageError(.memoryFull, path: path, cause: "memory's bound is reached and the disk takes nothing")
  }

  func noteReading(ofSeries series: Int) {
    pending.append((Int32(series), Int32(arrivals.unsealed.series[series].rowCount - 1)))
  }

  func noteEvent() { pending.append((-1, Int32(arrivals.unsealed.events.count - 1))) }

  /// Where rows are that no segment holds: each once.
  func checkInvariants() {
    let unsealed = arrivals.unsealed
    precondition(
      pending.allSatisfy { row in
        row.series < 0
          ? Int(row.row) < unsealed.events.count
          : Int(row.series) < unsealed.series.count && Int(row.row) < unsealed.series[Int(row.series)].rowCount
      }, "a row that waits for the journal and is not in memory")
    precondition(
      pending.count <= unsealed.readingCount + unsealed.events.count, "a row that waits for the journal twice")
    precondition(journal.map { !oldJournals.contains($0.path) } ?? true, "the journal in use is among the old ones")
    if let journal {
      precondition(journal.nextSequence == nextSequence || !journal.hasFrames, "a frame's number left out")
      precondition(nextSequence > publication.catalog.coveredSequence, "a frame that the catalog takes for sealed")
      journal.checkInvariants()
    }
  }

  // MARK: The journal

  /// Writes what was appended since the last commit as one frame (more when it is much), which survives a kill. Seals
  /// when the journal is full or the UTC day is over.
  ///
  /// - Returns: whether a day was sealed.
  func commit() throws(StorageError) -> Bool {
    if mustSeal || publication.isBehind {
      try seal()
      return false
    }
    guard !pending.isEmpty else { return false }
    if let first = arrivals.unsealed.firstArrival,
      first.flooringQuotient(86_400_000) < arrivals.unsealed.latestArrival.flooringQuotient(86_400_000)
    {
      try seal()
      return true
    }
    do throws(FileSystemError) {
      if try writePending() { return false }
      mustSeal = true  // the encoder has counted definitions that found no room
    } catch {
      giveUpJournal()
    }
    try seal()
    return false
  }

  /// - Returns: false when the journal has no room.
  private func writePending() throws(FileSystemError) -> Bool {
    let journal = try journalInUse()
    var written = 0
    // What a frame holds is safe, whatever becomes of the others.
    defer { pending.removeFirst(written) }
    for place in pending.indices {
      append(series: Int(pending[place].series), row: Int(pending[place].row), to: journal)
      if journal.encoder.byteCount > 48 << 10 {
        guard try writeFrame(journal) else { return false }
        written = place + 1
      }
    }
    if journal.encoder.byteCount > 0 {
      appendCountsWhenDue(journal, isDue: framesSinceCounts >= 64)
      guard try writeFrame(journal) else { return false }
    }
    written = pending.count
    return true
  }

  /// No second try on a file that failed: what memory holds goes into a segment, which is a new one.
  private func giveUpJournal() {
    if let journal { oldJournals.append(journal.path) }
    journal = nil
    mustSeal = true
  }

  private func append(series: Int, row: Int, to journal: Journal) {
    if series < 0 {
      journal.encoder.append(arrivals.unsealed.events[row])
    } else {
      let rows = arrivals.unsealed.series[series]
      journal.encoder.append(
        series: series, device: rows.device, layout: rows.layout(ofRow: row),
        time: Timestamp(milliseconds: rows.times[row]),
        values: rows.values(ofRow: row), text: { rows.texts[Int($0)] })
    }
  }

  private func appendCountsWhenDue(_ journal: Journal, isDue: Bool) {
    guard isDue, !counters.areWritten else { return }
    journal.encoder.append(counts: counters.namedCounts)
    framesSinceCounts = 0
    counters.markWritten()
  }

  /// - Returns: false when the journal has no room.
  private func writeFrame(_ journal: Journal) throws(FileSystemError) -> Bool {
    let payload = journal.encoder.takePayload()
    guard payload.count <= FormatLayout.maximumJournalPayload, journal.hasRoom(for: payload.count) else { return false }
    try journal.write(payload)
    nextSequence = journal.nextSequence
    framesSinceCounts += 1
    return true
  }

  private func journalInUse() throws(FileSystemError) -> Journal {
    if let journal { return journal }
    var byteCount = min(max(options.journalByteCount, 4096), FormatLayout.maximumJournalByteCount)
    let epoch = nextEpoch()
    while true {
      do {
        let made = try Journal(
          directory: publication.directory, store: publication.identity, epoch: epoch, firstSequence: nextSequence,
          byteCount: byteCount)
        journal = made
        return made
      } catch {
        // Where files may not grow that large, a smaller one is sealed more often.
        guard error.code == EFBIG, byteCount > LiveWriter.smallestJournalByteCount else { throw error }
        byteCount = max(byteCount / 4, LiveWriter.smallestJournalByteCount)
      }
    }
  }

  private static let smallestJournalByteCount = 64 << 10

  private func nextEpoch() -> UInt32 { UInt32.random(in: 1 ... .max, using: &random) }

  /// Makes what was committed survive a power cut.
  func synchronizeJournal() throws(StorageError) {
    guard let journal else { return }
    do throws(FileSystemError) {
      try journal.synchronize()
    } catch {
      giveUpJournal()
      try seal()
    }
  }

  // MARK: Sealing

  /// Writes everything in memory into a segment and lets the journal go.
  func seal() throws(StorageError) {
    if !arrivals.unsealed.isEmpty {
      try sealAll()
    } else if publication.isBehind || mustSeal {
      try publishAndDrop()
    }
  }

  /// Writes everything in memory into one segment: all of a journal's rows, or none.
  private func sealAll() throws(StorageError) {
    let unsealed = arrivals.unsealed
    let made = try publication.makeSegment(
      first: arrivals.earliest, keepsFooter: false, coveredSequence: nextSequence &- 1)
    let entry: CatalogEntry
    do throws(FileSystemError) {
      for series in unsealed.series where series.rowCount > 0 {
        try series.forEachBlock { rows throws(FileSystemError) in try made.add(rows, of: series.device) }
      }
      try made.add(unsealed.eventsInOrder)
      entry = try made.finish(counts: counters.namedCounts)
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
      publication.doubt(made)
      mustSeal = true
      throw StorageError(error)
    }
    for block in made.footer.entries { arrivals.index.add(made.segment, block) }
    arrivals.forgetSealedTimes()
    publication.settle(made, entry)
    unsealed.removeAll()
    pending.removeAll()
    failedSealByteCount = 0
    mustSeal = true  // until the journal is let go
    try publishAndDrop()
  }

  private func publishAndDrop() throws(StorageError) {
    try publication.publish()
    mustSeal = false
    if let old = journal, old.hasFrames {
      journal = try? Journal(recycling: old, directory: publication.directory, epoch: nextEpoch())
      if journal == nil { oldJournals.append(old.path) }
    }
    dropOldJournals()
  }

  private func dropOldJournals() {
    guard !oldJournals.isEmpty else { return }
    for path in oldJournals where path != journal?.path { try? publication.directory.unlink(path) }
    oldJournals = []
    try? publication.directory.synchronizeDirectory("")
  }

  /// Counts that no frame holds yet are taken into the next one.
  func appendCounts() {
    if let journal, !pending.isEmpty { appendCountsWhenDue(journal, isDue: true) }
  }

  /// A store at rest keeps no preallocated journal without frames.
  func dropEmptyJournal() {
    guard let empty = journal, !empty.hasFrames else { return }
    oldJournals.append(empty.path)
    journal = nil
    dropOldJournals()
  }
}
