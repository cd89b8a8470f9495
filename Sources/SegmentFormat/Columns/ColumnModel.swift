internal import Readings

/// A column's values while its block is coded: absent rows repeat the value before them, rows before the first are 0
/// (SF-C22).
typealias Values = UnsafeMutablePointer<Int64>

/// A predictor together with its contexts: a value that codes rows one after the other.
///
/// Every model is exact integer arithmetic that wraps, on values that may be anything, so that a damaged block gives
/// wrong rows (which the container's checksum catches) and never a trap (SF-C4).
protocol RowModel {
  var values: Values { get }
  /// Codes row `row`, which the column holds: takes the value from the column or stores it there.
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder)
}

/// What a table of contexts and its model say of themselves, once.
protocol ModelDeclaration {
  /// Number of adaptive probabilities.
  static var contextCount: Int { get }
  /// Quantities that the model predicts from; they are decoded before.
  static var inputs: [FieldKey] { get }
}

extension ModelDeclaration {
  static var inputs: [FieldKey] { [] }
}

/// A model of one column.
protocol ColumnModel: RowModel, ModelDeclaration {
  init(_ inputs: ModelInputs)
}

/// Kinds of models and of other tables of contexts; the raw value names the starting probabilities.
enum ModelKind: Int, CaseIterable {
  case groups, presence, clock, receive, power, voltage, current, apparentPower, factor, reactivePower, energy, total
  case yesterday, period, generic

  var declaration: any ModelDeclaration.Type {
    switch self {
    case .groups: GroupFlags.self
    case .presence: PresenceModel.self
    case .clock: ClockModel.self
    case .receive: ReceiveModel.self
    case .power: PowerModel.self
    case .voltage: VoltageModel.self
    case .current: CurrentModel.self
    case .apparentPower: ApparentPowerModel.self
    case .factor: FactorModel.self
    case .reactivePower: ReactivePowerModel.self
    case .energy: EnergyModel.self
    case .total: TotalModel.self
    case .yesterday: YesterdayModel.self
    case .period: PeriodModel.self
    case .generic: GenericModel.self
    }
  }
}

/// Rows are coded in groups of 16: one decision says that a whole group is as predicted (SF-C12).
enum GroupFlags: ModelDeclaration {
  static let rows = 16
  /// Contexts: whether the last three groups were as predicted.
  static var contextCount: Int { 8 }
}
