public import Readings

/// A plug's MARGINS in a block of events, which its readings are needed for (SF-43).
public struct EventSection: Sendable {
  /// Most blocks of readings that one leans on.
  public static let maximumPlaceCount = 64
  /// A reading that comes later than so many milliseconds after an event is of something else.
  public static let longestLag: Int64 = 2000
  /// Fewer are told without readings: where these are takes a dozen bytes.
  static let leastCount = 4

  public let device: Device
  /// The blocks of readings, in the order of the file.
  public let places: [ReadingPlace]
  public let count: Int
  /// Readings before the first one with an event.
  private let skipped: Int
  private let stream: [UInt8]
  private let templates: [EventTemplate]
  private let timeUnit: Int64

  /// The section's events, from the readings of ``places``: their receive times and Power at least.
  public func events(_ blocks: [ReadingColumns]) throws(FormatError) -> [Event] {
    guard let readings = ReadingsBeside(blocks, timeUnit: timeUnit) else {
      throw .invalid(offset: 0, what: "too many readings beside events")
    }
    var events: [Event] = []
    var failure: FormatError?
    stream.withUnsafeBufferPointer { bytes in
      AdaptiveProbability.withTable(BesideModel.contextCount) { table in
        var coder = RangeDecoder(bytes)
        var model = BesideModel(table, readings, templates: templates, timeUnit: timeUnit)
        var row = skipped
        do throws(FormatError) {
          while row < readings.times.count, events.count < count {
            if let found = model.code(nil, row: row, &coder) {
              events.append(try EventBlock.event(found, device: device, templates: templates, timeUnit: timeUnit))
            }
            row += 1
          }
        } catch {
          failure = error
        }
      }
    }
    if let failure { throw failure }
    guard events.count == count else { throw .invalid(offset: 0, what: "fewer readings than events beside them") }
    return events
  }

  // MARK: Bytes

  static func encode(
    _ events: [(row: Int, event: EventRecord)], device: Int, _ beside: EventBlock.Beside, templates: [EventTemplate],
    timeUnit: Int64
  ) -> [UInt8] {
    let stream = AdaptiveProbability.withTable(BesideModel.contextCount) { table in
      var coder = RangeEncoder()
      var model = BesideModel(table, beside.readings, templates: templates, timeUnit: timeUnit)
      var next = 0
      var row = events[0].row
      while next < events.count {
        let event = events[next].row == row ? events[next].event : nil
        _ = model.code(event, row: row, &coder)
        if event != nil { next += 1 }
        row += 1
      }
      return coder.finish()
    }
    var writer = ByteWriter()
    writer.append(varint: UInt64(device))
    writer.append(varint: UInt64(events.count))
    writer.append(varint: UInt64(beside.places.count))
    for place in beside.places {
      writer.append(varint: UInt64(place.offset))
      writer.append(varint: UInt64(place.byteCount))
      writer.append(littleEndian: place.checksum)
    }
    writer.append(varint: UInt64(events[0].row))
    writer.append(varint: UInt64(stream.count))
    writer.bytes += stream
    return writer.bytes
  }

  init(
    _ reader: inout ByteReader, devices: [Device], most: Int, templates: [EventTemplate], timeUnit: Int64
  ) throws(FormatError) {
    let start = reader.offset
    let number = try reader.readCount(limit: devices.count)
    count = try reader.readCount(limit: most)
    guard number > 0, count > 0, !templates.isEmpty else {
      throw .invalid(offset: start, what: "a section of no device or event")
    }
    device = devices[number - 1]
    let placeCount = try reader.readCount(limit: EventSection.maximumPlaceCount, bytesEach: 6)
    var places: [ReadingPlace] = []
    for _ in 0..<placeCount {
      let offset = try reader.readCount(limit: EventSection.lastOffset)
      let byteCount = try reader.readCount(limit: EventSection.mostBytes)
      places.append(
        ReadingPlace(offset: offset, byteCount: byteCount, checksum: try reader.read(UInt32.self)))
    }
    self.places = places
    skipped = try reader.readCount(limit: ReadingsBeside.maximumCellCount)
    stream = Array(try reader.readBytes(try reader.readCount(limit: reader.remaining)))
    self.templates = templates
    self.timeUnit = timeUnit
  }

  private static let lastOffset = 1 << 48
  private static let mostBytes =
    FormatLayout.maximumBlockByteCount + FormatLayout.blockHeaderByteCount + Int(UInt16.max)
}
