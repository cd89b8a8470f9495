/// Something that people switch on for an hour or three: television, computer, lamp.
struct SessionLoad: Sendable {
  private static let television = HabitTable(
    workday: [0, 0, 0, 0, 0, 0, 60, 120, 30, 0, 0, 0, 20, 40, 20, 30, 120, 250, 450, 700, 600, 300, 80, 10],
    weekend: [20, 0, 0, 0, 0, 0, 20, 80, 200, 250, 150, 100, 120, 200, 200, 150, 150, 250, 500, 700, 600, 300, 100, 30])
  private static let computer = HabitTable(
    workday: [0, 0, 0, 0, 0, 0, 30, 200, 800, 900, 400, 200, 150, 700, 500, 200, 100, 80, 150, 300, 300, 150, 40, 10],
    weekend: [10, 0, 0, 0, 0, 0, 0, 40, 100, 200, 300, 200, 120, 150, 250, 250, 200, 150, 150, 250, 300, 250, 100, 30])

  private var random: RandomStream
  private let kind: ApplianceKind
  private let standby: Int64
  private let typical: Int64
  private var sessionEnd: Int64 = 0
  private var startsAt = Int64.max

  init(random: RandomStream, kind: ApplianceKind) {
    self.random = random
    self.kind = kind
    switch kind {
    case .tv:
      standby = self.random.within(350...900)
      typical = self.random.within(62_000...118_000)
    case .pc:
      standby = self.random.within(1400...2600)
      typical = self.random.within(52_000...75_000)
    default:
      standby = 0
      typical = self.random.within(6500...42_000)
    }
  }

  mutating func step(_ surroundings: Surroundings) -> LoadStep {
    let now = surroundings.now
    if now >= startsAt {
      startsAt = .max
      sessionEnd = now + random.within(kind == .pc ? 4500...13_000 : 2400...11_000) * 1000
    }
    if now < sessionEnd {
      var step = active(now)
      step.until = min(step.until, sessionEnd)
      return step
    }
    let end = surroundings.endOfSlot
    if startsAt == .max, startsNow(surroundings) {
      startsAt = now + random.within(1...max(1, end - now - 1))
    }
    return idle(until: min(end, startsAt))
  }

  private mutating func startsNow(_ surroundings: Surroundings) -> Bool {
    switch kind {
    case .tv: SessionLoad.television.startsNow(surroundings, &random)
    case .pc: SessionLoad.computer.startsNow(surroundings, &random)
    default:
      (6..<23).contains(surroundings.localHour) && random.chance(perMillion: surroundings.isDark ? 300_000 : 4000)
    }
  }

  private mutating func active(_ now: Int64) -> LoadStep {
    switch kind {
    case .tv:  // each scene its own brightness
      return LoadStep(
        until: now + random.within(1500...14_000), milliwatts: random.around(typical, permille: 160), factor: 600)
    case .pc:
      if random.chance(perMillion: 140_000) {  // a burst of work
        return LoadStep(
          until: now + random.within(1000...9000), milliwatts: typical + random.within(20_000...110_000), factor: 900)
      }
      return LoadStep(
        until: now + random.within(2000...16_000), milliwatts: random.around(typical, permille: 60), factor: 790)
    default:
      return LoadStep(
        until: now + random.within(60_000...180_000), milliwatts: random.around(typical, permille: 8), factor: 920)
    }
  }

  private mutating func idle(until end: Int64) -> LoadStep {
    switch kind {
    case .tv: LoadStep(until: end, milliwatts: standby, factor: 210)
    case .pc: LoadStep(until: end, milliwatts: random.around(standby, permille: 20), factor: 300)
    default: LoadStep(until: end, milliwatts: 0, relayOn: false)
    }
  }
}
