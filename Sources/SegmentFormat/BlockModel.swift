/// One column's predictor together with its contexts: a value that codes its rows one after the other.
///
/// Every model is exact integer arithmetic that wraps, on values that may be anything, so that a damaged block gives
/// wrong rows (which the container's checksum catches) and never a trap (SF-C4).
protocol ColumnModel {
  /// Adaptive probabilities that the model needs, and the name of their starting values.
  static var kind: ModelKind { get }
  var values: Values { get }
  /// Codes row `row`, which the column holds: takes the value from the column or stores it there.
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder)
}

/// A column's values while its block is coded: absent rows repeat the value before them, rows before the first are 0
/// (SF-C22).
typealias Values = UnsafeMutablePointer<Int64>
typealias Probabilities = UnsafeMutablePointer<UInt32>

/// Kinds of models; the raw value names the starting probabilities.
enum ModelKind: Int, CaseIterable {
  case groups, presence, clock, receive, power, voltage, current, apparentPower, factor, reactivePower, energy, total
  case yesterday, period, generic

  /// Number of adaptive probabilities.
  var size: Int {
    switch self {
    case .groups: GroupFlags.size
    case .presence: PresenceModel.size
    case .clock: ClockModel.size
    case .receive: ReceiveModel.size
    case .power: PowerModel.size
    case .voltage: VoltageModel.size
    case .current: CurrentModel.size
    case .apparentPower: ApparentPowerModel.size
    case .factor: FactorModel.size
    case .reactivePower: ReactivePowerModel.size
    case .total: TotalModel.size
    case .energy: EnergyModel.size
    case .yesterday: YesterdayModel.size
    case .period: PeriodModel.size
    case .generic: GenericModel.size
    }
  }
}

/// Rows are coded in groups of 16: one decision says that a whole group is as predicted (SF-C12).
enum GroupFlags {
  static let rows = 16
  /// Contexts: whether the last three groups were as predicted.
  static let size = 8
}

/// Which rows hold a value. Contexts: the four rows before, whether the plug's clock is on schedule, and the column
/// before.
struct PresenceModel: ColumnModel {
  static let kind = ModelKind.presence
  static let size = 16 * 2 * 4
  let flags: UnsafeMutablePointer<UInt8>
  let onSchedule: UnsafePointer<UInt8>
  let neighbour: UnsafePointer<UInt8>?
  let values: Values
  let table: Probabilities
  var history = 15

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let beside = neighbour.map { Int($0[row]) } ?? 2
    let context = (history * 2 + Int(onSchedule[row] & 1)) * 4 + (beside & 3)
    let asBefore = history & 1 == 1
    let present = coder.decide((flags[row] != 0) == asBefore, table + context) == asBefore
    if Coder.yields { flags[row] = present ? 1 : 0 }
    history = (history << 1 | (present ? 1 : 0)) & 15
  }
}

/// The plug's own clock: whole TelePeriods from one telemetry message to the next, extras between them, gaps.
struct ClockModel: ColumnModel {
  static let kind = ModelKind.clock
  static let size = 4 + 2 + 2 + 3 * Residual.magnitudeSize
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

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let expected = tick &+ step
    let value = Coder.yields ? 0 : values[row]
    if coder.decide(value == expected, table + history) {
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
    if coder.decide(!isExtra, table + 4 + afterExtra) {
      found =
        expected
        &+ Residual.codeNonZero(
          value &- expected, &coder, sign: table + 6, magnitude: table + 8)
    } else {
      let number = Residual.codeMagnitude(
        UInt64(bitPattern: value &- last) &+ 1, &coder, table + 8 + (1 + afterExtra) * Residual.magnitudeSize)
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

/// The time of arrival beside the plug's clock: a lag that hardly changes.
struct ReceiveModel: ColumnModel {
  static let kind = ModelKind.receive
  static let size = 4 * 4 + 4 + 2 * Residual.magnitudeSize
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

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let base = (clock[row] &* multiplier) / divisor
    let expected = base &+ (isFine ? (mean &+ 8) >> 4 : lastLag)
    let context = history * 4 + (lastLag == beforeLag ? 0 : lastLag > beforeLag ? 1 : 2)
    let residual = Residual.code(
      values[row] &- expected, &coder, zero: table + context, sign: table + 16 + (context & 3),
      magnitude: table + 20 + (history == 3 ? 0 : Residual.magnitudeSize))
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

/// A number of which nothing is known: the last value, or the line through the last two, and what is left.
struct GenericModel: ColumnModel {
  static let kind = ModelKind.generic
  static let size = 4 * 4 + 3 * 4 + 8 * Residual.magnitudeSize
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

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let expected: Int64 =
      switch method {
      case .itself: 0
      case .last: last
      case .line: last &+ step
      }
    let residual = Residual.code(
      values[row] &- expected, &coder, zero: table + history * 4 + min(lastSize, 3),
      sign: table + 16 + lastSign * 4 + history, magnitude: table + 28 + min(lastSize, 7) * Residual.magnitudeSize)
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
