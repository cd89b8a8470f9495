public import Readings

/// One device's time in runs of its rollups where they tell all, and in rows where they do not.
///
/// Rows are read where blocks overlap (late rows), where a block has no rollups or they are damaged, of what no segment
/// holds yet, and of runs that a range parts. Where such a run's rows are gone, its part is told by its cells.
public enum RollupScan {
  public enum Stretch {
    case runs(Runs)
    case rows(ReadingColumns)
  }

  /// Neighbouring runs of one block, all of them told.
  public struct Runs {
    public let rollups: Rollups
    /// Of ``Rollups/runs``.
    public let places: Range<Int>
    /// Some of the runs' readings, counted from the first of them on; nil where they cannot be had.
    public let rows: (Range<Int>) -> ReadingColumns?

    public init(rollups: Rollups, places: Range<Int>, rows: @escaping (Range<Int>) -> ReadingColumns?) {
      self.rollups = rollups
      self.places = places
      self.rows = rows
    }
  }

  /// A block of readings, or what is left of one.
  struct Source {
    var first: Timestamp
    var last: Timestamp
    /// nil: rows.
    var loadRollups: () -> Rollups? = { nil }
    /// Only with rollups; nil where the rows cannot be had.
    var loadRows: () -> ReadingColumns? = { nil }
  }

  /// Calls `body` with stretches in order of time, until it says no; together they hold each row of the range once.
  ///
  /// - Parameter soft: the ends of the range that a run may reach over, because what lies outside does no harm.
  /// - Parameter readRows: hands over the rows of a range; false when that was enough.
  /// - Returns: whether it came to the end.
  static func run<Failure: Error>(
    _ unsorted: [Source], in range: Range<Timestamp>, soft: SoftEnds,
    readRows: (Range<Timestamp>) throws(Failure) -> Bool, _ body: (Stretch) throws(Failure) -> Bool
  ) throws(Failure) -> Bool {
    let sources = unsorted.sorted { ($0.first, $0.last) < ($1.first, $1.last) }
    /// Rows that have to be read next, both ends included.
    var pending: Range<Timestamp>?
    func flush() throws(Failure) -> Bool {
      guard let part = pending?.clamped(to: range) else { return true }
      pending = nil
      return part.isEmpty ? true : try readRows(part)
    }
    var index = 0
    while index < sources.count {
      var last = sources[index].last
      var end = index + 1
      while end < sources.count, sources[end].first <= last {
        last = max(last, sources[end].last)
        end += 1
      }
      let source = sources[index]
      if end == index + 1, let rollups = source.loadRollups() {
        guard try flush(), try tell(rollups, of: source, in: range, soft, body) else { return false }
      } else {
        let behind = last.advanced(byMilliseconds: 1)
        pending = (pending?.lowerBound ?? source.first)..<behind
      }
      index = end
    }
    return try flush()
  }

  private static func tell<Failure: Error>(
    _ rollups: Rollups, of source: Source, in range: Range<Timestamp>, _ soft: SoftEnds,
    _ body: (Stretch) throws(Failure) -> Bool
  ) throws(Failure) -> Bool {
    var start = 0
    /// Runs that were not handed over yet, and the row that they begin with.
    var (told, firstRow) = (0..<0, 0)
    func flush() throws(Failure) -> Bool {
      guard !told.isEmpty else { return true }
      let runs = Runs(rollups: rollups, places: told) { [firstRow, loadRows = source.loadRows] rows in
        // Counted from the block's row that the first of the runs begins with.
        loadRows()?.rows(firstRow + rows.lowerBound..<firstRow + rows.upperBound)
      }
      return try body(.runs(runs))
    }
    for (place, run) in rollups.runs.enumerated() {
      let rows = start..<(start + run.rowCount)
      start = rows.upperBound
      guard run.last.time >= range.lowerBound else { continue }
      guard run.first.time < range.upperBound else { break }
      let isWhole =
        (run.first.time >= range.lowerBound || soft.contains(.lower))
        && (run.last.time < range.upperBound || soft.contains(.upper))
      if run.isTold, isWhole {
        if told.isEmpty { (told, firstRow) = (place..<place, rows.lowerBound) }
        told = told.lowerBound..<place + 1
        continue
      }
      guard try flush() else { return false }
      told = 0..<0
      if let all = source.loadRows() {
        let first = max(rows.lowerBound, all.firstRow(at: range.lowerBound))
        let end = min(rows.upperBound, all.firstRow(at: range.upperBound))
        if first < end, try !body(.rows(all.rows(first..<end))) { return false }
      } else if run.isTold, let part = rollups.part(of: place, in: range) {
        let runs = Runs(rollups: part, places: part.runs.indices) { _ in nil }
        guard try body(.runs(runs)) else { return false }
      }
    }
    return try flush()
  }

  /// Ends of a range that may be passed.
  public struct SoftEnds: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    public static let lower = SoftEnds(rawValue: 1)
    public static let upper = SoftEnds(rawValue: 2)
  }
}
