import Readings
import SegmentFormat

/// What a reader of a store finds once and keeps: of its segments, of what no segment holds yet, and of damage.
final class StoreContent {
  let identity: StoreIdentity
  private let finder: SegmentFinder
  /// While readers look at files, none of them goes.
  private let hold: ReaderHold?
  /// In order of arrival.
  private(set) var segments: [Segment]
  let unsealed: UnsealedRows
  /// Columns of the unsealed rows, made when first asked for.
  var unsealedBlocks: [Device: [ReadingColumns]] = [:]
  private var damageLog: DamageLog
  var damage: [Damage] { damageLog.all }

  /// A segment, as far as it was looked at.
  struct Segment {
    /// What the catalog says of it, or its own footer where that says otherwise.
    var entry: CatalogEntry { didSet { spansOfDevice = nil } }
    /// Both known when it was first opened.
    var file: SegmentFile?
    var footer: SegmentFooter?
    /// What each device has in it, made when first asked for.
    var blocks: [Device: [SealedBlock]]?
    /// The places of each device's spans in the entry, made when first asked for of many: of a segment of thousands of
    /// plugs each of them asks.
    private var spansOfDevice: [Device?: [Int]]?
    private static let fewSpans = 32

    init(entry: CatalogEntry) { self.entry = entry }

    /// Whether something of a device (of events where it is nil) touches a time; nil where the entry does not tell.
    mutating func holds(_ device: Device?, where touches: (Timestamp, Timestamp) -> Bool) -> Bool? {
      guard let spans = entry.spans else { return nil }
      if spans.count <= Segment.fewSpans {
        return spans.contains { $0.device == device && touches($0.first, $0.last) }
      }
      let known = spansOfDevice ?? Dictionary(grouping: spans.indices) { spans[$0].device }
      spansOfDevice = known
      return known[device]?.contains { touches(spans[$0].first, spans[$0].last) } ?? false
    }
  }

  /// - Parameter entries: the catalog's segments in order of arrival.
  init(
    _ state: StoreState, _ entries: [CatalogEntry], _ unsealed: UnsealedRows, directory: any StoreDirectory,
    hold: ReaderHold?
  ) {
    identity = state.identity
    self.hold = hold
    self.unsealed = unsealed
    damageLog = DamageLog(state.damage)
    finder = SegmentFinder(state, directory)
    segments = entries.map { Segment(entry: $0) }
  }

  /// The same state, with a memory of its own.
  init(forAnotherThread other: StoreContent, deferringChecks defersChecks: Bool) {
    if defersChecks { deferredChecks = [] }
    // What is known of segments is found once for all.
    for index in other.segments.indices where other.segments[index].footer != nil {
      _ = other.blocks(inSegment: index)
    }
    identity = other.identity
    finder = other.finder
    hold = other.hold
    segments = other.segments
    unsealed = other.unsealed
    damageLog = other.damageLog
  }

  func note(_ found: Damage) { damageLog.note(found) }

  func footer(ofSegment index: Int) -> SegmentFooter? {
    if let known = segments[index].footer { return known }
    let entry = segments[index].entry
    do throws(FileSystemError) {
      let (file, found) = try finder.open(entry)
      for damage in found.damage { note(damage) }
      segments[index].file = file
      if let footer = found.footer, found.own == nil || found.own != entry,
        let own = CatalogEntry(footer, path: entry.path, byteCount: entry.byteCount)
      {
        segments[index].entry = own
      }
      segments[index].footer =
        found.footer
        ?? SegmentFooter(
          header: SegmentHeader(store: identity, number: entry.number, rank: entry.rank, coveredSequence: 0))
    } catch {
      note(
        Damage(
          .segment, file: entry.path, offset: 0, byteCount: entry.byteCount, first: entry.first, last: entry.last,
          cause: StorageError(error).cause))
    }
    return segments[index].footer
  }

  /// Where a segment lies.
  func file(ofSegment index: Int) -> SegmentFile { segments[index].file ?? finder.file(of: segments[index].entry) }

  /// What a segment holds: as the catalog tells, else as its footer does.
  func spans(ofSegment index: Int) -> [SegmentSpan] {
    segments[index].entry.spans ?? footer(ofSegment: index)?.spans ?? []
  }

  /// Segments that may hold something of a device, or of events where it is nil, in a range. The others are not opened.
  func segments(holding device: Device?, touching range: Range<Timestamp>) -> [Int] {
    func touches(_ first: Timestamp, _ last: Timestamp) -> Bool { last >= range.lowerBound && first < range.upperBound }
    return segments.indices.filter { index in
      guard touches(segments[index].entry.first, segments[index].entry.last) else { return false }
      return segments[index].holds(device, where: touches) ?? (device != nil || segments[index].entry.eventCount > 0)
    }
  }

  /// Readings behind rollups that are still to be checked; nil where they are checked at once.
  private var deferredChecks: [DeferredChecks.Check]?

  /// Hands over what was left to be checked.
  func giveChecks(to others: DeferredChecks) {
    guard let checks = deferredChecks else { return }
    others.add(checks)
    deferredChecks = []
  }

  /// The segment that was read last, held open.
  private var lastFile: SegmentFile?

  private func held(_ file: SegmentFile) -> SegmentFile {
    if let lastFile, lastFile.path == file.path { return lastFile }
    let opened = file.held(readingAhead: deferredChecks == nil)
    lastFile = opened
    return opened
  }

  /// The block that was decoded last for some columns only: accounting asks for several stretches of one.
  private var lastRows: (file: String, offset: Int, keys: Set<FieldKey>, rows: ReadingColumns)?

