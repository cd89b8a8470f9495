import Readings

/// Foretells each number of a run from those before it and codes the difference (Schema/rollups.md, SF-R30 to SF-R32).
///
/// The same code writes and reads. A stream that is read may say anything: arithmetic wraps, and what cannot be is
/// found before it is used.
struct RollupModel {
  private let form: RollupSeries.Form
  private let timeUnit: Int64
  /// Steps of the plug in 1/256 of the time unit.
  private let pace: Int64
  private let totalFactor, todayFactor, yesterdayFactor, powerFactor: Int64
  private let usualStep: Int64
  private var cellModel: RollupCellModel
  /// The row before.
  private var last: RollupRun.Row

  /// - Parameters:
  ///   - cellLength: of the cells that stand in the runs, in milliseconds.
  ///   - start: the first row's time in milliseconds.
  init(form: RollupSeries.Form, cellLength: Int64, timeUnit: Int64, pace: Int64, start: Int64) {
    self.form = form
    self.timeUnit = timeUnit
    self.pace = pace
    totalFactor = Decimal.power(6 - form.totalPlaces)
    todayFactor = Decimal.power(6 - form.todayPlaces)
    yesterdayFactor = Decimal.power(6 - form.yesterdayPlaces)
    powerFactor = Decimal.power(3 - form.powerPlaces)
    usualStep = (pace + 128) >> 8
    cellModel = RollupCellModel(form: form, cellLength: cellLength, timeUnit: timeUnit, pace: pace)
    last = RollupRun.Row(time: Timestamp(milliseconds: start))
  }

  /// Writes the run with its cells, or works them out.
  ///
  /// - Parameters:
  ///   - run: where it is read, its row count is what the run may have at most.
  ///   - cells: where they are read, the run's are added.
  /// - Returns: false for what cannot be.
  mutating func code<Stream: RiceStream & ~Copyable>(
    _ run: inout RollupRun, _ cells: inout [RollupCell], _ stream: inout Stream
  ) -> Bool {
    let most = run.rowCount
    run.isTold = stream.flag(run.isTold)
    let rows = stream.code(UInt64(bitPattern: Int64(run.rowCount) - 1), RollupContext.rows)
    guard rows < UInt64(most) || !Stream.reads else { return false }
    run.rowCount = Int(truncatingIfNeeded: rows) + 1
    let gap = time(run.first.time.milliseconds &- last.time.milliseconds, RollupContext.gap, &stream)
    guard let first = later(last.time.milliseconds, by: gap) else { return false }
    run.first.time = Timestamp(milliseconds: first)
    guard run.isTold else {
      let length = time(run.last.time.milliseconds &- first, RollupContext.length, &stream)
      guard let end = later(first, by: length) else { return false }
      run.last.time = Timestamp(milliseconds: end)
      last.time = run.last.time
      return true
    }
    codeFirst(&run.first, &stream)
    guard isPossible(run.first) else { return false }
    if run.rowCount > 1 {
      guard codeRest(&run, &cells, &stream) else { return false }
    } else {
      run.last = run.first
    }
    last = run.last
    return true
  }

  // These say that they change the model and do not: a call that did not say so would be given a copy of it.

  private mutating func later(_ time: Int64, by units: UInt64) -> Int64? {
    guard units <= UInt64(RollupBounds.largest) else { return nil }
    let later = time &+ Int64(units) &* timeUnit
    return abs(later) <= 2 * RollupBounds.largest ? later : nil
  }

  private mutating func time<Stream: RiceStream & ~Copyable>(
    _ milliseconds: Int64, _ context: Int, _ stream: inout Stream
  ) -> UInt64 {
    stream.code(UInt64(bitPattern: milliseconds / timeUnit), context)
  }

  /// A number that is a multiple of `factor`, foretold by another such.
  private mutating func code<Stream: RiceStream & ~Copyable>(
    _ value: Int64, from foretold: Int64, unit factor: Int64, _ context: Int, _ stream: inout Stream
  ) -> Int64 {
    let difference = value.flooringQuotient(factor) &- foretold.flooringQuotient(factor)
    return (foretold.flooringQuotient(factor) &+ stream.code(signed: difference, context)) &* factor
  }

