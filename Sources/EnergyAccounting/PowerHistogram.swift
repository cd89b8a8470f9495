/// Time spent at each power: whole watts' worth of bins up to 64 units, then 64 to the octave (within 1.6 %).
struct PowerHistogram {
  private var bins = [(time: Int64, lowest: Int64)](repeating: (0, 0), count: PowerHistogram.binCount)
  private var used: [Int] = []
  private static let binCount = 64 * 46

  mutating func add(_ power: Int64, _ duration: Int64) {
    guard duration > 0 else { return }
    let value = max(power, 0)
    let bin: Int
    if value < 64 {
      bin = Int(value)
    } else {
      let exponent = 63 - value.leadingZeroBitCount - 6
      bin = min(64 * (exponent + 1) + Int((value >> Int64(exponent)) & 63), PowerHistogram.binCount - 1)
    }
    if bins[bin].time == 0 {
      used.append(bin)
      bins[bin].lowest = power
    } else if power < bins[bin].lowest {
      bins[bin].lowest = power
    }
    bins[bin].time += duration
  }

  /// The lowest power seen in the bin up to which one part in `parts` of the time was spent; nil when empty.
  func percentile(_ parts: Int64) -> Int64? {
    guard !used.isEmpty else { return nil }
    let used = used.sorted()
    let sum = used.reduce(0) { $0 + bins[$1].time }
    var passed: Int64 = 0
    for bin in used {
      passed += bins[bin].time
      if passed >= sum / parts { return bins[bin].lowest }
    }
    return nil
  }

  mutating func clear() {
    for bin in used { bins[bin].time = 0 }
    used.removeAll(keepingCapacity: true)
  }
}
