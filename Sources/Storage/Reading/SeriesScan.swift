import Readings
import SegmentFormat

/// One device's rows of many blocks, in order of receive time, then of arrival.
///
/// Blocks that do not overlap are passed on as they are, one in memory at a time; those that do are merged, and only
/// as many are in memory as overlap at one instant.
struct SeriesScan {
  /// A run of rows in order of time: a block, or what is in memory.
  struct Source {
    var first: Timestamp
    var last: Timestamp
    /// Order of arrival: the segment's rank and number, then the block's place in it.
    var rank: (UInt64, UInt64, Int)
    var load: () -> ReadingColumns?
  }

  private struct Cursor {
    var rows: ReadingColumns
    var row: Int
    var end: Int
    var rank: (UInt64, UInt64, Int)
  }

  /// Rows of one chunk of a merge.
  static let chunkRowCount = 16_384

  /// Calls `body` with the rows of a half-open range until it says no.
  ///
  /// - Returns: whether it came to the end.
  @discardableResult
  static func run<Failure: Error>(
    _ sources: [Source], in range: Range<Timestamp>, _ body: (ReadingColumns) throws(Failure) -> Bool
  ) throws(Failure) -> Bool {
    var waiting = sources.filter { $0.last >= range.lowerBound && $0.first < range.upperBound }
    waiting.sort { ($0.first, $0.rank.0, $0.rank.1, $0.rank.2) > ($1.first, $1.rank.0, $1.rank.1, $1.rank.2) }
    var cursors: [Cursor] = []
    var merged = ColumnsBuilder()
    func flush() throws(Failure) -> Bool { merged.rowCount == 0 ? true : try body(merged.take()) }
    func open(_ source: Source) {
      guard let rows = source.load() else { return }
      let start = rows.firstRow(at: range.lowerBound)
      let end = rows.firstRow(at: range.upperBound)
      if start < end { cursors.append(Cursor(rows: rows, row: start, end: end, rank: source.rank)) }
    }
    while true {
      if cursors.isEmpty {
        guard let source = waiting.popLast() else { break }
        let standsAlone = waiting.last.map {
          $0.first > source.last || ($0.first == source.last && $0.rank > source.rank)
        }
        open(source)
        if standsAlone ?? true, let cursor = cursors.popLast() {
          guard try flush() else { return false }
          if cursor.end - cursor.row == cursor.rows.rowCount {
            guard try body(cursor.rows) else { return false }
          } else {
            merged.append(cursor.rows, cursor.row..<cursor.end)
            guard try flush() else { return false }
          }
        }
        continue
      }
      var best = 0
      for index in cursors.indices.dropFirst() where precedes(cursors[index], cursors[best]) { best = index }
      if let next = waiting.last, next.first <= cursors[best].rows.times[cursors[best].row] {
        waiting.removeLast()
        open(next)
        continue
      }
      // As many rows of this one as come before every other's next.
      var end = cursors[best].end
      if let next = waiting.last { end = min(end, cursors[best].rows.firstRow(at: next.first)) }
      for index in cursors.indices where index != best {
        let other = cursors[index]
        let time = other.rows.times[other.row]
        let limit = cursors[best].rank < other.rank ? time.advanced(byMilliseconds: 1) : time
        end = min(end, cursors[best].rows.firstRow(at: limit))
      }
      end = max(end, cursors[best].row + 1)
      if merged.columnCount(with: cursors[best].rows) > FormatLayout.maximumColumnCount, try !flush() {
        return false
      }
      merged.append(cursors[best].rows, cursors[best].row..<end)
      if merged.rowCount >= chunkRowCount, try !flush() { return false }
      cursors[best].row = end
      if end == cursors[best].end { cursors.remove(at: best) }
    }
    return try flush()
  }

  private static func precedes(_ a: Cursor, _ b: Cursor) -> Bool {
    let first = a.rows.times[a.row]
    let second = b.rows.times[b.row]
    return first != second ? first < second : a.rank < b.rank
  }
}

extension ReadingColumns {
  /// The first row at or after an instant; the row count where there is none.
  func firstRow(at time: Timestamp) -> Int {
    times.indices.partitionPoint { times[$0] >= time }
  }
}
