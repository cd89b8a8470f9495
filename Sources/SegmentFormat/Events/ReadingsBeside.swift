import Readings

/// When a plug sent readings and how many watts each channel took, out of one block or several.
struct ReadingsBeside: Sendable {
  /// Channels that are told apart.
  static let mostChannels = 8
  /// Most numbers of watts: what bounds a reader's memory.
  static let maximumCellCount = 1 << 20

  /// In units of the store, in order.
  private(set) var times: [Int64] = []
  private(set) var channelCount = 1
  private var watts: [Int64] = []

  /// - Parameter blocks: each in order of time; of columns that are no Power nothing is taken.
  /// - Returns: nil where they hold more than ``maximumCellCount``.
  init?(_ blocks: [ReadingColumns], timeUnit: Int64) {
    let powers = blocks.map { ReadingsBeside.powers(of: $0) }
    channelCount = max(1, powers.reduce(0) { max($0, $1.count) })
    let rowCount = blocks.reduce(0) { $0 + $1.rowCount }
    guard rowCount <= ReadingsBeside.maximumCellCount / channelCount else { return nil }
    times.reserveCapacity(rowCount)
    watts.reserveCapacity(rowCount * channelCount)
    for (block, powers) in zip(blocks, powers) { append(block, powers, timeUnit) }
    order()
  }

  /// The columns of the plug's power by channel from 0 on: the one of the whole plug, else those of its channels.
  private static func powers(of block: ReadingColumns) -> [Int?] {
    func first(_ channel: Int) -> Int? {
      block.columns.firstIndex { column in
        let field = column.field
        guard field.key == .power, Int(field.channel) == channel else { return false }
        return field.form.decimalPlaces.map { $0 <= 5 } ?? false
      }
    }
    if let whole = first(0) { return [whole] }
    let channels = (1...mostChannels).map(first)
    let count = channels.lastIndex { $0 != nil }.map { $0 + 1 } ?? 0
    return Array(channels.prefix(count))
  }

  private mutating func append(_ block: ReadingColumns, _ powers: [Int?], _ timeUnit: Int64) {
    var row = Array(repeating: Int64(0), count: channelCount)
    for (index, time) in block.times.enumerated() {
      for (channel, column) in powers.enumerated() {
        guard let column = column.map({ block.columns[$0] }), column.values[index] != ReadingColumns.absent else {
          continue
        }
        row[channel] = column.values[index] / Decimal.power(column.field.form.decimalPlaces ?? 0)
      }
      times.append(time.milliseconds.flooringQuotient(timeUnit))
      watts += row
    }
  }

  /// Blocks of one plug may overlap in time.
  private mutating func order() {
    guard !zip(times, times.dropFirst()).allSatisfy({ $0 <= $1 }) else { return }
    let places = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    watts = places.flatMap { watts[$0 * channelCount..<($0 + 1) * channelCount] }
    times = places.map { times[$0] }
  }

  /// Of the channel at that place; places behind the last one are of the last.
  func watts(row: Int, place: Int) -> Int64 {
    row < 0 ? 0 : watts[row * channelCount + min(place, channelCount - 1)]
  }

  /// Of all channels.
  func watts(row: Int) -> Int64 {
    guard row >= 0 else { return 0 }
    return watts[row * channelCount..<(row + 1) * channelCount].reduce(0, &+)
  }
}
