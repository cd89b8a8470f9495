/// What a meter of the house measures: several appliances behind one another on the same phase.
struct GatheredLoads: Sendable {
  private struct Part: Sendable {
    var appliance: Appliance
    var step: LoadStep
  }
  private var parts: [Part]

  init(_ appliances: [Appliance]) {
    parts = appliances.map { Part(appliance: $0, step: LoadStep(until: .min, milliwatts: 0)) }
  }

  /// What hangs on no plug of the house: a boiler's pump and lights.
  static func unmetered(random: RandomStream) -> GatheredLoads {
    var random = random
    let lights = RandomStream(seed: random.next(), name: "lights", concern: 0)
    return GatheredLoads([
      .constant(ConstantLoad(random: random)), .sessions(SessionLoad(random: lights, kind: .lamp)),
    ])
  }

  /// What one phase of the main meter carries: its share of the house's plugs, each with the same load as at the plug,
  /// and something unmetered.
  init(phase: Int, of device: SimulatedDevice, in options: SimulationOptions) {
    var appliances: [Appliance] = [
      .gathered(.unmetered(random: RandomStream(seed: options.seed, name: device.name, concern: 16 + UInt64(phase))))
    ]
    var socket = 0
    for plug in options.devices where plug.kind != .mains {
      for channel in 0..<plug.channels {
        if socket % device.channels == phase {
          appliances.append(plug.kind.appliance(channel: channel, name: plug.name, seed: options.seed))
        }
        socket += 1
      }
    }
    self.init(appliances)
  }

  mutating func step(_ surroundings: Surroundings) -> LoadStep {
    var sum = LoadStep(until: .max, milliwatts: 0, factor: 930)
    for index in parts.indices {
      // Each moves on exactly when its own step ends, so it is what it would be alone.
      if parts[index].step.until <= surroundings.now {
        parts[index].step = parts[index].appliance.step(surroundings)
      }
      sum.until = min(sum.until, parts[index].step.until)
      sum.milliwatts += parts[index].step.milliwatts
    }
    return sum
  }
}
