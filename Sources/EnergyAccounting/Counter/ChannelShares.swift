import Readings

/// Integrated power per channel and slot, for plugs that count all channels in one Total.
struct ChannelShares {
  private let cuts: [Timestamp]
  private var slot = -1
  private var last: Int64?
  private var lastPowers: [Int64] = []
  /// Per slot and channel, in mW × ms, export left out; empty until a plug shows several powers.
  private var sums: [[Int64]] = []
  var isEmpty: Bool { sums.isEmpty }

  init(cuts: [Timestamp]) { self.cuts = cuts }

  /// - Parameter powers: columns of power per channel, as ``CounterSources/power``.
  mutating func add(_ rows: ReadingColumns, powers: [[Int]], gapLimit: Int64) {
    if sums.isEmpty { sums = [[Int64]](repeating: [], count: max(cuts.count - 1, 0)) }
    if lastPowers.count < powers.count {
      lastPowers += [Int64](repeating: CounterPoint.absent, count: powers.count - lastPowers.count)
    }
    for row in 0..<rows.rowCount {
      let time = rows.times[row].milliseconds
      if let last, time - last <= gapLimit { integrate(from: last, to: time) }
      while slot + 1 < cuts.count, cuts[slot + 1].milliseconds <= time { slot += 1 }
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
      let next = min(end, slot + 1 < cuts.count ? cuts[slot + 1].milliseconds : .max)
      if sums.indices.contains(slot) {
        if sums[slot].count < lastPowers.count {
          sums[slot] += [Int64](repeating: 0, count: lastPowers.count - sums[slot].count)
        }
        for (channel, power) in lastPowers.enumerated() where power != CounterPoint.absent {
          sums[slot][channel] &+= power &* (next - position)
        }
      }
      position = next
      if slot + 1 < cuts.count, position == cuts[slot + 1].milliseconds { slot += 1 }
    }
  }

  /// Each slot's energy divided among the channels, in whole units of the counter; empty without channels.
  func divide(_ slots: SlotEnergies, unit: Energy) -> [[Energy]] {
    guard lastPowers.count > 1 else { return [] }
    return slots.indices.map { index in
      let weights = sums[index].isEmpty ? [Int64](repeating: 0, count: lastPowers.count) : sums[index]
      let padded = weights + [Int64](repeating: 0, count: lastPowers.count - weights.count)
      return slots.uses[index].split(
        inProportionTo: padded.map { Energy(milliwattHours: max($0, 0)) }, unit: unit)
    }
  }
}
