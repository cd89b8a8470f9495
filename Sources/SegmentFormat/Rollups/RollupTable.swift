import Readings

/// The columns of one counter, a row at a time, as they stand in the block; sums where several stand for one.
final class RollupTable {
  let count: Int
  let channel: UInt8
  /// What the numbers of a row are; times are whole milliseconds.
  let units: RollupUnits
  private let form: RollupSeries.Form
  private let hasStartTime: Bool
  private let storage: UnsafeMutablePointer<Int64>
  /// Milliseconds.
  let times: UnsafePointer<Int64>
  let total, today, yesterday, power, export: UnsafePointer<Int64>
  private let clocks, startTimes, phases: UnsafePointer<Int64>
  private let most: Bounds

  /// What accounting takes for a number, in the columns' units.
  private struct Bounds {
    let total, today, yesterday, power: Int64
    let clock = RollupBounds.largest / 1000

    init(_ units: RollupUnits) {
      total = RollupBounds.largest / units.total
      today = RollupBounds.largest / units.today
      yesterday = RollupBounds.largest / units.yesterday
      power = RollupBounds.largest / units.power
    }
  }

  init(_ columns: RollupColumns, _ counter: RollupColumns.Counter, _ form: RollupSeries.Form) {
    let rows = columns.rows
    let count = rows.rowCount
    self.count = count
    channel = counter.channel
    units = RollupUnits(form, timeUnit: 1)
    self.form = form
    hasStartTime = columns.startTime != nil
    let columnCount = 8 + form.phaseCount
    let storage = UnsafeMutablePointer<Int64>.allocate(capacity: max(count * columnCount, 1))
    storage.initialize(repeating: 0, count: max(count * columnCount, 1))
    self.storage = storage
    func place(_ index: Int) -> UnsafeMutablePointer<Int64> { storage + index * count }
    func fill(_ index: Int, _ column: Int) {
      columns.values(column).withUnsafeBufferPointer { values in
        if let base = values.baseAddress { place(index).update(from: base, count: count) }
      }
    }
    for row in 0..<count { storage[row] = rows.times[row].milliseconds }
    fill(1, counter.total)
    fill(2, counter.today)
    fill(3, counter.yesterday)
    RollupTable.sum(counter.powers, of: columns, into: place(4))
    RollupTable.sum(counter.exports, of: columns, into: place(5))
    fill(6, columns.clock)
    if let startTime = columns.startTime { fill(7, startTime) }
    for (phase, column) in counter.powers.enumerated() where form.phaseCount > 0 { fill(8 + phase, column) }
    func column(_ index: Int) -> UnsafePointer<Int64> { UnsafePointer(storage + index * count) }
    (times, total, today, yesterday) = (column(0), column(1), column(2), column(3))
    (power, export, clocks, startTimes, phases) = (column(4), column(5), column(6), column(7), column(8))
    most = Bounds(units)
  }

  deinit { storage.deallocate() }

  var phaseCount: Int { form.phaseCount }
  var hasExport: Bool { form.hasExportCounter }

  /// The sum of columns; absent where one of them is, or is beyond all bounds.
  private static func sum(_ parts: [Int], of columns: RollupColumns, into target: UnsafeMutablePointer<Int64>) {
    for (place, part) in parts.enumerated() {
      columns.values(part).withUnsafeBufferPointer { values in
        for row in values.indices {
          let value = values[row]
          let isSound = value <= RollupBounds.largest && value >= -RollupBounds.largest
          if place == 0 {
            target[row] = parts.count == 1 || isSound ? value : ReadingColumns.absent
          } else {
            target[row] = isSound && target[row] != ReadingColumns.absent ? target[row] + value : ReadingColumns.absent
          }
        }
      }
    }
  }

  func clock(_ row: Int) -> Int64 { clocks[row] &* units.clock }
  func day(_ row: Int) -> Int64 { clock(row).flooringQuotient(86_400_000) }
  /// In its own units; 0 where the plug sends none.
  func startTime(_ row: Int) -> Int64 { startTimes[row] }

  /// A phase's power as shares are counted: not below 0, at most 1 MW.
  func phase(_ phase: Int, _ row: Int) -> Int64 { min(max(phases[phase &* count &+ row], 0), units.largestPower) }

  /// No number is absent or beyond what accounting takes for one (SF-R3).
  func isSound(_ row: Int) -> Bool {
    func lies(_ value: Int64, _ bound: Int64) -> Bool { value <= bound && value >= -bound }
    return lies(total[row], most.total) && lies(today[row], most.today) && lies(yesterday[row], most.yesterday)
      && lies(power[row], most.power) && lies(clocks[row], most.clock) && lies(startTime(row), most.clock)
      && lies(times[row], RollupBounds.largest) && lies(export[row], most.total)
  }

  /// Has it a power that no body of kind 2 tells: below zero, or more than a plug's?
  var hasWidePowers: Bool {
    let most = RollupBounds.steepLimit / units.power
    for row in 0..<count where power[row] != ReadingColumns.absent && (power[row] < 0 || power[row] > most) {
      return true
    }
    return false
  }

  var hasNegativePower: Bool {
    for row in 0..<count where power[row] != ReadingColumns.absent && power[row] < 0 { return true }
    return false
  }

  func row(_ row: Int) -> RollupRun.Row {
    RollupRun.Row(
      time: Timestamp(milliseconds: times[row]), total: total[row] * units.total, today: today[row] * units.today,
      yesterday: yesterday[row] * units.yesterday,
      startTime: hasStartTime ? startTimes[row] * units.startTime : ReadingColumns.absent, clock: clock(row),
      power: power[row] * units.power, export: hasExport ? export[row] * units.total : ReadingColumns.absent)
  }
}
