/// A number of which nothing is known: the last value, or the line through the last two, and what is left.
struct GenericModel: ColumnModel {
  enum Contexts {
    /// Whether the last two rows were as predicted, the size of the last residual.
    static var zero: ContextGrid { .first(4, 4) }
    static var sign: ContextGrid { .behind(zero, 3, 4) }
    static var magnitude: ContextGrid { .magnitudes(behind: sign, 8) }
  }
  static var contextCount: Int { Contexts.magnitude.end }

  enum Method: UInt8 {
    case itself = 0
    case last = 1
    case line = 2
  }
  let values: Values
  let method: Method
  let table: Probabilities
  var last: Int64 = 0
  var step: Int64 = 0
  var history = 3
  var lastSign = 0
  var lastSize = 0

  init(_ inputs: ModelInputs) {
    values = inputs.values
    method = inputs.method.generic ?? .last
    table = inputs.table
  }

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let expected: Int64 =
      switch method {
      case .itself: 0
      case .last: last
      case .line: last &+ step
      }
    let residual = Residual.code(
      values[row] &- expected, &coder, table, zero: Contexts.zero[history, min(lastSize, 3)],
      sign: Contexts.sign[lastSign, history], magnitude: Contexts.magnitude[min(lastSize, 7)])
    let found = expected &+ residual
    if Coder.yields { values[row] = found }
    step = found &- last
    last = found
    history = (history << 1 | (residual == 0 ? 1 : 0)) & 3
    if residual != 0 {
      lastSign = 1 + Residual.sign(residual)
      lastSize = (Residual.size(residual, limit: 22) + 2) / 3
    }
  }
}
