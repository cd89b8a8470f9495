/// The plug's own clock: whole TelePeriods from one telemetry message to the next, extras between them, gaps.
struct ClockModel: ColumnModel {
  enum Contexts {
    /// Were the last two rows on schedule?
    static var onSchedule: ContextGrid { .first(4) }
    /// Was the row before an extra?
    static var late: ContextGrid { .behind(onSchedule, 2) }
    /// Two, of which one is in use.
    static var sign: ContextGrid { .behind(late, 2) }
    /// What is off the schedule; extras, by whether the row before was one.
    static var magnitude: ContextGrid { .magnitudes(behind: sign, 3) }
  }
  static var contextCount: Int { Contexts.magnitude.end }

  let values: Values
  /// 1 where the message was due by the schedule; nil when nobody asks.
  let onSchedule: UnsafeMutablePointer<UInt8>?
  let table: Probabilities
  var tick: Int64 = 0
  var step: Int64 = 0
  var last: Int64 = 0
  var candidate: Int64 = 0
  var repeats = 0
  var history = 3
  var afterExtra = 0

  init(_ inputs: ModelInputs) {
    values = inputs.values
    onSchedule = inputs.onSchedule
    table = inputs.table
  }

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let expected = tick &+ step
    let value = Coder.yields ? 0 : values[row]
    if coder.decide(value == expected, table + Contexts.onSchedule[history]) {
      if Coder.yields { values[row] = expected }
      onSchedule?[row] = 1
      history = (history << 1 | 1) & 3
      tick = expected
      last = expected
      afterExtra = 0
      return
    }
    let found = codeOffSchedule(value, expected, &coder)
    if Coder.yields { values[row] = found }
    onSchedule?[row] = 0
    history = history << 1 & 3
  }

  @inline(never)
  private mutating func codeOffSchedule<Coder: BlockCoder>(
    _ value: Int64, _ expected: Int64, _ coder: inout Coder
  ) -> Int64 {
    let slack = max(2, step >> 3)
    let isExtra = value >= last && value < expected &- slack
    let found: Int64
    let wasRow = last
    if coder.decide(!isExtra, table + Contexts.late[afterExtra]) {
      found =
        expected
        &+ Residual.codeNonZero(
          value &- expected, &coder, table, sign: Contexts.sign[0], magnitude: Contexts.magnitude[0])
    } else {
      let number = Residual.codeMagnitude(
        UInt64(bitPattern: value &- last) &+ 1, &coder, table, Contexts.magnitude[1 + afterExtra])
      found = last &+ Int64(bitPattern: number &- 1)
    }
    let distance = found &- last
    repeats = distance == candidate ? min(repeats + 1, 8) : 0
    candidate = distance
    last = found
    // The decoder knows the same: what stood for an extra stays one unless it comes thrice in the same rhythm.
    let actedAsExtra = found >= wasRow && found < expected &- slack
    if actedAsExtra && repeats < 2 {
      afterExtra = 1
    } else {
      tick = found
      afterExtra = 0
      if repeats > 0 && distance > 0 { step = distance }
    }
    return found
  }
}
