/// What the numbers of a history count.
public enum EnergyUnit: String, CaseIterable, Sendable {
  case wattHours = "Wh"
  case kilowattHours = "kWh"
  case megawattHours = "MWh"
  case gigawattHours = "GWh"
  case watts = "W"
  case kilowatts = "kW"

  /// As somebody wrote it, in any case of letters, brackets and blanks around it: `[kWh]`. nil for another unit.
  public init?(written text: String) {
    let plain = text.lowercased().filter { !" ()[]".contains($0) }
    guard let unit = EnergyUnit.allCases.first(where: { $0.rawValue.lowercased() == plain }) else { return nil }
    self = unit
  }

  /// The one unit among the words of a column's name, or behind a number: `energy_kwh`, `Verbrauch (kWh)`, `kWh used`.
  public init?(within name: String) {
    let units = Set(name.split { " _.-/,;:()[]".contains($0) }.compactMap { EnergyUnit(written: String($0)) })
    guard units.count == 1, let unit = units.first else { return nil }
    self = unit
  }

  /// True for W and kW: a number is how fast energy is used.
  public var isPower: Bool { self == .watts || self == .kilowatts }

  /// One of it in milliwatt-hours, or milliwatts.
  private var thousandths: Double {
    switch self {
    case .wattHours, .watts: 1e3
    case .kilowattHours, .kilowatts: 1e6
    case .megawattHours: 1e9
    case .gigawattHours: 1e12
    }
  }

  /// The nearest whole milliwatt-hours (milliwatts) of a number; nil for what is no number and beyond a billion kWh.
  public func milli(_ number: Double) -> Int64? {
    let value = (number * thousandths).rounded()
    guard value.isFinite, value.magnitude < 1e15 else { return nil }
    return Int64(value)
  }
}
