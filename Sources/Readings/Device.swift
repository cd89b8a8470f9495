/// Who sent a message: the address and, once discovery has told it, the hardware.
///
/// Identity is the MAC where it is known, the topic otherwise; the topic is only an address.
package struct Device: Hashable, Sendable {
  /// The topic's levels without the prefix (`tele`, `stat`) and the last level: `fridge` of `tele/fridge/SENSOR`,
  /// `/fridge` of `/tele/fridge/SENSOR`, `home/attic/fan` of `home/attic/tele/fan/SENSOR`.
  package var topic: String
  /// Twelve upper-case hexadecimal digits, as in `tasmota/discovery/<MAC>/config`.
  package var mac: String?

  package init(topic: String, mac: String? = nil) {
    self.topic = topic
    self.mac = mac
  }
}
