import Readings
import SegmentFormat
public import Work

/// What ``StoreVerifier`` looked at and found.
public struct VerifyReport: Sendable {
  private var log = DamageLog()
  public var damage: [Damage] { log.all }
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
  ///   - deep: decodes every block too, and stops the program where what it made of catalog and journals is not as it
  ///     must be, which no bytes of theirs can bring about.
  ///   - sideBySide: how the blocks of a segment are decoded; what is found is in their order.
  ///   - progress: called after each segment with bytes done and all.
  public static func verify(
    directory path: String, deep: Bool, fileSystem: some FileSystem = POSIXFileSystem(),
    working sideBySide: SideBySide = .inTurn, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(StorageError) -> VerifyReport {
    let directory: any StoreDirectory
    do throws(FileSystemError) {
      directory = try fileSystem.openDirectory(path, create: false)
    } catch {
      throw StorageError(error)
    }
    let hold = ReaderHold(directory)
    defer { withExtendedLifetime(hold) {} }
    guard let identity = try FoundIdentity(in: directory, at: path) else {
      throw StorageError(.missing, path: path, cause: "no store here: wattlog.store is missing")
    }
    var state = try StoreState(directory: directory, identity: identity, at: path)
    let unsealed = UnsealedRows()
    _ = state.replayJournals(into: unsealed)
    if deep {
      // What was made of the files' bytes, whatever they are: where it does not hold, the mistake is the program's.
      state.catalog.checkInvariants()
      unsealed.checkInvariants()
    }
    let finder = SegmentFinder(state, directory)
    var report = VerifyReport()
    for found in state.damage { report.note(found) }
    report.rowCount = unsealed.readingCount
    let corrections = CorrectionFile.check(in: directory)
    report.corrections = corrections.contents
    for found in corrections.damage { report.note(found) }
    let all = state.catalog.segments.reduce(0) { $0 + $1.byteCount }
    for entry in state.catalog.segments {
      do throws(FileSystemError) {
        try verify(entry, finder, deep: deep, sideBySide, &report)
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
    _ entry: CatalogEntry, _ finder: SegmentFinder, deep: Bool, _ sideBySide: SideBySide, _ report: inout VerifyReport
  ) throws(FileSystemError) {
    report.segmentCount += 1
    let (segment, index) = try finder.open(entry)
    for found in index.damage { report.note(found) }
    guard let footer = index.footer else { return }
    let file = try segment.open()
    let bytes = try file.read(at: 0, count: FormatLayout.headerByteCount)
    do throws(FormatError) {
      let header = try SegmentHeader.decode(bytes[...])
      if header != footer.header { report.note(segment.damage(.header, cause: "differs from the footer's copy")) }
    } catch {
      report.note(segment.damage(.header, cause: SegmentFile.text(error)))
    }
    let byteCount = try file.byteCount()
    if byteCount != entry.byteCount {
      report.note(segment.damage(.segment, cause: "\(byteCount) bytes, but the catalog says \(entry.byteCount)"))
    }
    if footer.replaces.contains(where: { $0 >= footer.header.number }) {
      report.note(segment.damage(.index, cause: "says that it replaces itself or a younger segment"))
    }
    verifyGaps(footer, segment, &report)
    for block in footer.entries {
      report.blockCount += 1
      report.rowCount += block.kind == .readings ? block.rowCount : 0
    }
    let groups = groups(of: footer.entries)
    // Each read opens the file by itself.
    nonisolated(unsafe) let closed = segment
    for damage in sideBySide.map(groups.count, { damage(in: footer.entries[groups[$0]], of: closed, deep: deep) }) {
      for found in damage { report.note(found) }
    }
  }

  /// Blocks that are looked at together: readings and the rollups straight behind them, each other one by itself.
  private static func groups(of blocks: [SegmentFooter.Entry]) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    for place in blocks.indices {
      if let last = groups.last, last.count == 1, blocks[place].isRollups(of: blocks[last.lowerBound]) {
        groups[groups.count - 1] = last.lowerBound..<place + 1
      } else {
        groups.append(place..<place + 1)
      }
    }
    return groups
  }

  private static func damage(
    in blocks: ArraySlice<SegmentFooter.Entry>, of segment: SegmentFile, deep: Bool
  ) -> [Damage] {
    var damage: [Damage] = []
    var decoded: ReadingColumns?
    for block in blocks {
      do {
        if !deep {
          _ = try segment.readBody(block)
        } else if block.kind == .readings {
          decoded = try segment.readRows(block)
        } else if block.kind == .rollups {
          let body = try segment.readBody(block)
          if let rollups = try segment.rollups(block, in: body), let decoded {
            // Those of older segments cut runs by older rules.
            guard RollupBuilder.rollups(of: decoded, kind: RollupBlock.kind(of: body)) == rollups else {
              throw FormatError.invalid(offset: 0, what: "rollups that are not those of their readings")
            }
          }
        } else {
          _ = try segment.readEvents(block, KnownReadings())
        }
      } catch {
        damage.append(segment.damage(of: block, error))
      }
    }
    return damage
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
  /// Each damaged place once.
  public mutating func note(_ found: Damage) { log.note(found) }
}
