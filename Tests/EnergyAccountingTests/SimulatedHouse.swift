import EnergyAccounting
import Readings
import Simulation
import Tasmota
import TestSupport

/// A simulated household, each plug's messages through the decoder, and the truth beside them.
struct SimulatedHouse {
  private(set) var plugs: [String: DecodedPlug] = [:]
  let truth: [TruthRow]
  let from: Timestamp
  let days: Int64

  /// - Parameter timeUnit: milliseconds of the resolution that receive times are cut to.
  init(_ options: SimulationOptions, days: Int64, timeUnit: Int64 = 1) throws {
    var household = try Household(options)
    var decoder = Decoder()
    var reading = Reading(receivedAt: options.from, layout: Layout([]), values: [])
    while let message = household.next() {
      let outcome = decoder.decode(message, into: &reading)
      switch outcome {
      case .reading(let index):
        let device = decoder.devices[index]
        reading.receivedAt = message.receivedAt.truncated(toMilliseconds: timeUnit)
        plugs[device.topic, default: DecodedPlug()].add(reading, of: device)
      case .event(let event):
        guard let device = event.device else { continue }
        plugs[device.topic, default: DecodedPlug()].events.append(event)
      case .retained, .ignored, .refused: continue
      }
    }
    truth = household.truth()
    from = options.from
    self.days = days
  }

  /// The starts of the days, and the end of the last.
  var dayEdges: [Timestamp] { (0...days).map { from.advanced(byMilliseconds: $0 * 86_400_000) } }
}

extension DecodedPlug {
  func ledger(cutPoints: [Timestamp], options: MeteringOptions = MeteringOptions(), trace: StepTrace? = nil)
    -> DeviceLedger
  {
    var account = MeterAccount(cutPoints: CutPoints(cutPoints), options: options)
    account.trace = trace
    for event in events { account.add(event) }
    for run in runs { account.add(run.rows, device: run.device) }
    return account.finish()
  }
}
