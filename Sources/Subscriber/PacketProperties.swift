/// The properties of an MQTT 5 packet (section 2.2.2), looked at before libmosquitto reads them.
///
/// libmosquitto 2.0.11, which Debian 12 has, ends the process on an identifier that it does not know
/// (`log__printf(NULL, …)` in property_mosq.c); a broker, or whoever answers in its place, needs three bytes for that.
public enum PacketProperties {
  /// False where a whole packet from a broker has a property that is unknown or does not end within the packet, or is a
  /// message of a higher quality of service than 0, which nobody asked for and of which libmosquitto reads several at once.
  public static func areSound(inPacket packet: UnsafeRawBufferPointer, hasProperties: Bool) -> Bool {
    guard let type = packet.first else { return true }
    if type >> 4 == 3, type & 0x06 != 0 { return false }
    guard hasProperties else { return true }
    var place = 1
    guard let length = MQTTInteger.read(packet, &place), place + length <= packet.count else { return true }
    let bytes = UnsafeRawBufferPointer(rebasing: packet[place..<place + length])
    place = 0
    switch type >> 4 {
    case 2, 9, 11: place = 2  // CONNACK: flags and reason; SUBACK, UNSUBACK: the packet's number
    case 3:  // PUBLISH: topic
      guard bytes.count >= 2 else { return true }
      place = 2 + (Int(bytes[0]) << 8 | Int(bytes[1]))
    case 4...7: place = 3  // PUBACK and its kin: number, reason; nothing more where there are no properties
    case 14, 15: place = 1  // DISCONNECT, AUTH: reason
    default: return true
    }
    guard place < bytes.count else { return true }
    guard let byteCount = MQTTInteger.read(bytes, &place), place + byteCount <= bytes.count else { return false }
    let end = place + byteCount
    while place < end {
      guard let identifier = MQTTInteger.read(bytes, &place), skipValue(of: identifier, bytes, &place) else {
        return false
      }
    }
    return place == end
  }

  private static func skipValue(of identifier: Int, _ bytes: UnsafeRawBufferPointer, _ place: inout Int) -> Bool {
    switch identifier {
    case 1, 23, 25, 36, 37, 40, 41, 42: place += 1
    case 19, 33, 34, 35: place += 2
    case 2, 17, 24, 39: place += 4
    case 11: if MQTTInteger.read(bytes, &place) == nil { return false }
    case 3, 8, 9, 18, 21, 22, 26, 28, 31: return skipText(bytes, &place)
    case 38: return skipText(bytes, &place) && skipText(bytes, &place)
    default: return false
    }
    return place <= bytes.count
  }

  private static func skipText(_ bytes: UnsafeRawBufferPointer, _ place: inout Int) -> Bool {
    guard place + 2 <= bytes.count else { return false }
    place += 2 + (Int(bytes[place]) << 8 | Int(bytes[place + 1]))
    return place <= bytes.count
  }
}
