import Readings

/// Which columns of a run of readings belong to one counter. A key has several where its written form changes.
struct CounterSources {
  var total: [Int] = []
  var today: [Int] = []
  var yesterday: [Int] = []
  var export: [Int] = []
  /// The power of each channel that the counter sums; one for a counter of its own.
  var power: [[Int]] = []
  var startTime: [Int] = []
  var clock: [Int] = []
  /// Digits of the counter: the most and the fewest of its forms in this run; nil without Total.
  var finestPlaces: Int?
  var coarsestPlaces: Int?

  /// - Parameter channel: 0 for a plug with one counter.
  init(_ rows: ReadingColumns, channel: UInt8, sumsPower: Bool) {
    for (index, column) in rows.columns.enumerated() {
      let field = column.field
      let isOwn = field.channel == channel
      switch field.key {
      case .total where isOwn:
        total.append(index)
        if let places = field.form.decimalPlaces {
          finestPlaces = max(finestPlaces ?? places, places)
          coarsestPlaces = min(coarsestPlaces ?? places, places)
        }
      case .today where isOwn: today.append(index)
      case .yesterday where isOwn: yesterday.append(index)
      case .exportActive where isOwn: export.append(index)
      case .totalStartTime: startTime.append(index)
      case .time: clock.append(index)
      default: break
      }
    }
    func powers(_ channel: UInt8) -> [Int] {
      rows.columns.indices.filter {
        rows.columns[$0].field.key == .power && rows.columns[$0].field.channel == channel
      }
    }
    let own = powers(channel)
    if !own.isEmpty || !sumsPower {
      power = [own]
    } else {
      for channel in UInt8(1)...8 {
        let columns = powers(channel)
        if !columns.isEmpty { power.append(columns) }
      }
    }
  }
}
