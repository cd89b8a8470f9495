import Readings
import Simulation
import Tasmota
import TestSupport
import Testing

/// A law over very many messages: much cheaper than `#expect` as long as it holds, and shows the message where not.
func expect(_ holds: Bool, at entry: Run.Entry, sourceLocation: SourceLocation = #_sourceLocation) {
  if !holds {
    Issue.record("\(entry.message.receivedAt.seconds) \(entry.topic) \(entry.payload)", sourceLocation: sourceLocation)
  }
}

/// What `#require` does, without its cost in long loops.
func wanted<Value>(_ value: Value?, sourceLocation: SourceLocation = #_sourceLocation) throws -> Value {
  guard let value else { return try #require(value, sourceLocation: sourceLocation) }
  return value
}

/// A finished simulation: every message, and what the project's own decoder makes of it.
struct Run {
  struct Entry {
    var message: SimulatedMessage
    var topic: String
    /// The second level of the topic: the plug's name, or `discovery`.
    var device: String
    var outcome: Outcome
    /// For `.reading`.
    var reading: Reading

    var payload: String { String(decoding: message.payload, as: UTF8.self) }
    var isReading: Bool {
      if case .reading = outcome { return true }
      return false
    }
    /// A number of the reading times 10^places of its form; the digits are taken as they are.
    func number(_ key: FieldKey, channel: UInt8 = 0) -> Int64? { reading.value(key, channel: channel)?.value }
    func real(_ key: FieldKey, channel: UInt8 = 0) -> Double? {
      guard let (value, form) = reading.value(key, channel: channel), let places = form.decimalPlaces else {
        return nil
      }
      return Double(value) / Double(Decimal.power(places))
    }
    /// Days since 1970 of the plug's printed clock.
    var plugDay: Int64? { number(.time).map { $0.flooringQuotient(86_400) } }
  }

  var entries: [Entry] = []
  var truth: [TruthRow]

  init(_ options: SimulationOptions) throws {
    var household = try Household(options)
    var decoder = Decoder(maximumDevices: 4096)
    let empty = Reading(receivedAt: options.from, layout: Layout([]), values: [])
    while let message = household.next() {
      var reading = empty
      let outcome = decoder.decode(message, into: &reading)
      entries.append(
        Entry(
          message: message, topic: String(decoding: message.topic, as: UTF8.self),
          device: String(decoding: message.topic.split(separator: UInt8(ascii: "/"))[1], as: UTF8.self),
          outcome: outcome, reading: reading))
    }
    truth = household.truth()
  }

  /// The live readings of one plug.
  func readings(_ device: String) -> [Entry] {
    entries.filter { $0.device == device && $0.isReading }
  }

  func messages(_ topic: String) -> [Entry] { entries.filter { $0.topic == topic } }
}

/// Options that many tests begin with: two days of October in UTC.
func options(_ names: String, days: Int64 = 2, from: Int64 = 1_792_540_800) -> SimulationOptions {
  let start = Timestamp(seconds: from)
  let devices = names.split(separator: ",").compactMap { SimulatedDevice(name: String($0)) }
  var options = SimulationOptions(
    devices: devices, from: start, to: start.advanced(byMilliseconds: days * 86_400_000))
  options.sendsState = false
  return options
}

/// London's clock in 2025 and 2026.
let london = ClockOffsets(
  initial: 0,
  changes: [
    .init(at: Timestamp(seconds: 1_743_296_400), offset: 3600), .init(at: Timestamp(seconds: 1_761_440_400), offset: 0),
    .init(at: Timestamp(seconds: 1_774_746_000), offset: 3600), .init(at: Timestamp(seconds: 1_792_890_000), offset: 0),
  ])
