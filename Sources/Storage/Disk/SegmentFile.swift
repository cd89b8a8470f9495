import Readings
import SegmentFormat

/// One segment on disk, or in the making: its blocks are read by their places.
///
/// The file is opened for each read and closed again, but while it is held: a store of ten years has more segments than
/// a process may hold open.
final class SegmentFile {
  let directory: any StoreDirectory
  var path: String
  /// Open while the segment is being written, or held.
  var file: (any StoreFile)?
  /// While it is held.
  private var ahead: ReadAhead?

  init(directory: any StoreDirectory, path: String, file: (any StoreFile)? = nil) {
    self.directory = directory
    self.path = path
    self.file = file
  }

  func open() throws(FileSystemError) -> any StoreFile {
    if let file { return file }
    return try directory.open(path, .read)
  }

  /// The same segment with its file kept open, for whoever reads many blocks one after the other. A file that cannot be
  /// opened says so with each read.
  ///
  /// - Parameter isReadAhead: false where most blocks are passed over.
  func held(readingAhead isReadAhead: Bool) -> SegmentFile {
    let held = SegmentFile(directory: directory, path: path, file: try? open())
    if isReadAhead { held.ahead = held.file.map(ReadAhead.init) }
    return held
  }

  /// What is known of a segment after its footer, or its blocks, were read.
  struct Index {
    /// nil where nothing of the segment can be read.
    var footer: SegmentFooter?
    var damage: [Damage] = []
    /// A version that this program does not know, where a checksum vouches for the number.
    var unknownVersion: Int?
    /// What a sound footer says, in the form in which the catalog says it.
    var own: CatalogEntry?
    /// Another segment than the one that was looked for is here.
    var isOther = false
  }

  /// Reads the index of a segment that the catalog names, and compares.
  func readIndex(of entry: CatalogEntry, store: StoreIdentity) throws(FileSystemError) -> Index {
    let file = try open()
    let byteCount = try file.byteCount()
    var index = try readIndex(of: file, byteCount: byteCount, store: store)
    guard let footer = index.footer else { return index }
    guard footer.header.number == entry.number else {
      index.footer = nil
      index.isOther = true
      index.damage = [
        Damage(
          .segment, file: path, offset: 0, byteCount: entry.byteCount, first: entry.first, last: entry.last,
          cause: "holds segment \(footer.header.number) in place of \(entry.number)")
      ]
      return index
    }
    guard index.damage.isEmpty else { return index }
    index.own = CatalogEntry(footer, path: entry.path, byteCount: byteCount)
    if let own = index.own, !own.agrees(with: entry) {
      index.damage.append(
        Damage(
          .index, file: path, offset: 0, byteCount: byteCount, first: min(own.first, entry.first),
          last: max(own.last, entry.last), cause: "catalog and footer differ"))
    }
    return index
  }

  /// Reads the segment's index from its footer, or makes it from the blocks where the footer is damaged.
  func readIndex(store: StoreIdentity) throws(FileSystemError) -> Index {
    let file = try open()
    return try readIndex(of: file, byteCount: try file.byteCount(), store: store)
  }

  private func readIndex(
    of file: any StoreFile, byteCount: Int, store: StoreIdentity
  ) throws(FileSystemError) -> Index {
    do {
      let footer = try SegmentFile.footer(of: file, byteCount: byteCount)
      guard footer.header.store == store else {
        return Index(damage: [damage(.segment, cause: "belongs to another store")])
      }
      return Index(footer: footer)
    } catch let error as FileSystemError {
      throw error
    } catch {
      return try rebuildIndex(of: file, byteCount: byteCount, store: store, cause: error)
    }
  }

  private static func footer(of file: any StoreFile, byteCount: Int) throws -> SegmentFooter {
    let trailerByteCount = FormatLayout.trailerByteCount
    guard byteCount >= FormatLayout.headerByteCount + trailerByteCount else {
      throw FormatError.truncated(offset: byteCount)
    }
    // Most footers lie within the last 4 KiB: one read.
    var start = max(0, byteCount - 4096)
    var tail = try file.read(at: start, count: byteCount - start)
    guard tail.count == byteCount - start else { throw FormatError.truncated(offset: byteCount) }
    let bodyByteCount = try SegmentFooter.bodyByteCount(trailer: tail.suffix(trailerByteCount))
    let size = bodyByteCount + trailerByteCount
    guard size <= byteCount - FormatLayout.headerByteCount else { throw FormatError.truncated(offset: 0) }
    if size > tail.count {
      start = byteCount - size
      tail = try file.read(at: start, count: size)
      guard tail.count == size else { throw FormatError.truncated(offset: byteCount) }
    }
    return try SegmentFooter.decode(tail.suffix(size), at: byteCount - size)
  }

  /// Finds blocks by their own headers: after a damaged one the next is looked for by its magic (SF-19).
  private func rebuildIndex(
    of file: any StoreFile, byteCount: Int, store: StoreIdentity, cause: any Error
  ) throws(FileSystemError) -> Index {
    let bytes = try file.read(at: 0, count: byteCount)
    var index = Index(damage: [damage(.footer, offset: byteCount, cause: SegmentFile.text(cause))])
    let header: SegmentHeader
    do {
      header = try SegmentHeader.decode(bytes[...])
    } catch {
      if case .unknownVersion(let version) = error { index.unknownVersion = version }
      index.damage.append(damage(.segment, cause: "neither header nor footer: " + SegmentFile.text(error)))
      return index
    }
    guard header.store == store else {
      index.damage.append(damage(.segment, cause: "belongs to another store"))
      return index
    }
    var footer = SegmentFooter(header: header)
    var offset = FormatLayout.headerByteCount
    while let (frame, start, end) = SegmentFile.nextBlock(in: bytes, from: offset) {
      footer.entries.append(SegmentFooter.Entry(frame: frame, offset: start, byteCount: end - start))
      offset = end
    }
    index.footer = footer
    return index
  }

