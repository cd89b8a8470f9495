import Glibc
public import Readings
import SegmentFormat

/// The reading end of a store: takes no lock, writes nothing, works beside a writer and on a read-only copy.
///
/// What it shows is the state at the time it was made.
public struct StoreReader {
  /// Milliseconds per unit of time: 1000 or 1.
  public var timeUnit: Int64 { content.identity.timeUnit }
  /// Messages counted and not stored, since the store was made.
  public let tallies: Tallies
  /// Readings in the store.
  public let messageCount: Int
  public let eventCount: Int
  /// Bytes of all files; of a preallocated journal what is used.
  public let byteCount: Int
  /// What was found damaged so far; scans add to it.
  public var damage: [Damage] { content.damage }

  private let content: StoreContent

  private init(_ content: StoreContent, like other: StoreReader) {
    self.content = content
    tallies = other.tallies
    messageCount = other.messageCount
    eventCount = other.eventCount
    byteCount = other.byteCount
  }

  /// A reader of the same state for another thread: what it finds and keeps is its own.
  ///
  /// - Parameter defersChecks: readings behind rollups are not checked until somebody does what ``giveChecks(to:)`` gives.
  public func forAnotherThread(deferringChecks defersChecks: Bool = false) -> StoreReader {
    StoreReader(StoreContent(forAnotherThread: content, deferringChecks: defersChecks), like: self)
  }

  /// Hands over what was left to be checked.
  public func giveChecks(to checks: DeferredChecks) { content.giveChecks(to: checks) }

  /// Adds what a reader ``forAnotherThread(deferringChecks:)`` found damaged.
  public func takeDamage(of other: StoreReader) { for damage in other.damage { content.note(damage) } }

  /// Calls `body` with one device's readings of a range in order of time: runs of rollups where they tell all, rows
  /// where they do not. Throws what `body` throws.
  ///
  /// - Parameters:
  ///   - soft: the ends that a run may reach over.
  ///   - detail: what is wanted of rollups; those whose readings are gone come whole.
  ///   - keys: the columns that are wanted of rows.
  public func stretches<Failure: Error>(
    of device: Device, in range: Range<Timestamp>, soft: RollupScan.SoftEnds, detail: RollupDetail = .cells,
    keys: Set<FieldKey>? = nil, _ body: (RollupScan.Stretch) throws(Failure) -> Void
  ) throws(Failure) {
    _ = try eachStretch(of: device, in: range, soft: soft, detail: detail, keys: keys) { stretch throws(Failure) in
      try body(stretch)
      return true
    }
  }

  /// Whether a device has a reading in a range, or rollups tell of one.
  ///
  /// - Parameter detail: what is read of rollups: what has been read is kept for whoever asks for the same.
  public func holdsReading(of device: Device, in range: Range<Timestamp>, detail: RollupDetail) -> Bool {
    !eachStretch(of: device, in: range, soft: [], detail: detail, keys: []) { stretch in
      switch stretch {
      case .runs: false
      case .rows(let rows): rows.rowCount == 0
      }
    }
  }

  /// Calls `body` until it says no; returns whether it came to the end.
  private func eachStretch<Failure: Error>(
    of device: Device, in range: Range<Timestamp>, soft: RollupScan.SoftEnds, detail: RollupDetail,
    keys: Set<FieldKey>?, _ body: (RollupScan.Stretch) throws(Failure) -> Bool
  ) throws(Failure) -> Bool {
    var sources: [RollupScan.Source] = []
    var alone: [RollupScan.Source] = []
    for index in content.segments(holding: device, touching: range) {
      for block in content.blocks(of: device, inSegment: index, touching: range) {
        let file = content.file(ofSegment: index)
        if block.entry.kind == .readings {
          sources.append(source(block.entry, block.rollups, file, detail, keys))
        } else {
          alone.append(source(block.entry, file, .cells))
        }
      }
    }
    for rows in content.blocks(of: device) {
      guard let first = rows.times.first, let last = rows.times.last else { continue }
      sources.append(RollupScan.Source(first: first, last: last))
    }
    // Where readings were dropped, readings that came again tell nothing that the rollups do not.
    var start = range.lowerBound
    for source in alone.sorted(by: { $0.first < $1.first }) where source.last >= start {
      if source.first > start {
        let ends = soft.intersection(start == range.lowerBound ? .lower : [])
        guard try scan(sources, of: device, in: start..<source.first, ends, keys, body) else { return false }
      }
      guard try RollupScan.run([source], in: range, soft: soft, readRows: { _ throws(Failure) in true }, body) else {
        return false
      }
      start = source.last.advanced(byMilliseconds: 1)
    }
    guard start < range.upperBound else { return true }
    let ends = start == range.lowerBound ? soft : soft.intersection(.upper)
    return try scan(sources, of: device, in: start..<range.upperBound, ends, keys, body)
  }

