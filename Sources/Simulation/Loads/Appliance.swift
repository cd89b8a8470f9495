/// An appliance: yields its power, one step after another, for ever.
enum Appliance: Sendable {
  case cooling(CoolingCycle)
  case boiling(Kettle)
  case sessions(SessionLoad)
  case programme(ProgrammeMachine)
  case heating(HeaterPulses)
  case constant(ConstantLoad)
  case generating(SolarPanel)
  case gathered(GatheredLoads)
  case cooking(Hob)
  case espresso(EspressoMachine)
  case pumping(Pump)
  case charging(Wallbox)

  /// - Parameter phase: which of a wallbox's phases, from 0.
  init(_ kind: ApplianceKind, random: RandomStream, phase: Int = 0) {
    self =
      switch kind {
      case .fridge: .cooling(CoolingCycle(random: random, isFreezer: false))
      case .freezer: .cooling(CoolingCycle(random: random, isFreezer: true))
      case .kettle: .boiling(Kettle(random: random))
      case .tv, .pc, .lamp: .sessions(SessionLoad(random: random, kind: kind))
      case .washer, .dishwasher: .programme(ProgrammeMachine(random: random, isDishwasher: kind == .dishwasher))
      case .router: .constant(ConstantLoad(random: random))
      case .heater: .heating(HeaterPulses(random: random))
      case .solar: .generating(SolarPanel(random: random))
      case .hob: .cooking(Hob(random: random))
      case .espresso: .espresso(EspressoMachine(random: random))
      case .pump: .pumping(Pump(random: random))
      case .wallbox: .charging(Wallbox(random: random, phase: phase))
      // Alone in its house, it measures what hangs on no plug.
      case .mains: .gathered(GatheredLoads.unmetered(random: random))
      }
  }

  /// The step that begins now; it ends later than now.
  mutating func step(_ surroundings: Surroundings) -> LoadStep {
    switch self {
    case .cooling(var load):
      let step = load.step(surroundings)
      self = .cooling(load)
      return step
    case .boiling(var load):
      let step = load.step(surroundings)
      self = .boiling(load)
      return step
    case .sessions(var load):
      let step = load.step(surroundings)
      self = .sessions(load)
      return step
    case .programme(var load):
      let step = load.step(surroundings)
      self = .programme(load)
      return step
    case .heating(var load):
      let step = load.step(surroundings)
      self = .heating(load)
      return step
    case .constant(var load):
      let step = load.step(surroundings)
      self = .constant(load)
      return step
    case .generating(var load):
      let step = load.step(surroundings)
      self = .generating(load)
      return step
    case .gathered(var load):
      let step = load.step(surroundings)
      self = .gathered(load)
      return step
    case .cooking(var load):
      let step = load.step(surroundings)
      self = .cooking(load)
      return step
    case .espresso(var load):
      let step = load.step(surroundings)
      self = .espresso(load)
      return step
    case .pumping(var load):
      let step = load.step(surroundings)
      self = .pumping(load)
      return step
    case .charging(var load):
      let step = load.step(surroundings)
      self = .charging(load)
      return step
    }
  }
}

/// A router: a few watts day and night.
struct ConstantLoad: Sendable {
  private var random: RandomStream
  private let milliwatts: Int64

  init(random: RandomStream) {
    self.random = random
    milliwatts = self.random.within(6500...11_500)
  }

  mutating func step(_ surroundings: Surroundings) -> LoadStep {
    LoadStep(
      until: surroundings.now + random.within(15_000...90_000), milliwatts: random.around(milliwatts, permille: 50),
      factor: 550)
  }
}

extension ApplianceKind {
  /// The load of one channel: of a wallbox the phases decide alike, everything else is each for itself.
  func appliance(channel: Int, name: String, seed: UInt64) -> Appliance {
    let concern = self == .wallbox ? 16 : 16 + UInt64(channel)
    return Appliance(self, random: RandomStream(seed: seed, name: name, concern: concern), phase: channel)
  }
}
