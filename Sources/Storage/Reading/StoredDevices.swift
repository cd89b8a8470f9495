public import Readings
import SegmentFormat

/// A device that has readings in the store.
public struct StoredDevice: Hashable, Sendable {
  public var device: Device
  /// Readings.
  public var rowCount: Int
  /// First and last receive time.
  public var first: Timestamp
  public var last: Timestamp
  /// What its blocks take in segments.
  public var byteCount = 0
}

/// Adds up what segments, and what is in none yet, hold of each device.
struct StoredDevices {
  /// In the order in which they were met.
  private var found: [StoredDevice] = []
  private var places: [Device: Int] = [:]
  /// Places of the devices of the segment before: most segments hold the same ones in the same order.
  private var guesses: [Int] = []

  /// Adds a segment.
  mutating func add(_ spans: [SegmentSpan]) {
    for (index, span) in spans.enumerated() {
      guard let device = span.device else { continue }
      let place = place(of: device, first: span.first, guess: index < guesses.count ? guesses[index] : nil)
      if index < guesses.count { guesses[index] = place } else { guesses.append(place) }
      add(span, at: place)
    }
  }

  /// Adds readings that no segment holds yet.
  mutating func add(_ rows: SeriesRows) {
    guard rows.rowCount > 0, let first = rows.times.min() else { return }
    let span = SegmentSpan(
      device: rows.device, first: Timestamp(milliseconds: first), last: Timestamp(milliseconds: rows.newest),
      rowCount: rows.rowCount, byteCount: 0)
    add(span, at: place(of: rows.device, first: span.first, guess: nil))
  }

  private mutating func place(of device: Device, first: Timestamp, guess: Int?) -> Int {
    if let guess, found[guess].device == device { return guess }
    if let known = places[device] { return known }
    places[device] = found.count
    found.append(StoredDevice(device: device, rowCount: 0, first: first, last: first))
    return found.count - 1
  }

  private mutating func add(_ span: SegmentSpan, at place: Int) {
    found[place].rowCount += span.rowCount
    found[place].byteCount += span.byteCount
    found[place].first = min(found[place].first, span.first)
    found[place].last = max(found[place].last, span.last)
  }

  /// In order of their first readings; those of one instant in the order of arrival, in which they were met.
  var inOrder: [StoredDevice] {
    found.enumerated().sorted { ($0.element.first, $0.offset) < ($1.element.first, $1.offset) }.map(\.element)
  }
}
