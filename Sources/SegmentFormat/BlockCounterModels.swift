/// The meter: power integrated over time, with the fraction of a unit that is not shown.
///
/// Codes Today; Total where there is no Today.
struct EnergyModel: ColumnModel {
  static let kind = ModelKind.energy
  static let size = 10 * 8 * 3 * 2 + 10 * 8 * 2 + 12 * 3 * Residual.magnitudeSize
  let values: Values
  let power: Values
  let times: Values
  /// 1 where the plug's day begins and Today with it; nil for Total.
  let dayStart: UnsafePointer<UInt8>?
  /// 1/256 of a unit by which the counter has passed the last rounding boundary, for ``TotalModel``.
  let fractions: UnsafeMutablePointer<UInt8>
  /// Milliseconds per unit of `times`.
  let timeUnit: Int64
  /// 2 × (power units × milliseconds) per unit of the counter.
  let whole: Int64
  let table: Probabilities
  var last: Int64 = 0
  var lastPower: Int64 = 0
  var lastTime: Int64 = 0
  var fraction: Int64 = 0

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let p = power[row]
    let elapsed = max(0, min((times[row] &- lastTime) &* timeUnit, 864_000_000))
    let inflow = max(0, (p &+ lastPower) &* elapsed)
    let sum = fraction &+ inflow
    var steps: Int64 = 0
    var rest = sum
    if sum >= whole {
      steps = sum / whole
      rest = sum &- steps &* whole
    }
    let position = Int(truncatingIfNeeded: (rest &* 8) / whole) & 7
    let rate =
      inflow < whole
      ? (inflow == 0
        ? 0 : inflow < whole >> 7 ? 1 : inflow < whole >> 5 ? 2 : inflow < whole >> 3 ? 3 : inflow < whole >> 1 ? 4 : 5)
      : inflow < whole << 1 ? 6 : inflow < whole << 3 ? 7 : inflow < whole << 5 ? 8 : 9
    let change = rate < 6 || p == lastPower ? 0 : (p &- lastPower).magnitude < (p.magnitude >> 3) &+ 2 ? 1 : 2
    let isDay = dayStart != nil && dayStart?[row] == 1
    let expected = isDay ? 0 : last &+ steps
    let context = (rate * 8 + position)
    let residual = Residual.code(
      values[row] &- expected, &coder, zero: table + (context * 3 + change) * 2 + (steps > 0 ? 1 : 0),
      sign: table + 480 + context * 2 + (isDay ? 1 : 0),
      magnitude: table + 640 + ((isDay ? 10 : rate) * 3 + change) * Residual.magnitudeSize)
    last = expected &+ residual
    if Coder.yields { values[row] = last }
    if isDay {
      fraction = whole >> 1
    } else if residual == 0 {
      fraction = rest
    } else {
      fraction = residual == 1 ? 0 : residual == -1 ? whole &- 1 : whole >> 1
    }
    fractions[row] = UInt8(truncatingIfNeeded: (fraction >> 9) &* 256 / (whole >> 9))
    lastPower = p
    lastTime = times[row]
  }
}

