/// An MQTT topic filter: levels, `+` for any one level, `#` at the end for any rest.
package struct TopicFilter: Sendable, Hashable {
  package let text: String

  /// nil for what the MQTT standard (4.7.1) does not allow.
  package init?(_ text: String) {
    self.text = text
  }

  package func matches(_ topic: UnsafeRawBufferPointer) -> Bool { false }
}
