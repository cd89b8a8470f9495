package import Readings

/// Tells Tasmota's messages apart and takes the numbers out of the energy messages.
///
/// A value with memory (topics seen, discovery, the shape of each plug's last message): one per input. It opens
/// nothing and reads no clock. Memory is bounded whatever is sent.
package struct Decoder {
  /// Most bytes of a payload that is looked at.
  package static let maximumPayloadBytes = 8192

  /// Every plug that sent a reading or an event, in order of appearance: `.reading(n)` is of `devices[n]`.
  ///
  /// An entry may change when discovery tells a plug's MAC or FullTopic later than its first message came; another MAC
  /// under the same topic is another entry.
  package private(set) var devices: [Device] = []

  private let maximumDevices: Int

  /// - Parameter knownDevices: plugs that the store knows; of two retained discovery messages for one topic the one
  ///   whose MAC is among them is believed.
  package init(maximumDevices: Int = 256, prefixes: TopicPrefixes = .standard, knownDevices: [Device] = []) {
    self.maximumDevices = maximumDevices
  }

  /// Classifies one message and, if it is an energy message, decodes it into `reading`.
  ///
  /// `reading` is only meaningful after `.reading`; pass the same variable again and nothing is allocated for a
  /// message that has the shape of the plug's last one.
  package mutating func decode(
    topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer, retained: Bool, receivedAt: Timestamp,
    into reading: inout Reading
  ) -> Outcome {
    .ignored(.otherTopic)
  }
}

/// The words that stand for `%prefix%` in a topic when discovery has not told them.
package struct TopicPrefixes: Sendable, Equatable {
  package var command: String
  package var status: String
  package var telemetry: String

  package init(command: String, status: String, telemetry: String) {
    self.command = command
    self.status = status
    self.telemetry = telemetry
  }

  /// The firmware's own: `cmnd`, `stat`, `tele`.
  package static let standard = TopicPrefixes(command: "cmnd", status: "stat", telemetry: "tele")
}
