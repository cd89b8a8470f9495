internal import Readings

/// What a model is made from: its column, its contexts, and the columns that it predicts from (SF-C21).
struct ModelInputs {
  private let space: BlockWorkspace
  private let source: BlockPlan.Source
  let method: ColumnMethod
  let table: Probabilities

  init(_ space: BlockWorkspace, _ step: BlockPlan.Step, method: ColumnMethod, table: Probabilities) {
    self.space = space
    source = step.source
    self.method = method
    self.table = table
  }

  private var field: Field? {
    switch source {
    case .times: nil
    case .column(let index): space.plan.fields[index]
    }
  }
  private var channel: UInt8 { field?.channel ?? 0 }

  var values: Values { space.rows.values(source) }
  var key: FieldKey? { field?.key }
  /// Decimals of the column.
  var places: Int { field?.form.decimalPlaces ?? 0 }
  /// Receive times, in units of so many milliseconds.
  var times: Values { space.rows.times }
  var timeUnit: Int64 { space.rows.timeUnit }

  /// Another quantity beside this column.
  func column(_ key: FieldKey) -> Values { space.values(of: space.plan.reference(key, channel: channel)) }
  /// Power of the channel, of the plug, or of all channels together.
  func power() -> Values { space.power(channel) }
  /// Decimals of another quantity.
  func places(of key: FieldKey) -> Int {
    let index = space.plan.reference(key, channel: channel) ?? (key == .power ? space.plan.channelPowers.first : nil)
    return index.flatMap { space.plan.fields[$0].form.decimalPlaces } ?? 0
  }

  /// The plug's clock.
  var clock: Values { space.values(of: space.plan.clock) }
  /// Units of time per unit of the clock, or the other way round where the clock is the finer one.
  var clockRatio: (multiplier: Int64, divisor: Int64) {
    let perSecond = space.plan.clock.flatMap { space.plan.fields[$0].form.clockUnitsPerSecond } ?? 1
    let clockUnit = 1000 / perSecond
    return (max(1, clockUnit / timeUnit), max(1, timeUnit / clockUnit))
  }
  /// Where the clock's model says which rows are on schedule.
  var onSchedule: UnsafeMutablePointer<UInt8> { space.scheduleMarks }
  /// 1 where the plug's day begins; nil without a clock.
  var dayStart: UnsafePointer<UInt8>? { space.plan.clock == nil ? nil : space.dayMarks }

  /// Where the column's fractions of a unit go, in 1/256.
  func keptFractions() -> UnsafeMutablePointer<UInt8> {
    guard case .column(let index) = source else { preconditionFailure("fractions of what is no column") }
    return space.makeFractions(of: index)
  }
  /// The fractions of Today.
  func todayFractions() -> UnsafePointer<UInt8> { space.fractions(of: space.plan.reference(.today, channel: channel)) }

  /// Numbers of the model's own, all 0.
  func memory(_ count: Int) -> Values { space.clearedMemory(count) }
}
