internal import Readings

/// Voltage: a slow walk of its own, pulled down by a load of this plug that starts.
struct VoltageModel: ColumnModel {
  enum Contexts {
    /// The signs of the last two residuals, rows since the last change, whether Power pulls.
    static var zero: ContextGrid { .first(9, 8, 3) }
    /// The signs, the pull, whether the last change was upwards.
    static var sign: ContextGrid { .behind(zero, 9, 3, 2) }
    /// The pull, whether the row before changed.
    static var magnitude: ContextGrid { .magnitudes(behind: sign, 3, 2) }
  }
  static var contextCount: Int { Contexts.magnitude.end }
  static let inputs: [FieldKey] = [.power]

  let values: Values
  let power: Values
  let table: Probabilities
  var last: Int64 = 0
  var signs = 4
  var age = 0
  var lastSign = 0
  var lastPower: Int64 = 0

  init(_ inputs: ModelInputs) {
    values = inputs.values
    power = inputs.power()
    table = inputs.table
  }

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let powerStep = power[row] &- lastPower
    let pull = powerStep > 200 ? 1 : powerStep < -200 ? 2 : 0
    let ageClass = age < 4 ? age : age < 8 ? 4 : age < 16 ? 5 : age < 32 ? 6 : 7
    let residual = Residual.code(
      values[row] &- last, &coder, table, zero: Contexts.zero[signs, ageClass, pull],
      sign: Contexts.sign[signs, pull, lastSign > 0 ? 1 : 0],
      magnitude: Contexts.magnitude[pull, age == 0 ? 1 : 0])
    lastPower = power[row]
    signs = (signs * 3 + Residual.sign(residual) + 1) % 9
    if residual != 0 {
      last = last &+ residual
      lastSign = Residual.sign(residual)
      age = 0
    } else {
      age = min(age + 1, 64)
    }
    if Coder.yields { values[row] = last }
  }
}
