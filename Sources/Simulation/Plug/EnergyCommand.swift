/// What somebody sends to a plug's counters (CmndEnergyTotal and its relatives, xdrv_03_energy.ino).
struct EnergyCommand: Sendable, Equatable {
  enum Register: Sendable { case today, yesterday, total, all }

  var register: Register
  var wattHours: Int64 = 0
  /// `EnergyReset1` to `EnergyReset3`, and `EnergyReset` for all, of firmware before 10.0: TotalStartTime stays.
  var isOldSyntax = false

  /// What the answer in RESULT is called.
  var word: StaticString {
    if isOldSyntax { return "EnergyReset" }
    switch register {
    case .today: return "EnergyToday"
    case .yesterday: return "EnergyYesterday"
    case .total, .all: return "EnergyTotal"
    }
  }

  /// Any command with any value.
  static func any(_ random: inout RandomStream) -> EnergyCommand {
    let isOldSyntax = random.chance(perMillion: 300_000)
    let value = random.within(1...30_000)
    let isZero = random.chance(perMillion: 400_000)
    switch random.within(0...9) {
    case 0...3: return EnergyCommand(register: .today, wattHours: isZero ? 0 : value, isOldSyntax: isOldSyntax)
    case 4...5: return EnergyCommand(register: .yesterday, wattHours: isZero ? 0 : value, isOldSyntax: isOldSyntax)
    case 6...8: return EnergyCommand(register: .total, wattHours: isZero ? 0 : value * 300, isOldSyntax: isOldSyntax)
    default: return EnergyCommand(register: .all, isOldSyntax: true)
    }
  }
}
