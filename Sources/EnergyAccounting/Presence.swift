import Readings

/// When a plug spoke, and with what power: messages, covered time, peaks, and what is always on.
struct Presence {
  private let cuts: [Int64]
  private let edges: [Int64]
  private(set) var buckets: [Bucket]
  private(set) var statistics: [PowerStatistics]
  private var histogram = PowerHistogram()
  /// The bucket that holds `last`; −1 before the first cut point, `buckets.count` after the last.
  private var index = -1
  private var statisticsIndex = -1
  private(set) var last: Int64?
  private(set) var lastPower = CounterPoint.absent
  private(set) var pace = Pace()

  init(cuts: [Int64], edges: [Int64]) {
    self.cuts = cuts
    self.edges = edges
    buckets = zip(cuts, cuts.dropFirst()).map { Bucket(duration: $1 - $0) }
    statistics = [PowerStatistics](repeating: PowerStatistics(), count: max(edges.count - 1, 0))
  }

  /// The next cut point after the last message, or the end of time.
  var nextCut: Int64 { index + 1 < cuts.count ? cuts[index + 1] : .max }

  /// A message. Returns the silence before it, when it was one.
  mutating func add(time: Int64, power: Int64, countsPower: Bool) -> (from: Int64, to: Int64)? {
    var silence: (from: Int64, to: Int64)?
    if let last {
      let step = time - last
      if step > pace.gapLimit {
        silence = (last, time)
        advance(to: time)
      } else {
        cover(to: time)
      }
      pace.learn(step)
    } else {
      advance(to: time)
    }
    last = time
    lastPower = countsPower ? power : CounterPoint.absent
    if buckets.indices.contains(index) {
      buckets[index].messages += 1
      if countsPower, power != CounterPoint.absent { buckets[index].see(power, at: time) }
    }
    return silence
  }

  /// Messages at the plug's pace that pass no cut point, of which only sums are told.
  mutating func add(
    messages: Int, covered: Int64, powerTime: Int64, peak: Int64, peakAt: Int64, lowest: Int64, last: Int64,
    lastPower: Int64
  ) {
    self.last = last
    self.lastPower = lastPower
    guard buckets.indices.contains(index) else { return }
    buckets[index].messages += messages
    buckets[index].covered += covered
    buckets[index].poweredTime += covered
    buckets[index].powerTime &+= powerTime
    buckets[index].see(peak, at: peakAt)
    buckets[index].see(lowest, at: peakAt)
  }

  /// Held power for so long, inside the current bucket.
  mutating func hold(_ power: Int64, for duration: Int64) {
    if statistics.indices.contains(statisticsIndex) { histogram.add(power, duration) }
  }

  /// Time of silence whose energy is known.
  mutating func infer(from start: Int64, to end: Int64) {
    var low = 0
    var high = cuts.count
    while low < high {
      let middle = (low + high) / 2
      if cuts[middle] <= start { low = middle + 1 } else { high = middle }
    }
    var bucket = max(low - 1, 0)
    while bucket < buckets.count, cuts[bucket] < end {
      let part = min(end, cuts[bucket + 1]) - max(start, cuts[bucket])
      if part > 0 { buckets[bucket].inferredTime += part }
      bucket += 1
    }
  }

  /// Another plug begins: the time since the last message of the old one is nobody's.
  mutating func forgetLast() {
    last = nil
    lastPower = CounterPoint.absent
    pace = Pace()
  }

  /// Completes the buckets' times.
  mutating func finish() {
    closeStatistics()
    for bucket in buckets.indices {
      let known = buckets[bucket].covered + buckets[bucket].inferredTime
      buckets[bucket].missing = max(buckets[bucket].duration - known, 0)
    }
  }

  private mutating func cover(to time: Int64) {
    guard let last else { return }
    var position = last
    while position < time {
      let end = min(time, nextCut)
      if buckets.indices.contains(index) {
        buckets[index].covered += end - position
        if lastPower != CounterPoint.absent {
          buckets[index].poweredTime += end - position
          buckets[index].powerTime &+= lastPower &* (end - position)
        }
      }
      if lastPower != CounterPoint.absent { hold(lastPower, for: end - position) }
      position = end
      if position == nextCut { advance(to: position) }
    }
  }

  /// Moves to the bucket that holds `time`.
  private mutating func advance(to time: Int64) {
    while index + 1 < cuts.count, cuts[index + 1] <= time { index += 1 }
    while statisticsIndex + 1 < edges.count, edges[statisticsIndex + 1] <= time {
      closeStatistics()
      statisticsIndex += 1
    }
  }

  private mutating func closeStatistics() {
    if statistics.indices.contains(statisticsIndex) {
      statistics[statisticsIndex].alwaysOnMilliwatts = histogram.percentile(20)
    }
    histogram.clear()
  }
}

extension Bucket {
  /// A sound power reading.
  mutating func see(_ power: Int64, at time: Int64) {
    if power > peakMilliwatts ?? .min {
      peakMilliwatts = power
      peakAt = Timestamp(milliseconds: time)
    }
    if power < lowestMilliwatts ?? .max { lowestMilliwatts = power }
  }
}
