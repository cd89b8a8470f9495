internal import Readings

/// The memory of one block while it is coded: every column's values, and the adaptive probabilities.
final class BlockWorkspace {
  let rowCount: Int
  let plan: BlockPlan
  let timeUnit: Int64
  let times: Values
  /// One array per column of the directory; absent rows repeat the row before.
  private(set) var columns: [Values] = []
  /// 1 where the column holds a value; nil for columns without absent rows.
  private(set) var presence: [UnsafeMutablePointer<UInt8>?] = []
  let zeros: Values
  private var powerSum: Values?
  let onSchedule: UnsafeMutablePointer<UInt8>
  let dayStart: UnsafeMutablePointer<UInt8>
  let known: Values
  /// What ``EnergyModel`` leaves beside each column, in 1/256; half a unit where it did not code it.
  private var fractions: [UnsafeMutablePointer<UInt8>?] = []
  private let halves: UnsafeMutablePointer<UInt8>
  let probabilities: Probabilities
  let presenceProbabilities: Probabilities
  let groupProbabilities: Probabilities

  static let largestModel = ModelKind.allCases.map(\.size).max() ?? 0

  init(rowCount: Int, fields: [Field], hasAbsent: [Bool], timeUnit: Int64) {
    self.rowCount = rowCount
    self.timeUnit = timeUnit
    plan = BlockPlan(fields: fields)
    times = Values.allocate(capacity: rowCount)
    times.initialize(repeating: 0, count: rowCount)
    zeros = Values.allocate(capacity: rowCount)
    zeros.initialize(repeating: 0, count: rowCount)
    onSchedule = .allocate(capacity: rowCount)
    onSchedule.initialize(repeating: 1, count: rowCount)
    dayStart = .allocate(capacity: rowCount)
    dayStart.initialize(repeating: 0, count: rowCount)
    known = Values.allocate(capacity: CurrentModel.memory * 2)
    known.initialize(repeating: 0, count: CurrentModel.memory * 2)
    halves = .allocate(capacity: rowCount)
    halves.initialize(repeating: 128, count: rowCount)
    probabilities = .allocate(capacity: BlockWorkspace.largestModel)
    probabilities.initialize(repeating: AdaptiveProbability.even, count: BlockWorkspace.largestModel)
    presenceProbabilities = .allocate(capacity: PresenceModel.size)
    presenceProbabilities.initialize(repeating: AdaptiveProbability.even, count: PresenceModel.size)
    groupProbabilities = .allocate(capacity: GroupFlags.size)
    groupProbabilities.initialize(repeating: AdaptiveProbability.even, count: GroupFlags.size)
    for index in fields.indices {
      let values = Values.allocate(capacity: rowCount)
      values.initialize(repeating: 0, count: rowCount)
      columns.append(values)
      fractions.append(nil)
      if hasAbsent[index] {
        let flags = UnsafeMutablePointer<UInt8>.allocate(capacity: rowCount)
        flags.initialize(repeating: 1, count: rowCount)
        presence.append(flags)
      } else {
        presence.append(nil)
      }
    }
  }

  deinit {
    times.deallocate()
    zeros.deallocate()
    powerSum?.deallocate()
    onSchedule.deallocate()
    dayStart.deallocate()
    known.deallocate()
    halves.deallocate()
    for parts in fractions { parts?.deallocate() }
    probabilities.deallocate()
    presenceProbabilities.deallocate()
    groupProbabilities.deallocate()
    for values in columns { values.deallocate() }
    for flags in presence { flags?.deallocate() }
  }

  /// Marks the rows in which the plug's own day differs from the row before's.
  func findDayStarts() {
    guard let clock = plan.clock, let perSecond = plan.fields[clock].form.clockUnitsPerSecond else { return }
    let perDay = 86_400 * perSecond
    let values = columns[clock]
    var day = values[0].flooringQuotient(perDay)
    for row in 1..<max(rowCount, 1) {
      let value = values[row]
      // Nearly always within the same day: two comparisons instead of a division.
      let within = value &- day &* perDay
      if within >= 0 && within < perDay { continue }
      dayStart[row] = 1
      day = value.flooringQuotient(perDay)
    }
  }

