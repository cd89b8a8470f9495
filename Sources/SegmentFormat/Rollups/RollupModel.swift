import Readings

/// Foretells each number of a run from those before it and codes the difference (Schema/rollups.md, SF-R30 to SF-R32).
///
/// The same code writes and reads. A stream that is read may say anything: arithmetic wraps, and what cannot be is
/// found before it is used.
struct RollupModel {
  private let units: RollupUnits
  /// Steps of the plug in 1/256 of the time unit.
  private let pace: Int64
  private let usualStep: Int64
  private let hasExportCounter, runsBack: Bool
  private var cellModel: RollupCellModel
  /// The row before.
  private var last: RollupRun.Row

  /// - Parameters:
  ///   - cellLength: of the cells that stand in the runs, in milliseconds.
  ///   - start: the first row's time in milliseconds.
  init(_ form: RollupSeries.Form, _ units: RollupUnits, cellLength: Int64, pace: Int64, start: Int64) {
    self.units = units
    hasExportCounter = form.hasExportCounter
    runsBack = form.runsBack
    self.pace = pace
    usualStep = (pace + 128) >> 8
    cellModel = RollupCellModel(units, cellLength: cellLength, pace: pace)
    last = RollupRun.Row(time: Timestamp(milliseconds: start), export: 0)
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
    let gap = stream.code(
      time: run.first.time.milliseconds &- last.time.milliseconds, unit: units.time, RollupContext.gap)
    guard let first = units.later(last.time.milliseconds, by: gap) else { return false }
    run.first.time = Timestamp(milliseconds: first)
    guard run.isTold else {
      let length = stream.code(time: run.last.time.milliseconds &- first, unit: units.time, RollupContext.length)
      guard let end = units.later(first, by: length) else { return false }
      run.last.time = Timestamp(milliseconds: end)
      last.time = run.last.time
      return true
    }
    codeFirst(&run.first, &stream)
    guard units.isPossible(run.first) else { return false }
    if run.rowCount > 1 {
      guard codeRest(&run, &cells, &stream) else { return false }
    } else {
      run.last = run.first
    }
    last = run.last
    return true
  }

  private func codeFirst<Stream: RiceStream & ~Copyable>(_ row: inout RollupRun.Row, _ stream: inout Stream) {
    row.total = stream.code(row.total, from: last.total, unit: units.total, RollupContext.total)
    row.today = stream.code(
      row.today, from: last.today &+ row.total &- last.total, unit: units.today, RollupContext.today)
    row.yesterday = stream.code(row.yesterday, from: last.yesterday, unit: units.yesterday, RollupContext.yesterday)
    if units.startTime > 0 {
      row.startTime = stream.code(
        row.startTime, from: last.startTime, unit: units.startTime, RollupContext.startTime)
    } else {
      row.startTime = ReadingColumns.absent
    }
    row.clock = stream.code(
      row.clock, from: last.clock &+ row.time.milliseconds &- last.time.milliseconds, unit: units.clock,
      RollupContext.clock)
    row.power = stream.code(row.power, from: last.power, unit: units.power, RollupContext.power)
    if hasExportCounter {
      row.export = stream.code(row.export, from: last.export, unit: units.total, RollupContext.firstExport)
    }
  }

  private mutating func codeRest<Stream: RiceStream & ~Copyable>(
    _ run: inout RollupRun, _ cells: inout [RollupCell], _ stream: inout Stream
  ) -> Bool {
    let first = run.first.time.milliseconds
    let awaited = (Int64(run.rowCount - 1) &* pace &+ 128) >> 8
    let length =
      awaited
      &+ stream.code(
        signed: (run.last.time.milliseconds &- first) / units.time &- awaited, RollupContext.end)
    guard length > 0, let end = units.later(first, by: UInt64(length)) else { return false }
    run.last.time = Timestamp(milliseconds: end)
    guard codeSteps(&run, &stream) else { return false }

    var place = RollupPlace(run, cellLength: cellModel.cellLength)
    // Every cell has a row: a run of more is none.
    guard (end &- place.cellEnd) / cellModel.cellLength < Int64(run.rowCount) else { return false }
    cellModel.begin(run)
    var cell = Stream.reads ? cells.count : run.cells.lowerBound
    let firstCell = cell
    var (gained, given): (Int64, Int64) = (0, 0)
    var isLast: Bool
    var alone = NoHour()
    repeat {
      isLast = place.isLast
      guard let coded = cellModel.code(Stream.reads ? nil : cells[cell], &place, in: &alone, &stream) else {
        return false
      }
      if Stream.reads { cells.append(coded) }
      gained &+= coded.energy
      given &+= coded.export
      cell += 1
      place.goOn(by: cellModel.cellLength)
    } while !isLast
    run.cells = firstCell..<cell

    if runsBack { gained &-= given }
    run.last.total = run.first.total &+ gained
    if hasExportCounter { run.last.export = run.first.export &+ given }
    run.last.today = stream.code(
      run.last.today, from: run.first.today &+ gained, unit: units.today, RollupContext.lastToday)
    run.last.yesterday = run.first.yesterday
    run.last.startTime = run.first.startTime
    run.last.clock = stream.code(
      run.last.clock, from: run.first.clock &+ end &- first, unit: units.clock, RollupContext.lastClock)
    run.last.power = stream.code(
      run.last.power, from: cellModel.lowest * units.power, unit: units.power, RollupContext.lastPower)
    return units.isPossible(run.last) && codeGivingBack(&run, &stream)
  }

  private func codeGivingBack<Stream: RiceStream & ~Copyable>(_ run: inout RollupRun, _ stream: inout Stream) -> Bool {
    guard units.tellsExport else { return true }
    let last = run.last.time.milliseconds
    let isNone = run.lastGivingBack == 0
    let before = stream.code(
      isNone ? 0 : UInt64(bitPattern: (last &- run.lastGivingBack) / units.time &+ 1), RollupContext.lastGivingBack)
    guard Stream.reads, before > 0 else { return true }
    guard before - 1 <= UInt64(bitPattern: (last &- run.first.time.milliseconds) / units.time) else { return false }
    run.lastGivingBack = last &- Int64(before - 1) &* units.time
    return true
  }

  private func codeSteps<Stream: RiceStream & ~Copyable>(
    _ run: inout RollupRun, _ stream: inout Stream
  ) -> Bool {
    let first = usualStep &+ stream.code(signed: run.firstStep / units.time &- usualStep, RollupContext.firstStep)
    let below = stream.code(time: run.firstStep &- run.shortestStep, unit: units.time, RollupContext.shortest)
    let above = stream.code(time: run.longestStep &- run.firstStep, unit: units.time, RollupContext.longest)
    let short = stream.code(time: run.longestShortStep, unit: units.time, RollupContext.longestShort)
    let steepest = stream.code(UInt64(bitPattern: run.steepest), RollupContext.steepest)
    let sustained = stream.code(UInt64(bitPattern: run.sustained / units.power), RollupContext.sustained)
    guard first >= 0, first < 1 << 40, below <= UInt64(first), above < 1 << 40, short < 1 << 40,
      steepest <= UInt64(units.steepLimit), sustained <= UInt64(RollupBounds.largestPower / units.power)
    else { return false }
    run.firstStep = first * units.time
    run.shortestStep = (first - Int64(below)) * units.time
    run.longestStep = (first + Int64(above)) * units.time
    run.longestShortStep = Int64(short) * units.time
    run.steepest = Int64(steepest)
    run.sustained = Int64(sustained) * units.power
    return true
  }
}
