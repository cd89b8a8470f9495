import Readings

/// What all plugs of a house have in common.
struct HouseRules: Sendable {
  let options: SimulationOptions
  let grid: GridVoltage
  /// What phases 2 and 3 have of their own.
  let otherPhases: [GridVoltage]
  /// UTC milliseconds; `.max` for a run without end.
  let end: Int64
  /// Seconds by which solar time is taken to be ahead of UTC: the site's clock without daylight saving.
  let solarOffset: Int64

  init(_ options: SimulationOptions) {
    self.options = options
    grid = GridVoltage(seed: options.seed)
    otherPhases = (1...7).map { GridVoltage(seed: options.seed ^ ($0 << 40)) }
    end = options.to?.milliseconds ?? .max
    solarOffset = options.siteClock.standard
  }
}
