package import Readings

/// One device's time in rollups where they tell all, and in rows where they do not.
///
/// Rows are read where blocks overlap (late rows), where a unit was not worth a rollup, where a block has none or it is
/// damaged, and of what no segment holds yet. Neighbouring stretches of rows are read as one.
package struct RollupScan {
  /// A block of readings.
  struct Source {
    var first: Timestamp
    var last: Timestamp
    /// nil: rows.
    var load: () -> RollupSeries? = { nil }
  }

  package enum Stretch {
    case rollup(Rollup, RollupSeries.Form)
    case rows(ReadingColumns)
  }

  private let range: Range<Timestamp>
  private let readRows: (Range<Timestamp>) throws -> Void
  /// Rows that have to be read next, both ends included.
  private var pending: (first: Timestamp, last: Timestamp)?
  /// Everything until here was told.
  private var told: Timestamp

  private init(_ range: Range<Timestamp>, readRows: @escaping (Range<Timestamp>) throws -> Void) {
    self.range = range
    self.readRows = readRows
    told = range.lowerBound.advanced(byMilliseconds: -1)
  }

  /// Calls `body` with stretches in order of time; together they hold each row of the range once.
  static func run(
    _ unsorted: [Source], in range: Range<Timestamp>,
    readRows: (Range<Timestamp>, (ReadingColumns) throws -> Void) throws -> Void, _ body: (Stretch) throws -> Void
  ) throws {
    try withoutActuallyEscaping(readRows) { readRows in
      try withoutActuallyEscaping(body) { body in
        var scan = RollupScan(range) { part in try readRows(part) { try body(.rows($0)) } }
        try scan.run(unsorted.sorted { ($0.first, $0.last) < ($1.first, $1.last) }, body)
      }
    }
  }

  private mutating func run(_ sources: [Source], _ body: (Stretch) throws -> Void) throws {
    let overlaps = RollupScan.overlaps(sources)
    var nextOverlap = 0
    for source in sources {
      guard let series = source.load() else {
        add(source.first, source.last)
        continue
      }
      for rollup in series.rollups {
        guard rollup.last.time >= range.lowerBound else { continue }
        guard rollup.first.time < range.upperBound else { break }
        while nextOverlap < overlaps.count, overlaps[nextOverlap].last < rollup.first.time {
          add(overlaps[nextOverlap].first, overlaps[nextOverlap].last)
          nextOverlap += 1
        }
        let first = max(rollup.first.time, source.first)
        let last = min(rollup.last.time, source.last)
        let touchesOverlap = nextOverlap < overlaps.count && overlaps[nextOverlap].first <= last
        // Another block's overlap with this one has been read with that block.
        if last <= told { continue }
        if first <= told || rollup.count == 0 || touchesOverlap || first < range.lowerBound || last >= range.upperBound
        {
          add(first, last)
          continue
        }
        try flush()
        try body(.rollup(rollup, series.form))
        told = last
      }
    }
    try flush()
  }

  private mutating func add(_ first: Timestamp, _ last: Timestamp) {
    guard last > told else { return }
    guard let old = pending else {
      pending = (first, last)
      return
    }
    pending = (min(old.first, first), max(old.last, last))
  }

  private mutating func flush() throws {
    guard let (first, last) = pending else { return }
    pending = nil
    let start = max(first, told.advanced(byMilliseconds: 1), range.lowerBound)
    let end = min(last.advanced(byMilliseconds: 1), range.upperBound)
    if start < end { try readRows(start..<end) }
    told = max(told, last)
  }

  /// Times that more than one source covers, in order, none touching the next.
  private static func overlaps(_ sources: [Source]) -> [(first: Timestamp, last: Timestamp)] {
    var found: [(first: Timestamp, last: Timestamp)] = []
    var covered: Timestamp?
    for source in sources {
      if let end = covered, source.first <= end {
        let last = min(source.last, end)
        if let open = found.last, source.first <= open.last {
          found[found.count - 1].last = max(open.last, last)
        } else {
          found.append((source.first, last))
        }
      }
      covered = max(covered ?? source.last, source.last)
    }
    return found
  }
}

extension StoreReader {
  /// Calls `body` with one device's readings of a half-open range in order of time: rollups where they tell all, rows
  /// where they do not. Throws what `body` throws.
  ///
  /// - Parameter keys: the columns that are wanted of rows.
  package func stretches(
    of device: Device, in range: Range<Timestamp>, keys: Set<FieldKey>? = nil,
    _ body: (RollupScan.Stretch) throws -> Void
  ) throws {
    try RollupScan.run(
      rollupSources(of: device, in: range), in: range,
      readRows: { part, take in try readings(of: device, in: part, keys: keys, take) }, body)
  }
}
