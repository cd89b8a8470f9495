import Readings

/// What the units of a block's rollups are (Schema/rollups.md, section 2).
struct RollupUnits {
  /// mWh, mW, and milliseconds of one unit.
  let total, today, yesterday, power: Int64
  let clock: Int64
  /// 0 where the plug sends none.
  let startTime: Int64

  /// Milliseconds of the store's time resolution.
  let time: Int64
  /// mW × s of one unit of Total.
  let powerTimePerUnit: Int64
  /// What a cell may have at most, in units of Total and of power.
  let largestEnergy, largestPower: Int64
  /// Powers may be below zero, down to as much; cells tell what was given back.
  let isSigned, tellsExport: Bool
  /// The steepest step of a run, in mW.
  let steepLimit: Int64

  /// - Parameter kind: of the body; any where no more is asked than the units themselves.
  init(_ form: RollupSeries.Form, timeUnit: Int64, kind: RollupBlock.Kind = .hours) {
    isSigned = kind.isWide
    tellsExport = form.tellsExport
    steepLimit = kind.isWide ? RollupBounds.steepLimitOfMeters : RollupBounds.steepLimit
    time = timeUnit
    total = Decimal.power(6 - form.totalPlaces)
    today = Decimal.power(6 - form.todayPlaces)
    yesterday = Decimal.power(6 - form.yesterdayPlaces)
    power = Decimal.power(3 - form.powerPlaces)
    clock = form.clockUnit
    startTime = form.startTimeUnit
    powerTimePerUnit = total * 3600
    largestEnergy = RollupBounds.largest / total
    largestPower = RollupBounds.largestPower / power
  }

  /// So many units of time later; nil beyond all bounds.
  func later(_ start: Int64, by units: UInt64) -> Int64? {
    guard units <= UInt64(RollupBounds.largest) else { return nil }
    let later = start &+ Int64(units) &* time
    return abs(later) <= 2 * RollupBounds.largest ? later : nil
  }

  func isPossible(_ row: RollupRun.Row) -> Bool {
    func lies(_ value: Int64) -> Bool { value <= RollupBounds.largest && value >= -RollupBounds.largest }
    return lies(row.total) && lies(row.today) && lies(row.yesterday) && lies(row.clock) && lies(row.power)
      && (startTime == 0 || lies(row.startTime)) && (row.export == ReadingColumns.absent || lies(row.export))
  }
}
