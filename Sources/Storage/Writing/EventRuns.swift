import Readings
import SegmentFormat

/// How events are divided among blocks, and whose MARGINS there are among them.
enum EventRuns {
  /// A report of one day decodes the events near it, not those of years.
  private static let mostAlone = 1024
  /// MARGINS cost a report next to nothing: it does not decode them.
  private static let most = 8192

  /// - Parameter events: in order of time.
  static func ranges(of events: [Event]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    var aloneCount = 0
    for (index, event) in events.enumerated() {
      if index - start == most || aloneCount == mostAlone {
        ranges.append(start..<index)
        (start, aloneCount) = (index, 0)
      }
      if event.kind != .margins { aloneCount += 1 }
    }
    if start < events.count { ranges.append(start..<events.count) }
    return ranges
  }

  /// The first and the last instant of each plug's MARGINS.
  static func spans(ofMargins events: [Event]) -> [Device: (first: Timestamp, last: Timestamp)] {
    var spans: [Device: (first: Timestamp, last: Timestamp)] = [:]
    for event in events where event.kind == .margins {
      guard let device = event.device else { continue }
      spans[device, default: (event.at, event.at)].last = event.at
    }
    return spans
  }
}
