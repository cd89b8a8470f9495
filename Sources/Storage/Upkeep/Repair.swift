import Glibc
import Readings
import SegmentFormat

/// What a repair did.
public struct RepairReport: Equatable, Sendable {
  /// Segments written anew from their good blocks, by their old paths.
  public var repairedSegments: [String] = []
  /// Segments that lay under another name and are where they should be, by their paths.
  public var replacedSegments: [String] = []
  /// Where the damaged originals are, inside the store.
  public var quarantined: [String] = []
  /// Blocks that are lost, with device and time range.
  public var lost: [Damage] = []

  public init() {}
}

extension StoreWriter {
  /// Writes each damaged segment anew from its good blocks and moves the original to `quarantine/`, which is never
  /// emptied; brings segments back under their own names. `wattlog.store`, the catalog, and a journal's damage were
  /// mended when the writer opened.
  public func repair() throws(StorageError) -> RepairReport {
    try beginUpkeep()
    var repair = Repair(publication, lost: opening.lost, strays: opening.strays)
    do {
      try repair.run()
    } catch let error as StorageError {
      throw error
    } catch let error as FileSystemError {
      throw StorageError(error)
    } catch {
      preconditionFailure("an error of an undeclared type")
    }
    publication.hasReplaced = true
    try endUpkeep()
    return repair.report
  }
}

/// The mending of segments.
private struct Repair {
  private let publication: Publication
  private let directory: any StoreDirectory
  /// What the catalog named and was nowhere when the store was opened.
  private let lost: [CatalogEntry]
  private let strays: [String]
  private(set) var report = RepairReport()

  init(_ publication: Publication, lost: [CatalogEntry], strays: [String]) {
    self.publication = publication
    self.lost = lost
    self.strays = strays
    directory = publication.directory
  }

  mutating func run() throws {
    for path in strays { try moveAway(path) }
    for entry in lost { try bringBack(entry) }
    try bringHome()
    for entry in publication.catalog.segments { try mend(entry) }
    // Segments that the catalog names and that are missing leave it.
    try publication.publishAnew(because: "repaired")
  }

  // MARK: Names

  /// Moves a file to the quarantine under a name that is free there.
  @discardableResult
  private mutating func moveAway(_ path: String) throws -> String? {
    if !(try directory.names(in: "").contains(StorePath.quarantine)) {
      try directory.makeDirectory(StorePath.quarantine)
      try directory.synchronizeDirectory("")
    }
    let taken = Set(try directory.names(in: StorePath.quarantine))
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let free = ([name] + (2...10_000).lazy.map { "\(name).\($0)" }).first { !taken.contains($0) } ?? name
    let target = StorePath.quarantine + "/" + free
    do throws(FileSystemError) {
      try directory.rename(path, to: target)
    } catch {
      guard error.code == ENOENT else { throw error }
      return nil
    }
    try directory.synchronizeDirectory(StorePath.quarantine)
    if let slash = path.lastIndex(of: "/") { try directory.synchronizeDirectory(String(path[..<slash])) }
    report.quarantined.append(target)
    return target
  }

  /// A segment that is missing may be in the quarantine: an earlier repair was interrupted, or somebody put it there.
  private mutating func bringBack(_ entry: CatalogEntry) throws {
    let names = (try? directory.names(in: StorePath.quarantine)) ?? []
    for name in names.sorted() where name.contains(".segment") {
      let path = StorePath.quarantine + "/" + name
      let index = try? SegmentFile(directory: directory, path: path).readIndex(of: entry, store: publication.identity)
      guard let index, index.footer != nil, index.damage.isEmpty else { continue }
      try move(path, to: entry)
      report.quarantined.removeAll { $0 == path }
      try publication.publish(removing: [], adding: [entry])
      return
    }
    report.lost.append(
      Damage(
        .segment, file: entry.path, offset: 0, byteCount: entry.byteCount, first: entry.first, last: entry.last,
        cause: "missing"))
  }

  private mutating func move(_ path: String, to entry: CatalogEntry) throws {
    let year = StorePath.year(entry.year)
    let month = StorePath.month(year: entry.year, month: entry.month)
    for folder in [year, month] {
      do throws(FileSystemError) {
        try directory.makeDirectory(folder)
      } catch {
        guard error.code == EEXIST else { throw error }
      }
    }
    try directory.rename(path, to: entry.path)
    for folder in ["", year, month] { try directory.synchronizeDirectory(folder) }
    if let slash = path.lastIndex(of: "/") { try directory.synchronizeDirectory(String(path[..<slash])) }
    report.replacedSegments.append(entry.path)
  }