  func values(_ source: BlockPlan.Source) -> Values {
    switch source {
    case .times: times
    case .column(let index): columns[index]
    }
  }

  /// Takes in the rows to encode.
  func load(_ rows: ReadingColumns) {
    for row in 0..<rowCount { times[row] = rows.times[row].milliseconds / timeUnit }
    for (index, column) in rows.columns.enumerated() {
      precondition(column.values.count == rowCount, "a column of another length than the times")
      let values = columns[index]
      column.values.withUnsafeBufferPointer { given in
        if let flags = presence[index] {
          var last: Int64 = 0
          for row in 0..<rowCount {
            if given[row] == ReadingColumns.absent {
              flags[row] = 0
            } else {
              last = given[row]
            }
            values[row] = last
          }
        } else if let base = given.baseAddress {
          values.update(from: base, count: rowCount)
        }
      }
    }
  }

  /// Hands the decoded rows out, and refuses what no writer could have meant.
  func collect(_ entries: [BlockDirectory.Entry], wanted: [Bool]) throws(FormatError) -> ReadingColumns {
    var result = ReadingColumns()
    var last = Int64.min
    for row in 0..<rowCount {
      guard times[row] >= last else { throw .invalid(offset: 0, what: "receive times that decrease") }
      last = times[row]
    }
    let unit = timeUnit
    guard !times[0].multipliedReportingOverflow(by: unit).overflow, !last.multipliedReportingOverflow(by: unit).overflow
    else { throw .invalid(offset: 0, what: "receive times out of range") }
    let times = times
    result.times = Array(unsafeUninitializedCapacity: rowCount) { buffer, count in
      for row in 0..<rowCount { buffer.initializeElement(at: row, to: Timestamp(milliseconds: times[row] &* unit)) }
      count = rowCount
    }
    for (index, entry) in entries.enumerated() where wanted[index] {
      let values = columns[index]
      if let flags = presence[index] {
        for row in 0..<rowCount where flags[row] == 0 { values[row] = ReadingColumns.absent }
      }
      if entry.field.form == .verbatim {
        for row in 0..<rowCount where values[row] != ReadingColumns.absent {
          guard values[row] >= 0 && values[row] < Int64(entry.texts.count) else {
            throw .invalid(offset: 0, what: "a text that is not there")
          }
        }
      }
      result.columns.append(
        ReadingColumns.Column(
          field: entry.field, values: Array(UnsafeBufferPointer(start: values, count: rowCount)), texts: entry.texts))
    }
    return result
  }

  /// Runs `coding` with the model of a column's absent rows.
  func withPresence<Coding: ColumnCoding>(_ index: Int, _ coding: inout Coding) {
    guard let flags = presence[index] else { return }
    StartingProbabilities.fill(presenceProbabilities, .presence)
    StartingProbabilities.fill(groupProbabilities, .groups)
    // The nearest column before it in coding order that has absent rows too: they tend to be the same ones.
    var neighbour: UnsafePointer<UInt8>?
    for step in plan.steps {
      guard case .column(let other) = step.source else { continue }
      if other == index { break }
      if let flags = presence[other] { neighbour = UnsafePointer(flags) }
    }
    var model = PresenceModel(
      flags: flags, onSchedule: onSchedule, neighbour: neighbour, values: zeros, table: presenceProbabilities)
    coding.run(&model, nil, groupProbabilities)
  }

  /// Forgets what a model left beside a column that is stored plainly after all: a reader will not have it.
  func forget(_ step: BlockPlan.Step) {
    if step.model == .clock { onSchedule.update(repeating: 1, count: rowCount) }
    if step.model == .energy, case .column(let index) = step.source {
      fractions[index]?.update(repeating: 128, count: rowCount)
    }
  }

  private func todayFractions(_ channel: UInt8) -> UnsafePointer<UInt8> {
    UnsafePointer(plan.reference(.today, channel: channel).flatMap { fractions[$0] } ?? halves)
  }

