/// An electric heater on its thermostat: pulses, the longer the colder it is outside; rests at night and in summer.
struct HeaterPulses: Sendable {
  private var random: RandomStream
  private let milliwatts: Int64
  private var pulseEnd: Int64 = 0
  private var pauseEnd: Int64 = 0

  init(random: RandomStream) {
    self.random = random
    milliwatts = self.random.within(950_000...2_050_000)
  }

  mutating func step(_ surroundings: Surroundings) -> LoadStep {
    let now = surroundings.now
    if now >= pulseEnd, now >= pauseEnd { decide(surroundings) }
    if now < pulseEnd {
      return LoadStep(
        until: min(pulseEnd, now + random.within(20_000...60_000)), milliwatts: random.around(milliwatts, permille: 6))
    }
    return LoadStep(until: pauseEnd, milliwatts: 0)
  }

  private mutating func decide(_ surroundings: Surroundings) {
    let outside = Sun.temperature(at: surroundings.now, solarOffset: surroundings.solarOffset)
    let isDay = (6..<23).contains(surroundings.localHour)
    let duty = max(0, (isDay ? 17_000 : 8000) - outside) * 1000 / 24_000  // thousandths
    let cycle = random.within(840_000...1_500_000)
    guard duty >= 60 else {
      pauseEnd = surroundings.now + cycle
      return
    }
    pulseEnd = surroundings.now + cycle * min(duty, 900) / 1000
    pauseEnd = surroundings.now + cycle
  }
}
