import EnergyAccounting
import Readings
import Simulation
import Tasmota
import Testing

/// Whole households with everything that happens to plugs, message by message through the decoder.
struct HouseholdTests {
  #if DEBUG
    static let seeds = UInt64(1)...12
  #else
    static let seeds = UInt64(1)...200
  #endif
  private static let days: Int64 = 2
  private static let start = Timestamp(seconds: 1_772_323_200)

  /// Not more than was used, not less than the messages let anyone know, but one unit of the counter per event and
  /// per midnight.
  @Test(arguments: seeds)
  func useIsWithinOneUnitPerEventOfTheTruth(seed: UInt64) throws {
    var options = SimulationOptions(
      devices: ["fridge", "kettle", "tv"].compactMap { SimulatedDevice(name: $0) }, from: Self.start,
      to: Self.start.advanced(byMilliseconds: Self.days * 86_400_000))
    options.seed = seed
    options.faults = Set(Fault.allCases)
    options.period = [60, 300, 10, 60, 120][Int(seed % 5)]
    options.sendsState = false
    if seed % 4 == 1 { options.plugClock = .firmwareDefault }
    var household = try Household(options)
    let plugs = Self.decode(&household)
    let truth = household.truth()
    let cuts = (0...Self.days).map { Self.start.advanced(byMilliseconds: $0 * 86_400_000) }
    for (name, plug) in plugs where !plug.runs.isEmpty {
      var account = MeterAccount(cutPoints: cuts)
      for event in plug.events { account.add(event) }
      for run in plug.runs { account.add(run.rows, device: run.device) }
      let ledger = account.finish()
      let channel = try #require(ledger.channels.first)
      let counted = channel.sum(0..<channel.buckets.count).energy.milliwattHours
      // Truth is in microjoules, 3,600,000 of them to a milliwatt-hour.
      let rows = truth.filter { $0.device == name }
      let used = rows.reduce(0) { $0 + $1.used } / 3_600_000
      let visible = rows.reduce(0) { $0 + $1.visible } / 3_600_000
      let slack = (Int64(ledger.decisions.count) + Self.days + 2) * 1000
      #expect(counted <= used + slack, "seed \(seed) \(name) \(ledger.decisions)")
      #expect(counted >= visible - slack, "seed \(seed) \(name) \(ledger.decisions)")
    }
  }

  private static func decode(_ household: inout Household) -> [String: DecodedPlug] {
    var decoder = Decoder()
    var reading = Reading(receivedAt: start, layout: Layout([]), values: [])
    var plugs: [String: DecodedPlug] = [:]
    while let message = household.next() {
      let outcome = message.topic.withUnsafeBytes { topic in
        message.payload.withUnsafeBytes { payload in
          decoder.decode(
            topic: topic, payload: payload, retained: message.retained, receivedAt: message.receivedAt, into: &reading)
        }
      }
      switch outcome {
      case .reading(let index):
        let device = decoder.devices[index]
        plugs[device.topic, default: DecodedPlug()].add(reading, of: device)
      case .event(let event):
        guard let device = event.device else { continue }
        plugs[device.topic, default: DecodedPlug()].events.append(event)
      case .retained, .ignored, .refused: continue
      }
    }
    return plugs
  }
}
