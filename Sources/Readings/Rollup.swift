/// Readings of one plug in a few numbers: all that accounting needs of them as long as every step is a usual one
/// (Schema/rollups.md).
///
/// A run's first row stands for itself: the step *to* it may be anything. Behind it, the run is told in cells of an
/// hour, energy by half hours, and where that is asked for by quarter hours: a report whose cut points lie on them reads
/// no rows.
public struct RollupRun: Hashable, Sendable {
  /// Readings; at least one.
  public var rowCount: Int
  /// False where the rows themselves have to be read. Then only the times of ``first`` and ``last`` are known.
  public var isTold: Bool
  public var first: Row
  public var last: Row
  /// Of the steps at the plug's pace: the first, the shortest and the longest, in milliseconds; 0 for a single row.
  public var firstStep: Int64
  public var shortestStep: Int64
  public var longestStep: Int64
  /// The longest of the short steps between them (PowerDelta), in milliseconds; 0 where there is none.
  public var longestShortStep: Int64
  /// The highest average power that a step of the counter shows beyond two of its units, in milliwatts, rounded up.
  public var steepest: Int64
  /// The highest power that two neighbouring rows both reached, in milliwatts.
  public var sustained: Int64
  /// Its part of ``RollupSeries/cells``; empty for a single row.
  public var cells: Range<Int>
  /// Its part of ``RollupSeries/halves``; empty where there are none.
  public var halves: Range<Int> = 0..<0

  /// One row: energies in mWh, power in mW, clocks in milliseconds of that clock.
  public struct Row: Hashable, Sendable {
    public var time: Timestamp
    public var total: Int64
    public var today: Int64
    public var yesterday: Int64
    /// ``ReadingColumns/absent`` where the plug sends none.
    public var startTime: Int64
    public var clock: Int64
    public var power: Int64

    public init(
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

  public init(
    rowCount: Int, isTold: Bool, first: Row, last: Row, firstStep: Int64 = 0, shortestStep: Int64 = 0,
    longestStep: Int64 = 0, longestShortStep: Int64 = 0, steepest: Int64 = 0, sustained: Int64 = 0,
    cells: Range<Int> = 0..<0
  ) {
    self.rowCount = rowCount
    self.isTold = isTold
    self.first = first
    self.last = last
    self.firstStep = firstStep
    self.shortestStep = shortestStep
    self.longestStep = longestStep
    self.longestShortStep = longestShortStep
    self.steepest = steepest
    self.sustained = sustained
    self.cells = cells
  }
}

/// The part of a run that lies in one unit of time (a UTC quarter hour, half hour or hour), its first row included.
public struct RollupCell: Hashable, Sendable {
  /// Rows whose time lies in the cell.
  public var rowCount: Int
  /// What Total gained from the cell's start (or the run's first row) to its end (or the last row), in mWh: between two
  /// rows it is taken to rise evenly, and is cut to the counter's unit at each end.
  public var energy: Int64
  /// Each power held until the next row, over the whole seconds of the cell, in milliwatts × milliseconds.
  public var powerTime: Int64
  /// The highest power of a row in milliwatts and the first second of it; the lowest power held or read.
  public var peak: Int64
  public var peakAt: Timestamp
  public var lowest: Int64

  public init(rowCount: Int, energy: Int64, powerTime: Int64, peak: Int64, peakAt: Timestamp, lowest: Int64) {
    self.rowCount = rowCount
    self.energy = energy
    self.powerTime = powerTime
    self.peak = peak
    self.peakAt = peakAt
    self.lowest = lowest
  }
}

/// The rollups of a block of readings: runs in order of time, whose rows together are the block's.
public struct RollupSeries: Hashable, Sendable {
  public var form: Form
  public var runs: [RollupRun]
  /// Of all runs, in order.
  public var cells: [RollupCell]
  /// Where cells are hours, what Total gained by UTC half hours in mWh, read off at their borders as in a cell: of all
  /// runs, in order. Empty where cells are shorter, or where halves are not known.
  public var halves: [Int64]

  /// What is the same in the whole block.
  public struct Form: Hashable, Sendable {
    /// Length of a cell in milliseconds: 900,000, 1,800,000 or 3,600,000.
    public var cellLength: Int64
    /// Digits after the point: at most 6 for energies, 3 for power.
    public var totalPlaces: Int
    public var todayPlaces: Int
    public var yesterdayPlaces: Int
    public var powerPlaces: Int
    /// Milliseconds per unit of the plug's clock and of TotalStartTime: 1000 or 1; 0 for no TotalStartTime.
    public var clockUnit: Int64
    public var startTimeUnit: Int64

    public init(
      cellLength: Int64, totalPlaces: Int, todayPlaces: Int, yesterdayPlaces: Int, powerPlaces: Int, clockUnit: Int64,
      startTimeUnit: Int64
    ) {
      self.cellLength = cellLength
      self.totalPlaces = totalPlaces
      self.todayPlaces = todayPlaces
      self.yesterdayPlaces = yesterdayPlaces
      self.powerPlaces = powerPlaces
      self.clockUnit = clockUnit
      self.startTimeUnit = startTimeUnit
    }
  }

  public init(form: Form, runs: [RollupRun], cells: [RollupCell], halves: [Int64] = []) {
    self.form = form
    self.runs = runs
    self.cells = cells
    self.halves = halves
  }

  public static let hour: Int64 = 3_600_000
  public static let halfHour: Int64 = 1_800_000
}

/// How finely rollups are wanted: what is not wanted is not decoded.
public enum RollupDetail: Int, Comparable, Sendable {
  /// Cells of an hour.
  case hours
  /// Cells of an hour, and energy by half hours.
  case halves
  /// The shortest cells that there are.
  case cells

  public static func < (one: RollupDetail, other: RollupDetail) -> Bool { one.rawValue < other.rawValue }
}
