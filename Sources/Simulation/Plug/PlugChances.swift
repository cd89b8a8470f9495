/// The streams of random numbers that decide what is not the load.
struct PlugChances: Sendable {
  /// Jitter of the network, of the crystal and of the meter.
  var noise: RandomStream
  var plan: FaultPlan
  /// Shared by all plugs of the house: when the subscriber connects again, when the street has no power.
  var redeliveries: RandomStream
  var houseCuts: RandomStream
  var trades: RandomStream

  init(name: String, seed: UInt64, span: Int64) {
    noise = RandomStream(seed: seed, name: name, concern: 2)
    plan = FaultPlan(random: RandomStream(seed: seed, name: name, concern: 3), span: span)
    redeliveries = RandomStream(seed: seed, name: "", concern: 4)
    houseCuts = RandomStream(seed: seed, name: "", concern: 5)
    trades = RandomStream(seed: seed, name: "", concern: 6)
  }

  /// When the household first exchanges topics; within the run.
  mutating func firstTrade(span: Int64) -> Int64 { min(span, 600 * 3_600_000) / 1000 * trades.within(200...700) }

  /// When the subscriber first connects again, in milliseconds from the start.
  mutating func firstRedelivery(span: Int64) -> Int64 { min(span / 2, redeliveries.within(2...30) * 3_600_000) }
}