  func reference(_ key: FieldKey, _ channel: UInt8) -> Values {
    plan.reference(key, channel: channel).map { columns[$0] } ?? zeros
  }
  /// Power of this channel, of the plug, or of all channels together.
  private func powerReference(_ channel: UInt8) -> Values {
    if plan.reference(.power, channel: channel) != nil { return reference(.power, channel) }
    guard !plan.channelPowers.isEmpty else { return zeros }
    if let powerSum { return powerSum }
    let sum = Values.allocate(capacity: rowCount)
    sum.initialize(repeating: 0, count: rowCount)
    for index in plan.channelPowers {
      for row in 0..<rowCount { sum[row] = sum[row] &+ columns[index][row] }
    }
    powerSum = sum
    return sum
  }
  private func scale(_ key: FieldKey, _ channel: UInt8) -> Int {
    (plan.reference(key, channel: channel) ?? (key == .power ? plan.channelPowers.first : nil)).flatMap {
      plan.fields[$0].form.decimalPlaces
    } ?? 0
  }

  /// Runs `coding` with the model of a step, its contexts at their starting values.
  func withModel<Coding: ColumnCoding>(
    _ step: BlockPlan.Step, method: ColumnMethod, _ coding: inout Coding
  ) {
    let values: Values
    let present: UnsafeMutablePointer<UInt8>?
    var channel: UInt8 = 0
    var places = 0
    switch step.source {
    case .times:
      values = times
      present = nil
    case .column(let index):
      values = columns[index]
      present = presence[index]
      channel = plan.fields[index].channel
      places = plan.fields[index].form.decimalPlaces ?? 0
    }
    let table = probabilities
    func start(_ kind: ModelKind) {
      StartingProbabilities.fill(table, kind)
      StartingProbabilities.fill(groupProbabilities, .groups)
    }
    func run<Model: ColumnModel>(_ model: Model) {
      start(Model.kind)
      var model = model
      coding.run(&model, present, groupProbabilities)
    }
    let power = step.model.inputs.contains(.power) ? powerReference(channel) : zeros
    let voltage = reference(.voltage, channel)
    let current = reference(.current, channel)
    let apparent = reference(.apparentPower, channel)
    let powerPlaces = scale(.power, channel)
    let day = plan.clock == nil ? nil : UnsafePointer(dayStart)
    if let generic = method.generic {
      run(GenericModel(values: values, method: generic, table: table))
      return
    }
    switch step.model {
    case .generic:
      run(GenericModel(values: values, method: .last, table: table))
    case .clock:
      run(ClockModel(values: values, onSchedule: onSchedule, table: table))
    case .receive:
      let perSecond = plan.clock.flatMap { plan.fields[$0].form.clockUnitsPerSecond } ?? 1
      let clockUnit = 1000 / perSecond
      run(
        ReceiveModel(
          values: values, clock: plan.clock.map { columns[$0] } ?? zeros,
          multiplier: max(1, clockUnit / timeUnit), divisor: max(1, timeUnit / clockUnit), isFine: timeUnit < 1000,
          table: table))
    case .power:
      run(PowerModel(values: values, table: table))
    case .voltage:
      run(VoltageModel(values: values, power: power, table: table))
    case .current:
      known.update(repeating: 0, count: CurrentModel.memory * 2)
      let surplus = places + scale(.voltage, channel) - powerPlaces
      run(
        CurrentModel(
          values: values, power: power, voltage: voltage, table: table, unit: Decimal.power(max(0, surplus)),
          known: known))
    case .apparentPower:
      // V·I has the decimals of both; S wants its own.
      let surplus = scale(.voltage, channel) + scale(.current, channel) - places
      run(
        ApparentPowerModel(
          values: values, power: power, voltage: voltage, current: current, divisor: Decimal.power(max(0, surplus)),
          table: table))
    case .factor:
      run(
        FactorModel(
          values: values, power: power, apparent: apparent, current: current,
          numerator: Decimal.power(places + scale(.apparentPower, channel)), denominator: Decimal.power(powerPlaces),
          table: table))
    case .reactivePower:
      run(
        ReactivePowerModel(
          values: values, power: power, apparent: apparent, current: current, factor: reference(.factor, channel),
          table: table))
    case .energy:
      // A Wh is 3,600,000 W·ms, a unit of the counter 10^(3 − places) Wh; ×2 for the sum of two powers.
      let isToday = if case .column(let index) = step.source { plan.fields[index].key == .today } else { false }
      let parts = UnsafeMutablePointer<UInt8>.allocate(capacity: rowCount)
      parts.initialize(repeating: 128, count: rowCount)
      if case .column(let index) = step.source {
        fractions[index]?.deallocate()
        fractions[index] = parts
      }
      run(
        EnergyModel(
          values: values, power: power, times: times, dayStart: isToday ? day : nil, fractions: parts,
          timeUnit: timeUnit,
          whole: 2 * 3_600_000_000 * Decimal.power(powerPlaces) / Decimal.power(places), table: table))
    case .total:
      let surplus = places - scale(.today, channel)
      run(
        TotalModel(
          values: values, today: reference(.today, channel), fractions: todayFractions(channel),
          unitsPerKilowattHour: Decimal.power(places), multiplier: Decimal.power(max(0, surplus)),
          divisor: Decimal.power(max(0, -surplus)), table: table))
    case .yesterday:
      run(YesterdayModel(values: values, today: reference(.today, channel), table: table))
    case .period:
      let surplus = places + 3 - scale(.today, channel)
      run(
        PeriodModel(
          values: values, power: power, today: reference(.today, channel), times: times,
          fractions: todayFractions(channel), timeUnit: timeUnit,
          whole: 2 * 3_600_000 * Decimal.power(powerPlaces) / Decimal.power(places),
          multiplier: Decimal.power(max(0, surplus)), divisor: Decimal.power(max(0, -surplus)), table: table))
    }
  }
}

