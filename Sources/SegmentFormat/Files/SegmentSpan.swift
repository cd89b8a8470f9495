public import Readings

/// What a segment holds of one device, or of all events: what its footer's entries add up to (SF-36).
public struct SegmentSpan: Hashable, Sendable {
  /// nil for events.
  public var device: Device?
  /// First and last time of its blocks.
  public var first: Timestamp
  public var last: Timestamp
  /// Readings, or events; 0 where nothing but rollups is left of the readings.
  public var rowCount: Int
  /// What its blocks take, rollups and frames included.
  public var byteCount: Int

  public init(device: Device?, first: Timestamp, last: Timestamp, rowCount: Int, byteCount: Int) {
    self.device = device
    self.first = first
    self.last = last
    self.rowCount = rowCount
    self.byteCount = byteCount
  }
}

extension SegmentFooter {
  /// The segment's spans in the order of their first blocks.
  public var spans: [SegmentSpan] {
    var spans: [SegmentSpan] = []
    var places: [Device?: Int] = [:]
    for entry in entries {
      let rowCount = entry.kind == .rollups ? 0 : entry.rowCount
      // Blocks of a device stand together mostly: it is looked up with the first of them.
      let last = spans.indices.last.flatMap { spans[$0].device == entry.device ? $0 : nil }
      guard let place = last ?? places[entry.device] else {
        places[entry.device] = spans.count
        spans.append(
          SegmentSpan(
            device: entry.device, first: entry.first, last: entry.last, rowCount: rowCount,
            byteCount: entry.byteCount))
        continue
      }
      spans[place].first = min(spans[place].first, entry.first)
      spans[place].last = max(spans[place].last, entry.last)
      spans[place].rowCount += rowCount
      spans[place].byteCount += entry.byteCount
    }
    return spans
  }
}
