public import Readings

/// Encodes what is committed into one journal's frames.
///
/// A reading is written as its difference from a base: the reading of the same device and layout that its definition
/// holds, or the one before it in the same frame. A definition stands in the first two frames that use it, so one
/// damaged frame makes no other unreadable, and is renewed after ``rowsPerDefinition`` rows to stay near (SF-28).
public struct JournalEncoder: Sendable {
  public static let rowsPerDefinition = 256

  private struct Base: Sendable {
    var number: UInt64
    var layout: Layout
    var time: Int64
    var values: [Int64]
    /// Texts of the verbatim fields, in order.
    var texts: [String]
    var useCount = 0
    var definedFrameCount = 0
    var lastFrame = 0
    var frameTime: Int64 = 0
    var frameValues: [Int64] = []
  }

  private let timeUnit: Int64
  private var payload = ByteWriter()
  private var frameNumber = 1
  private var previousTime: Int64?
  /// Definitions in use, by series.
  private var bases: [[Base]] = []
  private var nextNumber: UInt64 = 0

  /// - Parameter nextDefinition: what the decoder gives after the frames that the file holds already.
  public init(timeUnit: Int64, nextDefinition: UInt64 = 0) {
    self.timeUnit = timeUnit
    nextNumber = nextDefinition
  }

  /// Bytes of the frame in the making.
  public var byteCount: Int { payload.bytes.count }

  /// The payload of the frame in the making; the next one begins.
  public mutating func takePayload() -> [UInt8] {
    defer {
      payload.bytes.removeAll(keepingCapacity: true)
      frameNumber += 1
      previousTime = nil
    }
    return payload.bytes
  }

  /// Appends a reading of the `series`-th device (counted from 0 as the caller likes); `time` is a multiple of the time unit, `text` gives the text of a verbatim value.
  public mutating func append(
    series: Int, device: Device, layout: Layout, time: Timestamp, values: ArraySlice<Int64>, text: (Int64) -> String
  ) {
    let time = time.milliseconds / timeUnit
    while bases.count <= series { bases.append([]) }
    let slot = slotOfBase(series, layout: layout, time: time, values: values, text: text)
    let isFirst = bases[series][slot].lastFrame != frameNumber
    if isFirst, bases[series][slot].definedFrameCount < 2 {
      JournalEncoder.appendDefinition(bases[series][slot], device: device, to: &payload)
      bases[series][slot].definedFrameCount += 1
    }
    appendRow(base: bases[series][slot], isFirst: isFirst, time: time, values: values, text: text)
    bases[series][slot].frameValues.removeAll(keepingCapacity: true)
    bases[series][slot].frameValues.append(contentsOf: values)
    bases[series][slot].frameTime = time
    bases[series][slot].lastFrame = frameNumber
    bases[series][slot].useCount += 1
    previousTime = time
  }

  private mutating func appendRow(
    base: Base, isFirst: Bool, time: Int64, values: ArraySlice<Int64>, text: (Int64) -> String
  ) {
    payload.append(varint: JournalTag.row + base.number)
    payload.append(signedVarint: time &- (previousTime ?? base.time))
    let fields = base.layout.fields
    let maskStart = payload.bytes.count
    for _ in 0..<(fields.count + 7) / 8 { payload.append(0) }
    let referenceTime = isFirst ? base.time : base.frameTime
    var textIndex = 0
    for (index, value) in values.enumerated() {
      let bit: UInt8 = 1 << UInt8(index % 8)
      if fields[index].form == .verbatim {
        let written = text(value)
        if written != base.texts[textIndex] {
          payload.bytes[maskStart + index / 8] |= bit
          payload.append(text: written)
        }
        textIndex += 1
        continue
      }
      let step = JournalTag.clockStep(fields[index].form, from: referenceTime, to: time, timeUnit: timeUnit)
      let predicted = (isFirst ? base.values[index] : base.frameValues[index]) &+ step
      if value != predicted {
        payload.bytes[maskStart + index / 8] |= bit
        payload.append(signedVarint: value &- predicted)
      }
    }
  }

  public mutating func append(_ event: Event) {
    let time = event.at.milliseconds / timeUnit
    payload.append(varint: JournalTag.event)
    payload.append(signedVarint: time &- (previousTime ?? 0))
    previousTime = time
    payload.append(event.kind.rawValue)
    payload.append(event.device == nil ? 0 : 1)
    if let device = event.device { DeviceText.append(device, to: &payload) }
    payload.append(text: event.detail)
  }

