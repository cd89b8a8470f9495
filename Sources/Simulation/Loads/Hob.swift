/// A cooking hob: at meals, pulses between nothing and full power; the duty follows the knob. Between, its clock.
struct Hob: Sendable {
  private static let meals = HabitTable(
    workday: [0, 0, 0, 0, 0, 40, 150, 200, 60, 20, 20, 150, 350, 150, 30, 20, 120, 500, 700, 400, 100, 30, 0, 0],
    weekend: [0, 0, 0, 0, 0, 0, 40, 150, 250, 150, 100, 350, 500, 250, 60, 50, 150, 500, 700, 350, 100, 30, 0, 0])

  private var random: RandomStream
  private let standby: Int64
  private let full: Int64
  /// Milliseconds from one pulse to the next.
  private let cycle: Int64
  /// Glass ceramic pulses; induction holds the upper settings as a constant power.
  private let isInduction: Bool
  private var startsAt = Int64.max
  private var cooksUntil: Int64 = 0
  /// Thousandths of full power, and until when the knob stays there.
  private var setting: Int64 = 0
  private var settingEnd: Int64 = 0
  private var pulseEnd: Int64 = 0
  private var pauseEnd: Int64 = 0

  init(random: RandomStream) {
    self.random = random
    standby = self.random.within(300...2200)
    full = self.random.within(1_150_000...2_150_000)
    cycle = self.random.within(2500...32_000)
    isInduction = self.random.chance(perMillion: 400_000)
  }

  mutating func step(_ surroundings: Surroundings) -> LoadStep {
    let now = surroundings.now
    if now >= startsAt {
      startsAt = .max
      cooksUntil = now + random.within(240_000...3_000_000)
      settingEnd = now
      pauseEnd = now
    }
    guard now < cooksUntil else {
      let end = surroundings.endOfSlot
      if startsAt == .max, Hob.meals.startsNow(surroundings, &random) {
        startsAt = now + random.within(1...max(1, end - now - 1))
      }
      return LoadStep(until: max(now + 1, min(end, startsAt)), milliwatts: standby, factor: 450)
    }
    if now >= settingEnd { turn(at: now) }
    let power: Int64
    let end: Int64
    if setting >= 950 || isInduction && setting >= 550 {
      power = random.around(standby + full * setting / 1000, permille: 8)
      end = now + random.within(3000...15_000)
    } else {
      if now >= pulseEnd, now >= pauseEnd {
        pulseEnd = now + max(400, cycle * setting / 1000)
        pauseEnd = now + max(800, cycle)
      }
      power = now < pulseEnd ? standby + random.around(full, permille: 6) : standby
      end = now < pulseEnd ? pulseEnd : pauseEnd
    }
    return LoadStep(until: max(now + 1, min(end, settingEnd)), milliwatts: power, factor: now < pulseEnd ? 1000 : 600)
  }

  /// Brought to the boil, then turned down.
  private mutating func turn(at now: Int64) {
    let isFirst = setting == 0 || now + 1_500_000 < cooksUntil && random.chance(perMillion: 150_000)
    setting = isFirst ? 1000 : random.within(80...700)
    settingEnd = min(cooksUntil, now + (isFirst ? random.within(150_000...480_000) : random.within(180_000...900_000)))
    if settingEnd == cooksUntil { setting = max(setting, 80) }
    pulseEnd = now
    pauseEnd = now
  }
}
