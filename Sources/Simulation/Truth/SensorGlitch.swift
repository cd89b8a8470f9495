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
