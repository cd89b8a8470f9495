public import Readings
public import Reporting
import Storage

/// Reads devices' rows in portions of time that are small enough to be held in memory.
public struct ExportQuery {
  public let store: HouseholdStore
  public let devices: [LogicalDevice]
  public let range: Range<Timestamp>

  public init(_ store: HouseholdStore, _ devices: [LogicalDevice], range: Range<Timestamp>) {
    self.store = store
    self.devices = devices
    self.range = range
  }

  /// About 20 MB of a plug's usual columns. Shorter portions decode more blocks twice: 80,000 rows take 1.7 times as long.
  private static let portionRowCount = 200_000
  /// Cells that a portion may have, 8 bytes each: one message with a hundred numbers makes all rows of its block as wide.
  private static let cellLimit = 2_500_000
  private static let shortestStep: Int64 = 60_000

  /// A portion has more cells than memory is meant to hold.
  private struct TooWide: Error {}

  /// How many rows the range has, if they were spread evenly over each device's time.
  public var estimatedRowCount: Int64 {
    devices.flatMap(\.members).reduce(0) { sum, member in
      let overlap = (member.first..<member.last.advanced(byMilliseconds: 1)).clamped(to: range)
      let length = max(1, member.last.milliseconds - member.first.milliseconds + 1)
      let share = Double(overlap.upperBound.milliseconds - overlap.lowerBound.milliseconds) / Double(length)
      return sum + Int64(Double(member.rowCount) * share)
    }
  }

  /// Calls `body` with portions that follow each other and together are the range. Throws what `body` throws.
  public func forEachPortion<Failure: Error>(_ body: ([DeviceRows]) throws(Failure) -> Void) throws(Failure) {
    guard !range.isEmpty else { return }
    // In the order in which they were first heard: that in which plugs of one second most often speak.
    let present = devices.flatMap { device in device.members.map { (device.name, $0) } }
      .filter { $0.1.first < range.upperBound && $0.1.last >= range.lowerBound }
      .sorted { ($0.1.place, $0.0) < ($1.1.place, $1.0) }
    if present.count == 1, let (name, member) = present.first {
      // One plug alone comes in order, chunk by chunk.
      try store.reader.readings(of: member.device, in: range) { rows throws(Failure) in
        try body([DeviceRows(device: name, chunks: [rows])])
      }
      return
    }
    let length = range.upperBound.milliseconds - range.lowerBound.milliseconds
    let pieces = max(1, estimatedRowCount / Int64(ExportQuery.portionRowCount))
    // Blocks are decoded whole, so a portion is not much shorter than one unless its rows are wide.
    let longest = max(86_400_000, length / pieces)
    var step = longest
    var from = range.lowerBound
    while from < range.upperBound {
      let to = min(range.upperBound, from.advanced(byMilliseconds: step))
      var portion: [DeviceRows] = []
      var cellCount = 0
      do throws(TooWide) {
        for (name, member) in present where member.first < to && member.last >= from {
          var rows = DeviceRows(device: name, chunks: [])
          try store.reader.readings(of: member.device, in: from..<to) { chunk throws(TooWide) in
            cellCount += chunk.rowCount * (chunk.columns.count + 1)
            if cellCount > ExportQuery.cellLimit, step > ExportQuery.shortestStep { throw TooWide() }
            rows.chunks.append(chunk)
          }
          portion.append(rows)
        }
      } catch {
        step = max(step / 2, ExportQuery.shortestStep)
        continue
      }
      try body(portion)
      from = to
      if cellCount < ExportQuery.cellLimit / 8 { step = min(step * 2, longest) }
    }
  }
}
