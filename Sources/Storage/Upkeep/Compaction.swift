import Readings
import SegmentFormat

extension StoreWriter {
  /// Merges the small segments of each UTC month into one.
  ///
  /// The new segment is durable under its name before one catalog frame switches over; sealed bytes never change, and
  /// a crash at any point leaves one of the two states. Replaced files are removed at the next seal, close or start,
  /// so that a reader at work still finds them. A month with a damaged small segment is left alone.
  ///
  /// - Parameter minimumCount: how many small segments of a month make it worth the writing.
  /// - Returns: the damaged segments that were left alone, as far as it looked at them.
  @discardableResult
  public func compact(minimumCount: Int = 2) throws(StorageError) -> [String] {
    try beginUpkeep()
    var compaction = Compaction(publication)
    let failure: StorageError?
    do {
      try compaction.run(minimumCount: minimumCount)
      failure = nil
    } catch {
      failure = error
    }
    try endUpkeep()
    if let failure { throw failure }
    return compaction.damaged
  }
}

/// The merging of small segments.
struct Compaction {
  /// A small segment that is wholly known.
  private struct Small {
    var entry: CatalogEntry
    var file: SegmentFile
    var footer: SegmentFooter
  }

  /// Rows a block below which a segment counts as small: three quarters of a full block.
  private static let smallBlockRowCount = Block.maximumRowCount * 3 / 4

  private let publication: Publication
  /// Segments that were left alone, as far as they were looked at.
  private(set) var damaged: [String] = []

  init(_ publication: Publication) { self.publication = publication }

  mutating func run(minimumCount: Int) throws(StorageError) {
    var months: [Int: [CatalogEntry]] = [:]
    for entry in publication.catalog.segments { months[entry.year * 12 + entry.month, default: []].append(entry) }
    for (_, entries) in months.sorted(by: { $0.key < $1.key }) where entries.count >= minimumCount {
      var small: [Small] = []
      for entry in entries {
        guard let (file, index) = try? publication.finder.open(entry), let footer = index.footer, index.damage.isEmpty
        else {
          damaged.append(entry.path)
          continue
        }
        if Compaction.isSmall(footer) { small.append(Small(entry: entry, file: file, footer: footer)) }
      }
      guard small.count >= max(2, minimumCount) else { continue }
      for run in runs(of: small) where run.count >= 2 {
        if let path = try merge(run) { damaged.append(path) }
      }
    }
  }

  /// Divides segments where another that is not among them arrived in between and overlaps in time: a merged segment
  /// has one place in the order of arrival, and rows of equal time would change theirs. Clocks that jump by years make
  /// such segments.
  private func runs(
    of small: [Small]
  ) -> [[Small]] {
    let numbers = Set(small.map(\.entry.number))
    let others = publication.catalog.segments.filter { !numbers.contains($0.number) }
    var runs: [[Small]] = []
    for segment in small.sorted(by: { ($0.entry.rank, $0.entry.number) < ($1.entry.rank, $1.entry.number) }) {
      // The merged segment takes the place of the run's first one: whatever arrived since then counts.
      if let run = runs.last, let before = run.first?.entry {
        let first = run.reduce(segment.entry.first) { min($0, $1.entry.first) }
        let last = run.reduce(segment.entry.last) { max($0, $1.entry.last) }
        let isDivided = others.contains { other in
          (other.rank, other.number) > (before.rank, before.number)
            && (other.rank, other.number) < (segment.entry.rank, segment.entry.number)
            && other.first <= last && other.last >= first
        }
        if !isDivided {
          runs[runs.count - 1].append(segment)
          continue
        }
      }
      runs.append([segment])
    }
    return runs
  }

  private static func isSmall(_ footer: SegmentFooter) -> Bool {
    guard footer.rollupsAlone.isEmpty else { return false }
    let blocks = footer.entries.filter { $0.kind == .readings }
    return blocks.reduce(0) { $0 + $1.rowCount } < smallBlockRowCount * max(1, blocks.count)
  }

  /// - Returns: the segment with a damaged block, for which the others wait: `repair` keeps the original.
  private func merge(
    _ small: [Small]
  ) throws(StorageError) -> String? {
    var damaged: String?
    let isMerged = try publication.replace(small.map { ($0.entry, $0.footer) }) { try fill($0, from: small, &damaged) }
    return isMerged ? nil : damaged
  }

  /// Writes all rows of the small segments, a device at a time, in blocks as large as may be.
  ///
  /// - Parameter damaged: set to the segment that could not be read.
  private func fill(
    _ builder: SegmentBuilder, from small: [Small],
    _ damaged: inout String?
  ) throws {
    var devices: [Device] = []
    for segment in small {
      for entry in segment.footer.entries {
        if let device = entry.device, !devices.contains(device) { devices.append(device) }
      }
    }
    for device in devices {
      var failure: (error: any Error, path: String)?
      var sources: [SeriesScan.Source] = []
      for segment in small {
        for (place, entry) in segment.footer.entries.enumerated()
        where entry.kind == .readings && entry.device == device {
          let load = { () -> ReadingColumns? in
            do { return try segment.file.readRows(entry) } catch {
              failure = (error, segment.entry.path)
              return nil
            }
          }
          sources.append(
            SeriesScan.Source(
              first: entry.first, last: entry.last, rank: (segment.entry.rank, segment.entry.number, place), load: load)
          )
        }
      }
      var gathered = ColumnsBuilder()
      let always = Timestamp(milliseconds: .min)..<Timestamp(milliseconds: .max)
      try SeriesScan.run(sources, in: always) { rows throws(FileSystemError) in
        var start = 0
        while start < rows.rowCount {
          var columnCount = gathered.columnCount(with: rows)
          let isNewForm =
            start == 0 && min(gathered.rowCount, rows.rowCount) >= FormChange.minimumRowCount
            && FormChange.isBetween(gathered.rows, and: rows)
          if isNewForm || columnCount > FormatLayout.maximumColumnCount
            || gathered.rowCount >= Block.writtenRowLimit(columnCount: columnCount)
          {
            try builder.add(gathered.take(), of: device)
            columnCount = gathered.columnCount(with: rows)
          }
          let limit = Block.writtenRowLimit(columnCount: columnCount)
          let end = min(rows.rowCount, start + limit - gathered.rowCount)
          gathered.append(rows, start..<end)
          if gathered.rowCount == limit { try builder.add(gathered.take(), of: device) }
          start = end
        }
        return true
      }
      if let failure {
        damaged = failure.path
        throw failure.error
      }
      if gathered.rowCount > 0 { try builder.add(gathered.take(), of: device) }
    }
    var events: [Event] = []
    for segment in small.sorted(by: { ($0.entry.rank, $0.entry.number) < ($1.entry.rank, $1.entry.number) }) {
      let known = KnownReadings()
      for entry in segment.footer.entries where entry.kind == .events {
        damaged = segment.entry.path
        events += try segment.file.readEvents(entry, known)
        damaged = nil
      }
    }
    try builder.add(
      events.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element))
  }
}
