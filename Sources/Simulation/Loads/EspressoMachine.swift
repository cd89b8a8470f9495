/// An espresso machine: heats for minutes, then holds its boiler by pulses of a second; each cup adds the pump.
struct EspressoMachine: Sendable {
  private static let habits = HabitTable(
    workday: [0, 0, 0, 0, 20, 250, 700, 600, 300, 200, 200, 100, 150, 350, 250, 200, 150, 60, 30, 20, 20, 0, 0, 0],
    weekend: [0, 0, 0, 0, 0, 30, 150, 400, 600, 500, 300, 200, 150, 350, 350, 350, 200, 80, 30, 30, 20, 0, 0, 0])

  private enum Phase: Sendable { case off, heating, holding, brewing }

  private var random: RandomStream
  private let heater: Int64
  private let electronics: Int64
  private let pump: Int64
  private let standby: Int64
  /// Milliseconds between two pulses that hold the boiler's temperature, and how long each is.
  private let rest: Int64
  private let pulse: Int64
  private var phase = Phase.off
  private var phaseEnd: Int64 = 0
  private var offAt: Int64 = 0
  private var startsAt = Int64.max
  private var isPulse = false

  init(random: RandomStream) {
    self.random = random
    heater = self.random.within(980_000...1_650_000)
    electronics = self.random.within(2200...9500)
    pump = self.random.within(38_000...62_000)
    standby = self.random.within(0...900)
    rest = self.random.within(4000...40_000)
    pulse = self.random.within(300...2600)
  }

  mutating func step(_ surroundings: Surroundings) -> LoadStep {
    let now = surroundings.now
    if phase == .off {
      if now >= startsAt {
        startsAt = .max
        begin(.heating, for: random.within(80_000...300_000), at: now)
        offAt = now + random.within(900_000...2_700_000)
      } else {
        let end = surroundings.endOfSlot
        if startsAt == .max, EspressoMachine.habits.startsNow(surroundings, &random) {
          startsAt = now + random.within(1...max(1, end - now - 1))
        }
        return LoadStep(until: max(now + 1, min(end, startsAt)), milliwatts: standby, factor: 300)
      }
    }
    if now >= offAt {
      phase = .off
      return LoadStep(until: now + 1000, milliwatts: standby, factor: 300)
    }
    if now >= phaseEnd {
      let isCup = phase != .brewing && random.chance(perMillion: phase == .heating ? 900_000 : 350_000)
      if isCup {
        begin(.brewing, for: random.within(18_000...34_000), at: now)
      } else {
        begin(.holding, for: random.within(60_000...300_000), at: now)
      }
    }
    return work(now)
  }

  private mutating func begin(_ next: Phase, for length: Int64, at now: Int64) {
    phase = next
    phaseEnd = now + length
    isPulse = false
  }

  private mutating func work(_ now: Int64) -> LoadStep {
    let most = min(phaseEnd, offAt)
    if phase == .heating {
      return LoadStep(
        until: max(now + 1, min(most, now + random.within(1500...9000))),
        milliwatts: electronics + random.around(heater, permille: 5))
    }
    isPulse.toggle()
    let base = electronics + (phase == .brewing ? random.around(pump, permille: 60) : 0)
    if isPulse {
      let length = random.around(phase == .brewing ? pulse * 2 : pulse, permille: 250)
      return LoadStep(
        until: max(now + 1, min(most, now + length)), milliwatts: base + random.around(heater, permille: 5))
    }
    let length = random.around(phase == .brewing ? rest / 4 : rest, permille: 300)
    return LoadStep(until: max(now + 1, min(most, now + length)), milliwatts: base, factor: 560)
  }
}
