/// Notices steps of the machine's clock by comparing it with the one that only runs forward.
struct ClockSteps {
  /// Wall clock less steady clock at the last look, in milliseconds.
  private var difference: Int64?

  /// Smaller ones are drift, and NTP slewing it away.
  static let smallestStep: Int64 = 2000

  /// How far the wall clock has stepped since the last look; nil when it has not.
  mutating func step(realtime: Int64, monotonic: Int64) -> Int64? {
    let now = realtime &- monotonic
    defer { difference = now }
    guard let difference, (now &- difference).magnitude >= ClockSteps.smallestStep.magnitude else { return nil }
    return now &- difference
  }
}
