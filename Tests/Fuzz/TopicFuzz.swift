import Readings
import Tasmota

/// Lines of `topic payload`, retained where the line begins with a blank: discovery, routes, events.
public func fuzzTopic(_ input: UnsafeRawBufferPointer) {
  var decoder = Decoder(maximumDevices: 8)
  var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])
  for line in input.split(separator: 0x0A, maxSplits: 31) {
    let isRetained = line.first == 0x20
    let rest = isRetained ? line.dropFirst() : line
    let end = rest.firstIndex(of: 0x20) ?? rest.endIndex
    let topic = UnsafeRawBufferPointer(rebasing: rest[..<end])
    let payload = UnsafeRawBufferPointer(rebasing: rest[min(end + 1, rest.endIndex)...])
    let outcome = decoder.decode(
      topic: topic, payload: payload, retained: isRetained, receivedAt: Timestamp(milliseconds: 0), into: &reading)
    if case .reading(let index) = outcome { precondition(decoder.devices.indices.contains(index), "no such device") }
    precondition(decoder.devices.count <= 8, "more devices than allowed")
    if let filter = try? SubscriptionFilter(String(decoding: payload, as: UTF8.self)) { _ = filter.matches(topic) }
  }
}