/// Total: what the plug had at its midnight and Today on top, summed in the firmware's float32.
struct TotalModel: ColumnModel {
  static let kind = ModelKind.total
  static let size = 3 * 4 * 3 * 8 * 2 + 3 * 4 * 8 * 2 + 6 * Residual.magnitudeSize
  let values: Values
  let today: Values
  let fractions: UnsafePointer<UInt8>
  /// Total's units per kWh.
  let unitsPerKilowattHour: Int64
  /// 10^(Total's decimals − Today's) or, where Today has more, its inverse as a divisor.
  let multiplier: Int64
  let divisor: Int64
  let table: Probabilities
  var base: Int64 = 0
  var lastToday: Int64 = 0
  var lastFraction: Int64 = 128
  var last: Int64 = 0
  var trend = 0
  var upper: Int64 = 0
  var lower: Int64 = 0

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let t = today[row]
    let fraction = Int64(fractions[row])
    if t < lastToday { base = base &+ scaled((lastToday &* 256 &+ lastFraction &- 128) >> 8) }
    let parts = scaled(t &* 256 &+ (fraction &- 128))
    let perUnit = Float(unitsPerKilowattHour)
    let sum = Float(base) / perUnit + Float(parts) / (perUnit * 256)
    let step = sum.magnitude < 128 ? 0 : sum.magnitude < 1024 ? 1 : sum.magnitude < 8192 ? 2 : 3
    var expected = base &+ scaled(t)
    var position = 0
    if step > 1 && sum.magnitude < 1e9 {
      // The display rounds halves up.
      let display = Double(sum) * Double(unitsPerKilowattHour) + 0.5
      let floor = display.rounded(.down)
      expected = Int64(floor)
      position = Int((display - floor) * 8) & 7
    } else {
      position = Residual.size(min(fraction, 255 &- fraction), limit: 7)
    }
    let stepClass = t == lastToday ? 0 : t == lastToday &+ 1 ? 1 : 2
    let offset = last &- lastToday
    let side = upper == lower ? 2 : offset == upper ? 1 : offset == lower ? 0 : 2
    let fell = t < lastToday ? 1 : 0
    let residual = Residual.code(
      values[row] &- expected, &coder,
      zero: table + (((stepClass * 4 + step) * 3 + side) * 8 + position) * 2 + fell,
      sign: table + 576 + ((stepClass * 4 + step) * 8 + position) * 2 + fell,
      magnitude: table + 768 + (stepClass * 2 + fell) * Residual.magnitudeSize)
    last = expected &+ residual
    if Coder.yields { values[row] = last }
    if residual == 0 {
      trend = 0
    } else if residual.magnitude > (step == 3 ? 10 : 2) {
      base = base &+ residual
      trend = 0
    } else {
      trend += residual > 0 ? 1 : -1
      if trend > 3 || trend < -3 {
        base = base &+ (trend > 0 ? 1 : -1)
        trend = 0
      }
    }
    lastToday = t
    lastFraction = fraction
    let now = last &- scaled(t)
    if now != upper && now != lower {
      if now == upper &+ 1 {
        lower = upper
        upper = now
      } else if now == lower &- 1 {
        upper = lower
        lower = now
      } else {
        upper = now
        lower = now
      }
    }
  }

  @inline(__always)
  private func scaled(_ value: Int64) -> Int64 { divisor == 1 ? value &* multiplier : value / divisor }
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

/// Period: the energy since the telemetry message before, in Wh.
struct PeriodModel: ColumnModel {
  static let kind = ModelKind.period
  static let size = 10 * 8 * 3 + 10 * 8 * 3 + 10 * Residual.magnitudeSize
  let values: Values
  let power: Values
  let today: Values
  let times: Values
  let fractions: UnsafePointer<UInt8>
  let timeUnit: Int64
  /// 2 × (power units × milliseconds) per unit of Period.
  let whole: Int64
  /// Period's units per unit of Today, or the other way round.
  let multiplier: Int64
  let divisor: Int64
  let table: Probabilities
  var lastRow = 0
  /// Eight times the mean error of each prediction, in eighths of a unit.
  var powerError: Int64 = 0
  var counterError: Int64 = 0
  var lastToday: Int64 = 0
  var lastFraction: Int64 = 128

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    var inflow: Int64 = 0
    var at = lastRow
    while at < row {
      let elapsed = max(0, min((times[at + 1] &- times[at]) &* timeUnit, 864_000_000))
      inflow = inflow &+ (power[at] &+ power[at + 1]) &* elapsed
      at += 1
    }
    inflow = max(0, inflow)
    let byPower = (inflow &* 8) / whole
    let todayStep = today[row] &- lastToday
    let byCounter = (todayStep &* 256 &+ Int64(fractions[row]) &- lastFraction) &* multiplier / (32 &* divisor)
    let eighths = counterError < powerError ? byCounter : byPower
    let position = Int(truncatingIfNeeded: eighths) & 7
    let expected = (eighths &+ 4) >> 3
    let size = Residual.size(eighths, limit: 9)
    let stepped = todayStep &* multiplier / divisor
    let step = stepped == expected ? 1 : stepped > expected ? 2 : 0
    let residual = Residual.code(
      values[row] &- expected, &coder, zero: table + (size * 8 + position) * 3 + step,
      sign: table + 240 + (size * 8 + position) * 3 + step, magnitude: table + 480 + size * Residual.magnitudeSize)
    let found = expected &+ residual
    if Coder.yields { values[row] = found }
    powerError = powerError &+ ((Int64(min((found &* 8 &- byPower).magnitude, 256)) &* 8 &- powerError) >> 3)
    counterError = counterError &+ ((Int64(min((found &* 8 &- byCounter).magnitude, 256)) &* 8 &- counterError) >> 3)
    lastRow = row
    lastToday = today[row]
    lastFraction = Int64(fractions[row])
  }
}
