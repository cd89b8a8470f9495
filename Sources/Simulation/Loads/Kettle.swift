/// A kettle: nothing for hours, then two to three kilowatts for a minute or four.
struct Kettle: Sendable {
  private static let habits = HabitTable(
    workday: [
      10, 0, 0, 0, 10, 60, 350, 700, 400, 150, 200, 120, 150, 200, 100, 180, 300, 300, 250, 200, 300, 250, 120, 40,
    ],
    weekend: [
      20, 0, 0, 0, 0, 20, 100, 350, 600, 600, 350, 250, 250, 300, 200, 300, 350, 300, 250, 200, 300, 250, 150, 60,
    ])

  private var random: RandomStream
  private let milliwatts: Int64
  private var boilsUntil: Int64 = 0
  private var startsAt = Int64.max

  init(random: RandomStream) {
    self.random = random
    milliwatts = self.random.within(2_050_000...2_850_000)
  }

  mutating func step(_ surroundings: Surroundings) -> LoadStep {
    let now = surroundings.now
    if now >= startsAt {
      startsAt = .max
      boilsUntil = now + random.within(65_000...240_000)
    }
    if now < boilsUntil {
      return LoadStep(
        until: min(boilsUntil, now + random.within(4000...11_000)), milliwatts: random.around(milliwatts, permille: 5))
    }
    let end = surroundings.endOfSlot
    if startsAt == .max, Kettle.habits.startsNow(surroundings, &random) {
      startsAt = now + random.within(0...(end - now - 1))
      return LoadStep(until: max(startsAt, now + 1), milliwatts: 0)
    }
    return LoadStep(until: end, milliwatts: 0)
  }
}
