/// Solar panels with their inverter: gives by the sun's height through passing clouds, takes a little at night.
struct SolarPanel: Sendable {
  private var random: RandomStream
  private let peak: Int64
  private let standby: Int64
  private let weather: SmoothNoise
  private let clouds: SmoothNoise

  init(random: RandomStream) {
    self.random = random
    peak = self.random.within(580_000...1_650_000)
    standby = self.random.within(900...2400)
    weather = SmoothNoise(seed: self.random.next(), knotExponent: 25, amplitude: 500)
    clouds = SmoothNoise(seed: self.random.next(), knotExponent: 17, amplitude: 500)
  }

  mutating func step(_ surroundings: Surroundings) -> LoadStep {
    let now = surroundings.now
    let height = Sun.height(at: now, solarOffset: surroundings.solarOffset)
    guard height > 20_000 else {
      return LoadStep(until: now + random.within(60_000...300_000), milliwatts: standby, factor: 120)
    }
    // Clear to overcast over hours, and clouds that pass in minutes when it is mixed.
    let sky = weather.value(at: now) + 500
    let passing = clouds.value(at: now) + 500
    let light =
      sky > 700 ? 1000 - passing / 40 : sky > 300 ? (passing > 450 ? 930 : 320 + passing / 4) : 120 + passing / 8
    let clear = peak * height / 1_000_000 * (600_000 + height * 2 / 5) / 1_000_000
    let power = random.around(clear * light / 1000, permille: 6)
    return LoadStep(until: now + random.within(8000...20_000), milliwatts: -max(power, 500), factor: 985)
  }
}
