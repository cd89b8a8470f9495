/// Power: stands still, or jumps between levels.
struct PowerModel: ColumnModel {
  enum Contexts {
    /// Which of the last three rows moved, the size of the last step, that of the power.
    static var zero: ContextGrid { .first(8, 5, 6) }
    /// The signs of the last two steps, the size of the power.
    static var sign: ContextGrid { .behind(zero, 3, 3, 6) }
    /// The size of the last step, that of the power.
    static var magnitude: ContextGrid { .magnitudes(behind: sign, 5, 6) }
  }
  static var contextCount: Int { Contexts.magnitude.end }

  let values: Values
  let table: Probabilities
  var last: Int64 = 0
  var moved = 0
  var lastStep: Int64 = 0
  var beforeStep: Int64 = 0

  init(_ inputs: ModelInputs) {
    values = inputs.values
    table = inputs.table
  }

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let stepSize = min((Residual.size(lastStep, limit: 9) + 1) / 2, 4)
    let size = last == 0 ? 0 : last < 16 ? 1 : last < 64 ? 2 : last < 256 ? 3 : last < 1024 ? 4 : 5
    let residual = Residual.code(
      values[row] &- last, &coder, table, zero: Contexts.zero[moved, stepSize, size],
      sign: Contexts.sign[Residual.sign(lastStep) + 1, Residual.sign(beforeStep) + 1, size],
      magnitude: Contexts.magnitude[stepSize, size])
    moved = (moved << 1 | (residual == 0 ? 0 : 1)) & 7
    if residual != 0 {
      beforeStep = lastStep
      lastStep = residual
      last = last &+ residual
    }
    if Coder.yields { values[row] = last }
  }
}
