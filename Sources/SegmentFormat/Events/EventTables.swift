import Readings

/// What stands before a block's events: how many there are, whose, and in which words.
struct EventTables {
  /// More are written as ``OldEventBody``.
  static let mostTemplates = 4096
  static let mostTemplateBytes = 1 << 20
  /// A mark takes two bytes for a digit.
  private static let mostBytesEach = 2 * Event.maximumDetailBytes

  let timeUnit: Int64
  let eventCount: Int
  let devices: [Device]
  let templates: [EventTemplate]

  static func append(_ draft: EventDraft, timeUnit: Int64, eventCount: Int, to writer: inout ByteWriter) {
    writer.append(varint: UInt64(timeUnit))
    writer.append(varint: UInt64(eventCount))
    writer.append(varint: UInt64(draft.devices.count))
    for device in draft.devices { DeviceText.append(device, to: &writer) }
    var texts = ByteWriter()
    for template in draft.templates {
      texts.append(varint: UInt64(template.bytes.count))
      texts.bytes += template.bytes
    }
    let coded = TextCoder.encode(texts.bytes)
    writer.append(varint: UInt64(draft.templates.count))
    writer.append(varint: UInt64(texts.bytes.count))
    writer.append(varint: UInt64(coded.count))
    writer.bytes += coded
  }

  init(_ reader: inout ByteReader) throws(FormatError) {
    timeUnit = Int64(try reader.readCount(limit: 1000))
    let start = reader.offset
    eventCount = try reader.readCount(limit: Block.maximumRowCount)
    guard timeUnit > 0, eventCount > 0 else { throw .invalid(offset: start, what: "count of events") }
    let deviceCount = try reader.readCount(limit: eventCount, bytesEach: 2)
    var devices: [Device] = []
    for _ in 0..<deviceCount { devices.append(try DeviceText.read(from: &reader)) }
    self.devices = devices
    let count = try reader.readCount(limit: min(eventCount, EventTables.mostTemplates))
    // Nothing else bounds it: bytes as predicted take none of the stream.
    let byteCount = try reader.readCount(limit: EventTables.mostTemplateBytes)
    let coded = try reader.readBytes(try reader.readCount(limit: reader.remaining))
    var texts = ByteReader(TextCoder.decode(coded, count: byteCount))
    var templates: [EventTemplate] = []
    for _ in 0..<count {
      let at = texts.offset
      let length = try texts.readCount(limit: EventTables.mostBytesEach)
      guard let template = EventTemplate(Array(try texts.readBytes(length))) else {
        throw .invalid(offset: at, what: "form of a number")
      }
      templates.append(template)
    }
    guard texts.isAtEnd else { throw .invalid(offset: texts.offset, what: "bytes after the last template") }
    self.templates = templates
  }
}
