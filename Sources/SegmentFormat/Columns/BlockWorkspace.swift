internal import Readings

/// One block while it is coded: its rows, what models leave beside them for each other, and the adaptive probabilities.
///
/// Pointers that it hands out end with it.
final class BlockWorkspace {
  let plan: BlockPlan
  let rows: BlockRows
  private let zeros: RowMemory<Int64>
  /// 1 where the plug's clock was due by the schedule; all 1 where there is none.
  private let onSchedule: RowMemory<UInt8>
  /// 1 where the plug's day begins.
  private let dayStart: RowMemory<UInt8>
  /// What ``EnergyModel`` leaves beside a column, in 1/256; half a unit where it did not code it.
  private var fractions: [Int: RowMemory<UInt8>] = [:]
  private let halves: RowMemory<UInt8>
  private var powerSum: RowMemory<Int64>?
  private let memory: RowMemory<Int64>
  private let probabilities: RowMemory<UInt32>
  private let groupProbabilities: RowMemory<UInt32>

  private static let largestModel = ModelKind.allCases.map { $0.declaration.contextCount }.max() ?? 0

  init(rowCount: Int, fields: [Field], hasAbsent: [Bool], timeUnit: Int64) {
    plan = BlockPlan(fields: fields)
    rows = BlockRows(rowCount: rowCount, hasAbsent: hasAbsent, timeUnit: timeUnit)
    zeros = RowMemory(repeating: 0, count: rowCount)
    onSchedule = RowMemory(repeating: 1, count: rowCount)
    dayStart = RowMemory(repeating: 0, count: rowCount)
    halves = RowMemory(repeating: 128, count: rowCount)
    memory = RowMemory(repeating: 0, count: CurrentModel.memory * 2)
    probabilities = RowMemory(repeating: AdaptiveProbability.even, count: BlockWorkspace.largestModel)
    groupProbabilities = RowMemory(repeating: AdaptiveProbability.even, count: GroupFlags.contextCount)
  }

  // MARK: Passes

  /// Runs `coding` with the model of a step, its contexts at their starting values.
  func withModel<Coding: ColumnCoding>(_ step: BlockPlan.Step, method: ColumnMethod, _ coding: inout Coding) {
    let kind = method.generic == nil ? step.model : .generic
    let inputs = ModelInputs(self, step, method: method, table: probabilities.base)
    start(kind)
    let present = rows.presence(step.source)
    func run<Model: ColumnModel>(_: Model.Type) {
      var model = Model(inputs)
      coding.run(&model, present, groupProbabilities.base)
    }
    switch kind {
    case .clock: run(ClockModel.self)
    case .receive: run(ReceiveModel.self)
    case .power: run(PowerModel.self)
    case .voltage: run(VoltageModel.self)
    case .current: run(CurrentModel.self)
    case .apparentPower: run(ApparentPowerModel.self)
    case .factor: run(FactorModel.self)
    case .reactivePower: run(ReactivePowerModel.self)
    case .energy: run(EnergyModel.self)
    case .total: run(TotalModel.self)
    case .yesterday: run(YesterdayModel.self)
    case .period: run(PeriodModel.self)
    case .generic: run(GenericModel.self)
    case .groups, .presence: preconditionFailure("no model of a column")
    }
  }

  /// Runs `coding` over which rows of a column hold a value; nothing where all do.
  func withPresence<Coding: ColumnCoding>(_ index: Int, _ coding: inout Coding) {
    guard let flags = rows.presence[index] else { return }
    start(.presence)
    // The nearest column before it in coding order that has absent rows too: they tend to be the same ones.
    var neighbour: UnsafePointer<UInt8>?
    for step in plan.steps {
      guard case .column(let other) = step.source else { continue }
      if other == index { break }
      if let flags = rows.presence[other] { neighbour = UnsafePointer(flags) }
    }
    var model = PresenceModel(
      flags: flags, onSchedule: onSchedule.base, neighbour: neighbour, values: zeros.base, table: probabilities.base)
    coding.run(&model, nil, groupProbabilities.base)
  }

  private func start(_ kind: ModelKind) {
    StartingProbabilities.fill(probabilities.base, kind)
    StartingProbabilities.fill(groupProbabilities.base, .groups)
  }

  // MARK: What models leave for each other

  /// Forgets what a model left beside a column that is stored plainly after all: a reader will not have it.
  func forget(_ step: BlockPlan.Step) {
    if step.model == .clock { onSchedule.base.update(repeating: 1, count: rows.rowCount) }
    if step.model == .energy, case .column(let index) = step.source { fractions[index] = nil }
  }

  /// Marks the rows in which the plug's own day differs from the row before's.
  func findDayStarts() {
    guard let clock = plan.clock, let perSecond = plan.fields[clock].form.clockUnitsPerSecond else { return }
    let perDay = 86_400 * perSecond
    let values = rows.columns[clock]
    var day = values[0].flooringQuotient(perDay)
    for row in 1..<max(rows.rowCount, 1) {
      let value = values[row]
      // Nearly always within the same day: two comparisons instead of a division.
      let within = value &- day &* perDay
      if within >= 0 && within < perDay { continue }
      dayStart.base[row] = 1
      day = value.flooringQuotient(perDay)
    }
  }

  /// Where the model of the receive times or of the clock says which rows are on schedule.
  var scheduleMarks: UnsafeMutablePointer<UInt8> { onSchedule.base }
  var dayMarks: UnsafePointer<UInt8> { UnsafePointer(dayStart.base) }

  /// Where a model puts the fractions of a column.
  func makeFractions(of index: Int) -> UnsafeMutablePointer<UInt8> {
    let parts = RowMemory<UInt8>(repeating: 128, count: rows.rowCount)
    fractions[index] = parts
    return parts.base
  }

  func fractions(of index: Int?) -> UnsafePointer<UInt8> {
    UnsafePointer((index.flatMap { fractions[$0] } ?? halves).base)
  }

  // MARK: Columns that others are predicted from

  /// A column, or zeros.
  func values(of index: Int?) -> Values { index.map { rows.columns[$0] } ?? zeros.base }

  /// Power of this channel, of the plug, or of all channels together.
  func power(_ channel: UInt8) -> Values {
    if let index = plan.reference(.power, channel: channel) { return rows.columns[index] }
    guard !plan.channelPowers.isEmpty else { return zeros.base }
    if let powerSum { return powerSum.base }
    let sum = RowMemory<Int64>(repeating: 0, count: rows.rowCount)
    for index in plan.channelPowers {
      for row in 0..<rows.rowCount { sum.base[row] = sum.base[row] &+ rows.columns[index][row] }
    }
    powerSum = sum
    return sum.base
  }

  /// Numbers of a model's own, all 0.
  func clearedMemory(_ count: Int) -> Values {
    precondition(count <= CurrentModel.memory * 2, "more memory than any model has")
    memory.base.update(repeating: 0, count: count)
    return memory.base
  }
}
