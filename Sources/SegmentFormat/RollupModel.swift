import Readings

/// Foretells each number of a run from those before it and codes the difference (Schema/rollups.md, SF-R30 to SF-R37).
///
/// The same code writes and reads. A stream that is read may say anything: arithmetic wraps, and what cannot be is
/// found before it is used.
struct RollupModel {
  private let form: RollupSeries.Form
  private let timeUnit: Int64
  /// Steps of the plug in 1/256 of the time unit.
  private let pace: Int64
  private let totalFactor, todayFactor, yesterdayFactor, powerFactor: Int64
  /// mW × s of one unit of Total.
  private let powerTimePerUnit: Int64
  /// What a cell may have at most, in units of Total and of power.
  private let largestEnergy: Int64
  private let largestPower: Int64

  /// The row before.
  private var last: RollupRun.Row
  /// Power × time that was held and that Total does not show yet, in mW × s.
  private var carry: Int64 = 0
  /// Rows of the last whole cell.
  private var fullRowCount: Int64
  /// Of the last cell, in units of power.
  private var lowest: Int64 = 0
  private var mean: Int64 = 0
  /// Half the bits of the last cell's range.
  private var spread = 0
  private var usualStep: Int64 = 0

  // Contexts of the stream.
  private enum Context {
    static let rows = 0
    static let gap = 1
    static let length = 2
    static let total = 3
    static let today = 4
    static let yesterday = 5
    static let startTime = 6
    static let clock = 7
    static let power = 8
    static let end = 9
    static let firstStep = 10
    static let shortest = 11
    static let longest = 12
    static let longestShort = 13
    static let steepest = 14
    static let sustained = 15
    static let lastToday = 16
    static let lastClock = 17
    static let lastPower = 18
    static let cellRows = 19
    static let peakAt = 20
    static let heldAtStart = 21
    static let energy = 22
    /// From here by the size of the last cell's range of powers.
    static let lowest = 24
    static let range = 32
    /// From here by the size of the range of powers.
    static let powerTime = 40
    static let count = powerTime + 16
  }
  static let contextCount = Context.count

  /// - Parameter start: the first row's time in milliseconds.
  init(form: RollupSeries.Form, timeUnit: Int64, pace: Int64, start: Int64) {
    self.form = form
    self.timeUnit = timeUnit
    self.pace = pace
    totalFactor = Decimal.power(6 - form.totalPlaces)
    todayFactor = Decimal.power(6 - form.todayPlaces)
    yesterdayFactor = Decimal.power(6 - form.yesterdayPlaces)
    powerFactor = Decimal.power(3 - form.powerPlaces)
    powerTimePerUnit = totalFactor * 3600
    largestEnergy = RollupBounds.largest / totalFactor
    largestPower = RollupBounds.largestPower / powerFactor
    last = RollupRun.Row(time: Timestamp(milliseconds: start))
    fullRowCount = max(1, (form.cellLength / timeUnit) << 8 / pace)
    usualStep = (pace + 128) >> 8
  }

