/// A fridge or freezer: a compressor on a thermostat, longer pauses at night, doors opened at meals, and for a
/// freezer a defrost heater once a day.
struct CoolingCycle: Sendable {
  private enum Phase: Sendable { case resting, running, defrosting }

  private var random: RandomStream
  private let isFreezer: Bool
  private let running: Int64
  private let restSeconds: Int64
  private let runSeconds: Int64
  private var phase = Phase.resting
  private var phaseEnd: Int64 = 0
  /// What the motor draws above its steady power; fades after each start.
  private var excess: Int64 = 0
  private var isInrush = false
  private var cyclesToDefrost: Int64

  init(random: RandomStream, isFreezer: Bool) {
    self.random = random
    self.isFreezer = isFreezer
    running = self.random.within(isFreezer ? 85_000...130_000 : 70_000...115_000)
    restSeconds = self.random.within(isFreezer ? 1500...2400 : 1500...2600)
    runSeconds = self.random.within(isFreezer ? 1000...1700 : 650...1100)
    cyclesToDefrost = self.random.within(3...25)
  }

  mutating func step(_ surroundings: Surroundings) -> LoadStep {
    if surroundings.now >= phaseEnd { beginNextPhase(surroundings) }
    let now = surroundings.now
    switch phase {
    case .resting:
      let isMeal = [7, 8, 12, 13, 17, 18, 19].contains(surroundings.localHour)
      if random.chance(perMillion: isMeal ? 240_000 : surroundings.localHour < 6 ? 3000 : 60_000) {
        // The door: the lamp is on, and the warm air ends the pause sooner.
        phaseEnd -= random.within(20_000...120_000)
        return LoadStep(until: now + random.within(4000...35_000), milliwatts: 12_000, factor: 980)
      }
      return LoadStep(until: max(now + 1000, min(phaseEnd, now + random.within(120_000...600_000))), milliwatts: 0)
    case .running:
      if isInrush {
        isInrush = false
        return LoadStep(
          until: now + random.within(350...900), milliwatts: random.within(650_000...1_100_000), factor: 560)
      }
      let power = random.around(running + excess, permille: 12)
      excess -= excess / 6
      return LoadStep(
        until: max(now + 1000, min(phaseEnd, now + random.within(25_000...55_000))), milliwatts: power, factor: 640)
    case .defrosting:
      return LoadStep(
        until: max(now + 1000, min(phaseEnd, now + random.within(40_000...90_000))),
        milliwatts: random.around(185_000, permille: 4))
    }
  }

  private mutating func beginNextPhase(_ surroundings: Surroundings) {
    let seconds: Int64
    switch phase {
    case .resting where isFreezer && cyclesToDefrost == 0:
      cyclesToDefrost = random.within(22...30)
      phase = .defrosting
      seconds = random.within(700...1200)
    case .resting, .defrosting:
      phase = .running
      isInrush = true
      excess = running * 45 / 100
      cyclesToDefrost = max(0, cyclesToDefrost - 1)
      seconds = random.around(runSeconds, permille: 180)
    case .running:
      phase = .resting
      let isNight = surroundings.localHour < 6
      seconds = random.around(isNight ? restSeconds * 5 / 4 : restSeconds, permille: 150)
    }
    phaseEnd = surroundings.now + seconds * 1000
  }
}
