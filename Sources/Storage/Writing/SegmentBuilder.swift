import Glibc
import Readings
import SegmentFormat

/// A segment in the making: a temporary file that blocks are added to, until it gets its name.
final class SegmentBuilder {
  let segment: SegmentFile
  let number: UInt64
  private let directory: any StoreDirectory
  private let file: any StoreFile
  private let temporaryPath: String
  private let year: Int
  private let month: Int
  private(set) var footer: SegmentFooter
  private var end = FormatLayout.headerByteCount
  /// Of the bodies of blocks of readings, by offset.
  private var readingChecksums: [Int: UInt32] = [:]
  /// Whether the file ends in a footer after each block, so that a disk that fills up costs the last block only.
  private let keepsFooter: Bool

  var isEmpty: Bool { footer.entries.isEmpty }
  var byteCount: Int { end }
  var blockCount: Int { footer.entries.count }

  /// - Parameter first: the first reading's or event's time, whose UTC month names the directory.
  init(
    directory: any StoreDirectory, header: SegmentHeader, replaces: [UInt64], first: Timestamp, keepsFooter: Bool
  ) throws(FileSystemError) {
    self.directory = directory
    self.keepsFooter = keepsFooter
    number = header.number
    (year, month) = StorePath.civil(first)
    footer = SegmentFooter(header: header, replaces: replaces)
    let yearPath = StorePath.year(year)
    let monthPath = StorePath.month(year: year, month: month)
    try SegmentBuilder.makeDirectory(yearPath, parent: "", in: directory)
    try SegmentBuilder.makeDirectory(monthPath, parent: yearPath, in: directory)
    let path = StorePath.segment(number: number, year: year, month: month)
    temporaryPath = path + StorePath.temporarySuffix
    file = try directory.open(temporaryPath, .create)
    segment = SegmentFile(directory: directory, path: temporaryPath, file: file)
    do {
      try file.write(header.encode()[...], at: 0)
    } catch {
      try? directory.unlink(temporaryPath)
      throw error
    }
  }

  private static func makeDirectory(
    _ path: String, parent: String, in directory: any StoreDirectory
  ) throws(FileSystemError) {
    do {
      try directory.makeDirectory(path)
    } catch {
      guard error.code == EEXIST else { throw error }
    }
    // Even where it exists: an earlier run may have made it and not come to this.
    try directory.synchronizeDirectory(parent)
  }

  /// Adds one block and its rollups; after an error the segment is as it was before.
  func add(_ rows: ReadingColumns, of device: Device) throws(FileSystemError) {
    guard let first = rows.times.first, let last = rows.times.last else { return }
    let body = Block.encode(rows, timeUnit: footer.header.store.timeUnit)
    var blocks = [
      (BlockFrame(kind: .readings, device: device, rowCount: rows.rowCount, first: first, last: last, body: body), body)
    ]
    if let rollups = SegmentBuilder.rollups(of: rows, timeUnit: footer.header.store.timeUnit),
      rollups.count <= body.count || rollups.count * 16 <= rows.rowCount
    {
      let frame = BlockFrame(
        kind: .rollups, device: device, rowCount: rows.rowCount, first: first, last: last, body: rollups)
      blocks.append((frame, rollups))
    }
    try add(blocks)
  }

  /// nil where there are none. A plug whose steps are of every length is told in no fewer bytes than its rows: then the
  /// caller does without, unless they are next to nothing.
  private static func rollups(of rows: ReadingColumns, timeUnit: Int64) -> [UInt8]? {
    RollupBuilder.rollups(of: rows).map { RollupBlock.encode($0, timeUnit: timeUnit) }
  }

  /// Adds a block of another segment as it is, its checksums found right: readings or rollups, because events may lean on
  /// blocks at their places.
  func copy(_ entry: SegmentFooter.Entry, from other: SegmentFile) throws {
    precondition(entry.kind != .events, "events away from their readings")
    let body = Array(try other.readBody(entry))
    let frame = BlockFrame(
      kind: entry.kind, device: entry.device, rowCount: entry.rowCount, first: entry.first, last: entry.last, body: body
    )
    try add([(frame, body)])
  }

  /// Adds events, which are in order of time. MARGINS are told by the readings that the segment has already.
  func add(_ events: [Event]) throws(FileSystemError) {
    let known = KnownReadings()
    for range in EventRuns.ranges(of: events) {
      let run = Array(events[range])
      let body = EventBlock.encode(run, timeUnit: footer.header.store.timeUnit, beside: readings(beside: run, known))
      let frame = BlockFrame(
        kind: .events, device: nil, rowCount: run.count, first: run[0].at, last: run[run.count - 1].at, body: body)
      try add([(frame, body)])
    }
  }

