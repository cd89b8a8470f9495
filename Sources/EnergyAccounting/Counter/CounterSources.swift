import Readings

/// Which columns of a run of readings belong to one counter. A key has several where its written form changes.
struct CounterSources {
  var total: [Int] = []
  var today: [Int] = []
  var yesterday: [Int] = []
  /// ExportActive: that of each channel which the counter sums; one for a counter of its own, none without any.
  var export: [[Int]] = []
  /// The power of each channel that the counter sums; one for a counter of its own.
  var power: [[Int]] = []
  var startTime: [Int] = []
  var clock: [Int] = []

  /// - Parameter channel: 0 for a plug with one counter.
  init(_ rows: ReadingColumns, channel: UInt8, sumsPower: Bool) {
    for (index, column) in rows.columns.enumerated() {
      let field = column.field
      let isOwn = field.channel == channel
      switch field.key {
      case .total where isOwn: total.append(index)
      case .today where isOwn: today.append(index)
      case .yesterday where isOwn: yesterday.append(index)
      case .totalStartTime: startTime.append(index)
      case .time: clock.append(index)
      default: break
      }
    }
    power = CounterSources.columns(of: .power, in: rows, channel, sums: sumsPower)
    export = CounterSources.columns(of: .exportActive, in: rows, channel, sums: sumsPower).filter { !$0.isEmpty }
  }

  /// The columns of a channel, or of each channel where it has none of its own and stands for all.
  private static func columns(of key: FieldKey, in rows: ReadingColumns, _ channel: UInt8, sums: Bool) -> [[Int]] {
    func columns(_ channel: UInt8) -> [Int] {
      rows.columns.indices.filter { rows.columns[$0].field.key == key && rows.columns[$0].field.channel == channel }
    }
    let own = columns(channel)
    return own.isEmpty && sums ? (UInt8(1)...8).map(columns).filter { !$0.isEmpty } : [own]
  }
}
