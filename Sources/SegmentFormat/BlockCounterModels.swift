/// The meter: power integrated over time, with the fraction of a unit that is not yet shown.
struct TotalModel: ColumnModel {
  static let kind = ModelKind.total
  static let size = 8 * 8 * 2 + 8 * 8 * 2 + 16 * Residual.magnitudeSize
  let values: Values
  let power: Values
  let times: Values
  let dayStart: UnsafePointer<UInt8>?
  /// Milliseconds per unit of `times`.
  let timeUnit: Int64
  /// 2 × (power units × milliseconds) per unit of Total.
  let whole: Int64
  let table: Probabilities
  var last: Int64 = 0
  var lastPower: Int64 = 0
  var lastTime: Int64 = 0
  var fraction: Int64 = 0

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let elapsed = (times[row] &- lastTime) &* timeUnit
    let inflow = (power[row] &+ lastPower) &* max(0, min(elapsed, 864_000_000))
    let sum = fraction &+ max(0, inflow)
    let steps = sum / whole
    let rest = sum &- steps &* whole
    let position = Int(truncatingIfNeeded: rest &* 8 / whole) & 7
    let rate =
      inflow <= 0
      ? 0
      : inflow < whole >> 7
        ? 1
        : inflow < whole >> 5
          ? 2
          : inflow < whole >> 3
            ? 3
            : inflow < whole >> 1
              ? 4
              : inflow < whole ? 5 : inflow < whole << 2 ? 6 : 7
    let isDay = dayStart.map { Int($0[row]) } ?? 0
    let context = (rate * 8 + position) * 2
    let stepped = steps > 0 ? 1 : 0
    let expected = last &+ steps
    let residual = Residual.code(
      values[row] &- expected, &coder, zero: table + context + stepped, sign: table + 128 + context + isDay,
      magnitude: table + 256 + (rate * 2 + isDay) * Residual.magnitudeSize)
    last = expected &+ residual
    if Coder.yields { values[row] = last }
    if residual == 0 {
      fraction = rest
    } else if residual == 1 {
      fraction = 0
    } else if residual == -1 {
      fraction = whole &- 1
    } else {
      fraction = whole >> 1
    }
    lastPower = power[row]
    lastTime = times[row]
  }
}

/// Today: Total's step, and zero at the plug's midnight.
struct TodayModel: ColumnModel {
  static let kind = ModelKind.today
  static let size = 2 * 3 * 3 * 8 * 3 + 2 * 9 + 4 * Residual.magnitudeSize
  let values: Values
  let total: Values
  let dayStart: UnsafePointer<UInt8>?
  let table: Probabilities
  var last: Int64 = 0
  var lastTotal: Int64 = 0
  var upper: Int64 = 0
  var lower: Int64 = 0
  var age = 0

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let totalStep = total[row] &- lastTotal
    let isDay = dayStart.map { Int($0[row]) } ?? 0
    let difference = lastTotal &- last
    let side = upper == lower ? 2 : difference == upper ? 1 : difference == lower ? 0 : 2
    let stepClass = totalStep == 0 ? 0 : totalStep == 1 ? 1 : 2
    if totalStep != 0 { age = 0 } else { age = min(age + 1, 127) }
    let ageClass = Residual.size(Int64(age), limit: 7)
    let expected = isDay == 1 ? 0 : last &+ totalStep
    let context = (isDay * 3 + side) * 3 + stepClass
    let residual = Residual.code(
      values[row] &- expected, &coder, zero: table + (context * 8 + ageClass) * 3, sign: table + 432 + context,
      magnitude: table + 450 + (isDay * 2 + (stepClass > 1 ? 1 : 0)) * Residual.magnitudeSize)
    last = expected &+ residual
    lastTotal = total[row]
    if Coder.yields { values[row] = last }
    let offset = lastTotal &- last
    if offset != upper && offset != lower {
      if offset == upper &+ 1 {
        lower = upper
        upper = offset
      } else if offset == lower &- 1 {
        upper = lower
        lower = offset
      } else {
        upper = offset
        lower = offset
      }
    }
  }
}

/// Yesterday: stands still, and takes over Today's last value when Today falls.
struct YesterdayModel: ColumnModel {
  static let kind = ModelKind.yesterday
  static let size = 2 + 2 + 2 * Residual.magnitudeSize
  let values: Values
  let today: Values
  let table: Probabilities
  var last: Int64 = 0
  var lastToday: Int64 = 0

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let fell = today[row] < lastToday ? 1 : 0
    let expected = fell == 1 ? lastToday : last
    let residual = Residual.code(
      values[row] &- expected, &coder, zero: table + fell, sign: table + 2 + fell,
      magnitude: table + 4 + fell * Residual.magnitudeSize)
    last = expected &+ residual
    if Coder.yields { values[row] = last }
    lastToday = today[row]
  }
}

/// Period: the energy since the message before, in Wh.
struct PeriodModel: ColumnModel {
  static let kind = ModelKind.period
  static let size = 8 * 8 * 3 + 8 * 3 + 8 * Residual.magnitudeSize
  let values: Values
  let power: Values
  let today: Values
  let times: Values
  let timeUnit: Int64
  /// 2 × (power units × milliseconds) per unit of Period.
  let whole: Int64
  let table: Probabilities
  var lastPower: Int64 = 0
  var lastTime: Int64 = 0
  var lastToday: Int64 = 0

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let elapsed = (times[row] &- lastTime) &* timeUnit
    let inflow = max(0, (power[row] &+ lastPower) &* max(0, min(elapsed, 864_000_000)))
    let eighths = (inflow &* 8) / whole
    let position = Int(truncatingIfNeeded: eighths) & 7
    let expected = (eighths &+ 4) >> 3
    let size = Residual.size(eighths, limit: 7)
    let todayStep = today[row] &- lastToday
    let step = todayStep == expected ? 1 : todayStep > expected ? 2 : 0
    let residual = Residual.code(
      values[row] &- expected, &coder, zero: table + (size * 8 + position) * 3 + step,
      sign: table + 192 + position * 3 + step, magnitude: table + 216 + size * Residual.magnitudeSize)
    if Coder.yields { values[row] = expected &+ residual }
    lastPower = power[row]
    lastTime = times[row]
    lastToday = today[row]
  }
}
