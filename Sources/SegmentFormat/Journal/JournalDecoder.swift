public import Readings

/// Decodes the payloads of one journal's frames, in order; what a damaged frame had defined, the next one defines again.
public struct JournalDecoder {
  public enum Item {
    case reading(Device, Reading)
    case event(Event)
    case counts([(name: String, count: Int64)])
  }

  private final class Base {
    let device: Device
    let time: Int64
    let values: [Int64]
    let texts: [String]
    var lastFrame = 0
    var frameTime: Int64 = 0
    /// The row before in this frame, and where the next one is decoded: nothing is allocated for a row.
    var reading: Reading

    init(device: Device, layout: Layout, time: Int64, values: [Int64], texts: [String]) {
      self.device = device
      self.time = time
      self.values = values
      self.texts = texts
      reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: layout, values: values, texts: texts)
    }
  }

  private let timeUnit: Int64
  private var bases: [UInt64: Base] = [:]
  private var layouts: [[Field]: Layout] = [:]
  private var frameNumber = 0
  /// Above every definition's number seen so far: where an encoder that goes on in the same file begins.
  public private(set) var nextDefinition: UInt64 = 0

  public init(timeUnit: Int64) { self.timeUnit = timeUnit }

  /// Calls `body` with each reading, event and set of counters of one frame.
  ///
  /// The frame's checksum has been found right: an error here says that a definition is missing, or that the bytes
  /// are not a writer's.
  public mutating func decode<Failure: Error>(
    _ payload: ArraySlice<UInt8>, _ body: (Item) throws(Failure) -> Void
  ) throws(Failure) -> FormatError? {
    frameNumber += 1
    var reader = ByteReader(payload)
    var previousTime: Int64?
    while !reader.isAtEnd {
      let item: Item?
      do throws(FormatError) {
        item = try decodeItem(&reader, &previousTime)
      } catch {
        return error
      }
      if let item { try body(item) }
    }
    return nil
  }

  private mutating func decodeItem(
    _ reader: inout ByteReader, _ previousTime: inout Int64?
  ) throws(FormatError) -> Item? {
    let at = reader.offset
    switch try reader.readVarint() {
    case JournalTag.definition:
      try decodeDefinition(&reader)
      return nil
    case JournalTag.event:
      let time = (previousTime ?? 0) &+ (try reader.readSignedVarint())
      previousTime = time
      guard let kind = Event.Kind(rawValue: try reader.readByte()) else {
        throw .invalid(offset: at, what: "kind of event")
      }
      let device: Device?
      switch try reader.readByte() {
      case 0: device = nil
      case 1: device = try DeviceText.read(from: &reader)
      default: throw .invalid(offset: at, what: "device of an event")
      }
      let detail = try reader.readText(limit: Event.maximumDetailBytes)
      return .event(
        Event(at: Timestamp(milliseconds: time &* timeUnit), device: device, kind: kind, detail: detail))
    case JournalTag.counts:
      return .counts(try NamedCounts.read(from: &reader))
    case let tag:
      return try decodeRow(tag &- JournalTag.row, &reader, &previousTime, at: at)
    }
  }

  private mutating func decodeDefinition(_ reader: inout ByteReader) throws(FormatError) {
    let at = reader.offset
    let number = try reader.readVarint()
    guard number < 1 << 32 else { throw .invalid(offset: at, what: "number of a definition") }
    nextDefinition = max(nextDefinition, number + 1)
    let device = try DeviceText.read(from: &reader)
    let time = try reader.readSignedVarint()
    var fields: [Field] = []
    var values: [Int64] = []
    var texts: [String] = []
    for _ in 0..<(try reader.readCount(limit: FormatLayout.maximumColumnCount, bytesEach: 4)) {
      let field = try JournalTag.readField(from: &reader)
      fields.append(field)
      if field.form == .verbatim {
        values.append(Int64(texts.count))
        texts.append(try reader.readText(limit: FormatLayout.maximumTextByteCount))
      } else {
        values.append(try reader.readSignedVarint())
      }
    }
    let layout: Layout
    if let known = layouts[fields] {
      layout = known
    } else {
      guard Set(fields).count == fields.count else { throw .invalid(offset: at, what: "a field twice") }
      layout = Layout(fields)
      layouts[fields] = layout
    }
    guard let known = bases[number] else {
      bases[number] = Base(device: device, layout: layout, time: time, values: values, texts: texts)
      return
    }
    // It stands in two frames, twice the same.
    guard known.device == device, known.reading.layout == layout, known.time == time, known.values == values,
      known.texts == texts
    else { throw .invalid(offset: at, what: "a definition's number used again") }
  }

  private mutating func decodeRow(
    _ number: UInt64, _ reader: inout ByteReader, _ previousTime: inout Int64?, at: Int
  ) throws(FormatError) -> Item {
    guard let base = bases[number] else { throw .invalid(offset: at, what: "a row without its definition") }
    let time = (previousTime ?? base.time) &+ (try reader.readSignedVarint())
    previousTime = time
    let fields = base.reading.layout.fields
    let mask = try reader.readBytes((fields.count + 7) / 8)
    let isFirst = base.lastFrame != frameNumber
    let referenceTime = isFirst ? base.time : base.frameTime
    base.reading.receivedAt = Timestamp(milliseconds: time &* timeUnit)
    var textIndex = 0
    for (index, field) in fields.enumerated() {
      let isSet = mask[mask.startIndex + index / 8] >> UInt8(index % 8) & 1 == 1
      if field.form == .verbatim {
        base.reading.texts[textIndex] =
          isSet ? try reader.readText(limit: FormatLayout.maximumTextByteCount) : base.texts[textIndex]
        textIndex += 1
        continue
      }
      var value = isFirst ? base.values[index] : base.reading.values[index]
      value &+= JournalTag.clockStep(field.form, from: referenceTime, to: time, timeUnit: timeUnit)
      if isSet { value &+= try reader.readSignedVarint() }
      base.reading.values[index] = value
    }
    base.frameTime = time
    base.lastFrame = frameNumber
    return .reading(base.device, base.reading)
  }
}
