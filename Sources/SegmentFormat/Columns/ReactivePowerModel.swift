internal import Readings

/// Reactive power: √(S² − P²), or as much beside P as last time, whichever has been nearer of late.
struct ReactivePowerModel: ColumnModel {
  enum Contexts {
    /// Where the prediction is from, the size of S, how the factor or the current moved.
    static var zero: ContextGrid { .first(4, 12, 4) }
    /// Where it is from, what moved, the sign of the last residual.
    static var sign: ContextGrid { .behind(zero, 4, 3, 3) }
    static var magnitude: ContextGrid { .magnitudes(behind: sign, 4, 12) }
  }
  static var contextCount: Int { Contexts.magnitude.end }
  static let inputs: [FieldKey] = [.power, .apparentPower, .current, .factor]

  let values: Values
  let power: Values
  let apparent: Values
  let current: Values
  let factor: Values
  let table: Probabilities
  var last: Int64 = 0
  var lastPower: Int64 = 0
  var lastApparent: Int64 = 0
  var lastCurrent: Int64 = 0
  var lastFactor: Int64 = 0
  var lastSign = 1
  var rootError: Int64 = 0
  var ratioError: Int64 = 64

  init(_ inputs: ModelInputs) {
    values = inputs.values
    power = inputs.power()
    apparent = inputs.column(.apparentPower)
    current = inputs.column(.current)
    factor = inputs.column(.factor)
    table = inputs.table
  }

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let p = power[row]
    let s = apparent[row]
    let i = current[row]
    let f = factor[row]
    var expected = last
    var state = 0
    var root: Int64 = 0
    var ratio: Int64 = 0
    var change = f == lastFactor ? 0 : f > lastFactor ? 1 : 2
    if p == lastPower && s == lastApparent {
      if i != lastCurrent {
        state = 1
        change = i > lastCurrent ? 1 : 2
      }
    } else {
      state = 2
      let square = s &* s &- p &* p
      if square > 0 && square < 1 << 52 { root = Int64(Double(square).squareRoot() + 0.5) }
      ratio = root
      expected = root
      if lastPower > 0 {
        ratio = Residual.quotient((last &* p) &* 2 &+ lastPower, 2 &* lastPower)
        if ratioError < rootError {
          state = 3
          expected = ratio
        }
      }
    }
    let size = Residual.size(s, limit: 11)
    let residual = Residual.code(
      values[row] &- expected, &coder, table, zero: Contexts.zero[state, size, change],
      sign: Contexts.sign[state, change, lastSign], magnitude: Contexts.magnitude[state, size])
    last = expected &+ residual
    if Coder.yields { values[row] = last }
    if state >= 2 {
      rootError = rootError &+ ((Int64(min((last &- root).magnitude, 256)) &* 8 &- rootError) >> 3)
      ratioError = ratioError &+ ((Int64(min((last &- ratio).magnitude, 256)) &* 8 &- ratioError) >> 3)
    }
    lastSign = Residual.sign(residual) + 1
    lastPower = p
    lastApparent = s
    lastCurrent = i
    lastFactor = f
  }
}
