public import Readings

/// Readings that are looked at together later: their numbers one behind the other, so that to keep one costs no more than
/// the copy of its numbers.
public struct HeldReadings {
  private struct Head {
    var device: Device
    var receivedAt: Timestamp
    var layout: Layout
    var valueCount: Int
    var texts: [String]
  }

  private var heads: [Head] = []
  private var values: [Int64] = []
  /// Filled with one after the other.
  private var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])

  public init() {}

  public var count: Int { heads.count }

  public mutating func append(_ reading: Reading, of device: Device) {
    heads.append(
      Head(
        device: device, receivedAt: reading.receivedAt, layout: reading.layout, valueCount: reading.values.count,
        texts: reading.texts))
    values.append(contentsOf: reading.values)
  }

  /// Gives each to `look`, in the order in which they came; then none is left.
  public mutating func takeAll(_ look: (Reading, Device) -> Void) {
    var start = 0
    for head in heads {
      let end = start + head.valueCount
      reading.receivedAt = head.receivedAt
      reading.layout = head.layout
      reading.values.removeAll(keepingCapacity: true)
      reading.values.append(contentsOf: values[start..<end])
      reading.texts = head.texts
      look(reading, head.device)
      start = end
    }
    heads.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
  }
}