  public mutating func append(counts: [(name: String, count: Int64)]) {
    payload.append(varint: JournalTag.counts)
    NamedCounts.append(counts, to: &payload)
  }

  /// Finds or makes the base of a device's layout, and renews an old one.
  private mutating func slotOfBase(
    _ series: Int, layout: Layout, time: Int64, values: ArraySlice<Int64>, text: (Int64) -> String
  ) -> Int {
    let known = bases[series].firstIndex { $0.layout == layout }
    if let known, bases[series][known].useCount < JournalEncoder.rowsPerDefinition { return known }
    var texts: [String] = []
    for (index, value) in values.enumerated() where layout.fields[index].form == .verbatim { texts.append(text(value)) }
    let made = Base(number: nextNumber, layout: layout, time: time, values: Array(values), texts: texts)
    nextNumber += 1
    if let known {
      bases[series][known] = made
      return known
    }
    // A plug that keeps changing its layout pays with definitions, not with memory.
    if bases[series].count == 8 { bases[series].removeFirst() }
    bases[series].append(made)
    return bases[series].count - 1
  }

  private static func appendDefinition(_ base: Base, device: Device, to writer: inout ByteWriter) {
    writer.append(varint: JournalTag.definition)
    writer.append(varint: base.number)
    DeviceText.append(device, to: &writer)
    writer.append(signedVarint: base.time)
    writer.append(varint: UInt64(base.layout.fields.count))
    var textIndex = 0
    for (index, field) in base.layout.fields.enumerated() {
      JournalTag.append(field, to: &writer)
      if field.form == .verbatim {
        writer.append(text: base.texts[textIndex])
        textIndex += 1
      } else {
        writer.append(signedVarint: base.values[index])
      }
    }
  }
}

/// What encoder and decoder of journal payloads share.
enum JournalTag {
  static let definition: UInt64 = 0
  static let event: UInt64 = 1
  static let counts: UInt64 = 2
  /// A row of definition `n` is `row + n`.
  static let row: UInt64 = 3

  /// How far a plug's clock moves between two receive times; 0 for what is no clock.
  static func clockStep(_ form: FieldForm, from: Int64, to: Int64, timeUnit: Int64) -> Int64 {
    guard let unitsPerSecond = form.clockUnitsPerSecond else { return 0 }
    return (to &- from) &* timeUnit &* unitsPerSecond / 1000
  }

  /// Known keys are one byte, others 255 and their name.
  static func append(_ field: Field, to writer: inout ByteWriter) {
    if field.key.rawValue < FieldKey.knownCount {
      writer.append(UInt8(field.key.rawValue))
    } else {
      writer.append(255)
      writer.append(text: field.key.name)
    }
    writer.append(field.channel)
    writer.append(varint: UInt64(field.form.rawValue))
  }

  static func readField(from reader: inout ByteReader) throws(FormatError) -> Field {
    let at = reader.offset
    let code = try reader.readByte()
    let key: FieldKey?
    if code == 255 {
      key = FieldKey(name: try reader.readText(limit: FormatLayout.maximumNameByteCount))
    } else {
      key = FieldKey.known(code)
    }
    guard let key else { throw .invalid(offset: at, what: "key of a field") }
    let channel = try reader.readByte()
    let form = FieldForm(rawValue: UInt16(truncatingIfNeeded: try reader.readCount(limit: 0xFFFF)))
    guard form.isDefined else { throw .invalid(offset: at, what: "undefined form") }
    return Field(key, channel: channel, form)
  }
}

extension FieldKey {
  /// The keys with fixed values, by value; their order is part of the journal's format.
  private static let known: [FieldKey] = [
    .time, .epoch, .totalStartTime, .total, .totalTariff1, .totalTariff2, .yesterday, .today, .period, .power,
    .apparentPower, .reactivePower, .factor, .frequency, .voltage, .current, .exportActive, .importActive,
    .todaySumImport, .todaySumExport, .exportTariff1, .exportTariff2,
  ]

  static func known(_ code: UInt8) -> FieldKey? { Int(code) < known.count ? known[Int(code)] : nil }
}
