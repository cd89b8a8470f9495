/// The time of arrival beside the plug's clock: a lag that hardly changes.
struct ReceiveModel: ColumnModel {
  enum Contexts {
    /// Whether the last two lags were as predicted, which way the lag changed last.
    static var zero: ContextGrid { .first(4, 4) }
    static var sign: ContextGrid { .behind(zero, 4) }
    static var magnitude: ContextGrid { .magnitudes(behind: sign, 2) }
  }
  static var contextCount: Int { Contexts.magnitude.end }

  let values: Values
  let clock: Values
  /// Units of `values` per unit of `clock`, or the other way round when `clock` is the finer one.
  let multiplier: Int64
  let divisor: Int64
  /// True for times finer than a second, which jitter.
  let isFine: Bool
  let table: Probabilities
  /// 16 × the mean lag.
  var mean: Int64 = 0
  var lastLag: Int64 = 0
  var beforeLag: Int64 = 0
  var isFirst = true
  var history = 3

  init(_ inputs: ModelInputs) {
    values = inputs.values
    clock = inputs.clock
    (multiplier, divisor) = inputs.clockRatio
    isFine = inputs.timeUnit < 1000
    table = inputs.table
  }

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let base = (clock[row] &* multiplier) / divisor
    let expected = base &+ (isFine ? (mean &+ 8) >> 4 : lastLag)
    let change = lastLag == beforeLag ? 0 : lastLag > beforeLag ? 1 : 2
    let residual = Residual.code(
      values[row] &- expected, &coder, table, zero: Contexts.zero[history, change], sign: Contexts.sign[change],
      magnitude: Contexts.magnitude[history == 3 ? 0 : 1])
    if Coder.yields { values[row] = expected &+ residual }
    let lag = expected &+ residual &- base
    if isFine {
      if isFirst || abs(clamped(residual)) >= 2000 {
        mean = lag &* 16
        isFirst = false
      } else {
        mean = mean &+ (clampedStep(lag &* 16 &- mean) >> 4)
      }
      history = (history << 1 | (residual.magnitude < 64 ? 1 : 0)) & 3
    } else {
      history = (history << 1 | (residual == 0 ? 1 : 0)) & 3
      if lag != lastLag {
        beforeLag = lastLag
        lastLag = lag
      }
    }
  }
  private func clamped(_ value: Int64) -> Int64 { max(-1_000_000, min(1_000_000, value)) }
  private func clampedStep(_ value: Int64) -> Int64 { max(-512, min(512, value)) }
}
