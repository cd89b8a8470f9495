/// What the first bytes of an MQTT packet from a broker say of the whole (MQTT 5, section 2.1): what both guards go by.
enum PacketHead {
  /// Too few bytes to tell.
  case begun
  /// No MQTT, or too long and not to be passed over: it wants an answer.
  case harmful
  /// A message that wants no answer, longer than ``BrokerConnection/maximumPacketByteCount``: its bytes, these included.
  case tooLong(Int)
  /// Bytes of the packet, these included; more of them may follow.
  case packet(Int)

  init(_ bytes: UnsafeRawBufferPointer) {
    var bodyStart = 1
    guard let length = MQTTInteger.read(bytes, &bodyStart) else {
      // Four bytes of length that do not end are no MQTT.
      self = bytes.count >= 5 ? .harmful : .begun
      return
    }
    let byteCount = bodyStart + length
    if byteCount <= Int(BrokerConnection.maximumPacketByteCount) {
      self = .packet(byteCount)
    } else {
      self = bytes[0] & 0xF6 == 0x30 ? .tooLong(byteCount) : .harmful
    }
  }
}

/// MQTT's integers of one to four bytes, seven bits each.
enum MQTTInteger {
  /// nil where it ends neither within four bytes nor within what is there.
  static func read(_ bytes: UnsafeRawBufferPointer, _ place: inout Int) -> Int? {
    var value = 0
    for shift in stride(from: 0, to: 28, by: 7) {
      guard place < bytes.count else { return nil }
      let byte = bytes[place]
      place += 1
      value |= Int(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