  private func scan<Failure: Error>(
    _ sources: [RollupScan.Source], of device: Device, in range: Range<Timestamp>, _ soft: RollupScan.SoftEnds,
    _ keys: Set<FieldKey>?, _ body: (RollupScan.Stretch) throws(Failure) -> Bool
  ) throws(Failure) -> Bool {
    try RollupScan.run(
      sources.filter { $0.last >= range.lowerBound && $0.first < range.upperBound }, in: range, soft: soft,
      readRows: { part throws(Failure) in
        try eachChunk(of: device, in: part, keys: keys) { rows throws(Failure) in try body(.rows(rows)) }
      }, body)
  }

  /// A block of readings.
  private func source(
    _ readings: SegmentFooter.Entry, _ rollups: SegmentFooter.Entry?, _ file: SegmentFile, _ detail: RollupDetail,
    _ keys: Set<FieldKey>?
  ) -> RollupScan.Source {
    guard let rollups else { return RollupScan.Source(first: readings.first, last: readings.last) }
    var source = source(rollups, of: readings, file, detail)
    source.loadRows = { [content] in content.rows(file, readings, keys: keys) }
    return source
  }

  /// Rollups. Beside their readings damaged ones cost nothing but time: the rows are read.
  private func source(
    _ rollups: SegmentFooter.Entry, of readings: SegmentFooter.Entry? = nil, _ file: SegmentFile,
    _ detail: RollupDetail
  ) -> RollupScan.Source {
    var source = RollupScan.Source(first: rollups.first, last: rollups.last)
    source.loadRollups = { [content] in content.rollups(rollups, of: readings, file, detail) }
    return source
  }

  public init(directory path: String, fileSystem: some FileSystem = POSIXFileSystem()) throws(StorageError) {
    let directory: any StoreDirectory
    do throws(FileSystemError) {
      directory = try fileSystem.openDirectory(path, create: false)
    } catch {
      throw StorageError(error)
    }
    let hold = ReaderHold(directory)
    guard let identity = try FoundIdentity(in: directory, at: path) else {
      throw StorageError(.missing, path: path, cause: "no store here: wattlog.store is missing")
    }
    var state = try StoreState(directory: directory, identity: identity, at: path)
    let unsealed = UnsealedRows()
    _ = state.replayJournals(into: unsealed)
    tallies = Tallies(state.catalog.counts)
    let entries = state.catalog.segments
    messageCount = entries.reduce(unsealed.readingCount) { $0 + $1.readingCount }
    eventCount = entries.reduce(unsealed.events.count) { $0 + $1.eventCount }
    let identityByteCount = identity.identity.encode().count
    byteCount =
      entries.reduce(identityByteCount) { $0 + $1.byteCount } + state.catalog.end
      + state.journals.reduce(0) { $0 + $1.scan.end }
    content = StoreContent(state, entries, unsealed, directory: directory, hold: hold)
  }

  /// Where in time the store holds what.
  public var outline: StoreOutline { StoreOutline(content) }

  /// Every device that has readings, in order of its first one. No segment is opened of which the catalog tells what it
  /// holds.
  public var devices: [StoredDevice] {
    var devices = StoredDevices()
    for index in content.segments.indices { devices.add(content.spans(ofSegment: index)) }
    for series in content.unsealed.series { devices.add(series) }
    return devices.inOrder
  }

  /// Opens the segments that hold anything of these devices in a range, which readers for other threads then know.
  public func open(_ devices: [Device], in range: Range<Timestamp>) {
    for device in devices {
      for index in content.segments(holding: device, touching: range) { _ = content.blocks(inSegment: index) }
    }
  }

