internal import Readings

/// Period: the energy since the telemetry message before, in Wh.
struct PeriodModel: ColumnModel {
  enum Contexts {
    /// The size of the prediction, its fraction, what Today's step says.
    static var zero: ContextGrid { .first(10, 8, 3) }
    static var sign: ContextGrid { .behind(zero, 10, 8, 3) }
    static var magnitude: ContextGrid { .magnitudes(behind: sign, 10) }
  }
  static var contextCount: Int { Contexts.magnitude.end }
  static let inputs: [FieldKey] = [.power, .today]

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

  init(_ inputs: ModelInputs) {
    values = inputs.values
    power = inputs.power()
    today = inputs.column(.today)
    times = inputs.times
    fractions = inputs.todayFractions()
    timeUnit = inputs.timeUnit
    whole = 2 * 3_600_000 * Decimal.power(inputs.places(of: .power)) / Decimal.power(inputs.places)
    let surplus = inputs.places + 3 - inputs.places(of: .today)
    multiplier = Decimal.power(max(0, surplus))
    divisor = Decimal.power(max(0, -surplus))
    table = inputs.table
  }

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
      values[row] &- expected, &coder, table, zero: Contexts.zero[size, position, step],
      sign: Contexts.sign[size, position, step], magnitude: Contexts.magnitude[size])
    let found = expected &+ residual
    if Coder.yields { values[row] = found }
    powerError = powerError &+ ((Int64(min((found &* 8 &- byPower).magnitude, 256)) &* 8 &- powerError) >> 3)
    counterError = counterError &+ ((Int64(min((found &* 8 &- byCounter).magnitude, 256)) &* 8 &- counterError) >> 3)
    lastRow = row
    lastToday = today[row]
    lastFraction = Int64(fractions[row])
  }
}
