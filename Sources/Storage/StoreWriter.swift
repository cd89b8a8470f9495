import Glibc
import SegmentFormat

/// The writing end of a store; owned by one thread.
///
/// - Invariant: a reading or event that `append` answered with `.stored` is in memory, or in a journal's frame, or in
///   a segment; it leaves memory only after a segment that holds it is durable under its name, and leaves the journal
///   only after the catalog names that segment.
public final class StoreWriter {
  /// What was found and done at the start.
  public internal(set) var recovery = RecoveryReport()
  /// Messages counted and not stored, since the store was made.
  public internal(set) var tallies = Tallies()
  public var timeUnit: Int64 { identity.timeUnit }

  let path: String
  let options: StoreOptions
  let mode: WriterMode
  let directory: any StoreDirectory
  let identity: StoreIdentity
  var random: StoreRandom

  var catalog: Catalog
  var catalogFile: (any StoreFile)?
  let index: SealedIndex
  @exclusivity(unchecked) var unsealed = UnsealedRows()
  var nextSegmentNumber: UInt64

  // Live mode.
  var journal: Journal?
  /// Journals whose frames are sealed or in memory and that nothing is written to any more.
  var oldJournals: [String] = []
  var nextSequence: UInt32
  /// Rows since the last frame, in order of arrival; an event has series -1.
  @exclusivity(unchecked) var pending: [(series: Int32, row: Int32)] = []
  var framesSinceCounts = 0
  var areCountsWritten = true
  /// A journal that failed: what it holds is only safe again in a segment.
  var mustSeal = false

  // Bulk mode.
  var builder: SegmentBuilder?

  /// Durable segments that the catalog does not name yet, because writing it failed.
  var unpublished: [CatalogEntry] = []
  /// Segments whose name may or may not be durable; the next one replaces them.
  var limbo: [UInt64] = []
  /// Merged segments that were given up, though the catalog on disk may name them in place of what they were merged
  /// from: no other segment may replace them, the next catalog leaves them out.
  var givenUp: [UInt64] = []
  /// Files that a merged segment replaced, still there for readers at work.
  var retired: [String] = []
  @exclusivity(unchecked) var isClosed = false
  @exclusivity(unchecked) var hasStored = false
  /// What made a bulk load lose rows; it cannot go on.
  @exclusivity(unchecked) var failure: StorageError?
  /// Newest sealed time of each series of `unsealed`, by index: a dictionary look-up less for each reading.
  @exclusivity(unchecked) var sealedNewestOfSeries: [Int64] = []
  /// Bytes in memory when a seal last failed; 0 when none has since one succeeded.
  var failedSealByteCount = 0

  /// Opens the store, makes it when it is missing, takes its lock, and recovers what an earlier run left.
  public init(
    directory path: String, options: StoreOptions = StoreOptions(), mode: WriterMode,
    fileSystem: some FileSystem = POSIXFileSystem()
  ) throws(StorageError) {
    self.path = path
    self.options = options
    self.mode = mode
    index = SealedIndex(
      maximumCacheByteCount: mode == .live ? options.liveCacheByteCount : options.bulkCacheByteCount)
    random = StoreRandom(seed: options.randomSeed ?? UInt64.random(in: .min ... .max))
    do throws(FileSystemError) {
      directory = try fileSystem.openDirectory(path, create: true)
    } catch {
      throw StorageError(error)
    }
    try StoreWriter.lock(directory, path)
    if let found = try StoreState.identity(in: directory, at: path) {
      identity = found
    } else {
      guard let made = try StoreWriter.makeStore(in: directory, path, options, &random) else {
        throw StorageError(
          .damaged, path: path + "/" + StorePath.identity, cause: "missing, though a store's other files are there")
      }
      identity = made
      recovery.isNew = true
    }
    if let wanted = options.timeUnit, wanted != identity.timeUnit {
      throw StorageError(
        .invalid, path: path,
        cause: "the store's times are in units of \(identity.timeUnit) ms, not of \(wanted) ms")
    }
    var state = try StoreState(directory: directory, identity: identity, at: path)
    let nextDefinition = state.replayJournals(into: unsealed)
    catalog = state.catalog
    nextSegmentNumber = state.highestSegmentNumber + 1
    let highest = state.journals.compactMap(\.scan.highestSequence).max() ?? 0
    let headers = state.journals.map { $0.header.firstSequence &- 1 }.max() ?? 0
    nextSequence = max(highest, headers, catalog.coveredSequence) &+ 1
    recovery.damage = state.damage
    recovery.recoveredReadingCount = unsealed.readingCount
    recovery.recoveredEventCount = unsealed.events.count
    tallies = Tallies(catalog.counts)
    try indexSegments()
    do {
      try recover(state, nextDefinition: nextDefinition)
    } catch {
      // A full disk may become free again while a recorder runs; everything recovered is still in memory.
      guard mode == .live, error.code == .noSpace else { throw error }
    }
  }

  // MARK: Opening

  private static func lock(_ directory: any StoreDirectory, _ path: String) throws(StorageError) {
    do throws(FileSystemError) {
      try directory.lock()
    } catch {
      guard error.code == EWOULDBLOCK else { throw StorageError(error) }
      let holder = directory.lockHolder()
      throw StorageError(
        .locked(holder: holder), path: path,
        cause: "another recorder" + (holder.map { " (process \($0))" } ?? "") + " holds the store")
    }
  }

  private static func makeStore(
    in directory: any StoreDirectory, _ path: String, _ options: StoreOptions,
    _ random: inout StoreRandom
  ) throws(StorageError) -> StoreIdentity? {
    let identity = StoreIdentity(
      id: StoreID(high: random.next(), low: random.next()), timeUnit: options.timeUnit ?? 1000)
    precondition(identity.timeUnit == 1 || identity.timeUnit == 1000, "a time unit other than 1 and 1000 ms")
    do throws(FileSystemError) {
      let names = try directory.names(in: "")
      guard !names.contains(where: { $0 == StorePath.catalog || StorePath.isJournal($0) }) else { return nil }
      let temporary = StorePath.identity + StorePath.temporarySuffix
      let file = try directory.open(temporary, .create)
      try file.write(identity.encode()[...], at: 0)
      try file.synchronize()
      try directory.rename(temporary, to: StorePath.identity)
      try directory.synchronizeDirectory("")
    } catch {
      throw StorageError(error)
    }
    return identity
  }

  /// Commits and syncs (live), or seals (bulk), and ends the writer. A live writer leaves its journal for the next.
  public func close() throws(StorageError) {
    guard !isClosed else { return }
    switch mode {
    case .live:
      if let journal, !pending.isEmpty { appendCountsWhenDue(journal, isDue: true) }
      try sync()
      // A store at rest keeps no preallocated journal without frames.
      if let empty = journal, !empty.hasFrames {
        oldJournals.append(empty.path)
        journal = nil
        dropOldJournals()
      }
    case .bulk:
      do {
        try seal()
        // Loads that come in small pieces would leave small blocks.
        if hasStored { try compact(minimumCount: 8) }
      } catch {
        // What was written in whole blocks is kept, even when the last of it found no room.
        if error.code == .noSpace { try? finishBuilder() }
        throw error
      }
    }
    removeRetired()
    isClosed = true
    directory.unlock()
  }
}
