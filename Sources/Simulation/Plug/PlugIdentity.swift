import Readings

/// The hardware of a plug, the names that it was given, and the texts that follow from them.
struct PlugIdentity: Sendable {
  /// Twelve upper-case hexadecimal digits.
  let mac: [UInt8]
  let hostname: [UInt8]
  let address: [UInt8]
  /// DeviceName: what people call it; it stays when the topic changes.
  private let name: String
  private let channels: Int
  /// The payload of `tasmota/discovery/<MAC>/config`.
  private(set) var discoveryConfig: [UInt8] = []

  init(name: String, channels: Int, random: inout RandomStream) {
    self.name = name
    self.channels = channels
    let digits = Array("0123456789ABCDEF".utf8)
    let bits = random.within(0...0xFFFFFF)
    // 8CAAB5 is one of Espressif's prefixes.
    mac = Array("8CAAB5".utf8) + (0..<6).map { digits[Int(bits >> (20 - 4 * Int64($0))) & 15] }
    // %topic%-%04d of the MAC's last 13 bits, the firmware's default.
    hostname = Array((name + "-" + String(bits & 0x1FFF, padded: 4)).utf8)
    address = Array("192.168.1.\(random.within(10...250))".utf8)
    call(name)
  }

  /// The plug gets a topic.
  mutating func call(_ topic: String) {
    func list(_ count: Int, _ item: (Int) -> String) -> String {
      "[" + (0..<count).map(item).joined(separator: ",") + "]"
    }
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    let model = channels == 1 ? "Sonoff Pow R2" : channels == 2 ? "Sonoff Dual R3" : "Shelly Pro"
    let friendly = { (index: Int) in
      index >= channels ? "null" : index == 0 ? "\"\(name)\"" : "\"\(name)\(index + 1)\""
    }
    let config =
      "{\"ip\":\"\(text(address))\",\"dn\":\"\(name)\",\"fn\":" + list(8, friendly) + ",\"hn\":\"\(text(hostname))\","
      + "\"mac\":\"\(text(mac))\",\"md\":\"\(model)\",\"ty\":0,\"if\":0,\"ofln\":\"Offline\","
      + "\"onln\":\"Online\",\"state\":[\"OFF\",\"ON\",\"TOGGLE\",\"HOLD\"],\"sw\":\"14.4.0.1\",\"t\":\"\(topic)\","
      + "\"ft\":\"%prefix%/%topic%/\",\"tp\":[\"cmnd\",\"stat\",\"tele\"],\"rl\":"
      + list(32) { $0 < channels ? "1" : "0" }
      + ",\"swc\":" + list(28) { _ in "-1" } + ",\"swn\":" + list(28) { _ in "null" } + ",\"btn\":"
      + list(32) { _ in "0" } + ",\"so\":{\"4\":0,\"11\":0,\"13\":0,\"17\":0,\"20\":0,\"30\":0,\"68\":0,\"73\":0,"
      + "\"82\":0,\"114\":0,\"117\":0},\"lk\":0,\"lt_st\":0,\"bat\":0,\"dslp\":0,\"sho\":[],\"sht\":[],\"ver\":1}"
    discoveryConfig = Array(config.utf8)
  }
}
