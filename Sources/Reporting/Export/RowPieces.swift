import Readings

/// Rows of some devices as pieces of time that follow each other, about equally long: what one piece prints depends on no
/// other.
struct RowPieces: Sendable {
  /// Numbers of a piece: few enough for copies and texts of some pieces to be held in memory, whatever the columns, many
  /// enough to be worth a thread's while. 4,000 rows of a plug.
  private static let cellCount = 52_000
  static let mostInMemory = 4

  private let devices: [DeviceRows]
  private let range: ClosedRange<Int64>
  /// At least one; more than one only for rows of more than one instant.
  let count: Int

  init(_ devices: [DeviceRows]) {
    self.devices = devices
    let chunks = devices.flatMap(\.chunks)
    let cells = chunks.reduce(0) { $0 + $1.rowCount * ($1.columns.count + 1) }
    let first = chunks.compactMap(\.times.first?.milliseconds).min() ?? 0
    range = first...max(chunks.compactMap(\.times.last?.milliseconds).max() ?? first, first)
    count = range.upperBound > range.lowerBound ? max(cells / RowPieces.cellCount, 1) : 1
  }

  /// Rows of one instant are of one piece: they are printed in an order of their own.
  func rows(ofPiece piece: Int) -> [DeviceRows] {
    let (start, end) = (border(piece), border(piece + 1))
    return devices.map { device in
      DeviceRows(
        device: device.device,
        chunks: device.chunks.compactMap { chunk in
          let first = piece == 0 ? 0 : chunk.times.partitioningIndex { $0.milliseconds >= start }
          let last =
            piece == count - 1 ? chunk.rowCount : chunk.times.partitioningIndex { $0.milliseconds >= end }
          return first < last ? chunk.rows(first..<last) : nil
        })
    }
  }

  private func border(_ piece: Int) -> Int64 {
    let (length, overflow) = range.upperBound.subtractingReportingOverflow(range.lowerBound)
    // Times of many thousand years are no reason to stop.
    let share = overflow ? Int64.max / Int64(count) * Int64(piece) : length / Int64(count) * Int64(piece)
    return range.lowerBound &+ share
  }
}
