internal import Readings

/// Codes Today; Total where there is no Today.
struct EnergyModel: ColumnModel {
  enum Contexts {
    /// The rate of energy, the place within a unit, how the power changed, whether a step is due.
    static var zero: ContextGrid { .first(10, 8, 3, 2) }
    /// The rate, the place within a unit, whether the plug's day begins.
    static var sign: ContextGrid { .behind(zero, 10, 8, 2) }
    /// The rate, or 10 where the day begins and 11 for nothing; how the power changed.
    static var magnitude: ContextGrid { .magnitudes(behind: sign, 12, 3) }
  }
  static var contextCount: Int { Contexts.magnitude.end }
  static let inputs: [FieldKey] = [.power]

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

  init(_ inputs: ModelInputs) {
    values = inputs.values
    power = inputs.power()
    times = inputs.times
    dayStart = inputs.key == .today ? inputs.dayStart : nil
    fractions = inputs.keptFractions()
    timeUnit = inputs.timeUnit
    // A Wh is 3,600,000 W·ms, a unit of the counter 10^(3 − places) Wh; ×2 for the sum of two powers.
    whole = 2 * 3_600_000_000 * Decimal.power(inputs.places(of: .power)) / Decimal.power(inputs.places)
    table = inputs.table
  }

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
    let residual = Residual.code(
      values[row] &- expected, &coder, table, zero: Contexts.zero[rate, position, change, steps > 0 ? 1 : 0],
      sign: Contexts.sign[rate, position, isDay ? 1 : 0], magnitude: Contexts.magnitude[isDay ? 10 : rate, change])
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
