import Readings

/// What a cell is a part of. One that says nothing costs no time: the code is made for each.
protocol RollupWhole {
  var hour: RollupHour? { get }
  /// Takes the cell out of what is left. False for what cannot be.
  mutating func take(_ part: RollupNumbers) -> Bool
}

/// What an hour says of the part of it that comes next: its powers, and what the parts before have left of its sums.
struct RollupHour: RollupWhole {
  let lowest: Int64
  let peak: Int64
  let peakAt: Int64
  var rowCount: Int64
  var powerTime: Int64
  /// Of the half hour that the part lies in.
  var energy: Int64
  var export: Int64 = 0
  /// Powers may be negative, and so what is left of power × time.
  let isSigned: Bool
  var isLastPart = false
  var isLastPartOfHalf = false
  /// Did a part have the lowest power, or the peak?
  var hasLowest = false
  var hasPeak = false

  /// False where the parts are not together what the hour is.
  var isTold: Bool { hasLowest && hasPeak && rowCount == 0 && powerTime == 0 }

  var hour: RollupHour? { self }

  /// Takes a part out. False for a part that cannot be one of it.
  mutating func take(_ part: RollupNumbers) -> Bool {
    rowCount &-= part.rowCount
    powerTime &-= part.powerTime
    energy &-= part.energy
    export &-= part.export
    let partPeak = part.lowest &+ part.range
    // The first row of several with the same power is the peak.
    let isPeak = partPeak == peak && !hasPeak
    guard rowCount >= 0, powerTime >= 0 || isSigned, energy >= 0, export >= 0,
      !isLastPartOfHalf || energy == 0 && export == 0, part.lowest >= lowest,
      partPeak <= peak, !isPeak || part.peakAt == peakAt
    else { return false }
    hasLowest = hasLowest || part.lowest == lowest
    hasPeak = hasPeak || isPeak
    return true
  }
}

/// Of a cell that is no part of anything that is known.
struct NoHour: RollupWhole {
  #if WATTLOG_THREAD_SANITIZER
    /// Variables without a byte share an address, which ThreadSanitizer takes for a race.
    private var byte: UInt8 = 0
  #endif

  var hour: RollupHour? { nil }
  mutating func take(_: RollupNumbers) -> Bool { true }
}
