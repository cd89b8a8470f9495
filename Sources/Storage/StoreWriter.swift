import Glibc
public import Readings
import SegmentFormat

/// The writing end of a store; owned by one thread.
///
/// - Invariant: a reading or event that `append` answered with `.stored` is in memory, or in a journal's frame, or in
///   a segment; it leaves memory only after a segment that holds it is durable under its name, and leaves the journal
///   only after the catalog names that segment.
public final class StoreWriter {
  /// What was found and done at the start.
  public private(set) var recovery: RecoveryReport
  /// Messages counted and not stored, since the store was made.
  public var tallies: Tallies { counters.tallies }
  /// Milliseconds: 1000 or 1.
  public let timeUnit: Int64

  let publication: Publication
  /// What the catalog named and was nowhere, and files without a part in the store, when it was opened.
  let opening: (lost: [CatalogEntry], strays: [String])
  private let arrivals: Arrivals
  private let counters = StoreCounters()
  private let kind: Kind
  @exclusivity(unchecked) private var isClosed = false
  @exclusivity(unchecked) private var hasStored = false

  private enum Kind {
    case live(LiveWriter)
    case bulk(BulkLoader)
  }

  /// Opens the store, makes it when it is missing, takes its lock, and recovers what an earlier run left.
  public init(
    directory path: String, options: StoreOptions = StoreOptions(), mode: WriterMode,
    fileSystem: some FileSystem = POSIXFileSystem()
  ) throws(StorageError) {
    var random = StoreRandom(seed: options.randomSeed ?? UInt64.random(in: .min ... .max))
    let opening = try StoreOpening(path, options, fileSystem, &random)
    timeUnit = opening.found.identity.timeUnit
    var state = try StoreState(directory: opening.directory, identity: opening.found, at: path)
    let unsealed = UnsealedRows()
    let nextDefinition = state.replayJournals(into: unsealed)
    publication = Publication(state, opening.directory, counters: counters)
    let index = SealedIndex(
      maximumCacheByteCount: mode == .live ? options.liveCacheByteCount : options.bulkCacheByteCount)
    arrivals = Arrivals(
      unsealed, index: index, path: path, timeUnit: timeUnit, options: options)
    counters.start(with: Tallies(state.catalog.counts))
    recovery = RecoveryReport()
    recovery.isNew = opening.isNew
    recovery.damage = state.damage
    recovery.recoveredReadingCount = unsealed.readingCount
    recovery.recoveredEventCount = unsealed.events.count
    let hadWrongSpans = try index.read(publication, &recovery.damage)
    self.opening = (state.lost, state.strays)
    try opening.found.mend(opening.directory)

    var work = Recovery(state, directory: opening.directory, report: recovery)
    work.removeLeftovers()
    work.keepDamagedJournals()
    recovery = work.report
    var failure: StorageError?
    do throws(StorageError) {
      try work.mendCatalog(publication, &random, hadWrongSpans: hadWrongSpans)
    } catch {
      failure = error
    }
    let live = LiveWriter(
      publication, arrivals, counters, options: options, path: path, random: random, nextSequence: state.nextSequence)
    switch mode {
    case .live: kind = .live(live)
    case .bulk: kind = .bulk(BulkLoader(publication, arrivals, counters, byteCount: options.bulkByteCount))
    }
    do throws(StorageError) {
      if let failure { throw failure }
      let resumed = mode == .live ? work.resumable.map { (file: $0, nextDefinition: nextDefinition) } : nil
      try live.take(state.journals.map(\.path), resuming: resumed)
    } catch {
      // A full disk may become free again while a recorder runs; everything recovered is still in memory.
      guard mode == .live, error.code == .noSpace else { throw error }
    }
  }

  // MARK: Rows in

  /// Readings appended that are neither in a journal nor in a segment yet: lost if the process ends now.
  public var unwrittenReadingCount: Int {
    switch kind {
    case .live(let live): live.unwrittenReadingCount
    case .bulk(let loader): loader.unwrittenReadingCount
    }
  }

  /// Takes in a reading, its receive time cut to the store's resolution.
  ///
  /// In bulk mode this is where blocks are written and an error of the disk shows.
  public func append(_ reading: Reading, from device: Device) throws(StorageError) -> Appended {
    precondition(!isClosed, "a reading appended to a closed store")
    let time = arrivals.time(of: reading)
    guard let series = try arrivals.series(for: reading, from: device, time: time) else {
      counters.countDuplicate()
      return .duplicate
    }
    switch kind {
    case .live(let live):
      try live.makeRoom(forSeries: series)
      arrivals.unsealed.append(reading, time: time, toSeries: series)
      live.noteReading(ofSeries: series)
    case .bulk(let loader):
      try loader.makeRoom(forSeries: series)
      arrivals.unsealed.append(reading, time: time, toSeries: series)
    }
    hasStored = true
    return .stored
  }