/// How a column is coded; the raw value is what the directory holds.
enum ColumnMethod: UInt8 {
  case model = 0
  case itself = 1
  case last = 2
  case line = 3
  case plain = 4
  var generic: GenericModel.Method? {
    switch self {
    case .itself: .itself
    case .last: .last
    case .line: .line
    case .model, .plain: nil
    }
  }
}

/// A pass over a column's rows with its model.
protocol ColumnCoding {
  mutating func run<Model: ColumnModel>(
    _ model: inout Model, _ present: UnsafeMutablePointer<UInt8>?, _ groups: Probabilities)
}

/// Encodes: looks 16 rows ahead for a surprise, and says in one decision when there is none.
struct EncodingPass<Coder: BlockCoder>: ColumnCoding {
  var coder: Coder
  let rowCount: Int

  mutating func run<Model: ColumnModel>(
    _ model: inout Model, _ present: UnsafeMutablePointer<UInt8>?, _ groups: Probabilities
  ) {
    var history = 7
    var row = 0
    while row < rowCount {
      let end = min(row + GroupFlags.rows, rowCount)
      var probe = SurpriseProbe()
      let before = model
      var ahead = row
      while ahead < end && !probe.isSurprised {
        if present == nil || present?[ahead] != 0 { model.code(ahead, &probe) }
        ahead += 1
      }
      _ = coder.decide(!probe.isSurprised, groups + history)
      if probe.isSurprised {
        model = before
        for row in row..<end where present == nil || present?[row] != 0 { model.code(row, &coder) }
      }
      history = (history << 1 | (probe.isSurprised ? 0 : 1)) & 7
      row = end
    }
  }
}

/// Decodes what ``EncodingPass`` wrote; absent rows repeat the row before.
struct DecodingPass: ColumnCoding {
  var coder: RangeDecoder
  let rowCount: Int

  mutating func run<Model: ColumnModel>(
    _ model: inout Model, _ present: UnsafeMutablePointer<UInt8>?, _ groups: Probabilities
  ) {
    var history = 7
    var row = 0
    var foreseen = AsPredicted()
    while row < rowCount {
      let end = min(row + GroupFlags.rows, rowCount)
      let isPredicted = coder.decide(true, groups + history)
      if let present {
        for row in row..<end {
          if present[row] != 0 {
            if isPredicted { model.code(row, &foreseen) } else { model.code(row, &coder) }
          } else if row > 0 {
            model.values[row] = model.values[row - 1]
          }
        }
      } else if isPredicted {
        for row in row..<end { model.code(row, &foreseen) }
      } else {
        for row in row..<end { model.code(row, &coder) }
      }
      history = (history << 1 | (isPredicted ? 1 : 0)) & 7
      row = end
    }
  }
}
