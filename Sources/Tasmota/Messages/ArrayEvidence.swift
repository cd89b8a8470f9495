import Readings

/// What the arrays of one message tell: channels, tariffs, or the three-element `Total` of old firmware.
struct ArrayEvidence {
  /// What decided whether a three-element `Total` is the old form. The numbers of the next message may decide otherwise.
  enum Decision { case neighbours, numbers }

  /// 3 for an array of three numbers, −1 for another one, 0 for none.
  private var totalCount = 0
  private var exportCount = 0
  private var others = 0
  /// Today or Yesterday as one number.
  var sawWitness = false
  var sawTotalTariff = false

  /// An array is complete, its elements are the last of `fields`. Those of tariffs get fields of their own.
  mutating func finish(_ key: EnergyKey, _ fields: inout [EnergyScanner.ScannedField], from first: Int, count: Int) {
    switch key.role {
    case .total: totalCount = fields.count - first == 3 && count == 3 ? 3 : -1
    case .exportActive:
      exportCount = fields.count - first == 3 && count == 3 ? 3 : -1
    case .totalTariff, .exportTariff:
      if key.role == .totalTariff { sawTotalTariff = true }
      guard count == 2 else { return }
      for index in first..<fields.count {
        let isFirst = fields[index].channel == 1
        fields[index].key = EnergyKey(
          field: key.role == .totalTariff
            ? (isFirst ? .totalTariff1 : .totalTariff2) : (isFirst ? .exportTariff1 : .exportTariff2))
        fields[index].channel = 0
      }
    default: others += 1
    }
  }

  /// Firmware 6.6.0.12 to 8.3.1.1 sent `Total` as `[total,tariff1,tariff2]` while tariffs were on (CHANGELOG 8.3.1.2).
  ///
  /// Three phases would make Power an array too, and SetOption129 makes Today and Yesterday arrays together with Total.
  /// So with those present as single numbers it is the old form; with none of them present the sum must decide.
  func splitOldTotal(_ fields: inout [EnergyScanner.ScannedField]) -> Decision {
    guard totalCount == 3, others == 0, exportCount >= 0, !sawTotalTariff else { return .neighbours }
    if !sawWitness {
      let parts = fields.filter { $0.key.role == .total }
      guard parts.count == 3, parts.allSatisfy({ $0.form == parts[0].form && $0.form != .verbatim }),
        (parts[0].value - parts[1].value - parts[2].value).magnitude <= 2
      else { return .numbers }
    }
    for index in fields.indices {
      let role = fields[index].key.role
      guard role == .total || (role == .exportActive && exportCount == 3) else { continue }
      switch fields[index].channel {
      case 2: fields[index].key = EnergyKey(field: role == .total ? .totalTariff1 : .exportTariff1)
      case 3: fields[index].key = EnergyKey(field: role == .total ? .totalTariff2 : .exportTariff2)
      default: break
      }
      fields[index].channel = 0
    }
    return sawWitness ? .neighbours : .numbers
  }
}
