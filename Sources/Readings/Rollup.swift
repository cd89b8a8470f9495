/// A run of one plug's readings in a few numbers: all that accounting needs of them as long as every step in the run
/// is a usual one.
///
/// A run lies within one unit of time (a UTC quarter hour, or a UTC hour for slow plugs). Its first row stands for
/// itself: a step *to* it may be anything. A unit that is better read row by row is a rollup of no rows whose first
/// and last time are the unit's.
package struct Rollup: Hashable, Sendable {
  /// Rows; 0 for time of which the rows themselves have to be read.
  package var count: Int
  package var first: Row
  package var last: Row
  /// The shortest and the longest step between neighbouring rows, in milliseconds; 0 for a single row.
  package var shortestStep: Int64
  package var longestStep: Int64
  /// Each row's power held until the next row, summed from the first row to the last, in milliwatts × milliseconds.
  package var powerTime: Int64
  /// Highest power in milliwatts, the first time it was seen, and the lowest power.
  package var peak: Int64
  package var peakAt: Timestamp
  package var lowest: Int64
  /// True where the counter gained more at a step than ``usualLimit(peak:)`` allows, but no more than ``steepLimit``.
  package var isSteep: Bool

  /// One row: energies in mWh, power in mW, clocks in milliseconds of that clock.
  package struct Row: Hashable, Sendable {
    package var time: Timestamp
    package var total: Int64
    package var today: Int64
    package var yesterday: Int64
    /// ``ReadingColumns/absent`` where the plug sends none.
    package var startTime: Int64
    package var clock: Int64
    package var power: Int64

    package init(
      time: Timestamp, total: Int64 = 0, today: Int64 = 0, yesterday: Int64 = 0, startTime: Int64 = 0, clock: Int64 = 0,
      power: Int64 = 0
    ) {
      self.time = time
      self.total = total
      self.today = today
      self.yesterday = yesterday
      self.startTime = startTime
      self.clock = clock
      self.power = power
    }
  }

  package init(
    count: Int, first: Row, last: Row, shortestStep: Int64 = 0, longestStep: Int64 = 0, powerTime: Int64 = 0,
    peak: Int64 = 0, peakAt: Timestamp, lowest: Int64 = 0, isSteep: Bool = false
  ) {
    self.count = count
    self.first = first
    self.last = last
    self.shortestStep = shortestStep
    self.longestStep = longestStep
    self.powerTime = powerTime
    self.peak = peak
    self.peakAt = peakAt
    self.lowest = lowest
    self.isSteep = isSteep
  }

  /// A unit whose rows have to be read.
  package static func unread(from start: Timestamp, to last: Timestamp) -> Rollup {
    Rollup(count: 0, first: Row(time: start), last: Row(time: last), peakAt: start)
  }

  /// Average power in milliwatts that a usual step shows at most, by the highest power of its run.
  package static func usualLimit(peak: Int64) -> Int64 { min(max(peak &+ peak / 5, 1000), steepLimit) }
  /// No step of a run shows more: 20 A at 230 V.
  package static let steepLimit: Int64 = 4_600_000
  /// Clocks of a run keep their distance from the receive time within so many milliseconds of the first row's.
  package static let clockTolerance: Int64 = 5000
}

/// The rollups of a block of readings, in order of time.
package struct RollupSeries: Hashable, Sendable {
  package var form: Form
  package var rollups: [Rollup]

  /// What is the same in the whole block.
  package struct Form: Hashable, Sendable {
    /// Length of a unit in milliseconds: 900,000 or 3,600,000.
    package var unitLength: Int64
    /// Digits after the point: at most 6 for energies, 3 for power.
    package var totalPlaces: Int
    package var todayPlaces: Int
    package var yesterdayPlaces: Int
    package var powerPlaces: Int
    /// Milliseconds per unit of the plug's clock and of TotalStartTime: 1000 or 1; 0 for no TotalStartTime.
    package var clockUnit: Int64
    package var startTimeUnit: Int64

    package init(
      unitLength: Int64, totalPlaces: Int, todayPlaces: Int, yesterdayPlaces: Int, powerPlaces: Int, clockUnit: Int64,
      startTimeUnit: Int64
    ) {
      self.unitLength = unitLength
      self.totalPlaces = totalPlaces
      self.todayPlaces = todayPlaces
      self.yesterdayPlaces = yesterdayPlaces
      self.powerPlaces = powerPlaces
      self.clockUnit = clockUnit
      self.startTimeUnit = startTimeUnit
    }
  }

  package init(form: Form, rollups: [Rollup]) {
    self.form = form
    self.rollups = rollups
  }
}
