import Readings
import SegmentFormat

/// What ``StoreVerifier`` looked at and found.
public struct VerifyReport: Equatable, Sendable {
  public var damage: [Damage] = []
  public var segmentCount = 0
  public var blockCount = 0
  public var rowCount = 0
  public var byteCount = 0
  /// The lines of the corrections whose checksum is right, and the numbers of the others.
  public var corrections = CorrectionFile.Contents()

  /// True when nothing is wrong; a torn journal tail, which a kill leaves, is nothing wrong.
  public var isSound: Bool { damage.allSatisfy(\.isNormal) }
}

/// Reads a whole store and compares: checksums, order, index against data, catalog against files. Changes nothing.
public enum StoreVerifier {
  /// - Parameters:
  ///   - deep: decodes every block too.
  ///   - progress: called after each segment with bytes done and all.
  public static func verify(
    directory path: String, deep: Bool, fileSystem: some FileSystem = POSIXFileSystem(),
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws(StorageError) -> VerifyReport {
    let directory: any StoreDirectory
    do throws(FileSystemError) {
      directory = try fileSystem.openDirectory(path, create: false)
    } catch {
      throw StorageError(error)
    }
    guard let identity = try StoreState.identity(in: directory, at: path) else {
      throw StorageError(.missing, path: path, cause: "no store here: wattlog.store is missing")
    }
    var state = try StoreState(directory: directory, identity: identity, at: path)
    let unsealed = UnsealedRows()
    _ = state.replayJournals(into: unsealed)
    var report = VerifyReport(damage: state.damage)
    report.rowCount = unsealed.readingCount
    let corrections = CorrectionFile.check(in: directory)
    report.corrections = corrections.contents
    for found in corrections.damage { report.note(found) }
    let all = state.catalog.segments.reduce(0) { $0 + $1.byteCount }
    for entry in state.catalog.segments {
      do throws(FileSystemError) {
        try verify(entry, in: directory, identity, deep: deep, &report)
      } catch {
        report.note(
          Damage(
            .segment, file: entry.path, offset: 0, byteCount: entry.byteCount, first: entry.first, last: entry.last,
            cause: StorageError(error).cause))
      }
      report.byteCount += entry.byteCount
      progress(report.byteCount, all)
    }
    report.byteCount += corrections.byteCount
    return report
  }

  private static func verify(
    _ entry: CatalogEntry, in directory: any StoreDirectory, _ identity: StoreIdentity, deep: Bool,
    _ report: inout VerifyReport
  ) throws(FileSystemError) {
    let segment = SegmentFile(directory: directory, path: entry.path)
    report.segmentCount += 1
    let index = try segment.readIndex(store: identity)
    for found in index.damage { report.note(found) }
    guard let footer = index.footer else { return }
    let file = try segment.open()
    let byteCount = try file.byteCount()
    do {
      let header = try SegmentHeader.decode(try file.read(at: 0, count: FormatLayout.headerByteCount)[...])
      if header != footer.header { report.note(segment.damage(.header, cause: "differs from the footer's copy")) }
    } catch let error as FileSystemError {
      throw error
    } catch {
      report.note(segment.damage(.header, cause: SegmentFile.text(error)))
    }
    if byteCount != entry.byteCount {
      report.note(segment.damage(.segment, cause: "\(byteCount) bytes, but the catalog says \(entry.byteCount)"))
    }
    if index.damage.isEmpty, CatalogEntry(footer, path: entry.path, byteCount: byteCount) != entry {
      report.note(segment.damage(.index, cause: "catalog and footer differ"))
    }
    verifyGaps(footer, segment, &report)
    var decoded: (entry: SegmentFooter.Entry, rows: ReadingColumns)?
    for block in footer.entries {
      report.blockCount += 1
      report.rowCount += block.kind == .readings ? block.rowCount : 0
      do {
        if !deep {
          _ = try segment.readBody(block)
        } else if block.kind == .readings {
          decoded = (block, try segment.readRows(block))
        } else if block.kind == .rollups {
          let series = try segment.readRollups(block)
          if let series, let (entry, rows) = decoded, block.isRollups(of: entry) {
            guard series == RollupBuilder.series(of: rows) || series == RollupBuilder.series(of: rows, kind: .cells)
            else {
              throw FormatError.invalid(offset: 0, what: "rollups that are not those of their readings")
            }
          }
        } else {
          _ = try segment.readEvents(block)
        }
      } catch {
        report.note(segment.damage(of: block, error))
      }
    }
  }

  /// Blocks follow one another without a byte between.
  private static func verifyGaps(_ footer: SegmentFooter, _ segment: SegmentFile, _ report: inout VerifyReport) {
    var end = FormatLayout.headerByteCount
    for block in footer.entries {
      if block.offset != end {
        var damage = segment.damage(.block, offset: end, cause: "bytes that no block of the index covers")
        damage.byteCount = max(0, block.offset - end)
        report.note(damage)
      }
      end = block.offset + block.byteCount
    }
  }
}

extension VerifyReport {
  mutating func note(_ found: Damage) {
    if !damage.contains(found) { damage.append(found) }
  }
}
