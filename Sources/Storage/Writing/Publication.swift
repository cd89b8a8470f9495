import Glibc
import Readings
import SegmentFormat

/// Which segments count: the catalog in memory and on disk, the number of the next segment, and files on their way in
/// or out. Nothing else writes the catalog, names a segment, or removes one.
///
/// - Invariant: every segment that the catalog on disk names is durable under its name; a file is removed only when the
///   catalog on disk no longer names it.
final class Publication {
  let directory: any StoreDirectory
  let identity: StoreIdentity
  /// Opens segments where they lie.
  let finder: SegmentFinder
  private let counters: StoreCounters

  private(set) var catalog: Catalog
  private var catalogFile: (any StoreFile)?
  private(set) var nextSegmentNumber: UInt64
  /// Durable segments that the catalog does not name yet, because writing it failed.
  private var unpublished: [CatalogEntry] = []
  /// Segments whose name may or may not be durable; the next one replaces them.
  private var limbo: [UInt64] = []
  /// Merged segments that were given up, though the catalog on disk may name them in place of what they were merged
  /// from: no other segment may replace them, the next catalog leaves them out.
  private var givenUp: [UInt64] = []
  /// Files that a merged segment replaced, still there for readers at work.
  private var retired: [String] = []
  /// Segments were replaced since it was last looked at: whoever knows blocks by their segments looks anew.
  var hasReplaced = false

  init(_ state: StoreState, _ directory: any StoreDirectory, counters: StoreCounters) {
    self.directory = directory
    self.counters = counters
    identity = state.identity
    catalog = state.catalog
    finder = SegmentFinder(state, directory)
    nextSegmentNumber = state.highestSegmentNumber + 1
  }

  func checkInvariants() {
    catalog.checkInvariants()
    let named = Set(catalog.entries.keys)
    precondition(
      named.union(catalog.removed).union(unpublished.map(\.number)).allSatisfy { $0 < nextSegmentNumber },
      "a segment's number that will be given again")
    precondition(unpublished.allSatisfy { !named.contains($0.number) }, "a segment that is published twice")
    precondition(named.isDisjoint(with: limbo), "a segment of the catalog whose name is in doubt")
    let paths = Set(catalog.segments.map { finder.file(of: $0).path })
    precondition(retired.allSatisfy { !paths.contains($0) }, "a segment of the catalog that is to be removed")
  }

  /// Whether durable segments wait for a catalog that names them.
  var isBehind: Bool { !unpublished.isEmpty }

  // MARK: New segments

  /// A segment for new rows, the first of which is of that time.
  func makeSegment(
    first: Timestamp, keepsFooter: Bool, coveredSequence: UInt32
  ) throws(StorageError) -> SegmentBuilder {
    let number = nextSegmentNumber
    let header = SegmentHeader(
      store: identity, number: number, rank: number,
      coveredSequence: max(catalog.coveredSequence, coveredSequence))
    let made = try makeSegment(header, replaces: limbo, first: first, keepsFooter: keepsFooter)
    return made
  }

  /// A segment with a number of its own, in the place of others.
  func makeSegment(
    rank: UInt64?, coveredSequence: UInt32, replaces: [UInt64], first: Timestamp
  ) throws(StorageError) -> SegmentBuilder {
    let header = SegmentHeader(
      store: identity, number: nextSegmentNumber, rank: rank ?? nextSegmentNumber, coveredSequence: coveredSequence)
    return try makeSegment(header, replaces: replaces, first: first, keepsFooter: false)
  }

  private func makeSegment(
    _ header: SegmentHeader, replaces: [UInt64], first: Timestamp, keepsFooter: Bool
  ) throws(StorageError) -> SegmentBuilder {
    do throws(FileSystemError) {
      let made = try SegmentBuilder(
        directory: directory, header: header, replaces: replaces, first: first, keepsFooter: keepsFooter)
      nextSegmentNumber += 1
      return made
    } catch {
      throw StorageError(error)
    }
  }

  /// A segment is durable under its name: the next catalog names it.
  func settle(_ made: SegmentBuilder, _ entry: CatalogEntry) {
    unpublished.append(entry)
    catalog.coveredSequence = max(catalog.coveredSequence, made.footer.header.coveredSequence)
    counters.markWritten()
  }

  /// A segment got its name, and nobody knows whether durably: it may come back after a crash.
  func doubt(_ made: SegmentBuilder) { limbo.append(made.number) }

  // MARK: The catalog

