/// What hangs on a simulated plug. The raw value is the name on the command line.
public enum ApplianceKind: String, Sendable, CaseIterable {
  case fridge, freezer, kettle, tv, washer, dishwasher, pc, router, lamp, heater, solar
  /// The meter of the house: all that hangs on the other plugs, and what hangs on none.
  case mains
  /// A cooking hob, pulses between levels; an espresso machine; a heating or well pump.
  case hob, espresso, pump
  /// A car's charger behind a meter of three phases.
  case wallbox

  /// The kind that a device name begins with: `fridge` and `fridge-2` are fridges; nil for anything else.
  public init?(deviceName name: String) {
    let word = name.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init)
    guard let word, let kind = ApplianceKind(rawValue: word) else { return nil }
    self = kind
  }

  /// How many channels a plug of this kind has if nothing else is said.
  var usualChannels: Int { self == .wallbox ? 3 : 1 }

  /// What one uses on an ordinary day, in 1e-5 kWh: the start of a simulation shows counters of that size.
  var typicalDay: Int64 {
    switch self {
    case .fridge: 80_000
    case .freezer: 110_000
    case .kettle: 55_000
    case .tv: 42_000
    case .washer: 60_000
    case .dishwasher: 90_000
    case .pc: 55_000
    case .router: 21_000
    case .lamp: 12_000
    case .heater: 300_000
    case .solar: 2500
    case .mains: 700_000
    case .hob: 90_000
    case .espresso: 45_000
    case .pump: 40_000
    case .wallbox: 600_000
    }
  }
}