  /// What can be read of each plug around its MARGINS.
  private func readings(beside events: [Event], _ known: KnownReadings) -> [Device: EventBlock.Beside] {
    EventRuns.spans(ofMargins: events).reduce(into: [:]) { beside, span in
      let (device, span) = span
      let near = footer.entries.filter { entry in
        entry.kind == .readings && entry.device == device && entry.last >= span.first
          && entry.first <= span.last.advanced(byMilliseconds: EventSection.longestLag)
      }
      var blocks: [ReadingColumns] = []
      var places: [ReadingPlace] = []
      var rowCount = 0
      for entry in near.prefix(EventSection.maximumPlaceCount) {
        guard let checksum = readingChecksums[entry.offset] else { continue }
        let place = ReadingPlace(offset: entry.offset, byteCount: entry.byteCount, checksum: checksum)
        rowCount += entry.rowCount
        guard rowCount <= EventBlock.Beside.maximumRowCount / 2,
          let rows = try? known.rows(at: place, { try segment.readPower(at: place, of: device) })
        else { break }
        blocks.append(rows)
        places.append(place)
      }
      guard !blocks.isEmpty else { return }
      beside[device] = EventBlock.Beside(blocks, at: places, timeUnit: footer.header.store.timeUnit)
    }
  }

  private func add(_ blocks: [(frame: BlockFrame, body: [UInt8])]) throws(FileSystemError) {
    var bytes: [UInt8] = []
    for (frame, body) in blocks {
      let offset = end + bytes.count
      let start = bytes.count
      bytes += frame.encode()
      bytes += body
      footer.entries.append(SegmentFooter.Entry(frame: frame, offset: offset, byteCount: bytes.count - start))
      if frame.kind == .readings { readingChecksums[offset] = frame.bodyChecksum }
    }
    do {
      try file.write((keepsFooter ? bytes + footer.encode() : bytes)[...], at: end)
    } catch {
      footer.entries.removeLast(blocks.count)
      // The space below the old footer is allocated already: putting it back needs none.
      if keepsFooter, !footer.entries.isEmpty { try? file.write(footer.encode()[...], at: end) }
      throw error
    }
    end += bytes.count
  }

  /// Blocks stand one behind the other, each behind what it belongs to.
  func checkInvariants() {
    var offset = FormatLayout.headerByteCount
    for (place, entry) in footer.entries.enumerated() {
      precondition(entry.offset == offset && entry.byteCount > 0, "a gap between two blocks")
      precondition(entry.first <= entry.last && entry.rowCount > 0, "a block without rows or time")
      precondition((entry.device == nil) == (entry.kind == .events), "a block of no device")
      precondition(
        entry.kind != .rollups || keepsFooter || place == 0 || footer.entries[place - 1].device == entry.device
          || footer.rollupsAlone.contains(place), "rollups behind another device's readings")
      offset += entry.byteCount
    }
    precondition(offset == end, "bytes behind the last block")
    precondition(footer.replaces.allSatisfy { $0 < number }, "a segment that replaces itself or a younger one")
  }

  /// Takes the last blocks out again.
  func rollBack(toBlockCount count: Int) {
    guard count < footer.entries.count else { return }
    end = footer.entries[count].offset
    footer.entries.removeSubrange(count...)
    if keepsFooter, count > 0 { try? file.write(footer.encode()[...], at: end) }
  }

  /// Writes the footer and makes the file's bytes durable.
  ///
  /// After an error the bytes are not to be trusted, and the file is of no more use.
  func finish(counts: [(name: String, count: Int64)]) throws(FileSystemError) -> CatalogEntry {
    var whole = footer
    whole.counts = counts
    let bytes = whole.encode()
    do {
      try file.write(bytes[...], at: end)
      footer = whole
    } catch {
      // The footer behind the last block stands there already, with older counters.
      guard keepsFooter, error.code == ENOSPC || error.code == EDQUOT else { throw error }
      try file.write(footer.encode()[...], at: end)
    }
    try file.synchronize()
    guard
      let entry = CatalogEntry(footer, path: finalPath, byteCount: end + footer.encode().count)
    else { preconditionFailure("a segment's path without its month") }
    return entry
  }

  private var finalPath: String { StorePath.segment(number: number, year: year, month: month) }

  /// Gives the finished file its name.
  func name() throws(FileSystemError) {
    try directory.rename(temporaryPath, to: finalPath)
    segment.path = finalPath
    segment.file = nil
  }

  /// Makes the name durable.
  func synchronizeName() throws(FileSystemError) {
    try directory.synchronizeDirectory(StorePath.month(year: year, month: month))
  }

  /// Gives up; what cannot be removed is removed at the next start.
  func abandon() {
    try? directory.unlink(temporaryPath)
  }
}
