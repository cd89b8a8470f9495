import Readings

/// Integrated power per channel and bucket, for plugs that count all channels in one Total.
struct ChannelShares {
  private let cuts: [Int64]
  private var bucket = -1
  private var last: Int64?
  private var lastPowers: [Int64] = []
  /// Per bucket and channel, in mW × ms, export left out.
  private var sums: [[Int64]]

  init(cuts: [Int64]) {
    self.cuts = cuts
    sums = [[Int64]](repeating: [], count: max(cuts.count - 1, 0))
  }

  /// - Parameter powers: columns of power per channel, as ``CounterSources/power``.
  mutating func add(_ rows: ReadingColumns, powers: [[Int]], gapLimit: Int64) {
    if lastPowers.count < powers.count {
      lastPowers += [Int64](repeating: CounterPoint.absent, count: powers.count - lastPowers.count)
    }
    for row in 0..<rows.rowCount {
      let time = rows.times[row].milliseconds
      if let last, time - last <= gapLimit { integrate(from: last, to: time) }
      while bucket + 1 < cuts.count, cuts[bucket + 1] <= time { bucket += 1 }
      last = time
      for (channel, columns) in powers.enumerated() {
        lastPowers[channel] = CounterPoint.absent
        for column in columns {
          let value = rows.columns[column].values[row]
          guard value != ReadingColumns.absent, let places = rows.columns[column].field.form.decimalPlaces else {
            continue
          }
          let power = value / Decimal.power(places > 3 ? places - 3 : 0)
          lastPowers[channel] = min(max(power, 0), 1_000_000_000) &* Decimal.power(places < 3 ? 3 - places : 0)
        }
      }
    }
  }

  private mutating func integrate(from start: Int64, to end: Int64) {
    var position = start
    while position < end {
      let next = min(end, bucket + 1 < cuts.count ? cuts[bucket + 1] : .max)
      if sums.indices.contains(bucket) {
        if sums[bucket].count < lastPowers.count {
          sums[bucket] += [Int64](repeating: 0, count: lastPowers.count - sums[bucket].count)
        }
        for (channel, power) in lastPowers.enumerated() where power != CounterPoint.absent {
          sums[bucket][channel] &+= power &* (next - position)
        }
      }
      position = next
      if bucket + 1 < cuts.count, position == cuts[bucket + 1] { bucket += 1 }
    }
  }

  /// Each bucket's energy divided among the channels, in whole units of the counter; empty without channels.
  func divide(_ buckets: [Bucket], unit: Energy) -> [[Energy]] {
    guard lastPowers.count > 1 else { return [] }
    return buckets.indices.map { index in
      let weights = sums[index].isEmpty ? [Int64](repeating: 0, count: lastPowers.count) : sums[index]
      let padded = weights + [Int64](repeating: 0, count: lastPowers.count - weights.count)
      return buckets[index].energy.split(
        inProportionTo: padded.map { Energy(milliwattHours: max($0, 0)) }, unit: unit)
    }
  }
}
