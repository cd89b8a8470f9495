/// What all plugs of a house have in common.
struct HouseRules: Sendable {
  let options: SimulationOptions
  let grid: GridVoltage
  /// Seconds by which solar time is taken to be ahead of UTC: the site's clock without daylight saving.
  let solarOffset: Int64

  init(_ options: SimulationOptions) {
    self.options = options
    grid = GridVoltage(seed: options.seed)
    solarOffset = options.siteClock.standard
  }
}

/// How one SENSOR message may be false.
enum SensorGlitch: Sendable, CaseIterable {
  /// Total 0 beside a right Today.
  case zeroTotal
  /// All three counters 0.
  case zeroCounters
  /// Total 42949.672 kWh too high, as bad frames of a meter made it.
  case wildTotal
  /// A power that no socket gives.
  case wildPower
}
