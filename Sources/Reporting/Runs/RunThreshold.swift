import Readings

/// From which power on an appliance runs, and below which it rests again.
public struct RunThreshold: Hashable, Sendable {
  /// A run is what reaches it, in milliwatts…
  public var on: Int64
  /// …and goes on until power is below this.
  public var off: Int64
  /// True where the plug's own powers told it.
  public var isFound: Bool

  /// - Parameters:
  ///   - on: in milliwatts.
  ///   - off: in milliwatts, at most `on`.
  public init(on: Int64, off: Int64, isFound: Bool) {
    self.on = on
    self.off = off
    self.isFound = isFound
  }
}

extension RunThreshold {
  /// Where a plug's powers fall into two classes: its time at each power is counted in classes of a sixteenth octave
  /// (of the power plus 1 W, so that 0 and 0.3 W are neighbours), each class weighs the square root of its time, so that a
  /// machine that rests for weeks still shows its runs, and the two parts are divided where the variance between them is
  /// largest (Otsu's method). The run ends half-way, by octaves, between the mean of the lower part and the middle of the
  /// empty valley between both. It must reach that middle, and half of the power below which a fiftieth of the upper
  /// part's energy was used: the lamp of a fridge is no run of it.
  ///
  /// nil where there are no two classes whose means lie an octave apart: a router has no runs.
  public init?(foundIn trace: PowerTrace) {
    let histogram = PowerClasses(trace) { _ in true }
    guard let division = histogram.division else { return nil }
    let middle = PowerClasses.milliwatts(ofClass: Double(division.valley.lowerBound + division.valley.upperBound) / 2)
    self.init(
      on: PowerClasses.rounded(max(middle, histogram.power(ofFirstFiftiethFrom: division.valley.upperBound) / 2)),
      off: RunThreshold.between(division.lower, middle), isFound: true)
  }

  /// A threshold that a person names, above 0 mW.
  public init(on milliwatts: Int64, in trace: PowerTrace) {
    let resting = PowerClasses(trace) { $0 < milliwatts }
    self.init(on: milliwatts, off: min(RunThreshold.between(resting.mean ?? 0, milliwatts), milliwatts), isFound: false)
  }

  /// Half-way, by octaves, between what rests and a power: what swings around one line is no row of runs.
  private static func between(_ lower: Double, _ milliwatts: Int64) -> Int64 {
    let middle = (lower + Double(PowerClasses.place(of: milliwatts))) / 2
    return max(PowerClasses.rounded(PowerClasses.milliwatts(ofClass: middle)), 1)
  }
}

/// Time spent in each sixteenth octave of power.
private struct PowerClasses {
  /// By place, in milliseconds.
  private let times: [Double]
  /// Their square roots.
  private let weights: [Double]

  init(_ trace: PowerTrace, where isWanted: (Int64) -> Bool) {
    var times: [Double] = []
    for (place, level) in trace.levels.enumerated() where isWanted(level.milliwatts) {
      let index = PowerClasses.place(of: level.milliwatts)
      while times.count <= index { times.append(0) }
      times[index] += Double(trace.end(of: place).milliseconds - level.from.milliseconds)
    }
    self.times = times
    weights = times.map { $0.squareRoot() }
  }

  /// The class of a power of 0 mW or more. Within an octave they are of equal width.
  static func place(of milliwatts: Int64) -> Int {
    let value = milliwatts + 1000
    let exponent = 63 - value.leadingZeroBitCount
    return (exponent - 9) * 16 + Int(value >> Int64(exponent - 4)) & 15
  }

  /// The lowest power of a class.
  static func milliwatts(ofClass place: Double) -> Int64 {
    let (octave, part) = Int(max(place, 0).rounded()).quotientAndRemainder(dividingBy: 16)
    return max((Int64(16 + part) << Int64(octave + 5)) - 1000, 0)
  }

  /// To whole watts from 10 W on, to tenths below.
  static func rounded(_ milliwatts: Int64) -> Int64 {
    let unit: Int64 = milliwatts >= 10_000 ? 1000 : 100
    return (milliwatts + unit / 2) / unit * unit
  }

  /// By classes; nil without any time.
  var mean: Double? {
    let weight = weights.reduce(0, +)
    guard weight > 0 else { return nil }
    return weights.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element } / weight
  }

  /// The power below which a fiftieth of the energy from a class on was used.
  func power(ofFirstFiftiethFrom first: Int) -> Int64 {
    func energy(_ place: Int) -> Double { Double(PowerClasses.milliwatts(ofClass: Double(place))) * times[place] }
    let all = (first..<times.count).reduce(0) { $0 + energy($1) }
    var passed = 0.0
    for place in first..<times.count {
      passed += energy(place)
      if passed * 50 > all { return PowerClasses.milliwatts(ofClass: Double(place)) }
    }
    return 0
  }

  /// The mean class of the lower part, and the valley: from its last class to the first one of the upper part.
  var division: (lower: Double, valley: ClosedRange<Int>)? {
    let all = weights.reduce(0, +)
    let sum = weights.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
    var (weight, part) = (0.0, 0.0)
    var best: (variance: Double, last: Int, lower: Double, upper: Double)?
    for (place, own) in weights.enumerated() where own > 0 {
      weight += own
      part += Double(place) * own
      guard all - weight > 0 else { break }
      let (lower, upper) = (part / weight, (sum - part) / (all - weight))
      let variance = weight * (all - weight) * (upper - lower) * (upper - lower)
      if variance > best?.variance ?? 0 { best = (variance, place, lower, upper) }
    }
    guard let best, best.upper - best.lower >= 16,
      let next = weights.indices.first(where: { $0 > best.last && weights[$0] > 0 })
    else { return nil }
    return (best.lower, best.last...next)
  }
}