  // MARK: Runs

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
    let rows = stream.code(UInt64(bitPattern: Int64(run.rowCount) - 1), Context.rows)
    guard rows < UInt64(most) || !Stream.reads else { return false }
    run.rowCount = Int(truncatingIfNeeded: rows) + 1
    let gap = time(run.first.time.milliseconds &- last.time.milliseconds, Context.gap, &stream)
    guard let first = later(last.time.milliseconds, by: gap) else { return false }
    run.first.time = Timestamp(milliseconds: first)
    guard run.isTold else {
      let length = time(run.last.time.milliseconds &- first, Context.length, &stream)
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

  private func later(_ time: Int64, by units: UInt64) -> Int64? {
    guard units <= UInt64(RollupBounds.largest) else { return nil }
    let later = time &+ Int64(units) &* timeUnit
    return abs(later) <= 2 * RollupBounds.largest ? later : nil
  }

  private func time<Stream: RiceStream & ~Copyable>(
    _ milliseconds: Int64, _ context: Int, _ stream: inout Stream
  ) -> UInt64 {
    stream.code(UInt64(bitPattern: milliseconds / timeUnit), context)
  }

  /// A number that is a multiple of `factor`, foretold by another such.
  private func code<Stream: RiceStream & ~Copyable>(
    _ value: Int64, from foretold: Int64, unit factor: Int64, _ context: Int, _ stream: inout Stream
  ) -> Int64 {
    let difference = value.flooringQuotient(factor) &- foretold.flooringQuotient(factor)
    return (foretold.flooringQuotient(factor) &+ stream.code(signed: difference, context)) &* factor
  }

  private mutating func codeFirst<Stream: RiceStream & ~Copyable>(_ row: inout RollupRun.Row, _ stream: inout Stream) {
    row.total = code(row.total, from: last.total, unit: totalFactor, Context.total, &stream)
    row.today = code(
      row.today, from: last.today &+ row.total &- last.total, unit: todayFactor, Context.today, &stream)
    row.yesterday = code(row.yesterday, from: last.yesterday, unit: yesterdayFactor, Context.yesterday, &stream)
    if form.startTimeUnit > 0 {
      row.startTime = code(
        row.startTime, from: last.startTime, unit: form.startTimeUnit, Context.startTime, &stream)
    } else {
      row.startTime = ReadingColumns.absent
    }
    row.clock = code(
      row.clock, from: last.clock &+ row.time.milliseconds &- last.time.milliseconds, unit: form.clockUnit,
      Context.clock, &stream)
    row.power = code(row.power, from: last.power, unit: powerFactor, Context.power, &stream)
  }

  private func isPossible(_ row: RollupRun.Row) -> Bool {
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
        signed: (run.last.time.milliseconds &- first) / timeUnit &- awaited, Context.end)
    guard length > 0, let end = later(first, by: UInt64(length)) else { return false }
    run.last.time = Timestamp(milliseconds: end)
    guard codeSteps(&run, &stream) else { return false }

    var cell = run.cells.lowerBound
    if Stream.reads { cell = cells.count }
    let firstCell = cell
    var place = Place(start: first, end: end, rowCount: Int64(run.rowCount))
    place.cellEnd = (first.flooringQuotient(form.cellLength) &+ 1) &* form.cellLength
    // Every cell has a row: a run of more is none.
    guard (end &- place.cellEnd) / form.cellLength < Int64(run.rowCount) else { return false }
    lowest = run.first.power / powerFactor
    var gained: Int64 = 0
    repeat {
      place.isLast = end < place.cellEnd
      guard let coded = codeCell(Stream.reads ? nil : cells[cell], &place, &stream) else { return false }
      if Stream.reads { cells.append(coded) }
      gained &+= coded.energy
      cell += 1
      place.cellStart = place.cellEnd
      place.cellEnd &+= form.cellLength
    } while !place.isLast
    run.cells = firstCell..<cell

    run.last.total = run.first.total &+ gained
    run.last.today = code(
      run.last.today, from: run.first.today &+ gained, unit: todayFactor, Context.lastToday, &stream)
    run.last.yesterday = run.first.yesterday
    run.last.startTime = run.first.startTime
    run.last.clock = code(
      run.last.clock, from: run.first.clock &+ end &- first, unit: form.clockUnit, Context.lastClock, &stream)
    run.last.power = code(run.last.power, from: lowest * powerFactor, unit: powerFactor, Context.lastPower, &stream)
    return isPossible(run.last)
  }

