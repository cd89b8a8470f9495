internal import Readings

/// Power factor: P/S.
struct FactorModel: ColumnModel {
  enum Contexts {
    /// Did P and S stand still, the fraction or how the current moved, the size of S.
    static var zero: ContextGrid { .first(2, 8, 12) }
    /// The last dimension has one context in use.
    static var sign: ContextGrid { .behind(zero, 2, 8, 3) }
    static var magnitude: ContextGrid { .magnitudes(behind: sign, 2, 12) }
  }
  static var contextCount: Int { Contexts.magnitude.end }
  static let inputs: [FieldKey] = [.power, .apparentPower, .current]

  let values: Values
  let power: Values
  let apparent: Values
  let current: Values
  /// What P/S is multiplied with: 100, and the scales of P and S.
  let numerator: Int64
  let denominator: Int64
  let table: Probabilities
  var last: Int64 = 0
  var lastPower: Int64 = 0
  var lastApparent: Int64 = 0
  var lastCurrent: Int64 = 0

  init(_ inputs: ModelInputs) {
    values = inputs.values
    power = inputs.power()
    apparent = inputs.column(.apparentPower)
    current = inputs.column(.current)
    numerator = Decimal.power(inputs.places + inputs.places(of: .apparentPower))
    denominator = Decimal.power(inputs.places(of: .power))
    table = inputs.table
  }

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let p = power[row]
    let s = apparent[row]
    let i = current[row]
    let isStill = p == lastPower && s == lastApparent
    var expected: Int64 = 0
    var fraction = 0
    if isStill {
      expected = last
      fraction = i == lastCurrent ? 0 : i > lastCurrent ? 1 : 2
    } else if s > 0 {
      let scaled = p &* numerator &* 8
      let whole = s &* denominator
      if whole > 0 {
        let eighths = Residual.quotient(scaled, whole)
        expected = (eighths &+ 4) >> 3
        fraction = Int(truncatingIfNeeded: eighths) & 7
      }
    }
    let size = Residual.size(s, limit: 11)
    let still = isStill ? 1 : 0
    let residual = Residual.code(
      values[row] &- expected, &coder, table, zero: Contexts.zero[still, fraction, size],
      sign: Contexts.sign[still, fraction, 0], magnitude: Contexts.magnitude[still, size])
    last = expected &+ residual
    if Coder.yields { values[row] = last }
    lastPower = p
    lastApparent = s
    lastCurrent = i
  }
}
