/// What is wrong with a message that is ours. The raw value is what users and scripts read.
public enum RefusalReason: String, Sendable, CaseIterable, Error {
  /// A line of a capture that is neither `%U %r %t %p` nor JSON of mosquitto_sub.
  case malformedLine = "malformed-line"
  /// Not UTF-8, a NUL, a control character, or a wildcard in the topic.
  case invalidTopic = "invalid-topic"
  case topicTooLong = "topic-too-long"
  /// Nothing of the topic is left to name the plug by.
  case noDeviceInTopic = "no-device-in-topic"
  case tooManyDevices = "too-many-devices"
  case payloadTooLong = "payload-too-long"
  /// Where JSON is due, the payload does not begin with a brace.
  case notJSON = "not-json"
  case malformedJSON = "malformed-json"
  /// The payload ends inside a value.
  case truncatedJSON = "truncated-json"
  case nestingTooDeep = "nesting-too-deep"
  case invalidUTF8 = "invalid-utf8"
  case numberTooLong = "number-too-long"
  case numberNotFinite = "number-not-finite"
  case tooManyNumbers = "too-many-numbers"
  case tooManyChannels = "too-many-channels"
  /// Two numbers of one message for the same field.
  case duplicateKey = "duplicate-key"
  /// A key of no or more than 64 bytes, or with a control character.
  case invalidName = "invalid-name"
  /// The plug has used, or this process has met, as many different keys as are taken in.
  case tooManyNames = "too-many-names"
  /// `Time` or `TotalStartTime` is a text of more than 64 bytes.
  case textTooLong = "text-too-long"
  /// `ENERGY`, `Time` or an array holds something that no firmware sends there.
  case unsupportedShape = "unsupported-shape"
  /// ENERGY is there, but no number is in it.
  case noEnergyNumber = "no-energy-number"
  case unknownAvailability = "unknown-availability"
  case unknownRelayState = "unknown-relay-state"
  case malformedDiscovery = "malformed-discovery"
}