  private mutating func codeSteps<Stream: RiceStream & ~Copyable>(
    _ run: inout RollupRun, _ stream: inout Stream
  ) -> Bool {
    let first = usualStep &+ stream.code(signed: run.firstStep / timeUnit &- usualStep, Context.firstStep)
    let below = time(run.firstStep &- run.shortestStep, Context.shortest, &stream)
    let above = time(run.longestStep &- run.firstStep, Context.longest, &stream)
    let short = time(run.longestShortStep, Context.longestShort, &stream)
    let steepest = stream.code(UInt64(bitPattern: run.steepest), Context.steepest)
    let sustained = stream.code(UInt64(bitPattern: run.sustained / powerFactor), Context.sustained)
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

  // MARK: Cells

  /// Where in its run a cell lies.
  private struct Place {
    /// The run's first and last row's time, and its rows.
    let start: Int64
    let end: Int64
    let rowCount: Int64
    /// Mean step of the run in 1/65,536 ms.
    let evenStep: Int64
    /// Rows before the cell.
    var before: Int64 = 0
    /// The first cell begins with the first row, the last one ends with the last.
    var cellStart: Int64
    var cellEnd: Int64 = 0
    var isLast = false
    /// How late the last peak was, in milliseconds.
    var lateness: Int64 = 0

    init(start: Int64, end: Int64, rowCount: Int64) {
      self.start = start
      self.end = end
      self.rowCount = rowCount
      evenStep = (end &- start) &<< 16 / max(rowCount &- 1, 1)
      cellStart = start
    }

    /// The whole second, in milliseconds, at which a row of the run would be if they came evenly.
    @inline(__always)
    func foretoldTime(ofRow row: Int64) -> Int64 {
      RollupBounds.second(start &+ (row &* evenStep) &>> 16) &+ (row > 0 ? lateness : 0)
    }
  }

  /// A cell in the block's units: of Total, of power, of power × seconds, and rows.
  private struct Numbers: Equatable {
    var rowCount: Int64
    var energy: Int64
    var powerTime: Int64
    var lowest: Int64
    /// Peak above lowest.
    var range: Int64
    /// Milliseconds.
    var peakAt: Int64
  }

  /// - Parameter cell: nil where it is read.
  /// - Returns: nil for what cannot be.
  @inline(__always)
  private mutating func codeCell<Stream: RiceStream & ~Copyable>(
    _ cell: RollupCell?, _ place: inout Place, _ stream: inout Stream
  ) -> RollupCell? {
    let isWhole = !place.isLast && place.before > 0
    let seconds = RollupBounds.seconds(place.cellStart, place.isLast ? place.end : place.cellEnd)
    var rows = fullRowCount
    if place.isLast {
      rows = place.rowCount &- place.before
    } else if !isWhole {
      rows = (((place.cellEnd &- place.cellStart &- 1) / timeUnit) &<< 8) / pace &+ 1
    }
    var numbers = Numbers(rowCount: 0, energy: 0, powerTime: 0, lowest: 0, range: 0, peakAt: 0)
    let isForetold: Bool
    if let cell {
      numbers = Numbers(
        rowCount: Int64(cell.rowCount), energy: cell.energy / totalFactor,
        powerTime: cell.powerTime / (1000 * powerFactor), lowest: cell.lowest / powerFactor,
        range: (cell.peak - cell.lowest) / powerFactor, peakAt: cell.peakAt.milliseconds)
      isForetold = stream.flag(numbers == foretold(rowCount: rows, seconds: seconds, place))
    } else {
      isForetold = stream.flag(false)
      if isForetold { numbers = foretold(rowCount: rows, seconds: seconds, place) }
    }
    if isForetold {
      mean = lowest
      spread = 0
    } else {
      codeOther(&numbers, &place, seconds: seconds, foretoldRows: rows, &stream)
    }
    guard numbers.rowCount > 0, numbers.rowCount <= place.rowCount &- place.before &- (place.isLast ? 0 : 1),
      numbers.lowest >= 0, numbers.lowest <= largestPower, numbers.range >= 0, numbers.range <= largestPower,
      numbers.energy >= 0, numbers.energy <= largestEnergy, numbers.powerTime >= 0,
      numbers.powerTime <= largestPower &* 3600, numbers.peakAt >= RollupBounds.second(place.cellStart),
      numbers.peakAt < place.cellEnd, numbers.peakAt <= place.end
    else { return nil }
    if isWhole { fullRowCount = numbers.rowCount }
    carry = min(
      max(carry &+ numbers.powerTime &* powerFactor &- numbers.energy &* powerTimePerUnit, 0), powerTimePerUnit &- 1)
    lowest = numbers.lowest
    place.before &+= numbers.rowCount
    return RollupCell(
      rowCount: Int(numbers.rowCount), energy: numbers.energy * totalFactor,
      powerTime: numbers.powerTime * powerFactor * 1000, peak: (numbers.lowest + numbers.range) * powerFactor,
      peakAt: Timestamp(milliseconds: numbers.peakAt), lowest: numbers.lowest * powerFactor)
  }

  /// The cell that one bit says: power stays as it was last.
  @inline(__always)
  private func foretold(rowCount: Int64, seconds: Int64, _ place: Place) -> Numbers {
    Numbers(
      rowCount: rowCount, energy: awaitedEnergy(lowest &* seconds), powerTime: lowest &* seconds, lowest: lowest,
      range: 0, peakAt: place.foretoldTime(ofRow: place.before))
  }

  /// What Total gains, in its units, when so much power × time is held.
  @inline(__always)
  private func awaitedEnergy(_ powerTime: Int64) -> Int64 { (carry &+ powerTime &* powerFactor) / powerTimePerUnit }

  @inline(__always)
  private mutating func codeOther<Stream: RiceStream & ~Copyable>(
    _ cell: inout Numbers, _ place: inout Place, seconds: Int64, foretoldRows: Int64, _ stream: inout Stream
  ) {
    cell.rowCount =
      place.isLast
      ? foretoldRows : foretoldRows &+ stream.code(signed: cell.rowCount &- foretoldRows, Context.cellRows)
    cell.lowest = lowest &+ stream.code(signed: cell.lowest &- lowest, Context.lowest &+ spread)
    let range = stream.code(UInt64(bitPattern: cell.range), Context.range &+ spread)
    cell.range = Int64(bitPattern: range)
    codePeakAt(&cell, &place, &stream)

    let size = 64 &- range.leadingZeroBitCount
    spread = min((size &+ 1) / 2, 7)
    let base: Int64
    var context = Context.heldAtStart
    if range == 0 {
      base = cell.lowest &* seconds
    } else {
      // What it was on average the last time, where that can be now.
      let isUsual = mean >= cell.lowest && mean <= cell.lowest &+ cell.range
      base = (isUsual ? mean : cell.lowest &+ cell.range &>> 1) &* seconds
      context = Context.powerTime &+ min(size, 15)
    }
    cell.powerTime = base &+ stream.code(signed: cell.powerTime &- base, context)
    mean = seconds > 0 ? cell.powerTime / seconds : cell.lowest
    let awaited = awaitedEnergy(cell.powerTime)
    cell.energy =
      awaited
      &+ stream.code(
        signed: cell.energy &- awaited, range == 0 ? Context.energy : Context.energy &+ 1)
  }

  @inline(__always)
  private func codePeakAt<Stream: RiceStream & ~Copyable>(
    _ cell: inout Numbers, _ place: inout Place, _ stream: inout Stream
  ) {
    var row: Int64 = 0
    if cell.range != 0, cell.rowCount > 1, cell.rowCount <= place.rowCount {
      let count = 64 &- (cell.rowCount &- 1).leadingZeroBitCount
      if !Stream.reads {
        let passed = max(cell.peakAt &- place.foretoldTime(ofRow: place.before), 0)
        row = min((passed &<< 16 &+ place.evenStep / 2) / max(place.evenStep, 1), cell.rowCount &- 1)
      }
      row = Int64(stream.bits(UInt64(bitPattern: row), count: count))
    }
    let foretold = place.foretoldTime(ofRow: place.before &+ row)
    let late = stream.code(signed: (cell.peakAt &- foretold) / 1000, Context.peakAt) &* 1000
    cell.peakAt = foretold &+ late
    if place.before &+ row > 0 { place.lateness = min(max(place.lateness &+ late, -3_600_000), 3_600_000) }
  }
}
