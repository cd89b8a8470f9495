import Readings
import Reporting
import Storage

/// Reads devices' rows in stretches of time that are small enough to be held in memory.
struct ExportReading {
  let store: StoreAccess
  let devices: [LogicalDevice]
  let range: Range<Timestamp>

  /// About 20 MB of a plug's usual columns. Shorter stretches decode more blocks twice: 80,000 rows take 1.7 times as long.
  private static let stretchRowCount = 200_000

  /// The rows of the range, if they were spread evenly over each device's time.
  var estimatedRowCount: Int64 {
    devices.flatMap(\.members).reduce(0) { sum, member in
      let overlap = (member.first..<member.last.advanced(byMilliseconds: 1)).clamped(to: range)
      let length = max(1, member.last.milliseconds - member.first.milliseconds + 1)
      let share = Double(overlap.upperBound.milliseconds - overlap.lowerBound.milliseconds) / Double(length)
      return sum + Int64(Double(member.rowCount) * share)
    }
  }

  /// Calls `body` with stretches that follow each other and together are the range.
  func forEachStretch(_ body: ([DeviceRows]) throws(Failure) -> Void) throws(Failure) {
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
    let pieces = max(1, estimatedRowCount / Int64(ExportReading.stretchRowCount))
    // Blocks are decoded whole, so a stretch is never much shorter than one.
    let step = max(86_400_000, length / pieces)
    var from = range.lowerBound
    while from < range.upperBound {
      let to = min(range.upperBound, from.advanced(byMilliseconds: step))
      var stretch: [DeviceRows] = []
      for (name, member) in present where member.first < to && member.last >= from {
        var rows = DeviceRows(device: name, chunks: [])
        store.reader.readings(of: member.device, in: from..<to) { rows.chunks.append($0) }
        stretch.append(rows)
      }
      try body(stretch)
      from = to
    }
  }
}
