public import Readings

/// A segment as the catalog knows it.
public struct CatalogEntry: Hashable, Sendable {
  public var number: UInt64
  public var rank: UInt64
  /// The UTC month of its first reading, which names its directory.
  public var year: Int
  public var month: Int
  public var byteCount: Int
  public var first: Timestamp
  public var last: Timestamp
  public var readingCount: Int
  public var eventCount: Int
  /// What it holds of each device and of events; nil where the catalog does not tell: then the footer does.
  public var spans: [SegmentSpan]?

  public init(
    number: UInt64, rank: UInt64, year: Int, month: Int, byteCount: Int, first: Timestamp, last: Timestamp,
    readingCount: Int, eventCount: Int, spans: [SegmentSpan]? = nil
  ) {
    self.number = number
    self.rank = rank
    self.year = year
    self.month = month
    self.byteCount = byteCount
    self.first = first
    self.last = last
    self.readingCount = readingCount
    self.eventCount = eventCount
    self.spans = spans
  }

  /// Whether the spans add up to what the entry says of the whole segment (SF-36); true where none are told.
  ///
  /// - Parameter timeUnit: of the store, in ms.
  public func isTold(inUnitsOf timeUnit: Int64) -> Bool {
    guard let spans else { return true }
    var (readings, events) = (0, 0)
    var (begins, ends) = (false, false)
    for span in spans {
      guard span.first >= first, span.last <= last, span.first <= span.last, span.rowCount >= 0,
        (span.first.milliseconds - first.milliseconds) % timeUnit == 0,
        (last.milliseconds - span.last.milliseconds) % timeUnit == 0
      else { return false }
      if span.device == nil { events += span.rowCount } else { readings += span.rowCount }
      begins = begins || span.first == first
      ends = ends || span.last == last
    }
    return begins && ends && readings == readingCount && events == eventCount
  }

  /// True where two entries say the same of a segment, and of its spans where both tell them.
  public func agrees(with other: CatalogEntry) -> Bool {
    var other = other
    if spans == nil || other.spans == nil { other.spans = spans }
    return self == other
  }
}
