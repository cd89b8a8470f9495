import Readings

/// The body of a block of events as all versions up to 5 have it, and where there are more templates than a body of
/// templates holds: bytes of events, through ``TextCoder`` (SF-8).
///
/// A table of devices, then per event: time since the one before, device (0 for none), kind, detail.
enum OldEventBody {
  /// Fewest and most bytes of one event before it is coded: time, device, kind, and the text with its length.
  private static let eventByteCount = 4...(10 + 3 + 1 + 2 + Event.maximumDetailBytes)

  /// 1 to ``Block/maximumRowCount`` events in order of time.
  static func encode(_ events: [Event], timeUnit: Int64) -> [UInt8] {
    var devices: [Device: UInt64] = [:]
    var table = ByteWriter()
    var rows = ByteWriter()
    var previous: Int64 = 0
    for event in events {
      let time = event.at.milliseconds.flooringQuotient(timeUnit)
      rows.append(signedVarint: time &- previous)
      previous = time
      if let device = event.device {
        if devices[device] == nil {
          devices[device] = UInt64(devices.count + 1)
          DeviceText.append(device, to: &table)
        }
        rows.append(varint: devices[device] ?? 0)
      } else {
        rows.append(0)
      }
      rows.append(event.kind.rawValue)
      rows.append(text: event.detail)
    }
    var writer = ByteWriter()
    writer.append(varint: UInt64(timeUnit))
    writer.append(varint: UInt64(events.count))
    writer.append(varint: UInt64(devices.count))
    writer.bytes += table.bytes
    writer.append(varint: UInt64(rows.bytes.count))
    writer.bytes += TextCoder.encode(rows.bytes)
    return writer.bytes
  }

  static func decode(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> [Event] {
    var reader = ByteReader(bytes)
    let timeUnit = Int64(try reader.readCount(limit: 1000))
    let count = try reader.readCount(limit: Block.maximumRowCount)
    let deviceCount = try reader.readCount(limit: count, bytesEach: 2)
    var devices: [Device] = []
    for _ in 0..<deviceCount { devices.append(try DeviceText.read(from: &reader)) }
    // Nothing else bounds it: bytes as predicted take none of the stream.
    let textByteCount = try reader.readCount(limit: count * eventByteCount.upperBound)
    guard count * eventByteCount.lowerBound <= textByteCount else { throw .truncated(offset: reader.offset) }
    let coded = try reader.readBytes(reader.remaining)
    reader = ByteReader(TextCoder.decode(coded, count: textByteCount))
    var events: [Event] = []
    events.reserveCapacity(count)
    var time: Int64 = 0
    for _ in 0..<count {
      time &+= try reader.readSignedVarint()
      let at = reader.offset
      let device = try reader.readCount(limit: deviceCount)
      guard let kind = Event.Kind(rawValue: try reader.readByte()) else {
        throw .invalid(offset: at, what: "kind of event")
      }
      let detail = try reader.readText(limit: Event.maximumDetailBytes)
      let instant = Timestamp(milliseconds: time &* timeUnit)
      if let last = events.last, last.at > instant { throw .invalid(offset: at, what: "events out of order") }
      events.append(Event(at: instant, device: device == 0 ? nil : devices[device - 1], kind: kind, detail: detail))
    }
    guard reader.isAtEnd else { throw .invalid(offset: reader.offset, what: "bytes after the end") }
    return events
  }
}
