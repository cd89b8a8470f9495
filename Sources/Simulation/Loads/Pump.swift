/// A pump: half of them a heating circulator that follows the valves, half a well pump that fills its tank.
struct Pump: Sendable {
  private var random: RandomStream
  private let isCirculator: Bool
  private let power: Int64
  private let standby: Int64
  private let runSeconds: Int64
  private let usesPerHour: Int64
  /// Of a circulator: how far the valves are open.
  private let valves: SmoothNoise
  private var runsUntil: Int64 = 0

  init(random: RandomStream) {
    self.random = random
    isCirculator = self.random.chance(perMillion: 500_000)
    power = isCirculator ? self.random.within(18_000...62_000) : self.random.within(420_000...1_150_000)
    standby = self.random.within(200...2600)
    runSeconds = self.random.within(25...190)
    usesPerHour = self.random.within(1...9)
    valves = SmoothNoise(seed: self.random.next(), knotExponent: 20, amplitude: 450)
  }

  mutating func step(_ surroundings: Surroundings) -> LoadStep {
    isCirculator ? circulate(surroundings) : fill(surroundings)
  }

  private mutating func circulate(_ surroundings: Surroundings) -> LoadStep {
    let now = surroundings.now
    let isNight = surroundings.localHour < 5 || surroundings.localHour >= 23
    // The motor's speed moves in steps, so its power stays for minutes.
    let opened = (valves.value(at: now) + 550) / 120 * 120
    let share = isNight ? 220 : max(150, opened)
    return LoadStep(
      until: now + random.within(15_000...120_000),
      milliwatts: standby + random.around(power * share / 1000, permille: 9), factor: 520 + share / 4)
  }

  private mutating func fill(_ surroundings: Surroundings) -> LoadStep {
    let now = surroundings.now
    if now < runsUntil {
      // The pressure rises while it runs.
      let left = (runsUntil - now) / 1000
      let rise = power / 8 * (1000 - min(1000, left * 1000 / max(1, runSeconds))) / 1000
      return LoadStep(
        until: min(runsUntil, now + random.within(2000...8000)), milliwatts: random.around(power + rise, permille: 10),
        factor: 830)
    }
    let isAwake = (6..<23).contains(surroundings.localHour)
    if random.chance(perMillion: (isAwake ? usesPerHour : 1) * 16_000) {
      runsUntil = now + random.around(runSeconds, permille: 250) * 1000
      return LoadStep(until: now + random.within(250...700), milliwatts: power * 3, factor: 480)
    }
    return LoadStep(until: now + 60_000, milliwatts: standby, factor: 310)
  }
}
