/// A car that charges on one phase of a wallbox. The phases of one box draw the same decisions from the same stream.
struct Wallbox: Sendable {
  private static let arrivals = HabitTable(
    workday: [0, 0, 0, 0, 0, 0, 0, 0, 10, 10, 10, 10, 20, 20, 20, 40, 120, 250, 200, 120, 60, 40, 20, 0],
    weekend: [0, 0, 0, 0, 0, 0, 0, 0, 20, 40, 60, 60, 60, 60, 60, 80, 120, 120, 80, 60, 40, 20, 10, 0])

  private var random: RandomStream
  private let phase: Int
  /// Thousandths by which this phase's current is another.
  private let share: Int64
  private let standby: Int64
  /// Some cars charge on one phase only.
  private let usesAllPhases: Bool
  private var startsAt = Int64.max
  private var chargesUntil: Int64 = 0
  private var amperes: Int64 = 0
  private var currentEnd: Int64 = 0

  init(random: RandomStream, phase: Int) {
    var random = random
    var shares: [Int64] = []
    for _ in 0..<8 { shares.append(random.within(985...1015)) }
    // All phases draw alike, so what only one needs is drawn by all.
    let own = random.within(2000...5500)
    usesAllPhases = random.chance(perMillion: 700_000)
    share = shares[phase % 8]
    standby = phase == 0 ? own : 0
    self.random = random
    self.phase = phase
  }

  mutating func step(_ surroundings: Surroundings) -> LoadStep {
    let now = surroundings.now
    if now >= startsAt {
      startsAt = .max
      chargesUntil = now + random.within(2_400_000...25_000_000)
      currentEnd = now
    }
    guard now < chargesUntil else {
      let end = surroundings.endOfSlot
      if startsAt == .max, Wallbox.arrivals.startsNow(surroundings, &random) {
        startsAt = now + random.within(1...max(1, end - now - 1))
      }
      return LoadStep(until: max(now + 1, min(end, startsAt)), milliwatts: standby, factor: 350)
    }
    if now >= currentEnd {
      // The box is told another current now and then; near the end the battery takes less.
      amperes = chargesUntil - now < 900_000 ? random.within(2...6) : random.within(6...16)
      currentEnd = min(chargesUntil, now + random.within(600_000...7_200_000))
    }
    let end = min(currentEnd, now + random.within(8000...40_000))
    let power = random.around(amperes * 230_000, permille: 3)
    let isIdle = phase > 0 && !usesAllPhases
    return LoadStep(
      until: max(now + 1, end), milliwatts: isIdle ? standby : standby + power * share / 1000,
      factor: isIdle ? 350 : 995)
  }
}
