public import Readings
public import Simulation
public import Tasmota

extension Decoder {
  /// What becomes of a simulated message, as the broker would have delivered it.
  ///
  /// - Parameters:
  ///   - time: when it came; nil for when the simulation says.
  ///   - reading: holds the message's numbers where it was an energy message.
  public mutating func decode(
    _ message: SimulatedMessage, at time: Timestamp? = nil, into reading: inout Reading
  ) -> Outcome {
    message.topic.withUnsafeBytes { topic in
      message.payload.withUnsafeBytes { payload in
        decode(
          topic: topic, payload: payload, retained: message.retained, receivedAt: time ?? message.receivedAt,
          into: &reading)
      }
    }
  }
}