  private mutating func codeFirst<Stream: RiceStream & ~Copyable>(_ row: inout RollupRun.Row, _ stream: inout Stream) {
    row.total = code(row.total, from: last.total, unit: totalFactor, RollupContext.total, &stream)
    row.today = code(
      row.today, from: last.today &+ row.total &- last.total, unit: todayFactor, RollupContext.today, &stream)
    row.yesterday = code(row.yesterday, from: last.yesterday, unit: yesterdayFactor, RollupContext.yesterday, &stream)
    if form.startTimeUnit > 0 {
      row.startTime = code(
        row.startTime, from: last.startTime, unit: form.startTimeUnit, RollupContext.startTime, &stream)
    } else {
      row.startTime = ReadingColumns.absent
    }
    row.clock = code(
      row.clock, from: last.clock &+ row.time.milliseconds &- last.time.milliseconds, unit: form.clockUnit,
      RollupContext.clock, &stream)
    row.power = code(row.power, from: last.power, unit: powerFactor, RollupContext.power, &stream)
  }

  private mutating func isPossible(_ row: RollupRun.Row) -> Bool {
    func lies(_ value: Int64) -> Bool { value <= RollupBounds.largest && value >= -RollupBounds.largest }
    return lies(row.total) && lies(row.today) && lies(row.yesterday) && lies(row.clock) && lies(row.power)
      && (form.startTimeUnit == 0 || lies(row.startTime))
  }

  private mutating func codeRest<Stream: RiceStream & ~Copyable>(
    _ run: inout RollupRun, _ cells: inout [RollupCell], _ stream: inout Stream
  ) -> Bool {
    let first = run.first.time.milliseconds
    let awaited = (Int64(run.rowCount - 1) &* pace &+ 128) >> 8
    let length =
      awaited
      &+ stream.code(
        signed: (run.last.time.milliseconds &- first) / timeUnit &- awaited, RollupContext.end)
    guard length > 0, let end = later(first, by: UInt64(length)) else { return false }
    run.last.time = Timestamp(milliseconds: end)
    guard codeSteps(&run, &stream) else { return false }

    var place = RollupCellModel.Place(run, cellLength: cellModel.cellLength)
    // Every cell has a row: a run of more is none.
    guard (end &- place.cellEnd) / cellModel.cellLength < Int64(run.rowCount) else { return false }
    cellModel.begin(run)
    var cell = Stream.reads ? cells.count : run.cells.lowerBound
    let firstCell = cell
    var gained: Int64 = 0
    var isLast: Bool
    var alone = RollupCellModel.NoHour()
    repeat {
      isLast = place.isLast
      guard let coded = cellModel.code(Stream.reads ? nil : cells[cell], &place, in: &alone, &stream) else {
        return false
      }
      if Stream.reads { cells.append(coded) }
      gained &+= coded.energy
      cell += 1
      place.goOn(by: cellModel.cellLength)
    } while !isLast
    run.cells = firstCell..<cell

    run.last.total = run.first.total &+ gained
    run.last.today = code(
      run.last.today, from: run.first.today &+ gained, unit: todayFactor, RollupContext.lastToday, &stream)
    run.last.yesterday = run.first.yesterday
    run.last.startTime = run.first.startTime
    run.last.clock = code(
      run.last.clock, from: run.first.clock &+ end &- first, unit: form.clockUnit, RollupContext.lastClock, &stream)
    run.last.power = code(
      run.last.power, from: cellModel.lowest * powerFactor, unit: powerFactor, RollupContext.lastPower, &stream)
    return isPossible(run.last)
  }

  private mutating func codeSteps<Stream: RiceStream & ~Copyable>(
    _ run: inout RollupRun, _ stream: inout Stream
  ) -> Bool {
    let first = usualStep &+ stream.code(signed: run.firstStep / timeUnit &- usualStep, RollupContext.firstStep)
    let below = time(run.firstStep &- run.shortestStep, RollupContext.shortest, &stream)
    let above = time(run.longestStep &- run.firstStep, RollupContext.longest, &stream)
    let short = time(run.longestShortStep, RollupContext.longestShort, &stream)
    let steepest = stream.code(UInt64(bitPattern: run.steepest), RollupContext.steepest)
    let sustained = stream.code(UInt64(bitPattern: run.sustained / powerFactor), RollupContext.sustained)
    guard first >= 0, first < 1 << 40, below <= UInt64(first), above < 1 << 40, short < 1 << 40,
      steepest <= UInt64(RollupBounds.steepLimit), sustained <= UInt64(RollupBounds.largestPower / powerFactor)
    else { return false }
    run.firstStep = first * timeUnit
    run.shortestStep = (first - Int64(below)) * timeUnit
    run.longestStep = (first + Int64(above)) * timeUnit
    run.longestShortStep = Int64(short) * timeUnit
    run.steepest = Int64(steepest)
    run.sustained = Int64(sustained) * powerFactor
    return true
  }
}
