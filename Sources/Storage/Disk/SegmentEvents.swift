import Readings
import SegmentFormat

extension SegmentFile {
  /// What a block of events says by itself: all but the MARGINS that readings tell (SF-43).
  func readEventBlock(_ entry: SegmentFooter.Entry) throws -> EventBlock.Content {
    let content = try EventBlock.decode(try readBody(entry))
    guard content.count == entry.rowCount, content.alone.allSatisfy({ entry.first <= $0.at && $0.at <= entry.last })
    else { throw SegmentFile.otherEvents }
    return content
  }

  private static var otherEvents: FormatError {
    .invalid(offset: 0, what: "the block's events are not what its header says")
  }

  /// All events of a block, in order of time.
  ///
  /// - Parameter known: readings that were decoded already, for whoever reads several blocks of the segment.
  func readEvents(_ entry: SegmentFooter.Entry, _ known: KnownReadings = KnownReadings()) throws -> [Event] {
    try readEvents(of: try readEventBlock(entry), entry, known)
  }

  /// The same of a block that was read.
  func readEvents(
    of content: EventBlock.Content, _ entry: SegmentFooter.Entry, _ known: KnownReadings
  ) throws -> [Event] {
    var beside: [Event] = []
    for section in content.sections { beside += try events(of: section, known) }
    let events = content.merged(beside)
    guard events.first?.at == entry.first, events.last?.at == entry.last else { throw SegmentFile.otherEvents }
    return events
  }

  private func events(of section: EventSection, _ known: KnownReadings) throws -> [Event] {
    var blocks: [ReadingColumns] = []
    var rowCount = 0
    do {
      for place in section.places {
        let rows = try known.rows(at: place) { try readPower(at: place, of: section.device) }
        rowCount += rows.rowCount
        blocks.append(rows)
        guard rowCount <= EventBlock.Beside.maximumRowCount else { break }
      }
    } catch is FormatError {
      throw FormatError.invalid(offset: 0, what: "\(section.count) MARGINS beside readings that are damaged")
    }
    return try section.events(blocks)
  }

  /// The receive times and Power of a block that another one leans on, if it is the block that was meant.
  func readPower(at place: ReadingPlace, of device: Device) throws -> ReadingColumns {
    let file = try open()
    guard place.offset + place.byteCount <= (try file.byteCount()) else {
      throw FormatError.truncated(offset: place.offset)
    }
    let bytes = try file.read(at: place.offset, count: place.byteCount)
    let (frame, bodyOffset) = try BlockFrame.decode(bytes[...])
    guard frame.kind == .readings, frame.device == device, frame.bodyChecksum == place.checksum,
      bodyOffset + frame.bodyByteCount == bytes.count,
      CRC32C.checksum(bytes[bodyOffset...]) == frame.bodyChecksum
    else { throw FormatError.invalid(offset: 0, what: "other readings than were meant") }
    return try Block.decode(bytes[bodyOffset...], keys: [.power])
  }
}

/// Readings of a segment that several of its blocks of events lean on, the last few of them.
final class KnownReadings {
  private static let most = 8
  private var known: [(place: ReadingPlace, rows: ReadingColumns)] = []

  func rows(at place: ReadingPlace, _ read: () throws -> ReadingColumns) throws -> ReadingColumns {
    if let found = known.first(where: { $0.place == place }) { return found.rows }
    let rows = try read()
    if known.count == KnownReadings.most { known.removeFirst() }
    known.append((place, rows))
    return rows
  }
}
