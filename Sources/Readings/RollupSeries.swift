/// The rollups of a block of readings: a series for each counter of the plug.
///
/// Their runs are of the same rows: the runs of any of them say where those of all begin and end, and whether they are
/// told.
public struct Rollups: Hashable, Sendable {
  /// In order of their channels; at least one.
  public var counters: [RollupSeries]

  public init(_ counters: [RollupSeries]) {
    precondition(!counters.isEmpty, "rollups of no counter")
    self.counters = counters
  }

  /// Those of the first counter.
  public var runs: [RollupRun] { counters[0].runs }
}

/// The rollups of one counter: runs in order of time, whose rows together are the block's.
public struct RollupSeries: Hashable, Sendable {
  public var form: Form
  public var runs: [RollupRun]
  /// Of all runs, in order.
  public var cells: [RollupCell]
  /// Where cells are hours, what Total gained by UTC half hours in mWh, read off at their borders as in a cell: of all
  /// runs, in order. Empty where cells are shorter, or where halves are not known.
  public var halves: [Int64]
  /// What was given back in the same half hours; empty where ``Form/tellsExport`` is not so.
  public var halfExports: [Int64] = []
  /// Of a counter of several phases: each phase's power, 0 where it is negative and at most 1 MW, held until the next
  /// row, over the whole seconds of each ``Form/phaseLength`` in milliwatts × milliseconds: all phases of the first
  /// unit of time of the first run, then of the next.
  public var phases: [Int64] = []
  /// Each phase's power so limited at the first and then at the last row of each run, in milliwatts.
  public var phasePowers: [Int64] = []

  /// What is the same in the whole block.
  public struct Form: Hashable, Sendable {
    /// Of the counter; 0 for one of the whole plug.
    public var channel: UInt8 = 0
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
    /// ExportActive is a counter of its own, with the digits of Total.
    public var hasExportCounter = false
    /// Total may fall because energy is given back.
    public var runsBack = false
    /// Powers of their own that the counter sums: 0 where it has one, else 2 to 8.
    public var phaseCount = 0
    /// Length of a unit of time of ``RollupSeries/phases`` in milliseconds, whatever ``cellLength`` is.
    public var phaseLength: Int64 = 0

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

    /// Cells tell what was given back.
    public var tellsExport: Bool { hasExportCounter || runsBack }
  }

  public init(form: Form, runs: [RollupRun], cells: [RollupCell], halves: [Int64] = []) {
    self.form = form
    self.runs = runs
    self.cells = cells
    self.halves = halves
  }

  public static let hour: Int64 = 3_600_000
  public static let halfHour: Int64 = 1_800_000

  /// The powers of a run's phases at its first row, or at its last.
  public func phasePowers(ofRun place: Int, atLast isLast: Bool) -> ArraySlice<Int64> {
    let start = (2 * place + (isLast ? 1 : 0)) * form.phaseCount
    return phasePowers[start..<start + form.phaseCount]
  }
}
