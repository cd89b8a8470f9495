/// A washing machine or dishwasher: between programmes almost nothing, then water, heat, motor and pump in turn.
struct ProgrammeMachine: Sendable {
  private enum Work: Sendable { case steady, drum, heating, spin }
  private struct Phase: Sendable {
    var work: Work
    var seconds: ClosedRange<Int64>
    var milliwatts: Int64
  }

  private static let washing: [Phase] = [
    Phase(work: .steady, seconds: 60...120, milliwatts: 9000),  // door lock, water
    Phase(work: .drum, seconds: 120...240, milliwatts: 170_000),
    Phase(work: .heating, seconds: 600...1500, milliwatts: 1_980_000),
    Phase(work: .drum, seconds: 1200...2100, milliwatts: 165_000),
    Phase(work: .steady, seconds: 60...100, milliwatts: 31_000),  // pump
    Phase(work: .drum, seconds: 300...420, milliwatts: 180_000),
    Phase(work: .steady, seconds: 60...90, milliwatts: 31_000),
    Phase(work: .drum, seconds: 300...420, milliwatts: 180_000),
    Phase(work: .steady, seconds: 60...90, milliwatts: 31_000),
    Phase(work: .spin, seconds: 420...720, milliwatts: 460_000),
    Phase(work: .drum, seconds: 60...120, milliwatts: 120_000),  // loosening
    Phase(work: .steady, seconds: 240...600, milliwatts: 2600),  // door still locked
  ]
  private static let dishes: [Phase] = [
    Phase(work: .steady, seconds: 60...100, milliwatts: 7000),
    Phase(work: .steady, seconds: 240...420, milliwatts: 62_000),
    Phase(work: .heating, seconds: 600...1000, milliwatts: 1_860_000),
    Phase(work: .steady, seconds: 900...1500, milliwatts: 66_000),
    Phase(work: .steady, seconds: 50...80, milliwatts: 28_000),
    Phase(work: .steady, seconds: 300...500, milliwatts: 64_000),
    Phase(work: .heating, seconds: 500...900, milliwatts: 1_880_000),
    Phase(work: .steady, seconds: 300...480, milliwatts: 63_000),
    Phase(work: .steady, seconds: 50...80, milliwatts: 28_000),
    Phase(work: .steady, seconds: 900...1800, milliwatts: 3100),  // drying
  ]
  private static let washdays = HabitTable(
    workday: [0, 0, 0, 0, 0, 0, 10, 30, 40, 40, 30, 20, 20, 30, 20, 20, 30, 50, 60, 40, 10, 0, 0, 0],
    weekend: [0, 0, 0, 0, 0, 0, 0, 30, 80, 130, 130, 100, 70, 70, 60, 50, 40, 40, 30, 20, 0, 0, 0, 0])
  private static let afterMeals = HabitTable(
    workday: [0, 0, 0, 0, 0, 0, 0, 20, 20, 10, 0, 0, 10, 30, 20, 0, 0, 0, 40, 180, 220, 150, 60, 10],
    weekend: [0, 0, 0, 0, 0, 0, 0, 0, 20, 60, 40, 20, 20, 80, 80, 30, 10, 10, 40, 160, 200, 140, 60, 10])

  private var random: RandomStream
  private let isDishwasher: Bool
  private let standby: Int64
  /// Index of the running phase, or nil between programmes.
  private var phase: Int?
  private var phaseStart: Int64 = 0
  private var phaseEnd: Int64 = 0
  private var isTurning = false

  init(random: RandomStream, isDishwasher: Bool) {
    self.random = random
    self.isDishwasher = isDishwasher
    standby = self.random.within(300...700)
  }

  private var phases: [Phase] { isDishwasher ? ProgrammeMachine.dishes : ProgrammeMachine.washing }

  mutating func step(_ surroundings: Surroundings) -> LoadStep {
    let now = surroundings.now
    if let running = phase, now >= phaseEnd {
      begin(running + 1, at: now)
    } else if phase == nil {
      let habits = isDishwasher ? ProgrammeMachine.afterMeals : ProgrammeMachine.washdays
      if habits.startsNow(surroundings, &random) { begin(0, at: now) }
    }
    guard let running = phase else {
      return LoadStep(until: surroundings.endOfSlot, milliwatts: standby, factor: 180)
    }
    var step = work(phases[running], now)
    step.until = max(now + 200, min(step.until, phaseEnd))
    return step
  }

  private mutating func begin(_ next: Int, at now: Int64) {
    guard next < phases.count else {
      phase = nil
      return
    }
    phase = next
    phaseStart = now
    phaseEnd = now + random.within(phases[next].seconds) * 1000
  }

  private mutating func work(_ phase: Phase, _ now: Int64) -> LoadStep {
    switch phase.work {
    case .steady:
      return LoadStep(
        until: now + random.within(5000...20_000), milliwatts: random.around(phase.milliwatts, permille: 40),
        factor: 620)
    case .drum:
      isTurning.toggle()
      return isTurning
        ? LoadStep(
          until: now + random.within(9000...14_000), milliwatts: random.around(phase.milliwatts, permille: 220),
          factor: 580)
        : LoadStep(until: now + random.within(3000...7000), milliwatts: 4200, factor: 350)
    case .heating:
      isTurning.toggle()
      let turning: Int64 = isTurning && !isDishwasher ? random.within(90_000...170_000) : 55_000
      return LoadStep(
        until: now + random.within(7000...15_000),
        milliwatts: random.around(phase.milliwatts, permille: 4) + turning, factor: 992)
    case .spin:
      let progress = (now - phaseStart) * 1000 / max(1, phaseEnd - phaseStart)
      let power = 90_000 + (phase.milliwatts - 90_000) * progress / 1000
      return LoadStep(
        until: now + random.within(3000...8000), milliwatts: random.around(power, permille: 120), factor: 600)
    }
  }
}
