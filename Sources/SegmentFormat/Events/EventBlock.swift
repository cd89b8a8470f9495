public import Readings

/// The events of all devices over some time as bytes: the body of a block of kind `events`.
///
/// Tables of devices and of templates, then the events that stand alone, then for each plug the MARGINS that its
/// readings tell nearly (SF-40). Whoever wants no MARGINS needs no readings.
public enum EventBlock {
  /// What a plug's MARGINS may lean on.
  public struct Beside: Sendable {
    /// More are not looked at.
    public static let maximumRowCount = ReadingsBeside.maximumCellCount
    let places: [ReadingPlace]
    let readings: ReadingsBeside

    /// - Parameter blocks: those of `places`: receive times and Power at least.
    /// - Returns: nil where there are too many.
    public init?(_ blocks: [ReadingColumns], at places: [ReadingPlace], timeUnit: Int64) {
      guard places.count <= EventSection.maximumPlaceCount,
        let readings = ReadingsBeside(blocks, timeUnit: timeUnit)
      else { return nil }
      self.places = places
      self.readings = readings
    }
  }

  /// A block's events, as far as they need no readings.
  public struct Content: Sendable {
    /// In order of time.
    public var alone: [Event]
    public var sections: [EventSection] = []
    /// Of all.
    public var count: Int { alone.count + sections.reduce(0) { $0 + $1.count } }

    /// All events in order of time; of one time those that stand alone come first.
    ///
    /// - Parameter beside: those of ``sections``.
    public func merged(_ beside: [Event]) -> [Event] {
      let all = alone + beside
      guard !zip(all, all.dropFirst()).allSatisfy({ $0.at <= $1.at }) else { return all }
      return all.indices.sorted { (all[$0].at, $0) < (all[$1].at, $1) }.map { all[$0] }
    }
  }

  /// Encodes 1 to ``Block/maximumRowCount`` events in order of time.
  ///
  /// - Parameter beside: readings of plugs in the segment, before the block that is made.
  public static func encode(_ events: [Event], timeUnit: Int64, beside: [Device: Beside] = [:]) -> [UInt8] {
    let draft = EventDraft(events, timeUnit: timeUnit, beside: beside)
    guard draft.templates.count <= EventTables.mostTemplates,
      draft.templates.reduce(0, { $0 + $1.bytes.count + 2 }) <= EventTables.mostTemplateBytes
    else { return OldEventBody.encode(events, timeUnit: timeUnit) }
    var writer = ByteWriter()
    writer.append(0)
    EventTables.append(draft, timeUnit: timeUnit, eventCount: events.count, to: &writer)
    writer.append(varint: UInt64(draft.alone.count))
    writer.append(signedVarint: draft.alone.first?.time ?? 0)
    let stream = AdaptiveProbability.withTable(EventModel.contextCount) { table in
      var coder = RangeEncoder()
      var model = EventModel(
        table, deviceCount: draft.devices.count, templates: draft.templates, time: draft.alone.first?.time ?? 0)
      for event in draft.alone { _ = model.code(event, &coder) }
      return coder.finish()
    }
    writer.append(varint: UInt64(stream.count))
    writer.bytes += stream
    writer.append(varint: UInt64(draft.sections.count))
    for section in draft.sections {
      writer.bytes += EventSection.encode(
        section.events, device: section.device, section.beside, templates: draft.templates, timeUnit: timeUnit)
    }
    return writer.bytes
  }

  public static func decode(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> Content {
    guard bytes.first == 0 else { return Content(alone: try OldEventBody.decode(bytes)) }
    var reader = ByteReader(bytes)
    _ = try reader.readByte()
    let tables = try EventTables(&reader)
    let count = try reader.readCount(limit: tables.eventCount)
    guard count == 0 || !tables.templates.isEmpty else {
      throw .invalid(offset: reader.offset, what: "events without templates")
    }
    var content = Content(alone: try readAlone(&reader, count, tables))
    let sectionCount = try reader.readCount(limit: tables.devices.count, bytesEach: 5)
    for _ in 0..<sectionCount {
      let section = try EventSection(
        &reader, devices: tables.devices, most: tables.eventCount - content.count, templates: tables.templates,
        timeUnit: tables.timeUnit)
      content.sections.append(section)
    }
    guard content.count == tables.eventCount, reader.isAtEnd else {
      throw .invalid(offset: reader.offset, what: "fewer events than were told, or bytes after the end")
    }
    return content
  }

  private static func readAlone(
    _ reader: inout ByteReader, _ count: Int, _ tables: EventTables
  ) throws(FormatError) -> [Event] {
    let first = try reader.readSignedVarint()
    let stream = try reader.readBytes(try reader.readCount(limit: reader.remaining))
    // Each is made at once: a few bytes may claim more numbers than there is memory for.
    var events: [Event] = []
    var failure: FormatError?
    stream.withUnsafeBufferPointer { bytes in
      AdaptiveProbability.withTable(EventModel.contextCount) { table in
        var coder = RangeDecoder(bytes)
        var model = EventModel(table, deviceCount: tables.devices.count, templates: tables.templates, time: first)
        do throws(FormatError) {
          while events.count < count {
            let record = model.code(EventRecord(), &coder)
            let device = record.device == 0 ? nil : tables.devices[record.device - 1]
            let event = try event(record, device: device, templates: tables.templates, timeUnit: tables.timeUnit)
            if let last = events.last, last.at > event.at { throw .invalid(offset: 0, what: "events out of order") }
            events.append(event)
          }
        } catch {
          failure = error
        }
      }
    }
    if let failure { throw failure }
    return events
  }

  static func event(
    _ record: EventRecord, device: Device?, templates: [EventTemplate], timeUnit: Int64
  ) throws(FormatError) -> Event {
    let bytes = templates[record.template].fill(record.numbers)
    guard bytes.count <= Event.maximumDetailBytes, let detail = String(validating: bytes, as: UTF8.self),
      let kind = Event.Kind(rawValue: record.kind)
    else { throw .invalid(offset: 0, what: "an event's text") }
    return Event(
      at: Timestamp(milliseconds: record.time &* timeUnit), device: device, kind: kind, detail: detail)
  }
}