  /// Takes in an event, its time cut to the store's resolution.
  public func append(_ event: Event) throws(StorageError) -> Appended {
    precondition(!isClosed, "an event appended to a closed store")
    var event = event
    event.at = event.at.truncated(toMilliseconds: timeUnit)
    guard try arrivals.isNew(event) else {
      counters.countDuplicate()
      return .duplicate
    }
    switch kind {
    case .live(let live):
      try live.makeRoom(forSeries: nil)
      arrivals.unsealed.append(event)
      live.noteEvent()
    case .bulk(let loader):
      try loader.makeRoom(forSeries: nil)
      arrivals.unsealed.append(event)
    }
    hasStored = true
    return .stored
  }

  /// Counts a message that is not stored. Counters reach the disk with the next reading or event.
  public func count(_ tally: Tally, times: Int64 = 1) { counters.count(tally, times: times) }

  // MARK: To the disk

  /// Writes what was appended since the last commit as one frame (more when it is much), which survives a kill.
  ///
  /// Seals when the journal is full or the UTC day is over. In bulk mode nothing happens here.
  public func commit() throws(StorageError) {
    guard case .live(let live) = kind, !isClosed else { return }
    // Small segments of slow days; what fails here is tried again tomorrow.
    if try live.commit() { _ = try? compact(minimumCount: 8) }
  }

  /// Commits and makes it survive a power cut.
  public func sync() throws(StorageError) {
    guard case .live(let live) = kind else { return }
    try commit()
    try live.synchronizeJournal()
  }

  /// Writes everything in memory into a segment and lets the journal go.
  public func seal() throws(StorageError) {
    switch kind {
    case .live(let live): try live.seal()
    case .bulk(let loader): try loader.seal()
    }
  }

  /// Commits and syncs (live), or seals (bulk), and ends the writer. A live writer leaves its journal for the next.
  public func close() throws(StorageError) {
    guard !isClosed else { return }
    switch kind {
    case .live(let live):
      live.appendCounts()
      try sync()
      live.dropEmptyJournal()
    case .bulk(let loader):
      do {
        try seal()
        // Loads that come in small pieces would leave small blocks.
        if hasStored { try compact(minimumCount: 8) }
      } catch {
        // What was written in whole blocks is kept, even when the last of it found no room.
        if error.code == .noSpace { try? loader.finish() }
        throw error
      }
    }
    publication.removeRetired()
    isClosed = true
    publication.directory.unlock()
  }

  /// Stops the program where what must hold of memory, journal, segment in the making and catalog does not: after a step,
  /// for tests. It looks at each row in memory.
  public func checkInvariants() {
    publication.checkInvariants()
    arrivals.unsealed.checkInvariants()
    switch kind {
    case .live(let live): live.checkInvariants()
    case .bulk(let loader): loader.checkInvariants()
    }
  }

  // MARK: Upkeep

  /// Ends a segment in the making and removes files that were replaced, before segments are looked at.
  func beginUpkeep() throws(StorageError) {
    if case .bulk(let loader) = kind { try loader.seal() }
    publication.removeRetired()
  }

  /// After segments were replaced: what is known of sealed blocks is read anew.
  func endUpkeep() throws(StorageError) {
    guard publication.hasReplaced else { return }
    publication.hasReplaced = false
    arrivals.forgetSealedTimes()
    try arrivals.index.read(publication, &recovery.damage)
  }
}

/// A store's directory, locked, and its identity, found or made.
private struct StoreOpening {
  let directory: any StoreDirectory
  let found: FoundIdentity
  let isNew: Bool

  init(
    _ path: String, _ options: StoreOptions, _ fileSystem: some FileSystem, _ random: inout StoreRandom
  ) throws(StorageError) {
    do throws(FileSystemError) {
      directory = try fileSystem.openDirectory(path, create: true)
    } catch {
      throw StorageError(error)
    }
    try StoreOpening.lock(directory, path)
    if let there = try FoundIdentity(in: directory, at: path) {
      found = there
      isNew = false
    } else {
      guard let made = try StoreOpening.makeStore(in: directory, options, &random) else {
        throw StorageError(
          .damaged, path: path + "/" + StorePath.identity, cause: "missing, though a store's other files are there")
      }
      found = FoundIdentity(identity: made)
      isNew = true
    }
    if let wanted = options.timeUnit, wanted != found.identity.timeUnit {
      throw StorageError(
        .invalid, path: path,
        cause: "the store's times are in units of \(found.identity.timeUnit) ms, not of \(wanted) ms")
    }
  }

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

  /// - Returns: nil where other files of a store are there.
  private static func makeStore(
    in directory: any StoreDirectory, _ options: StoreOptions, _ random: inout StoreRandom
  ) throws(StorageError) -> StoreIdentity? {
    let identity = StoreIdentity(
      id: StoreID(high: random.next(), low: random.next()), timeUnit: options.timeUnit ?? 1000)
    precondition(identity.timeUnit == 1 || identity.timeUnit == 1000, "a time unit other than 1 and 1000 ms")
    do throws(FileSystemError) {
      let names = try directory.names(in: "")
      guard !names.contains(where: { $0 == StorePath.catalog || StorePath.isJournal($0) }) else { return nil }
      try FoundIdentity.write(identity, to: directory)
    } catch {
      throw StorageError(error)
    }
    return identity
  }
}
