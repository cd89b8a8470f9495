package import Readings

/// Makes rollups of a block's rows: a pure function of the rows, and so derived data that can be made again.
///
/// A run goes on while each step is *plain*: within 5/8 and 11/8 of the block's median step, Total not falling and not
/// gaining more than ``Rollup/steepLimit`` allows (two units of the counter aside), Total and Today moving together
/// within one unit, Yesterday and TotalStartTime standing still, the clock set, not going back, on the same day and
/// within ``Rollup/clockTolerance`` of the run's first distance from the receive time, power not negative. Of such
/// steps accounting needs no more than their sums. Any other step begins a new run, whose first row is told in full.
package enum RollupBuilder {
  /// A unit of more runs than this and an eighth of its rows is not worth them.
  private static let usualRunCount = 3
  private static let quarterHour: Int64 = 900_000
  private static let hour: Int64 = 3_600_000
  /// The firmware takes an earlier clock for one that was never set.
  private static let validClock: Int64 = 1_451_606_400_000
  /// 10^9 kWh, and what accounting takes for a number at all; 1 MW.
  private static let largestEnergy: Int64 = 1_000_000_000_000_000
  private static let largestPower: Int64 = 1_000_000_000

  /// nil where the rows are not of a plug with one Total, one power and a clock, each in one written form, or too few
  /// for rollups to be worth anything.
  package static func series(of rows: ReadingColumns) -> RollupSeries? {
    guard let columns = Columns(rows), let step = medianStep(rows.times) else { return nil }
    let unitLength = step * 8 <= quarterHour ? quarterHour : hour
    guard step * 4 <= unitLength, rows.rowCount >= 4 else { return nil }
    var form = columns.form
    form.unitLength = unitLength
    var series = RollupSeries(form: form, rollups: [])
    columns.withRows { table in
      var row = 0
      while row < table.count {
        let unit = table.time(row).milliseconds.flooringQuotient(unitLength)
        var end = row + 1
        while end < table.count, table.time(end).milliseconds.flooringQuotient(unitLength) == unit { end += 1 }
        append(unit: unit, table, row..<end, step: step, to: &series)
        row = end
      }
    }
    return series
  }

  private static func append(
    unit: Int64, _ table: Table, _ rows: Range<Int>, step: Int64, to series: inout RollupSeries
  ) {
    let before = series.rollups.count
    let limit = before + usualRunCount + rows.count / 8
    var row = rows.lowerBound
    while row < rows.upperBound, series.rollups.count < limit {
      guard let (run, next) = run(table, row, rows.upperBound, step: step) else { break }
      // A run that begins at the very instant at which another ends could not be read alone.
      if series.rollups.count > before, let last = series.rollups.last, last.last.time == run.first.time { break }
      series.rollups.append(run)
      row = next
    }
    guard row < rows.upperBound else { return }
    series.rollups.removeSubrange(before...)
    let start = unit * series.form.unitLength
    series.rollups.append(
      .unread(
        from: Timestamp(milliseconds: start), to: Timestamp(milliseconds: start + series.form.unitLength - 1)))
  }

  /// The run that begins at a row, and the row behind it; nil where a number is absent or beyond all bounds.
  private static func run(_ table: Table, _ start: Int, _ limit: Int, step: Int64) -> (Rollup, next: Int)? {
    guard let first = table.row(start) else { return nil }
    let counterUnit = table.counterUnit
    let firstLead = first.clock &- first.time.milliseconds
    let day = first.clock.flooringQuotient(86_400_000)
    var run = Rollup(
      count: 1, first: first, last: first, shortestStep: .max, peak: first.power, peakAt: first.time,
      lowest: first.power)
    var steepest: Int64 = 0
    var previous = first
    var row = start + 1
    if first.clock >= validClock, first.power >= 0, first.power <= largestPower {
      while row < limit {
        guard let next = table.row(row) else { return nil }
        let elapsed = next.time.milliseconds - previous.time.milliseconds
        let gained = next.total - previous.total
        let moved = gained - (next.today - previous.today)
        let lead = next.clock &- next.time.milliseconds
        guard elapsed * 8 >= step * 5, elapsed * 8 <= step * 11, gained >= 0, gained <= 1_000_000_000,
          moved <= counterUnit, moved >= -counterUnit, next.yesterday == previous.yesterday,
          next.startTime == previous.startTime, next.clock >= previous.clock,
          next.clock.flooringQuotient(86_400_000) == day, abs(lead &- firstLead) <= Rollup.clockTolerance,
          next.power >= 0, next.power <= largestPower
        else { break }
        // Rounded up, so that what it says is never too little.
        let drawn = (max(gained - 2 * counterUnit, 0) * 3_600_000 + elapsed - 1) / elapsed
        guard drawn <= Rollup.steepLimit else { break }
        steepest = max(steepest, drawn)
        run.powerTime &+= previous.power * elapsed
        run.shortestStep = min(run.shortestStep, elapsed)
        run.longestStep = max(run.longestStep, elapsed)
        if next.power > run.peak {
          run.peak = next.power
          run.peakAt = next.time
        }
        run.lowest = min(run.lowest, next.power)
        run.count += 1
        previous = next
        row += 1
      }
    }
    if run.count == 1 { run.shortestStep = 0 }
    run.last = previous
    run.isSteep = steepest > Rollup.usualLimit(peak: run.peak)
    return (run, row)
  }

  /// Of some thousand steps at most; nil where there is none.
  private static func medianStep(_ times: [Timestamp]) -> Int64? {
    guard times.count > 1 else { return nil }
    let stride = max(1, (times.count - 1) / 1024)
    var steps: [Int64] = []
    var row = 1
    while row < times.count {
      steps.append(times[row].milliseconds - times[row - 1].milliseconds)
      row += stride
    }
    steps.sort()
    let middle = steps[steps.count / 2]
    return middle > 0 && middle < hour ? middle : nil
  }

  /// The columns that a rollup is made of.
  private struct Columns {
    let rows: ReadingColumns
    let total, today, yesterday, power, clock: Int
    let startTime: Int?
    let form: RollupSeries.Form

    init?(_ rows: ReadingColumns) {
      var found: [FieldKey: Int] = [:]
      for (index, column) in rows.columns.enumerated() {
        let field = column.field
        switch field.key {
        case .total, .today, .yesterday, .power, .time, .totalStartTime:
          guard field.channel == 0, found[field.key] == nil else { return nil }
          found[field.key] = index
        case .exportActive: return nil
        default: break
        }
      }
      guard let total = found[.total], let today = found[.today], let yesterday = found[.yesterday],
        let power = found[.power], let clock = found[.time]
      else { return nil }
      func places(_ index: Int) -> Int? { rows.columns[index].field.form.decimalPlaces }
      guard let totalPlaces = places(total), let todayPlaces = places(today), let yesterdayPlaces = places(yesterday),
        let powerPlaces = places(power), max(totalPlaces, todayPlaces, yesterdayPlaces) <= 6, powerPlaces <= 3,
        let clockUnits = rows.columns[clock].field.form.clockUnitsPerSecond
      else { return nil }
      startTime = found[.totalStartTime]
      var startTimeUnit: Int64 = 0
      if let startTime {
        guard let units = rows.columns[startTime].field.form.clockUnitsPerSecond else { return nil }
        startTimeUnit = 1000 / units
      }
      (self.total, self.today, self.yesterday, self.power, self.clock) = (total, today, yesterday, power, clock)
      self.rows = rows
      form = RollupSeries.Form(
        unitLength: 0, totalPlaces: totalPlaces, todayPlaces: todayPlaces, yesterdayPlaces: yesterdayPlaces,
        powerPlaces: powerPlaces, clockUnit: 1000 / clockUnits, startTimeUnit: startTimeUnit)
    }

    func withRows(_ body: (Table) -> Void) {
      func column(_ index: Int) -> [Int64] { rows.columns[index].values }
      rows.times.withUnsafeBufferPointer { times in
        column(total).withUnsafeBufferPointer { total in
          column(today).withUnsafeBufferPointer { today in
            column(yesterday).withUnsafeBufferPointer { yesterday in
              column(power).withUnsafeBufferPointer { power in
                column(clock).withUnsafeBufferPointer { clock in
                  (startTime.map(column) ?? []).withUnsafeBufferPointer { startTime in
                    body(
                      Table(
                        times: times, total: total, today: today, yesterday: yesterday, power: power, clock: clock,
                        startTime: startTime, form: form))
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// Those columns, a row at a time in whole units.
  private struct Table {
    let times: UnsafeBufferPointer<Timestamp>
    let total, today, yesterday, power, clock, startTime: UnsafeBufferPointer<Int64>
    let totalFactor, todayFactor, yesterdayFactor, powerFactor, clockFactor, startTimeFactor: Int64

    init(
      times: UnsafeBufferPointer<Timestamp>, total: UnsafeBufferPointer<Int64>, today: UnsafeBufferPointer<Int64>,
      yesterday: UnsafeBufferPointer<Int64>, power: UnsafeBufferPointer<Int64>, clock: UnsafeBufferPointer<Int64>,
      startTime: UnsafeBufferPointer<Int64>, form: RollupSeries.Form
    ) {
      (self.times, self.total, self.today, self.yesterday) = (times, total, today, yesterday)
      (self.power, self.clock, self.startTime) = (power, clock, startTime)
      totalFactor = Decimal.power(6 - form.totalPlaces)
      todayFactor = Decimal.power(6 - form.todayPlaces)
      yesterdayFactor = Decimal.power(6 - form.yesterdayPlaces)
      powerFactor = Decimal.power(3 - form.powerPlaces)
      clockFactor = form.clockUnit
      startTimeFactor = form.startTimeUnit
    }

    var count: Int { times.count }
    var counterUnit: Int64 { totalFactor }

    func time(_ row: Int) -> Timestamp { times[row] }

    private static func scaled(_ value: Int64, _ factor: Int64, _ bound: Int64) -> Int64? {
      let (product, overflow) = value.multipliedReportingOverflow(by: factor)
      return overflow || product > bound || product < -bound ? nil : product
    }

    func row(_ row: Int) -> Rollup.Row? {
      guard let total = Table.scaled(total[row], totalFactor, largestEnergy),
        let today = Table.scaled(today[row], todayFactor, largestEnergy),
        let yesterday = Table.scaled(yesterday[row], yesterdayFactor, largestEnergy),
        let power = Table.scaled(power[row], powerFactor, largestEnergy),
        let clock = Table.scaled(clock[row], clockFactor, largestEnergy),
        let startTime = startTime.isEmpty
          ? ReadingColumns.absent : Table.scaled(startTime[row], startTimeFactor, largestEnergy)
      else { return nil }
      return Rollup.Row(
        time: times[row], total: total, today: today, yesterday: yesterday, startTime: startTime, clock: clock,
        power: power)
    }
  }
}
