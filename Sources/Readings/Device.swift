/// Who sent a message: the address and, once discovery has told it, the hardware.
///
/// Identity is the MAC where it is known, the topic otherwise; the topic is only an address.
public struct Device: Hashable, Sendable {
  /// The topic's levels without the prefix (`tele`, `stat`) and the last level: `fridge` of `tele/fridge/SENSOR`,
  /// `/fridge` of `/tele/fridge/SENSOR`, `home/attic/fan` of `home/attic/tele/fan/SENSOR`.
  public var topic: String
  /// Twelve upper-case hexadecimal digits, as in `tasmota/discovery/<MAC>/config`.
  public var mac: String?

  public init(topic: String, mac: String? = nil) {
    self.topic = topic
    self.mac = mac
  }

  /// Twelve capital hexadecimal digits of a MAC written with or without `:` or `-`; nil for anything else.
  public static func mac(_ text: String) -> String? {
    let digits = text.filter { $0 != ":" && $0 != "-" }
    let separators = text.count - digits.count
    guard digits.utf8.count == 12, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }),
      separators == 0 || separators == 5
    else { return nil }
    return digits.uppercased()
  }
}
