import Glibc
import Readings
import SegmentFormat

/// What stands on the disk at one moment: catalog, segments, journals; the same for a reader and for a writer's start.
struct StoreState {
  let identity: StoreIdentity
  var catalog: Catalog
  /// Segments on disk that no frame of the catalog names: sealed just before a crash, or the frame is damaged.
  var adopted: [CatalogEntry] = []
  var journals: [JournalFile] = []
  /// Journals of which not even a header can be read.
  var unreadableJournals: [String] = []
  /// A version number that this program does not know, vouched for by a checksum, and its file.
  private var unknownVersion: (version: Int, file: String)?
  var damage: [Damage] = []
  /// Files that have no part in the state: temporary ones and replaced segments.
  var leftovers: [String] = []
  /// Where segments lie that are not where the catalog says.
  private(set) var paths: [UInt64: String] = [:]
  /// Segments that the catalog names and that are nowhere.
  private(set) var lost: [CatalogEntry] = []
  /// Files named like segments that have no part in the state, for reasons that only a person or a repair may act on.
  private(set) var strays: [String] = []
  /// Highest number of any segment, temporary or not.
  var highestSegmentNumber: UInt64 = 0

  /// A journal as it stands.
  struct JournalFile {
    var path: String
    var header: JournalHeader
    var bytes: [UInt8]
    var scan: JournalScan
    var isMisnamed = false
  }

  static func refuse(version: Int, path: String) -> StorageError {
    StorageError(
      .unknownVersion(version), path: path,
      cause: "format version \(version), which this program is too old for; nothing was touched")
  }

  /// Times that a reader begins again beside a writer. A seal takes longer than to read what it wrote.
  private static let maximumTries = 100

  /// Reads it. A reader beside a writer gets a state that existed: it begins again when the catalog has changed by the
  /// time the journals are read, because a sealed journal's rows are then in a segment not yet seen.
  init(directory: any StoreDirectory, identity found: FoundIdentity, at path: String) throws(StorageError) {
    var tries = 0
    while true {
      tries += 1
      do {
        var state = StoreState(identity: found.identity)
        if let damage = found.damage { state.damage.append(damage) }
        let seen = try state.readCatalog(directory, at: path)
        try state.findSegments(directory)
        try state.readJournals(directory)
        if try StoreState.readableCatalogBytes(directory) == seen {
          if let (version, file) = state.unknownVersion {
            throw StoreState.refuse(version: version, path: path + "/" + file)
          }
          self = state
          return
        }
      } catch let error as StorageError {
        throw error
      } catch let error as FileSystemError {
        // A file that was listed a moment ago may have been sealed or merged away.
        guard error.code == ENOENT, tries < StoreState.maximumTries else { throw StorageError(error) }
      } catch {
        preconditionFailure("an error of an undeclared type")
      }
      guard tries < StoreState.maximumTries else {
        throw StorageError(
          .inputOutput(EBUSY), path: path, cause: "the store changes faster than it can be read; try again")
      }
    }
  }

  private init(identity: StoreIdentity) {
    self.identity = identity
    catalog = Catalog()
  }

  static func catalogBytes(_ directory: any StoreDirectory) throws(FileSystemError) -> [UInt8] {
    do {
      let file = try directory.open(StorePath.catalog, .read)
      return try file.read(at: 0, count: min(try file.byteCount(), FormatLayout.maximumCatalogByteCount))
    } catch {
      if error.code == ENOENT { return [] }
      throw error
    }
  }

  /// Nothing where something else than a file has its name.
  private static func readableCatalogBytes(_ directory: any StoreDirectory) throws(FileSystemError) -> [UInt8] {
    do {
      return try catalogBytes(directory)
    } catch {
      guard error.isOfName else { throw error }
      return []
    }
  }

  private mutating func readCatalog(
    _ directory: any StoreDirectory, at path: String
  ) throws(FileSystemError) -> [UInt8] {
    let bytes: [UInt8]
    do {
      bytes = try StoreState.catalogBytes(directory)
    } catch {
      guard error.isOfName else { throw error }
      catalog = Catalog(fault: "no regular file")
      return []
    }
    guard !bytes.isEmpty else {
      catalog = Catalog(fault: "missing")
      return bytes
    }
    do throws(FormatError) {
      catalog = try Catalog(bytes[...], store: identity)
    } catch {
      catalog = Catalog(fault: SegmentFile.text(error))
      if case .unknownVersion(let version) = error { unknownVersion = (version, StorePath.catalog) }
    }
    return bytes
  }

