internal import Readings

/// Apparent power: V·I, or as much beside P as last time, whichever has been nearer of late; never less than P.
struct ApparentPowerModel: ColumnModel {
  enum Contexts {
    /// Where the prediction is from, its fraction, its size, the sign of the last residual.
    static var zero: ContextGrid { .first(3, 8, 8, 3) }
    static var sign: ContextGrid { .behind(zero, 3, 8, 3) }
    static var magnitude: ContextGrid { .magnitudes(behind: sign, 3, 8) }
  }
  static var contextCount: Int { Contexts.magnitude.end }
  static let inputs: [FieldKey] = [.power, .voltage, .current]

  let values: Values
  let power: Values
  let voltage: Values
  let current: Values
  let divisor: Int64
  let table: Probabilities
  var last: Int64 = 0
  var lastPower: Int64 = 0
  var lastVoltage: Int64 = 0
  var lastCurrent: Int64 = 0
  var lastSign = 1
  /// Eight times the mean error of each prediction.
  var productError: Int64 = 0
  var ratioError: Int64 = 64

  init(_ inputs: ModelInputs) {
    values = inputs.values
    power = inputs.power()
    voltage = inputs.column(.voltage)
    current = inputs.column(.current)
    // V·I has the decimals of both; S wants its own.
    let surplus = inputs.places(of: .voltage) + inputs.places(of: .current) - inputs.places
    divisor = Decimal.power(max(0, surplus))
    table = inputs.table
  }

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let p = power[row]
    let v = voltage[row]
    let i = current[row]
    var expected = last
    var fraction = 0
    var state = 0
    var product: Int64 = 0
    var ratio: Int64 = 0
    if v != lastVoltage || i != lastCurrent || p != lastPower {
      let doubled = v &* i &* 8
      let eighths = Residual.quotient(doubled, divisor)
      product = (eighths &+ 4) >> 3
      fraction = Int(truncatingIfNeeded: eighths) & 7
      ratio = product
      state = 1
      if lastPower > 0 {
        ratio = Residual.quotient((last &* p) &* 2 &+ lastPower, 2 &* lastPower)
        if ratioError < productError {
          state = 2
          fraction =
            ratio == product ? 0 : ratio > product ? (ratio == product &+ 1 ? 1 : 2) : (ratio == product &- 1 ? 3 : 4)
        }
      }
      expected = max(p, state == 2 ? ratio : product)
    }
    let size = Residual.size(expected, limit: 14) / 2
    let residual = Residual.code(
      values[row] &- expected, &coder, table, zero: Contexts.zero[state, fraction, size, lastSign],
      sign: Contexts.sign[state, fraction, lastSign], magnitude: Contexts.magnitude[state, size])
    last = expected &+ residual
    if Coder.yields { values[row] = last }
    if state != 0 {
      productError = productError &+ ((Int64(min((last &- product).magnitude, 256)) &* 8 &- productError) >> 3)
      ratioError = ratioError &+ ((Int64(min((last &- ratio).magnitude, 256)) &* 8 &- ratioError) >> 3)
    }
    lastSign = Residual.sign(residual) + 1
    lastPower = p
    lastVoltage = v
    lastCurrent = i
  }
}
