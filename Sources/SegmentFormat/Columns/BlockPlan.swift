internal import Readings

/// Which model codes which column of a block, in which order, and from which columns it predicts.
///
/// It follows from the directory of columns alone, so that writer and reader work out the same (SF-C20).
struct BlockPlan {
  enum Source {
    /// The receive times.
    case times
    case column(Int)
  }
  struct Step {
    var source: Source
    var model: ModelKind
  }
  let fields: [Field]
  /// In coding order: a column comes after everything that it is predicted from.
  let steps: [Step]
  /// The column of the plug's clock.
  let clock: Int?
  /// Where only channels have a power: theirs, whose sum stands for the plug's.
  let channelPowers: [Int]

  init(fields: [Field]) {
    self.fields = fields
    let clock = fields.firstIndex { $0.key == .time && $0.channel == 0 && $0.form.isClock }
    self.clock = clock
    channelPowers = BlockPlan.channelPowers(fields)
    var ordered: [Step] = []
    if let clock { ordered.append(Step(source: .column(clock), model: .clock)) }
    ordered.append(Step(source: .times, model: clock == nil ? .clock : .receive))
    let rest = fields.indices.filter { $0 != clock }.sorted {
      (BlockPlan.rank(fields[$0]), $0) < (BlockPlan.rank(fields[$1]), $1)
    }
    for index in rest {
      ordered.append(Step(source: .column(index), model: BlockPlan.model(of: index, in: fields)))
    }
    steps = ordered
  }

  /// The column that stands for a quantity beside a column of the same channel: of this channel, else of the plug
  /// (SF-C21).
  func reference(_ key: FieldKey, channel: UInt8) -> Int? { BlockPlan.reference(key, channel: channel, in: fields) }

  private static func channelPowers(_ fields: [Field]) -> [Int] {
    guard reference(.power, channel: 0, in: fields) == nil,
      let first = fields.first(where: { $0.key == .power && isModelled($0) })
    else { return [] }
    return fields.indices.filter { fields[$0].key == .power && fields[$0].form == first.form }
  }

  private static func reference(_ key: FieldKey, channel: UInt8, in fields: [Field]) -> Int? {
    fields.firstIndex { $0.key == key && $0.channel == channel && isModelled($0) }
      ?? (channel == 0 ? nil : fields.firstIndex { $0.key == key && $0.channel == 0 && isModelled($0) })
  }

  /// Which columns a reader has to decode for those that it wants.
  func needed(wanted: [Bool]) -> [Bool] {
    var needed = wanted
    if let clock { needed[clock] = true }
    for step in steps.reversed() {
      guard case .column(let index) = step.source, needed[index] else { continue }
      for key in step.model.declaration.inputs {
        if let input = reference(key, channel: fields[index].channel) {
          needed[input] = true
        } else if key == .power {
          for input in channelPowers { needed[input] = true }
        }
      }
    }
    return needed
  }

  /// Numbers with more decimals than any firmware sends are left to the generic model.
  private static func isModelled(_ field: Field) -> Bool { field.form.rawValue <= 5 }

  private static func rank(_ field: Field) -> Int {
    guard isModelled(field) else { return field.key == .totalStartTime ? 0 : 100 }
    return switch field.key {
    case .power: 1
    case .voltage: 2
    case .current: 3
    case .apparentPower: 4
    case .factor: 5
    case .reactivePower: 6
    case .today: 7
    case .total: 8
    case .yesterday: 9
    case .period: 10
    default: 99
    }
  }

  private static func model(of index: Int, in fields: [Field]) -> ModelKind {
    let field = fields[index]
    guard isModelled(field) else { return .generic }
    func has(_ keys: FieldKey...) -> Bool {
      keys.allSatisfy {
        reference($0, channel: field.channel, in: fields) != nil || $0 == .power && !channelPowers(fields).isEmpty
      }
    }
    return switch field.key {
    case .power: .power
    case .voltage: .voltage
    case .current: has(.power, .voltage) ? .current : .generic
    case .apparentPower: has(.power, .voltage, .current) ? .apparentPower : .generic
    case .factor: has(.power, .apparentPower) ? .factor : .generic
    case .reactivePower: has(.power, .apparentPower) ? .reactivePower : .generic
    case .today: has(.power) ? .energy : .generic
    case .total: has(.power) ? (has(.today) ? .total : .energy) : .generic
    case .yesterday: has(.today) ? .yesterday : .generic
    case .period: has(.power, .today) ? .period : .generic
    default: .generic
    }
  }
}
