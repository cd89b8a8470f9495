/// What stands first among bytes that a broker sent (MQTT 3.1.1 and 5, sections 2.1 and 3.3).
package enum PacketFront: Equatable {
  /// A whole PUBLISH of QoS 0 with a topic and, in MQTT 5, without properties; places count from the first byte.
  case publish(topic: Range<Int>, payload: Range<Int>, isRetained: Bool)
  /// A whole packet of another kind, or one that is no MQTT: of so many bytes, where that can be told.
  case other(byteCount: Int?)
  /// The packet has so many bytes, or more where not even its length has come.
  case incomplete(byteCount: Int)

  /// - Parameter hasProperties: whether packets have them, as those of MQTT 5 do.
  package init(_ bytes: UnsafeRawBufferPointer, hasProperties: Bool) {
    // A byte of type and flags, then the length of the rest, seven bits a byte, at most four bytes.
    var length = 0
    var start = 1
    while true {
      guard start < bytes.count else {
        self = .incomplete(byteCount: max(2, bytes.count + 1))
        return
      }
      let byte = bytes[start]
      length |= Int(byte & 0x7F) << (7 * (start - 1))
      start += 1
      if byte < 0x80 { break }
      guard start < 5 else {
        self = .other(byteCount: nil)
        return
      }
    }
    let end = start + length
    guard end <= bytes.count else {
      self = .incomplete(byteCount: end)
      return
    }
    self = .other(byteCount: end)
    // PUBLISH is 3, QoS 0 and no duplicate are no flags, the lowest bit is the retain flag.
    guard bytes[0] & 0xFE == 0x30, length >= 2 else { return }
    let topicStart = start + 2
    let topicEnd = topicStart + (Int(bytes[start]) << 8 | Int(bytes[start + 1]))
    // An empty topic is an error, or an alias that nobody asked for.
    guard topicEnd > topicStart, topicEnd <= end else { return }
    var payloadStart = topicEnd
    if hasProperties {
      guard topicEnd < end, bytes[topicEnd] == 0 else { return }
      payloadStart += 1
    }
    self = .publish(topic: topicStart..<topicEnd, payload: payloadStart..<end, isRetained: bytes[0] & 1 == 1)
  }
}