  static func nextBlock(in bytes: [UInt8], from offset: Int) -> (BlockFrame, start: Int, end: Int)? {
    let lowest = UInt8(truncatingIfNeeded: FormatLayout.blockMagic)
    var offset = offset
    while offset + FormatLayout.blockHeaderByteCount <= bytes.count {
      if bytes[offset] == lowest, let (frame, bodyOffset) = try? BlockFrame.decode(bytes[offset...]),
        offset + bodyOffset + frame.bodyByteCount <= bytes.count
      {
        return (frame, offset, offset + bodyOffset + frame.bodyByteCount)
      }
      offset += 1
    }
    return nil
  }

  /// The body of a block, its checksums found right and its frame found to say what the index says.
  func readBody(_ entry: SegmentFooter.Entry) throws -> ArraySlice<UInt8> {
    // Offsets in errors count from the block's first byte.
    try SegmentFile.body(of: entry, in: Array(try bytes(of: entry))[...])
  }

  /// Reads a block for its checksums and its frame only.
  func check(_ entry: SegmentFooter.Entry) throws {
    _ = try SegmentFile.body(of: entry, in: try bytes(of: entry))
  }

  private func bytes(of entry: SegmentFooter.Entry) throws(FileSystemError) -> ArraySlice<UInt8> {
    if let ahead { return try ahead.read(at: entry.offset, count: entry.byteCount) }
    return try open().read(at: entry.offset, count: entry.byteCount)[...]
  }

  private static func body(of entry: SegmentFooter.Entry, in bytes: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
    guard bytes.count == entry.byteCount else { throw FormatError.truncated(offset: entry.offset + bytes.count) }
    let (frame, bodyOffset) = try BlockFrame.decode(bytes)
    guard bodyOffset + frame.bodyByteCount == bytes.count else {
      throw FormatError.invalid(offset: 8, what: "length of the block's body")
    }
    let body = bytes.dropFirst(bodyOffset)
    guard CRC32C.checksum(body) == frame.bodyChecksum else {
      throw FormatError.checksumMismatch(offset: bodyOffset)
    }
    guard SegmentFooter.Entry(frame: frame, offset: entry.offset, byteCount: entry.byteCount) == entry else {
      throw FormatError.invalid(offset: 0, what: "the block is not what the index says")
    }
    return body
  }

  /// - Parameter keys: columns that are wanted; nil for all.
  func readRows(_ entry: SegmentFooter.Entry, keys: Set<FieldKey>? = nil) throws -> ReadingColumns {
    let rows = try Block.decode(try readBody(entry), keys: keys)
    guard rows.rowCount == entry.rowCount, rows.times.first == entry.first, rows.times.last == entry.last,
      rows.isWellFormed
    else { throw FormatError.invalid(offset: 0, what: "the block's rows are not what its header says") }
    return rows
  }

  /// nil for rollups of a kind that this program does not know.
  func readRollups(_ entry: SegmentFooter.Entry, detail: RollupDetail = .cells) throws -> Rollups? {
    try rollups(entry, in: try readBody(entry), detail: detail)
  }

  /// The same of a body that was read.
  func rollups(
    _ entry: SegmentFooter.Entry, in body: ArraySlice<UInt8>, detail: RollupDetail = .cells
  ) throws -> Rollups? {
    let rollups = try RollupBlock.decode(body, rowCount: entry.rowCount, detail: detail)
    if let rollups, rollups.runs.first?.first.time != entry.first || rollups.runs.last?.last.time != entry.last {
      throw FormatError.invalid(offset: 0, what: "the block's rollups are not of its time")
    }
    return rollups
  }

  func damage(_ kind: Damage.Kind, offset: Int = 0, cause: String) -> Damage {
    Damage(kind, file: path, offset: offset, cause: cause)
  }

  func damage(of entry: SegmentFooter.Entry, _ error: any Error) -> Damage {
    Damage(
      entry.kind == .rollups ? .rollups : .block, file: path, offset: entry.offset, byteCount: entry.byteCount,
      device: entry.device, first: entry.first,
      last: entry.last, cause: SegmentFile.text(error))
  }

  static func text(_ error: any Error) -> String {
    switch error {
    case FormatError.truncated(let offset): "ends at byte \(offset)"
    case FormatError.checksumMismatch(let offset): "wrong checksum at byte \(offset)"
    case FormatError.unknownVersion(let version): "format version \(version)"
    case FormatError.invalid(let offset, let what): "\(what) at byte \(offset)"
    case let error as FileSystemError: StorageError(error).cause
    default: "\(error)"
    }
  }
}

extension ReadingColumns {
  /// Times in order, columns of equal length, text numbers that exist: what no decoder's bug may break unseen.
  var isWellFormed: Bool {
    for index in times.indices.dropFirst() where times[index] < times[index - 1] { return false }
    for column in columns {
      guard column.values.count == times.count else { return false }
      if column.field.form == .verbatim {
        let numbers = 0..<Int64(column.texts.count)
        for value in column.values where value != ReadingColumns.absent && !numbers.contains(value) { return false }
      }
    }
    return true
  }
}