  /// Segments under other names go where they belong, by way of the quarantine: two may have each other's names.
  private mutating func bringHome() throws {
    for entry in publication.catalog.segments { _ = try? publication.finder.open(entry) }
    let astray = publication.catalog.segments.filter { publication.finder.paths[$0.number] != nil }
    var aside: [(path: String, entry: CatalogEntry)] = []
    for entry in astray {
      guard let path = publication.finder.paths[entry.number], path != entry.path else { continue }
      if let target = try moveAway(path) { aside.append((target, entry)) }
    }
    for (path, entry) in aside {
      // What is in the place is another segment's copy, or nothing that can be read.
      try moveAway(entry.path)
      try move(path, to: entry)
      report.quarantined.removeAll { $0 == path }
      publication.finder.forget(entry)
    }
  }

  // MARK: Blocks

  private mutating func mend(_ entry: CatalogEntry) throws {
    let (file, index) = try publication.finder.open(entry)
    guard let footer = index.footer else {
      report.lost += index.damage
      try replace(file.path, entry, by: nil)
      return
    }
    var good: [(entry: SegmentFooter.Entry, body: Body)] = []
    var lost: [Damage] = []
    let known = KnownReadings()
    for block in footer.entries {
      do {
        good.append((block, try Body(file, block, known, &lost)))
      } catch let error as FileSystemError where error.call != "pread" || error.code != EIO {
        // The machine's trouble (too many open files, no memory), not the file's: the block may well be sound.
        throw error
      } catch {
        lost.append(file.damage(of: block, error))
      }
    }
    let header = try? SegmentHeader.decode(
      try file.open().read(at: 0, count: FormatLayout.headerByteCount)[...])
    let isSelfish = footer.replaces.contains { $0 >= footer.header.number }
    guard !lost.isEmpty || !index.damage.isEmpty || header != footer.header || isSelfish else { return }
    report.lost += lost
    try replace(file.path, entry, by: try rewrite(footer, good))
    report.repairedSegments.append(file.path)
  }

  /// A good block, decoded.
  private enum Body {
    case readings(ReadingColumns)
    case events([Event])
    /// Made anew from the readings, where these are whole; else copied, because they tell what is left.
    case rollups(SegmentFile)

    /// - Parameter lost: MARGINS that damaged readings would tell are added.
    init(
      _ file: SegmentFile, _ entry: SegmentFooter.Entry, _ known: KnownReadings, _ lost: inout [Damage]
    ) throws {
      switch entry.kind {
      case .readings: self = .readings(try file.readRows(entry))
      case .events:
        let content = try file.readEventBlock(entry)
        do {
          self = .events(try file.readEvents(of: content, entry, known))
        } catch let error as FormatError where !content.alone.isEmpty {
          lost.append(file.damage(of: entry, error))
          self = .events(content.alone)
        }
      case .rollups:
        _ = try file.readRollups(entry)
        self = .rollups(file)
      }
    }
  }

  private func rewrite(
    _ footer: SegmentFooter, _ good: [(entry: SegmentFooter.Entry, body: Body)]
  ) throws -> CatalogEntry? {
    guard let first = good.map(\.entry.first).min() else { return nil }
    let number = footer.header.number
    let builder = try publication.makeSegment(
      rank: footer.header.rank, coveredSequence: footer.header.coveredSequence,
      replaces: footer.replaces.filter { $0 < number } + [number], first: first)
    do {
      for (place, (entry, body)) in good.enumerated() {
        switch body {
        case .readings(let rows): if let device = entry.device { try builder.add(rows, of: device) }
        case .events(let events): try builder.add(events)
        case .rollups(let file):
          if place == 0 || !entry.isRollups(of: good[place - 1].entry) { try builder.copy(entry, from: file) }
        }
      }
      let made = try builder.finish(counts: footer.counts)
      try builder.name()
      try builder.synchronizeName()
      return made
    } catch {
      builder.abandon()
      throw error
    }
  }

  /// Switches over by one catalog frame. The original gets its name in the quarantine, and leaves its old one when no
  /// reader is at work.
  private mutating func replace(_ path: String, _ entry: CatalogEntry, by made: CatalogEntry?) throws {
    try publication.publish(removing: [entry.number], adding: made.map { [$0] } ?? [])
    try moveAway(path)
  }
}