  /// Takes over from a segment's sound footer what the catalog does not say of its devices, or says otherwise (SF-38).
  ///
  /// - Returns: true where the catalog said otherwise.
  func learn(_ own: CatalogEntry) -> Bool {
    guard let known = catalog.entries[own.number], known.spans != own.spans else { return false }
    var told = own
    told.spans = known.spans
    // More than spans is for a repair, or a person.
    guard told == known else { return false }
    catalog.correct(own)
    return known.spans != nil
  }

  /// Names all that is durable, and removes what the catalog no longer names.
  func publish() throws(StorageError) {
    removeRetired()
    try publish(removing: limbo + givenUp)
    for number in limbo + givenUp { retire(number) }
    limbo = []
    givenUp = []
    removeRetired()
  }

  /// Writes the whole catalog anew.
  func publishAnew(because fault: String) throws(StorageError) {
    catalog.fault = catalog.fault ?? fault
    try publish(removing: [])
  }

  /// Adds what waits to the catalog, one frame, durably; writes the whole catalog anew where it is not to be trusted.
  func publish(removing removed: [UInt64], adding added: [CatalogEntry] = []) throws(StorageError) {
    let frame = CatalogFrame(
      sequence: catalog.nextSequence, coveredSequence: catalog.coveredSequence, added: unpublished + added,
      removed: removed, counts: counters.namedCounts)
    var next = catalog
    do throws(FileSystemError) {
      if catalog.fault == nil, !catalog.isOutdated {
        if catalogFile == nil { catalogFile = try directory.open(StorePath.catalog, .update) }
        catalog.fault = "not synced"  // until it is
        let bytes = next.append(frame, store: identity)
        try catalogFile?.write(bytes[...], at: catalog.end)
        try catalogFile?.synchronize()
        next.end = catalog.end + bytes.count
      } else {
        let temporary = StorePath.catalog + StorePath.temporarySuffix
        next.apply(frame)
        let bytes = next.encodeWhole(store: identity)
        let file = try directory.open(temporary, .create)
        try file.write(bytes[...], at: 0)
        try file.synchronize()
        try directory.rename(temporary, to: StorePath.catalog)
        try directory.synchronizeDirectory("")
        catalogFile = file
      }
    } catch {
      catalogFile = nil
      throw StorageError(error)
    }
    next.fault = nil
    catalog = next
    unpublished = []
  }

  // MARK: One segment in the place of others

  /// Writes a new segment in place of others and switches over by one catalog frame.
  ///
  /// - Parameter fill: adds the blocks.
  /// - Returns: false, with nothing changed, where `fill` met damage.
  func replace(
    _ old: [(entry: CatalogEntry, footer: SegmentFooter)], _ fill: (SegmentBuilder) throws -> Void
  ) throws(StorageError) -> Bool {
    try forgetGivenUp()
    let numbers = old.map(\.entry.number)
    let builder = try makeSegment(
      rank: old.map(\.entry.rank).min(), coveredSequence: catalog.coveredSequence,
      replaces: Set(numbers).union(old.flatMap(\.footer.replaces)).sorted(),
      first: old.map(\.entry.first).min() ?? Timestamp(milliseconds: 0))
    let entry: CatalogEntry
    do {
      try fill(builder)
      entry = try builder.finish(counts: counters.namedCounts)
      try builder.name()
    } catch {
      builder.abandon()
      guard let error = error as? FileSystemError else { return false }
      throw StorageError(error)
    }
    do throws(FileSystemError) {
      try builder.synchronizeName()
    } catch {
      givenUp.append(builder.number)
      throw StorageError(error)
    }
    do {
      try publish(removing: numbers + limbo + givenUp, adding: [entry])
    } catch {
      givenUp.append(builder.number)
      throw error
    }
    limbo = []
    givenUp = []
    retired += old.map { finder.file(of: $0.entry).path }
    hasReplaced = true
    return true
  }

  /// Before another merge: its rows would be there twice if the catalog on disk named one that was given up.
  private func forgetGivenUp() throws(StorageError) {
    guard !givenUp.isEmpty else { return }
    try publish(removing: givenUp)
    for number in givenUp { retire(number) }
    givenUp = []
    removeRetired()
  }

  /// The catalog on disk no longer names the segment, wherever it lies.
  private func retire(_ number: UInt64) {
    retired += ((try? SegmentListing(directory))?.files ?? []).filter { $0.number == number }.map(\.path)
  }

  /// The catalog on disk no longer names what lies there.
  func retire(_ path: String) { retired.append(path) }

  /// Removes the files that were replaced, if no reader is at work that may want them; else another time, or at the next
  /// start.
  func removeRetired() {
    guard !retired.isEmpty else { return }
    let isDone = ReaderHold.withoutReaders(directory) { for path in retired { try? directory.unlink(path) } }
    if isDone { retired = [] }
  }
}