  /// A block's readings, nil of a damaged one.
  func rows(_ file: SegmentFile, _ entry: SegmentFooter.Entry, keys: Set<FieldKey>?) -> ReadingColumns? {
    if let keys, let last = lastRows, last.offset == entry.offset, last.file == file.path, last.keys == keys {
      return last.rows
    }
    if keys != nil { lastRows = nil }
    do {
      let rows = try held(file).readRows(entry, keys: keys)
      if let keys { lastRows = (file.path, entry.offset, keys, rows) }
      return rows
    } catch {
      note(file.damage(of: entry, error))
      return nil
    }
  }

  /// A block of readings with the rollups that stand behind it, or rollups whose readings are gone.
  struct SealedBlock {
    var entry: SegmentFooter.Entry
    var rollups: SegmentFooter.Entry?
  }

  func blocks(of device: Device, inSegment index: Int, touching range: Range<Timestamp>) -> [SealedBlock] {
    (blocks(inSegment: index)[device] ?? []).filter {
      $0.entry.last >= range.lowerBound && $0.entry.first < range.upperBound
    }
  }

  /// What each device has in a segment.
  func blocks(inSegment index: Int) -> [Device: [SealedBlock]] {
    if let known = segments[index].blocks { return known }
    guard let footer = footer(ofSegment: index) else { return [:] }
    let alone = Set(footer.rollupsAlone)
    var blocks: [Device: [SealedBlock]] = [:]
    // Blocks of a device stand together: it is looked up with the first of them.
    var (last, found): (Device?, [SealedBlock]) = (nil, [])
    func keep() { if let last { blocks[last, default: []] += found } }
    for (place, entry) in footer.entries.enumerated() {
      guard let device = entry.device else { continue }
      if device != last {
        keep()
        (last, found) = (device, [])
      }
      if entry.kind == .readings {
        found.append(SealedBlock(entry: entry, rollups: footer.rollups(behind: place)))
      } else if alone.contains(place) {
        found.append(SealedBlock(entry: entry))
      }
    }
    keep()
    segments[index].blocks = blocks
    return blocks
  }

  /// The rollups that were read last: the ends of a range are looked at before the whole of it.
  private var lastRollups: [(file: String, offset: Int, detail: RollupDetail, rollups: Rollups?)] = []

  /// Rollups, nil where they tell nothing; the readings that they stand for are checked too, at once or later, as damage
  /// of theirs would cost nothing and stay unseen.
  func rollups(
    _ entry: SegmentFooter.Entry, of readings: SegmentFooter.Entry?, _ file: SegmentFile, _ detail: RollupDetail
  ) -> Rollups? {
    let last = lastRollups.first { $0.offset == entry.offset && $0.detail == detail && $0.file == file.path }
    if let last { return last.rollups }
    let open = held(file)
    var rollups: Rollups?
    do { rollups = try open.readRollups(entry, detail: detail) } catch { note(file.damage(of: entry, error)) }
    if rollups != nil, let readings {
      if deferredChecks != nil {
        deferredChecks?.append(DeferredChecks.Check(entry: readings, file: file))
      } else if !isSound(readings, in: open), detail < .cells {
        // What is left of damaged readings is told whole, whatever is asked for (SF-R42).
        rollups = try? open.readRollups(entry)
      }
    }
    if lastRollups.count == 2 { lastRollups.removeFirst() }
    lastRollups.append((file.path, entry.offset, detail, rollups))
    return rollups
  }

  /// A block's events as far as they were asked for: without MARGINS that readings tell, and all.
  private struct KnownEvents {
    var alone: [Event]
    var all: [Event]?
  }
  private var knownEvents: [String: [Int: KnownEvents]] = [:]

  /// A block's events, none of a damaged one, and none of the MARGINS that damaged readings would tell.
  ///
  /// - Parameter withMargins: false for those that no readings are needed for.
  func events(_ entry: SegmentFooter.Entry, of file: SegmentFile, withMargins: Bool) -> [Event] {
    let before = knownEvents[file.path]?[entry.offset]
    if let known = withMargins ? before?.all : before?.alone { return known }
    var known = KnownEvents(alone: [], all: [])
    do {
      let content = try file.readEventBlock(entry)
      known.alone = content.alone
      known.all = content.sections.isEmpty ? content.alone : nil
      if withMargins, known.all == nil {
        known.all = content.alone
        known.all = try file.readEvents(of: content, entry, readings(of: file))
      }
    } catch {
      note(file.damage(of: entry, error))
    }
    knownEvents[file.path, default: [:]][entry.offset] = known
    return withMargins ? known.all ?? [] : known.alone
  }

  /// Of the segment that MARGINS were read of last.
  private var lastKnownReadings: (path: String, readings: KnownReadings)?

  private func readings(of file: SegmentFile) -> KnownReadings {
    if let last = lastKnownReadings, last.path == file.path { return last.readings }
    let readings = KnownReadings()
    lastKnownReadings = (file.path, readings)
    return readings
  }

  /// Reads a block for its checksums only.
  private func isSound(_ entry: SegmentFooter.Entry, in file: SegmentFile) -> Bool {
    do {
      try file.check(entry)
      return true
    } catch {
      note(file.damage(of: entry, error))
      return false
    }
  }

  func blocks(of device: Device) -> [ReadingColumns] {
    if let known = unsealedBlocks[device] { return known }
    let made = unsealed.rows(of: device)?.blocks ?? []
    unsealedBlocks[device] = made
    return made
  }
}
