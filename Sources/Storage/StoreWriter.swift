import Glibc
package import Readings
import SegmentFormat

/// The writing end of a store; owned by one thread.
///
/// - Invariant: a reading or event that `append` answered with `.stored` is in memory, or in a journal's frame, or in
///   a segment; it leaves memory only after a segment that holds it is durable under its name, and leaves the journal
///   only after the catalog names that segment.
package final class StoreWriter {
  /// What was found and done at the start.
  package private(set) var recovery = RecoveryReport()
  /// Messages counted and not stored, since the store was made.
  package private(set) var tallies = Tallies()
  package var timeUnit: Int64 { identity.timeUnit }

  let path: String
  let options: StoreOptions
  let mode: WriterMode
  let directory: any StoreDirectory
  let identity: StoreIdentity
  private var random: StoreRandom

  var catalog: Catalog
  private var catalogFile: (any StoreFile)?
  private var index = SealedIndex()
  @exclusivity(unchecked) private var unsealed = UnsealedRows()
  var nextSegmentNumber: UInt64

  // Live mode.
  private var journal: Journal?
  /// Journals whose frames are sealed or in memory and that nothing is written to any more.
  private var oldJournals: [String] = []
  private var nextSequence: UInt32
  /// Rows since the last frame, in order of arrival; an event has series -1.
  @exclusivity(unchecked) private var pending: [(series: Int32, row: Int32)] = []
  private var framesSinceCounts = 0
  private var areCountsWritten = true
  /// A journal that failed: what it holds is only safe again in a segment.
  private var mustSeal = false

  // Bulk mode.
  private var builder: SegmentBuilder?

  /// Durable segments that the catalog does not name yet, because writing it failed.
  private var unpublished: [CatalogEntry] = []
  /// Segments whose name may or may not be durable; the next one replaces them.
  var limbo: [UInt64] = []
  /// Files that a merged segment replaced, still there for readers at work.
  var retired: [String] = []
  @exclusivity(unchecked) private var isClosed = false
  @exclusivity(unchecked) private var hasStored = false
  /// What made a bulk load lose rows; it cannot go on.
  @exclusivity(unchecked) private var failure: StorageError?

  /// Opens the store, makes it when it is missing, takes its lock, and recovers what an earlier run left.
  package init(
    directory path: String, options: StoreOptions = StoreOptions(), mode: WriterMode,
    fileSystem: some FileSystem = POSIXFileSystem()
  ) throws(StorageError) {
    self.path = path
    self.options = options
    self.mode = mode
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

  /// Reads every segment's footer: which blocks cover which time of which device.
  ///
  /// A version that this program does not know refuses the store before anything is written.
  func indexSegments() throws(StorageError) {
    index.removeAll()
    var refused: StorageError?
    for entry in catalog.segments {
      let segment = SegmentFile(directory: directory, path: entry.path)
      do throws(FileSystemError) {
        let found = try segment.readIndex(store: identity)
        if let version = found.unknownVersion { refused = StoreState.refuse(version: version, path: segment.path) }
        for damage in found.damage where !recovery.damage.contains(damage) { recovery.damage.append(damage) }
        for block in found.footer?.entries ?? [] { index.add(segment, block) }
      } catch {
        recovery.damage.append(segment.damage(.segment, cause: SegmentFile.text(error)))
      }
    }
    if let refused { throw refused }
  }

  /// Brings the disk to the state that was read: leftovers go, the catalog is whole, a damaged journal is sealed away.
  private func recover(_ state: StoreState, nextDefinition: UInt64) throws(StorageError) {
    for leftover in state.leftovers where (try? directory.unlink(leftover)) != nil {
      recovery.removedFiles.append(leftover)
    }
    var isSound = true
    for journal in state.journals {
      if journal.scan.isTorn || !journal.scan.holes.isEmpty || journal.bytes.count < Int(journal.header.byteCount) {
        isSound = false
        keepAside(journal)
      }
    }
    for name in state.unreadableJournals { quarantine(name) }
    if catalog.fault != nil || !state.adopted.isEmpty {
      if let fault = catalog.fault, fault != "missing", let bytes = try? StoreState.catalogBytes(directory) {
        writeAside("catalog-\(StoreID(high: random.next(), low: 0).text.prefix(8))", bytes[...])
      }
      catalog.fault = catalog.fault ?? "segments were found beside it"
      try publish(removing: [])
    }
    oldJournals = state.journals.map(\.path)
    if mode == .live, isSound, state.journals.count == 1, let found = state.journals.first,
      found.scan.frames.allSatisfy({ $0.sequence > catalog.coveredSequence })
    {
      do {
        journal = try Journal(
          directory: directory, found, nextSequence: nextSequence, nextDefinition: nextDefinition)
        oldJournals = []
        return
      } catch {
        guard error.code == ENOSPC else { throw StorageError(error) }
      }
    }
    if unsealed.isEmpty {
      dropOldJournals()
    } else {
      try sealAll()
    }
  }

  /// Keeps what is cut from a journal, once.
  private func keepAside(_ journal: StoreState.JournalFile) {
    let rest = journal.bytes.dropFirst(journal.scan.end)
    let used = rest.lastIndex { $0 != 0 }.map { rest[...$0] } ?? rest.prefix(0)
    if journal.scan.isTorn { recovery.cutByteCount += used.count }
    if !journal.scan.holes.isEmpty {
      writeAside(journal.path, journal.bytes[...])
    } else if !used.isEmpty {
      writeAside(journal.path + ".tail", used)
    }
  }

  private func writeAside(_ name: String, _ bytes: ArraySlice<UInt8>) {
    try? directory.makeDirectory(StorePath.quarantine)
    if let file = try? directory.open(StorePath.quarantine + "/" + name, .create) { try? file.write(bytes, at: 0) }
  }

  /// Moves a file away that cannot be read: the owner may still get something out of it.
  private func quarantine(_ name: String) {
    try? directory.makeDirectory(StorePath.quarantine)
    try? directory.rename(name, to: StorePath.quarantine + "/" + name)
  }

  // MARK: Appending

  /// Readings appended that are neither in a journal nor in a segment yet: lost if the process ends now.
  package var unwrittenReadingCount: Int {
    switch mode {
    case .live: pending.count
    case .bulk: unsealed.readingCount + (builder?.footer.entries.reduce(0) { $0 + $1.readingRowCount } ?? 0)
    }
  }

  /// Takes in a reading, its receive time cut to the store's resolution.
  ///
  /// In bulk mode this is where blocks are written and an error of the disk shows.
  package func append(_ reading: Reading, from device: Device) throws(StorageError) -> Appended {
    precondition(!isClosed, "a reading appended to a closed store")
    let time =
      timeUnit == 1
      ? reading.receivedAt.milliseconds : reading.receivedAt.milliseconds.flooringQuotient(1000) * 1000
    let series = unsealed.index(of: device)
    let rows = unsealed.series[series]
    if rows.rowCount == 0 { try checkDevice(device, isNew: sealedNewest(series, device) == Int64.min) }
    if rows.checkedLayout !== reading.layout || reading.values.count != reading.layout.fields.count
      || !StoreTime.range.contains(time)
    {
      try check(reading, time: time)
      rows.checkedLayout = reading.layout.fields.contains { $0.form == .verbatim } ? nil : reading.layout
    }
    if time <= rows.newest || time <= sealedNewest(series, device) {
      let hash = rows.hash(of: reading)
      if rows.contains(time: time, hash: hash) || index.contains(reading, of: device, time: time, hash: hash) {
        tallies.duplicates += 1
        areCountsWritten = false
        return .duplicate
      }
    }
    try makeRoom(for: series)
    unsealed.append(reading, time: time, toSeries: series)
    hasStored = true
    if mode == .live { pending.append((Int32(series), Int32(unsealed.series[series].rowCount - 1))) }
    return .stored
  }

  /// Newest sealed time of each series of `unsealed`, by index: a dictionary look-up less for each reading.
  @exclusivity(unchecked) private var sealedNewestOfSeries: [Int64] = []

  private func sealedNewest(_ series: Int, _ device: Device) -> Int64 {
    while sealedNewestOfSeries.count <= series {
      sealedNewestOfSeries.append(index.newest(of: unsealed.series[sealedNewestOfSeries.count].device))
    }
    return sealedNewestOfSeries[series]
  }

  private func check(_ reading: Reading, time: Int64) throws(StorageError) {
    func refuse(_ cause: String) -> StorageError { StorageError(.invalid, path: path, cause: cause) }
    guard StoreTime.range.contains(time) else { throw refuse("a receive time outside 1970 to 9999") }
    guard reading.values.count == reading.layout.fields.count else { throw refuse("a reading of another shape") }
    guard reading.values.count <= FormatLayout.maximumColumnCount else { throw refuse("more than 256 numbers") }
    for (field, value) in zip(reading.layout.fields, reading.values) {
      guard field.key.name.utf8.count <= FormatLayout.maximumNameByteCount else { throw refuse("a key too long") }
      guard field.form == .verbatim else { continue }
      guard reading.texts.indices.contains(Int(truncatingIfNeeded: value)),
        reading.texts[Int(value)].utf8.count <= FormatLayout.maximumTextByteCount
      else { throw refuse("a text too long") }
    }
  }

  private func checkDevice(_ device: Device, isNew: Bool) throws(StorageError) {
    guard isNew, unsealed.rows(of: device)?.rowCount ?? 0 == 0 else { return }
    let known = Set(index.devices).union(unsealed.series.lazy.filter { $0.rowCount > 0 }.map(\.device)).count
    guard known < options.maximumDevices else {
      throw StorageError(.invalid, path: path, cause: "more than \(options.maximumDevices) devices")
    }
    guard device.topic.utf8.count <= FormatLayout.maximumTopicByteCount,
      device.mac?.utf8.count ?? 0 <= FormatLayout.maximumNameByteCount
    else { throw StorageError(.invalid, path: path, cause: "a topic too long") }
  }

  /// Takes in an event, its time cut to the store's resolution.
  package func append(_ event: Event) throws(StorageError) -> Appended {
    precondition(!isClosed, "an event appended to a closed store")
    var event = event
    event.at = event.at.truncated(toMilliseconds: timeUnit)
    guard StoreTime.range.contains(event.at.milliseconds) else {
      throw StorageError(.invalid, path: path, cause: "an event's time outside 1970 to 9999")
    }
    guard event.detail.utf8.count <= Event.maximumDetailBytes,
      event.device?.topic.utf8.count ?? 0 <= FormatLayout.maximumTopicByteCount,
      event.device?.mac?.utf8.count ?? 0 <= FormatLayout.maximumNameByteCount
    else { throw StorageError(.invalid, path: path, cause: "an event's text too long") }
    if unsealed.contains(event) || (event.at.milliseconds <= index.newestEvent && index.contains(event)) {
      tallies.duplicates += 1
      areCountsWritten = false
      return .duplicate
    }
    try makeRoom(for: nil)
    unsealed.append(event)
    hasStored = true
    if mode == .live { pending.append((-1, Int32(unsealed.events.count - 1))) }
    return .stored
  }

  /// Counts a message that is not stored. Counters reach the disk with the next reading or event.
  package func count(_ tally: Tally, times: Int64 = 1) {
    tallies.count(tally, times: times)
    areCountsWritten = false
  }

  /// Keeps memory bounded before a row is added.
  private func makeRoom(for series: Int?) throws(StorageError) {
    if let failure { throw failure }
    switch mode {
    case .bulk:
      if let series, unsealed.series[series].rowCount >= Block.maximumRowCount || unsealed.series[series].isFull {
        try writeBlocks(ofSeries: series)
      }
      guard unsealed.byteCount >= options.bulkByteCount || unsealed.events.count >= Block.maximumRowCount else {
        return
      }
      if unsealed.events.count >= Block.maximumRowCount || unsealed.readingCount == 0 { try writeEvents() }
      while unsealed.byteCount > options.bulkByteCount * 7 / 8, unsealed.readingCount > 0,
        let largest = unsealed.series.indices.max(by: {
          unsealed.series[$0].byteCount < unsealed.series[$1].byteCount
        })
      {
        try writeBlocks(ofSeries: largest)
      }
      if unsealed.byteCount > options.bulkByteCount * 7 / 8 { try writeEvents() }
    case .live:
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
  }

  /// Bytes in memory when a seal last failed; 0 when none has since one succeeded.
  private var failedSealByteCount = 0

  // MARK: Committing

  /// Writes what was appended since the last commit as one frame (more when it is much), which survives a kill.
  ///
  /// Seals when the journal is full or the UTC day is over. In bulk mode nothing happens here.
  package func commit() throws(StorageError) {
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
      try? compact(minimumCount: 8)
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
  private func giveUpJournal() {
    if let journal { oldJournals.append(journal.path) }
    journal = nil
    mustSeal = true
  }

  private func append(series: Int, row: Int, to journal: Journal) {
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

  private func appendCountsWhenDue(_ journal: Journal, isDue: Bool) {
    guard isDue, !areCountsWritten else { return }
    journal.encoder.append(counts: tallies.namedCounts)
    framesSinceCounts = 0
    areCountsWritten = true
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
    let made = try Journal(
      directory: directory, store: identity, epoch: nextEpoch(), firstSequence: nextSequence,
      byteCount: min(max(options.journalByteCount, 4096), FormatLayout.maximumJournalByteCount))
    journal = made
    return made
  }

  private func nextEpoch() -> UInt32 { UInt32.random(in: 1 ... .max, using: &random) }

  /// Commits and makes it survive a power cut.
  package func sync() throws(StorageError) {
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

  // MARK: Sealing

  /// Writes everything in memory into a segment and lets the journal go.
  package func seal() throws(StorageError) {
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
  private func sealAll() throws(StorageError) {
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

  private func blocks(of series: SeriesRows) -> [ReadingColumns] {
    series.blocks(
      maximumRowCount: Block.maximumRowCount, maximumColumnCount: FormatLayout.maximumColumnCount)
  }

  private func makeBuilder(keepsFooter: Bool, coveredSequence: UInt32) throws(StorageError) -> SegmentBuilder {
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
  private func settle(_ made: SegmentBuilder, _ entry: CatalogEntry) {
    sealedNewestOfSeries = []
    unpublished.append(entry)
    catalog.coveredSequence = max(catalog.coveredSequence, made.footer.header.coveredSequence)
    areCountsWritten = true
  }

  private func publishAndDrop() throws(StorageError) {
    removeRetired()
    try publish(removing: limbo)
    for number in limbo { removeSegment(number) }
    limbo = []
    mustSeal = false
    dropJournals()
  }

  private func removeSegment(_ number: UInt64) {
    for year in (try? directory.names(in: "")) ?? [] where year.utf8.count == 4 && Int(year) != nil {
      for month in (try? directory.names(in: year)) ?? [] {
        try? directory.unlink(year + "/" + month + "/" + StorePath.padded(number, to: 8) + ".segment")
      }
    }
  }

  private func dropJournals() {
    if mode == .live, let old = journal, old.hasFrames {
      journal = try? Journal(recycling: old, directory: directory, epoch: nextEpoch())
      if journal == nil { oldJournals.append(old.path) }
    }
    dropOldJournals()
  }

  private func dropOldJournals() {
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

  // MARK: Bulk

  private func builderInUse() throws(StorageError) -> SegmentBuilder {
    if let builder { return builder }
    let made = try makeBuilder(keepsFooter: true, coveredSequence: 0)
    builder = made
    return made
  }

  private func writeBlocks(ofSeries series: Int) throws(StorageError) {
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
    if builder.blockCount >= 256 || builder.byteCount >= 16 << 20 { try finishBuilder() }
  }

  private func writeEvents() throws(StorageError) {
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

  func removeRetired() {
    for path in retired { try? directory.unlink(path) }
    retired = []
  }

  private func finishBuilder() throws(StorageError) {
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

  /// Commits and syncs (live), or seals (bulk), and ends the writer. A live writer leaves its journal for the next.
  package func close() throws(StorageError) {
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

extension SegmentFooter.Entry {
  var readingRowCount: Int { kind == .readings ? rowCount : 0 }
}

/// SplitMix64, for stores whose numbers must be the same in each run of a test.
struct StoreRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }
}