  private mutating func findSegments(_ directory: any StoreDirectory) throws(FileSystemError) {
    let listing = try SegmentListing(directory)
    leftovers += listing.temporary
    highestSegmentNumber = max(
      listing.highestNumber, catalog.entries.keys.max() ?? 0, catalog.removed.max() ?? 0)
    let named = listing.files.map { file in catalog.entries[file.number].map(file.isNamed) == true }
    let others = zip(listing.files, named).filter { !$0.1 }.map(\.0)
    var missing: Set<UInt64> = []
    // No two files have one name, so that all are there when as many are found as there should be.
    if listing.files.count - others.count < catalog.entries.count {
      missing = Set(catalog.entries.keys).subtracting(zip(listing.files, named).filter { $0.1 }.map(\.0.number))
    }
    var placement = SegmentPlacement(directory, identity, missing: missing)
    try placement.place(others, &catalog)
    unknownVersion = placement.unknownVersion ?? unknownVersion
    damage += placement.damage
    adopted = placement.adopted
    paths = placement.paths
    strays = placement.strays
    highestSegmentNumber = max(highestSegmentNumber, adopted.map(\.number).max() ?? 0)
    if let fault = catalog.fault, fault != "missing" || !listing.files.isEmpty {
      damage.append(
        Damage(
          catalog.isTorn ? .catalogTail : .catalog, file: StorePath.catalog, offset: catalog.end,
          cause: "\(fault); rebuilt from the segments"))
    }
    guard !placement.missing.isEmpty else {
      leftovers += placement.replaced
      return
    }
    for entry in catalog.segments where placement.missing.contains(entry.number) {
      // Merged away between the catalog and the listing; a writer is at work.
      if catalog.fault == nil, try StoreState.catalogBytes(directory).count != catalog.end {
        throw FileSystemError(call: "open", path: entry.path, code: ENOENT)
      }
      damage.append(
        Damage(
          .segment, file: entry.path, offset: 0, byteCount: entry.byteCount, first: entry.first, last: entry.last,
          cause: "the catalog names it, but it is missing"))
      lost.append(entry)
      catalog.entries[entry.number] = nil
    }
    // What replaced them may be what is missing: then they are all that is left.
    if lost.isEmpty { leftovers += placement.replaced } else { strays += placement.replaced }
  }

  private mutating func readJournals(_ directory: any StoreDirectory) throws(FileSystemError) {
    for name in try directory.names(in: "").sorted() {
      guard let first = StorePath.firstSequence(ofJournal: name) else { continue }
      let bytes: [UInt8]
      do {
        let file = try directory.open(name, .read)
        bytes = try file.read(at: 0, count: min(try file.byteCount(), FormatLayout.maximumJournalByteCount))
      } catch {
        guard error.isOfName else { throw error }
        noteUnreadable(name, byteCount: 0, cause: StorageError(error).cause)
        continue
      }
      try readJournal(name, first, bytes)
    }
  }

  private mutating func noteUnreadable(_ name: String, byteCount: Int, cause: String) {
    damage.append(Damage(.journal, file: name, offset: 0, byteCount: byteCount, cause: cause))
    unreadableJournals.append(name)
  }

  private mutating func readJournal(_ name: String, _ first: UInt32, _ bytes: [UInt8]) throws(FileSystemError) {
    let header: JournalHeader
    let isDamaged: Bool
    do throws(FormatError) {
      (header, isDamaged) = try JournalHeader.decode(bytes[...])
    } catch {
      // What is wholly sealed matters no more.
      guard first > catalog.coveredSequence else {
        leftovers.append(name)
        return
      }
      if case .unknownVersion(let version) = error { unknownVersion = (version, name) }
      noteUnreadable(name, byteCount: bytes.count, cause: "header: " + SegmentFile.text(error))
      return
    }
    // A seal takes all that a journal holds: one that begins below is wholly sealed, and perhaps half recycled: then its
    // new header stands under the old name, and no frame behind it.
    guard header.firstSequence > catalog.coveredSequence else {
      if first > catalog.coveredSequence {
        noteUnreadable(
          name, byteCount: bytes.count,
          cause: "an older journal under this name: its commits from \(header.firstSequence) on are sealed")
      } else {
        leftovers.append(name)
      }
      return
    }
    guard header.store == identity else {
      noteUnreadable(name, byteCount: bytes.count, cause: "belongs to another store")
      return
    }
    let scan = JournalScan(bytes[...], header: header)
    if first <= catalog.coveredSequence, scan.frames.isEmpty {
      leftovers.append(name)
      return
    }
    if isDamaged {
      damage.append(
        Damage(.journal, file: name, offset: 0, byteCount: 128, cause: "one of the header's two copies is damaged"))
    }
    if first != header.firstSequence {
      damage.append(
        Damage(
          .misplaced, file: name, offset: 0,
          cause: "its header says that its commits begin with \(header.firstSequence)"))
    }
    for hole in scan.holes {
      damage.append(
        Damage(
          .journal, file: name, offset: hole.lowerBound, byteCount: hole.count,
          cause: "damaged commits between sound ones"))
    }
    if scan.isTorn {
      damage.append(
        Damage(
          .journalTail, file: name, offset: scan.end,
          cause: "an unfinished commit at the end, as a kill or power cut leaves it"))
    } else if bytes.count < Int(header.byteCount) {
      damage.append(
        Damage(.journal, file: name, offset: bytes.count, cause: "shorter than its header says"))
    }
    journals.append(
      JournalFile(path: name, header: header, bytes: bytes, scan: scan, isMisnamed: first != header.firstSequence))
  }
}

extension CatalogEntry {
  /// What a footer says of its segment; nil where the path has no month.
  init?(_ footer: SegmentFooter, path: String, byteCount: Int) {
    let parts = path.split(separator: "/")
    guard parts.count == 3, let year = Int(parts[0]), let month = Int(parts[1]), (1...12).contains(month) else {
      return nil
    }
    let none = Timestamp(milliseconds: 0)
    let spans = footer.spans
    self.init(
      number: footer.header.number, rank: footer.header.rank, year: year, month: month, byteCount: byteCount,
      first: spans.map(\.first).min() ?? none, last: spans.map(\.last).max() ?? none,
      readingCount: spans.reduce(0) { $0 + ($1.device == nil ? 0 : $1.rowCount) },
      eventCount: spans.reduce(0) { $0 + ($1.device == nil ? $1.rowCount : 0) }, spans: spans.isEmpty ? nil : spans)
  }

  /// Where it should lie.
  var path: String { StorePath.segment(number: number, year: year, month: month) }
}
