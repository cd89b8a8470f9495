internal import Readings

/// Yesterday: stands still, and takes over Today's last value when Today falls.
struct YesterdayModel: ColumnModel {
  enum Contexts {
    /// Whether Today fell.
    static var zero: ContextGrid { .first(2) }
    static var sign: ContextGrid { .behind(zero, 2) }
    static var magnitude: ContextGrid { .magnitudes(behind: sign, 2) }
  }
  static var contextCount: Int { Contexts.magnitude.end }
  static let inputs: [FieldKey] = [.today]

  let values: Values
  let today: Values
  let table: Probabilities
  var last: Int64 = 0
  var lastToday: Int64 = 0

  init(_ inputs: ModelInputs) {
    values = inputs.values
    today = inputs.column(.today)
    table = inputs.table
  }

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let fell = today[row] < lastToday ? 1 : 0
    let expected = fell == 1 ? lastToday : last
    let residual = Residual.code(
      values[row] &- expected, &coder, table, zero: Contexts.zero[fell], sign: Contexts.sign[fell],
      magnitude: Contexts.magnitude[fell])
    last = expected &+ residual
    if Coder.yields { values[row] = last }
    lastToday = today[row]
  }
}
