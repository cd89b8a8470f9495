/// Time spent at each power: whole watts' worth of bins up to 64 units, then 64 to the octave (within 1.6 %).
///
/// A day has an hour's power at most twenty-five times: so few are put in order when they are asked for, and only more of
/// them are counted in bins.
struct PowerHistogram {
  private var few: [(power: Int64, time: Int64)] = []
  private var bins: [(time: Int64, lowest: Int64)] = []
  /// Bins with time, in any order.
  private var used: [Int] = []

  private static let fewCount = 48
  private static let binCount = 64 * 46

  mutating func add(_ power: Int64, _ duration: Int64) {
    guard duration > 0 else { return }
    if few.count == PowerHistogram.fewCount { countInBins() }
    few.append((power, duration))
  }

  private static func bin(of power: Int64) -> Int {
    let value = max(power, 0)
    if value < 64 { return Int(value) }
    let exponent = 63 - value.leadingZeroBitCount - 6
    return min(64 * (exponent + 1) + Int((value >> Int64(exponent)) & 63), binCount - 1)
  }

  private mutating func countInBins() {
    if bins.isEmpty { bins = Array(repeating: (0, 0), count: PowerHistogram.binCount) }
    for (power, time) in few {
      let bin = PowerHistogram.bin(of: power)
      if bins[bin].time == 0 {
        used.append(bin)
        bins[bin].lowest = power
      } else if power < bins[bin].lowest {
        bins[bin].lowest = power
      }
      bins[bin].time += time
    }
    few.removeAll(keepingCapacity: true)
  }

  /// The lowest power seen in the bin up to which one part in `parts` of the time was spent; nil when empty.
  mutating func percentile(_ parts: Int64) -> Int64? {
    if !used.isEmpty {
      countInBins()
      let limit = used.reduce(0) { $0 + bins[$1].time } / parts
      return PowerHistogram.lowest(
        passing: limit, used.sorted().lazy.map { [bins] in (bins[$0].lowest, bins[$0].time, $0) })
    }
    // From the lowest on, so that the first one of a bin is its lowest.
    few.sort { $0.power < $1.power }
    let limit = few.reduce(0) { $0 + $1.time } / parts
    return PowerHistogram.lowest(
      passing: limit, few.lazy.map { ($0.power, $0.time, PowerHistogram.bin(of: $0.power)) })
  }

  /// The lowest power in the bin with which so much time is passed.
  ///
  /// - Parameter entries: in order of power.
  private static func lowest(
    passing limit: Int64, _ entries: some Sequence<(power: Int64, time: Int64, bin: Int)>
  ) -> Int64? {
    var passed: Int64 = 0
    var (lowest, bin): (Int64?, Int) = (nil, -1)
    for entry in entries {
      if entry.bin != bin {
        if lowest != nil, passed >= limit { return lowest }
        (lowest, bin) = (entry.power, entry.bin)
      }
      passed += entry.time
    }
    return lowest
  }

  mutating func clear() {
    for bin in used { bins[bin].time = 0 }
    used.removeAll(keepingCapacity: true)
    few.removeAll(keepingCapacity: true)
  }
}
