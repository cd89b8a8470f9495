import Glibc
import Readings
import SegmentFormat

/// What a repair did.
public struct RepairReport: Equatable, Sendable {
  /// Segments written anew from their good blocks, by their old paths.
  public var repairedSegments: [String] = []
  /// Where the damaged originals are, inside the store.
  public var quarantined: [String] = []
  /// Blocks that are lost, with device and time range.
  public var lost: [Damage] = []

  public init() {}
}

extension StoreWriter {
  /// Writes each damaged segment anew from its good blocks and moves the original to `quarantine/`, which is never
  /// emptied. The catalog, and a journal's damage, were mended when the writer opened.
  public func repair() throws(StorageError) -> RepairReport {
    try beginUpkeep()
    var report = RepairReport()
    for entry in publication.catalog.segments {
      let file = SegmentFile(directory: publication.directory, path: entry.path)
      do {
        let index = try file.readIndex(store: publication.identity)
        guard let footer = index.footer else {
          report.lost += index.damage
          try quarantineSegment(entry, replacement: nil, &report)
          continue
        }
        var good: [(entry: SegmentFooter.Entry, body: Body)] = []
        var lost: [Damage] = []
        for block in footer.entries {
          do {
            good.append((block, try Body(file, block)))
          } catch let error as FileSystemError where error.call != "pread" || error.code != EIO {
            // The machine's trouble (too many open files, no memory), not the file's: the block may well be sound.
            throw error
          } catch {
            lost.append(file.damage(of: block, error))
          }
        }
        let header = try? SegmentHeader.decode(
          try file.open().read(at: 0, count: FormatLayout.headerByteCount)[...])
        guard !lost.isEmpty || !index.damage.isEmpty || header != footer.header else { continue }
        report.lost += lost
        let made = try rewrite(footer, good)
        try quarantineSegment(entry, replacement: made, &report)
        report.repairedSegments.append(entry.path)
      } catch let error as StorageError {
        throw error
      } catch let error as FileSystemError {
        throw StorageError(error)
      } catch {
        preconditionFailure("an error of an undeclared type")
      }
    }
    // Segments that the catalog names and that are missing leave it.
    try publication.publishAnew(because: "repaired")
    publication.hasReplaced = true
    try endUpkeep()
    return report
  }

  /// A good block, decoded.
  private enum Body {
    case readings(ReadingColumns)
    case events([Event])
    /// Made anew from the readings, where these are whole; else copied, because they tell what is left.
    case rollups(SegmentFile)

    init(_ file: SegmentFile, _ entry: SegmentFooter.Entry) throws {
      switch entry.kind {
      case .readings: self = .readings(try file.readRows(entry))
      case .events: self = .events(try file.readEvents(entry))
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
    let builder = try publication.makeSegment(
      rank: footer.header.rank, coveredSequence: footer.header.coveredSequence,
      replaces: footer.replaces + [footer.header.number], first: first)
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

  private func quarantineSegment(
    _ entry: CatalogEntry, replacement: CatalogEntry?, _ report: inout RepairReport
  ) throws {
    let target = StorePath.quarantine + "/" + StorePath.padded(entry.number, to: 8) + ".segment"
    if !(try publication.directory.names(in: "").contains(StorePath.quarantine)) {
      try publication.directory.makeDirectory(StorePath.quarantine)
      try publication.directory.synchronizeDirectory("")
    }
    try publication.publish(removing: [entry.number], adding: replacement.map { [$0] } ?? [])
    try publication.directory.rename(entry.path, to: target)
    try publication.directory.synchronizeDirectory(StorePath.quarantine)
    report.quarantined.append(target)
  }
}
