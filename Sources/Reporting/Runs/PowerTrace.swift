public import Readings

/// A plug's power over time: readings of one power that follow each other are one level.
///
/// A power holds until the next reading, but not over a silence.
public struct PowerTrace: Sendable {
  public struct Level: Sendable, Equatable {
    /// The first and the last reading that showed it.
    public var from: Timestamp
    public var last: Timestamp
    /// The sum of all channels.
    public var milliwatts: Int64
    /// Nobody knows what was before it.
    public var followsSilence: Bool
  }

  /// In order of time; the first one follows a silence.
  public private(set) var levels: [Level] = []
  private var silences: ArraySlice<Range<Timestamp>>
  private let leftOut: [Range<Timestamp>]

  /// - Parameters:
  ///   - silences: as the accounting found them, in order.
  ///   - leftOut: times whose readings are not looked at (`device ignore`).
  public init(silences: [Range<Timestamp>] = [], leftOut: [Range<Timestamp>] = []) {
    self.silences = silences[...]
    self.leftOut = leftOut
  }

  /// No house has more (3 × 100 A): a false reading.
  private static let largest: Int64 = 100_000_000

  /// Takes readings that are not older than those it has; older ones are passed over, as are those without power.
  public mutating func add(_ rows: ReadingColumns) {
    let columns = rows.columns.filter { $0.field.key == .power && $0.field.form.decimalPlaces != nil }
    for (row, time) in rows.times.enumerated() {
      var sum: Int128?
      for column in columns where column.values[row] != ReadingColumns.absent {
        let unit = Int128(Decimal.power(column.field.form.decimalPlaces ?? 0))
        sum = (sum ?? 0) + Int128(column.values[row]) * 1000 / unit
      }
      guard let sum, sum <= PowerTrace.largest, !leftOut.contains(where: { $0.contains(time) }) else { continue }
      add(Int64(max(sum, 0)), at: time)
    }
  }

  /// - Parameter milliwatts: 0 or more.
  public mutating func add(_ milliwatts: Int64, at time: Timestamp) {
    guard let before = levels.last else {
      levels.append(Level(from: time, last: time, milliwatts: milliwatts, followsSilence: true))
      return
    }
    guard time >= before.last else { return }
    while let silence = silences.first, silence.upperBound <= before.last { silences.removeFirst() }
    let isSilent = silences.first.map { $0.lowerBound < time && $0.upperBound > before.last } ?? false
    if before.milliwatts == milliwatts, !isSilent {
      levels[levels.count - 1].last = time
    } else {
      levels.append(Level(from: time, last: time, milliwatts: milliwatts, followsSilence: isSilent))
    }
  }

  /// When a level ends: with the next one, or with its last reading before a silence and at the end.
  public func end(of place: Int) -> Timestamp {
    place + 1 < levels.count && !levels[place + 1].followsSilence ? levels[place + 1].from : levels[place].last
  }

  /// How long power is known within a time, in milliseconds.
  public func known(in range: Range<Timestamp>) -> Int64 {
    var place = max(levels.indices.partitionPoint { levels[$0].last > range.lowerBound } - 1, 0)
    var known: Int64 = 0
    while place < levels.count, levels[place].from < range.upperBound {
      let start = max(levels[place].from, range.lowerBound)
      known += max(min(end(of: place), range.upperBound).milliseconds - start.milliseconds, 0)
      place += 1
    }
    return known
  }
}
