import Readings

/// Integrated power per channel and slot, for plugs that count all channels in one Total.
struct ChannelShares {
  private let cuts: [Timestamp]
  private var slot = -1
  private var last: Int64?
  private var lastPowers: [Int64] = []
  /// Per slot and channel, in mW × ms over whole seconds, export left out; empty until a plug shows several powers.
  private var sums: [[Int64]] = []
  var isEmpty: Bool { sums.isEmpty }

  /// 1 MW in milliwatts.
  private static let largest: Int64 = 1_000_000_000
  /// A power is held no longer than TelePeriod can be, jitter included.
  private static let longestHold: Int64 = 3_600_000 + 3_600_000 / 20

  init(cuts: [Timestamp]) { self.cuts = cuts }

  /// - Parameter powers: columns of power per channel, as ``CounterSources/power``.
  mutating func add(_ rows: ReadingColumns, powers: [[Int]]) {
    begin(count: powers.count)
    for row in 0..<rows.rowCount {
      goOn(to: rows.times[row].milliseconds)
      for (channel, columns) in powers.enumerated() {
        lastPowers[channel] = CounterPoint.absent
        for column in columns {
          let value = rows.columns[column].values[row]
          guard value != ReadingColumns.absent, let places = rows.columns[column].field.form.decimalPlaces else {
            continue
          }
          let unit = Decimal.power(places < 3 ? 3 - places : 0)
          let power = value / Decimal.power(places > 3 ? places - 3 : 0)
          lastPowers[channel] = min(max(power, 0), ChannelShares.largest / unit) &* unit
        }
      }
    }
  }

  private mutating func begin(count: Int) {
    if sums.isEmpty { sums = [[Int64]](repeating: [], count: max(cuts.count - 1, 0)) }
    if lastPowers.count < count {
      lastPowers += [Int64](repeating: CounterPoint.absent, count: count - lastPowers.count)
    }
  }

  /// A row that is not looked at before.
  private mutating func goOn(to time: Int64) {
    if let last, time - last <= ChannelShares.longestHold { integrate(from: last, to: time) }
    pass(time)
    last = time
  }

  private mutating func pass(_ time: Int64) {
    while slot + 1 < cuts.count, cuts[slot + 1].milliseconds <= time { slot += 1 }
  }

  private mutating func integrate(from start: Int64, to end: Int64) {
    var position = start
    while position < end {
      let next = min(end, slot + 1 < cuts.count ? cuts[slot + 1].milliseconds : .max)
      let time = (next.flooringQuotient(1000) - position.flooringQuotient(1000)) * 1000
      for (channel, power) in lastPowers.enumerated() where power != CounterPoint.absent {
        add(power &* time, channel)
      }
      position = next
      pass(position)
    }
  }

  private mutating func add(_ powerTime: Int64, _ channel: Int) {
    guard sums.indices.contains(slot) else { return }
    if sums[slot].count < lastPowers.count {
      sums[slot] += [Int64](repeating: 0, count: lastPowers.count - sums[slot].count)
    }
    sums[slot][channel] &+= powerTime
  }

  /// A run's first row, as ``add(_:powers:)`` takes it.
  mutating func addFirst(ofRun place: Int, of series: RollupSeries) {
    begin(count: series.form.phaseCount)
    goOn(to: series.runs[place].first.time.milliseconds)
    take(series.phasePowers(ofRun: place, atLast: false))
  }

  private mutating func take(_ powers: ArraySlice<Int64>) {
    for channel in lastPowers.indices {
      lastPowers[channel] = channel < powers.count ? powers[powers.startIndex + channel] : CounterPoint.absent
    }
  }

  /// Does no cut point within a run part one of its units of time?
  func takes(_ run: RollupRun, unit: Int64) -> Bool {
    var place = max(slot + 1, 0)
    while place < cuts.count, cuts[place] <= run.last.time {
      if cuts[place] > run.first.time, cuts[place].milliseconds.flooringRemainder(unit) != 0 { return false }
      place += 1
    }
    return true
  }

  /// The rows of a run behind its first one. What a cut point parts is spread evenly.
  mutating func addRest(ofRun place: Int, of series: RollupSeries) {
    let run = series.runs[place]
    let end = run.last.time.milliseconds
    var start = run.first.time.milliseconds
    var index = run.phases.lowerBound
    while index < run.phases.upperBound {
      let next = min(start.nextMultiple(of: series.form.phaseLength), end)
      let phases = series.phases[index..<index + series.form.phaseCount]
      pass(start)
      if slot + 1 >= cuts.count || cuts[slot + 1].milliseconds >= next {
        for channel in 0..<phases.count { add(phases[phases.startIndex + channel], channel) }
      } else {
        spread(phases, from: start, to: next)
      }
      index += series.form.phaseCount
      start = next
    }
    pass(end)
    last = end
    take(series.phasePowers(ofRun: place, atLast: true))
  }

  private mutating func spread(_ phases: ArraySlice<Int64>, from start: Int64, to end: Int64) {
    var left = Array(phases)
    var position = start
    while position < end {
      pass(position)
      let next = min(end, slot + 1 < cuts.count ? cuts[slot + 1].milliseconds : .max)
      for channel in left.indices {
        let share =
          next == end
          ? left[channel]
          : Int64(clamping: Int128(left[channel]) * Int128(next - position) / Int128(end - position))
        add(share, channel)
        left[channel] &-= share
      }
      position = next
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