  /// Calls `body` with one device's readings of a half-open range, in order of receive time, then of arrival.
  ///
  /// A block that is damaged is left out and noted in ``damage``. Throws what `body` throws.
  ///
  /// - Parameter keys: the columns that are wanted; all by default.
  public func readings<Failure: Error>(
    of device: Device, in range: Range<Timestamp>, keys: Set<FieldKey>? = nil,
    _ body: (ReadingColumns) throws(Failure) -> Void
  ) throws(Failure) {
    _ = try eachChunk(of: device, in: range, keys: keys) { rows throws(Failure) in
      try body(rows)
      return true
    }
  }

  /// Calls `body` until it says no; returns whether it came to the end.
  private func eachChunk<Failure: Error>(
    of device: Device, in range: Range<Timestamp>, keys: Set<FieldKey>?,
    _ body: (ReadingColumns) throws(Failure) -> Bool
  ) throws(Failure) -> Bool {
    var sources: [SeriesScan.Source] = []
    for index in content.segments(holding: device, touching: range) {
      let blocks = content.blocks(of: device, inSegment: index, touching: range)
      let (entry, file) = (content.segments[index].entry, content.file(ofSegment: index))
      for (place, block) in blocks.enumerated() where block.entry.kind == .readings {
        let rank = (entry.rank, entry.number, place)
        sources.append(
          SeriesScan.Source(first: block.entry.first, last: block.entry.last, rank: rank) { [content] in
            content.rows(file, block.entry, keys: keys)
          })
      }
    }
    for (place, rows) in content.blocks(of: device).enumerated() {
      guard let first = rows.times.first, let last = rows.times.last else { continue }
      sources.append(SeriesScan.Source(first: first, last: last, rank: (.max, .max, place), load: { rows }))
    }
    return try SeriesScan.run(sources, in: range, body)
  }

  /// Calls `body` with all events but MARGINS, those that no segment holds first, then a segment's at a time from the one
  /// that ends last, until it says no.
  ///
  /// - Parameter body: gets the events, each piece in order of time, and the last instant of those that are still to come;
  ///   nil with the last piece.
  public func eventsFromTheNewest(_ body: (_ events: [Event], _ before: Timestamp?) -> Bool) {
    let holders = content.segments.indices.filter { content.segments[$0].entry.eventCount > 0 }
      .sorted { content.segments[$0].entry.last > content.segments[$1].entry.last }
    var ends = holders.map { content.segments[$0].entry.last }[...]
    guard body(content.unsealed.eventsInOrder.filter { $0.kind != .margins }, ends.first) else { return }
    for index in holders {
      ends.removeFirst()
      let entries = content.footer(ofSegment: index)?.entries ?? []
      let found = entries.filter { $0.kind == .events }
        .flatMap { content.events($0, of: content.file(ofSegment: index), withMargins: false) }
      guard body(found, ends.first) else { return }
    }
  }

  /// Events of a half-open range in order of time, then of arrival.
  ///
  /// What is asked for again is not read again.
  ///
  /// - Parameter withMargins: false leaves MARGINS out, which say what readings say: these need not be read for them.
  public func events(in range: Range<Timestamp>, withMargins: Bool = true) -> [Event] {
    var found: [Event] = []
    for index in content.segments(holding: nil, touching: range) {
      for entry in content.footer(ofSegment: index)?.entries ?? []
      where entry.kind == .events && entry.last >= range.lowerBound && entry.first < range.upperBound {
        found += content.events(entry, of: content.file(ofSegment: index), withMargins: withMargins)
      }
    }
    found += content.unsealed.eventsInOrder
    // By place: an event is three texts to copy.
    let within = found.indices.filter { place in
      range.contains(found[place].at) && (withMargins || found[place].kind != .margins)
    }
    let isInOrder = zip(within, within.dropFirst()).allSatisfy { found[$0].at <= found[$1].at }
    if isInOrder { return within.count == found.count ? found : within.map { found[$0] } }
    return within.sorted { (found[$0].at, $0) < (found[$1].at, $1) }.map { found[$0] }
  }
}
