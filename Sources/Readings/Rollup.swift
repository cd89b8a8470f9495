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
  /// The last row that showed that energy is given back, in milliseconds: Total fell by more than two of its units, or
  /// its power and the one before are below zero. 0 for none.
  public var lastGivingBack: Int64 = 0
  /// Its part of ``RollupSeries/cells``; empty for a single row.
  public var cells: Range<Int>
  /// Its part of ``RollupSeries/halves``; empty where there are none.
  public var halves: Range<Int> = 0..<0
  /// Its part of ``RollupSeries/phases``; empty where the plug tells one power.
  public var phases: Range<Int> = 0..<0

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
    /// ExportActive; ``ReadingColumns/absent`` where the plug sends none.
    public var export: Int64

    public init(
      time: Timestamp, total: Int64 = 0, today: Int64 = 0, yesterday: Int64 = 0, startTime: Int64 = 0, clock: Int64 = 0,
      power: Int64 = 0, export: Int64 = ReadingColumns.absent
    ) {
      self.time = time
      self.total = total
      self.today = today
      self.yesterday = yesterday
      self.startTime = startTime
      self.clock = clock
      self.power = power
      self.export = export
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
  /// rows it is taken to rise evenly, and is cut to the counter's unit at each end. Of a counter that runs back, the sum
  /// of its steps forward.
  public var energy: Int64
  /// What was given back in mWh, told in the same way: what ExportActive gained, or else by how much Total fell.
  public var export: Int64
  /// Each power held until the next row, over the whole seconds of the cell, in milliwatts × milliseconds.
  public var powerTime: Int64
  /// The highest power of a row in milliwatts and the first second of it; the lowest power held or read.
  public var peak: Int64
  public var peakAt: Timestamp
  public var lowest: Int64

  public init(
    rowCount: Int, energy: Int64, export: Int64 = 0, powerTime: Int64, peak: Int64, peakAt: Timestamp, lowest: Int64
  ) {
    self.rowCount = rowCount
    self.energy = energy
    self.export = export
    self.powerTime = powerTime
    self.peak = peak
    self.peakAt = peakAt
    self.lowest = lowest
  }
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
