/// Why a message is none of ours. The raw value is what users and scripts read.
public enum IgnoredReason: String, Sendable, CaseIterable {
  /// Below the command prefix: somebody else's order to a plug.
  case command = "command"
  /// `STATE`: uptime, Wi-Fi, lamp colours.
  case state = "state"
  case emptyPayload = "empty-payload"
  /// A SENSOR or STATUS8/STATUS10 message of something that measures no energy.
  case noEnergy = "no-energy"
  /// A live `tasmota/discovery/…/sensors`: a copy of a SENSOR message that came or will come by itself.
  case discoverySensors = "discovery-sensors"
  case otherTopic = "other-topic"
}
