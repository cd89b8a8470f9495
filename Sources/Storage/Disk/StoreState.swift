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
  /// Highest number of any segment, temporary or not.
  var highestSegmentNumber: UInt64 = 0

  /// A journal as it stands.
  struct JournalFile {
    var path: String
    var header: JournalHeader
    var bytes: [UInt8]
    var scan: JournalScan
  }

  static func refuse(version: Int, path: String) -> StorageError {
    StorageError(
      .unknownVersion(version), path: path,
      cause: "format version \(version), which this program is too old for; nothing was touched")
  }

  /// Reads `wattlog.store`.
  static func identity(in directory: any StoreDirectory, at path: String) throws(StorageError) -> StoreIdentity? {
    let bytes: [UInt8]
    do throws(FileSystemError) {
      let file = try directory.open(StorePath.identity, .read)
      bytes = try file.read(at: 0, count: 4096)
    } catch {
      if error.code == ENOENT { return nil }
      throw StorageError(error)
    }
    do throws(FormatError) {
      return try StoreIdentity.decode(bytes)
    } catch {
      let file = path + "/" + StorePath.identity
      if case .unknownVersion(let version) = error { throw refuse(version: version, path: file) }
      throw StorageError(.damaged, path: file, cause: "damaged: " + SegmentFile.text(error))
    }
  }

  /// Reads the rest. A reader beside a writer gets a state that existed: it begins again when the catalog has changed
  /// by the time the journals are read, because a sealed journal's rows are then in a segment not yet seen.
  init(directory: any StoreDirectory, identity: StoreIdentity, at path: String) throws(StorageError) {
    var tries = 0
    while true {
      tries += 1
      do {
        var state = StoreState(identity: identity)
        let seen = try state.readCatalog(directory, at: path)
        try state.findSegments(directory)
        try state.readJournals(directory)
        if try StoreState.catalogBytes(directory) == seen || tries == 4 {
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
        guard error.code == ENOENT, tries < 4 else { throw StorageError(error) }
      } catch {
        preconditionFailure("an error of an undeclared type")
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

  private mutating func readCatalog(
    _ directory: any StoreDirectory, at path: String
  ) throws(FileSystemError) -> [UInt8] {
    let bytes = try StoreState.catalogBytes(directory)
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
    var found: Set<UInt64> = []
    var orphans: [(number: UInt64, path: String)] = []
    let root = try directory.names(in: "")
    for name in root where StorePath.isTemporary(name) { leftovers.append(name) }
    for year in root.sorted() where year.utf8.count == 4 && Int(year) != nil {
      for month in try StoreState.names(directory, year).sorted() where month.utf8.count == 2 && Int(month) != nil {
        let folder = year + "/" + month
        for name in try StoreState.names(directory, folder).sorted() {
          let path = folder + "/" + name
          if StorePath.isTemporary(name) {
            leftovers.append(path)
            let number = StorePath.segmentNumber(String(name.dropLast(StorePath.temporarySuffix.utf8.count)))
            highestSegmentNumber = max(highestSegmentNumber, number ?? 0)
          }
          guard let number = StorePath.segmentNumber(name) else { continue }
          highestSegmentNumber = max(highestSegmentNumber, number)
          found.insert(number)
          if catalog.removed.contains(number) {
            leftovers.append(path)
          } else if catalog.entries[number] == nil {
            orphans.append((number, path))
          }
        }
      }
    }
    highestSegmentNumber = max(
      highestSegmentNumber, catalog.entries.keys.max() ?? 0, catalog.removed.max() ?? 0)
    try adopt(orphans, directory)
    if let fault = catalog.fault, fault != "missing" || !found.isEmpty {
      damage.append(
        Damage(
          catalog.isTorn ? .catalogTail : .catalog, file: StorePath.catalog, offset: catalog.end,
          cause: "\(fault); rebuilt from the segments"))
    }
    for entry in catalog.segments where !found.contains(entry.number) {
      let path = StorePath.segment(number: entry.number, year: entry.year, month: entry.month)
      // Merged away between the catalog and the listing; a writer is at work.
      if try StoreState.catalogBytes(directory).count != catalog.end, catalog.fault == nil {
        throw FileSystemError(call: "open", path: path, code: ENOENT)
      }
      damage.append(
        Damage(
          .segment, file: path, offset: 0, byteCount: entry.byteCount, first: entry.first, last: entry.last,
          cause: "the catalog names it, but it is missing"))
      catalog.entries[entry.number] = nil
    }
  }

  private static func names(_ directory: any StoreDirectory, _ path: String) throws(FileSystemError) -> [String] {
    do {
      return try directory.names(in: path)
    } catch {
      if error.code == ENOTDIR || error.code == ENOENT || error.code == ELOOP { return [] }
      throw error
    }
  }

  /// A whole segment outside the catalog counts, unless another one says that it replaces it (SF-32).
  private mutating func adopt(
    _ orphans: [(number: UInt64, path: String)], _ directory: any StoreDirectory
  ) throws(FileSystemError) {
    var paths: [UInt64: String] = [:]
    var replaced: Set<UInt64> = []
    for (number, path) in orphans {
      let index = try SegmentFile(directory: directory, path: path).readIndex(store: identity)
      if let version = index.unknownVersion { unknownVersion = (version, path) }
      damage += index.damage
      guard let footer = index.footer, footer.header.number == number else { continue }
      let byteCount = try directory.open(path, .read).byteCount()
      guard let entry = CatalogEntry(footer, path: path, byteCount: byteCount) else { continue }
      adopted.append(entry)
      paths[number] = path
      catalog.entries[number] = entry
      catalog.coveredSequence = max(catalog.coveredSequence, footer.header.coveredSequence)
      catalog.mergeCounts(footer.counts)
      replaced.formUnion(footer.replaces)
    }
    for number in replaced {
      if let entry = catalog.entries[number] {
        leftovers.append(
          paths[number] ?? StorePath.segment(number: number, year: entry.year, month: entry.month))
      }
      catalog.entries[number] = nil
      catalog.removed.insert(number)
    }
  }

  private mutating func readJournals(_ directory: any StoreDirectory) throws(FileSystemError) {
    for name in try directory.names(in: "").sorted() {
      guard let first = StorePath.firstSequence(ofJournal: name) else { continue }
      // A seal takes all that a journal holds: one that begins below is wholly sealed, and perhaps half recycled.
      guard first > catalog.coveredSequence else {
        leftovers.append(name)
        continue
      }
      let file = try directory.open(name, .read)
      let bytes = try file.read(at: 0, count: min(try file.byteCount(), FormatLayout.maximumJournalByteCount))
      let header: JournalHeader
      do throws(FormatError) {
        let isDamaged: Bool
        (header, isDamaged) = try JournalHeader.decode(bytes[...])
        if isDamaged {
          damage.append(
            Damage(.journal, file: name, offset: 0, byteCount: 128, cause: "one of the header's two copies is damaged"))
        }
      } catch {
        if case .unknownVersion(let version) = error { unknownVersion = (version, name) }
        damage.append(
          Damage(.journal, file: name, offset: 0, byteCount: bytes.count, cause: "header: " + SegmentFile.text(error)))
        unreadableJournals.append(name)
        continue
      }
      guard header.store == identity else {
        damage.append(Damage(.journal, file: name, offset: 0, cause: "belongs to another store"))
        continue
      }
      let scan = JournalScan(bytes[...], header: header)
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
      journals.append(JournalFile(path: name, header: header, bytes: bytes, scan: scan))
    }
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
    self.init(
      number: footer.header.number, rank: footer.header.rank, year: year, month: month, byteCount: byteCount,
      first: footer.entries.map(\.first).min() ?? none, last: footer.entries.map(\.last).max() ?? none,
      readingCount: footer.entries.reduce(0) { $0 + ($1.kind == .readings ? $1.rowCount : 0) },
      eventCount: footer.entries.reduce(0) { $0 + ($1.kind == .events ? $1.rowCount : 0) })
  }

  var path: String { StorePath.segment(number: number, year: year, month: month) }
}
