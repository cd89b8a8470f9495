internal import Readings

/// Current: what the same power drew last time, at the voltage of now.
struct CurrentModel: ColumnModel {
  enum Contexts {
    /// Where the prediction is from, the voltage's step, the size of the prediction and of the last residual.
    static var zero: ContextGrid { .first(3, 3, 5, 5) }
    /// Where the prediction is from, the voltage's step, the sign of the last residual.
    static var sign: ContextGrid { .behind(zero, 3, 3, 4) }
    /// The size of the prediction and of the last residual.
    static var magnitude: ContextGrid { .magnitudes(behind: sign, 5, 5) }
  }
  static var contextCount: Int { Contexts.magnitude.end }
  static let inputs: [FieldKey] = [.power, .voltage]

  static let memory = 1024
  let values: Values
  let power: Values
  let voltage: Values
  let table: Probabilities
  /// Units of V·I per unit of P.
  let unit: Int64
  /// Pairs of power and the product V·I that it had, by a hash of power.
  let known: Values
  var last: Int64 = 0
  var lastPower: Int64 = 0
  var lastVoltage: Int64 = 0
  var lastSize = 0
  var lastSign = 0

  init(_ inputs: ModelInputs) {
    values = inputs.values
    power = inputs.power()
    voltage = inputs.column(.voltage)
    table = inputs.table
    unit = Decimal.power(max(0, inputs.places + inputs.places(of: .voltage) - inputs.places(of: .power)))
    known = inputs.memory(CurrentModel.memory * 2)
  }

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let p = power[row]
    let v = voltage[row]
    let voltageSign = Residual.sign(v &- lastVoltage) + 1
    var expected = last
    var state = 0
    if p == lastPower {
      if v != lastVoltage && v > 0 { expected = divided(last &* lastVoltage &* 2, 2 &* v &- Int64(voltageSign - 1)) }
    } else {
      coder.remember()
      let old = slot(lastPower)
      if !Coder.looksAhead {
        known[old] = lastPower
        known[old + 1] = lastVoltage &* last
      }
      let new = slot(p)
      if known[new] == p {
        state = 1
        expected = divided(known[new + 1], v)
      } else {
        state = 2
        if lastPower > 0 && v > 0 {
          expected = divided(Residual.quotient(lastVoltage &* last &* p, lastPower), v)
        } else if v > 0 {
          expected = Residual.quotient(p &* unit, v)
        }
      }
    }
    let size = (Residual.size(expected, limit: 14) + 2) / 4
    let residual = Residual.code(
      values[row] &- expected, &coder, table, zero: Contexts.zero[state, voltageSign, size, lastSize],
      sign: Contexts.sign[state, voltageSign, lastSign], magnitude: Contexts.magnitude[size, lastSize])
    last = expected &+ residual
    if Coder.yields { values[row] = last }
    lastSize = Residual.size(residual, limit: 4)
    lastSign = Residual.sign(residual) + 1
    lastPower = p
    lastVoltage = v
  }

  @inline(__always)
  private func slot(_ power: Int64) -> Int {
    Int(truncatingIfNeeded: (UInt64(bitPattern: power) &* 0x9E37_79B9_7F4A_7C15) >> 54) * 2
  }
  /// Rounded to the nearest for what is not negative.
  @inline(__always)
  private func divided(_ numerator: Int64, _ divisor: Int64) -> Int64 {
    Residual.quotient(numerator &+ (divisor >> 1), divisor)
  }
}
