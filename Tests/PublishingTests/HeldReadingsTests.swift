import Publishing
import Readings
import TestSupport
import Testing

/// What is looked at later is what came, in its order, each reading once.
@Suite struct HeldReadingsTests {
  @Test(arguments: 0..<20) func `readings of any layouts come out as they went in`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let layouts = (0..<4).map { count in
      Layout((0..<count).map { Field(.power, channel: UInt8($0), $0 == 2 ? .verbatim : .decimal(0)) })
    }
    var held = HeldReadings()
    for _ in 0..<3 {
      var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: layouts[0], values: [])
      var told: [(Reading, Device)] = []
      for number in 0..<Int.random(in: 0...50, using: &random) {
        // One reading that is filled again and again, as a decoder does.
        reading.receivedAt = Timestamp(milliseconds: Int64(number))
        reading.layout = layouts.randomElement(using: &random)!
        reading.values = reading.layout.fields.map { $0.form == .verbatim ? 0 : .random(in: 0...9, using: &random) }
        reading.texts = reading.layout.fields.contains { $0.form == .verbatim } ? ["\(number)"] : []
        let device = Device(topic: "plug-\(Int.random(in: 0...3, using: &random))")
        told.append((reading, device))
        held.append(reading, of: device)
      }
      #expect(held.count == told.count)
      var heard: [(Reading, Device)] = []
      held.takeAll { heard.append(($0, $1)) }
      #expect(heard.map(\.0) == told.map(\.0) && heard.map(\.1) == told.map(\.1), "seed \(seed)")
      #expect(held.count == 0)
    }
  }
}
