import Readings

/// What bounds runs and their numbers (Schema/rollups.md).
enum RollupBounds {
  /// No step of a run shows more average power, in milliwatts: 20 A at 230 V.
  static let steepLimit: Int64 = 4_600_000
  /// Unless the powers beside it say that the plug draws so much: half as much again as what one row alone is believed
  /// (35 A on three phases), and both rows (3 × 100 A).
  static let believedOfOne: Int64 = 25_000_000
  static let believedOfTwo: Int64 = 100_000_000
  static let steepLimitOfMeters = believedOfTwo / 2 * 3
  /// Clocks of a run keep the first row's distance from the receive time within so many milliseconds.
  static let clockTolerance: Int64 = 5000
  /// Short steps in a row.
  static let shortSteps = 8
  /// 10^9 kWh in mWh, the year 30,000 in ms; accounting takes nothing beyond for a number.
  static let largest: Int64 = 1_000_000_000_000_000
  /// 1 MW in milliwatts.
  static let largestPower: Int64 = 1_000_000_000

  /// The time for which the powers of phases are told.
  static func phaseLength(cellLength: Int64) -> Int64 { min(cellLength, RollupSeries.halfHour) }

  static func second(_ time: Int64) -> Int64 { time.flooringQuotient(1000) &* 1000 }

  /// Whole seconds of a clock that pass between two times in milliseconds.
  static func seconds(_ start: Int64, _ end: Int64) -> Int64 {
    end.flooringQuotient(1000) &- start.flooringQuotient(1000)
  }
}
