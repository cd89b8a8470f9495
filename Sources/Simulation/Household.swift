import Readings

/// A house full of Tasmota plugs: yields every message that they and the broker send, in order of receive time.
///
/// Memory does not grow with the messages; only the truth grows, by one row per device and day.
package struct Household: Sendable {
  package init(_ options: SimulationOptions) throws(SimulationError) {
    try options.validate()
  }

  /// The next message, or nil after the last.
  package mutating func next() -> SimulatedMessage? { nil }

  /// Appends capture lines (`mosquitto_sub -F '%U %r %t %p'`) until `bytes` holds at least `goal` bytes.
  ///
  /// - Returns: false when nothing is left to append.
  package mutating func appendLines(to bytes: inout [UInt8], goal: Int = 1 << 16) -> Bool { false }

  /// What was truly used up to now, in order of day, then of device; call it after the last message.
  package func truth() -> [TruthRow] { [] }
}

/// The energy of one device on one day of the site's clock.
package struct TruthRow: Sendable, Equatable {
  /// Days since 1970-01-01 of the site's clock.
  package var day: Int64
  package var device: String
  /// Use and export, exactly, in microjoules (1 kWh = 3.6e12).
  package var used: Int64
  package var exported: Int64
}
