public import Readings

/// What a device used in a time before, as points of a counter.
public struct ImportedCounter: Sendable, Equatable {
  public struct Point: Hashable, Sendable {
    public var time: Timestamp
    /// What the counter showed, in milliwatt-hours.
    public var total: Int64
    /// The power then, in milliwatts; nil where nobody measured it.
    public var power: Int64?

    public init(time: Timestamp, total: Int64, power: Int64? = nil) {
      self.time = time
      self.total = total
      self.power = power
    }
  }

  /// In order of time, each instant once.
  public var points: [Point] = []
  /// False where the counter is a sum that begins at zero with the first point: then only differences mean something.
  public var isAbsolute = false
  /// What was not taken as it stands there, in order of time.
  public var doubts: [Doubt] = []

  public init() {}

  /// A place where the source contradicts itself, and what was made of it.
  public struct Doubt: Hashable, Sendable {
    public var from: Timestamp
    public var to: Timestamp
    public var kind: Kind
    /// What the source counted, and what was taken for it, in milliwatt-hours.
    public var counted: Int64
    public var taken: Int64

    public enum Kind: String, Sendable {
      /// The counter began anew and what it showed was used since.
      case reset
      /// A whole counter was counted as one step.
      case spike
      /// A fall of the counter was counted as use below zero.
      case fall
      /// Sum and counter differ by a correction that a person made in the source.
      case adjustment
    }

    public init(from: Timestamp, to: Timestamp, kind: Kind, counted: Int64, taken: Int64) {
      self.from = from
      self.to = to
      self.kind = kind
      self.counted = counted
      self.taken = taken
    }
  }

  /// Its times as a store of that resolution keeps them; of several points within one unit the last counts.
  public func truncated(toMilliseconds unit: Int64) -> ImportedCounter {
    var counter = self
    counter.points = []
    for var point in points {
      point.time = point.time.truncated(toMilliseconds: unit)
      if counter.points.last?.time == point.time { counter.points.removeLast() }
      counter.points.append(point)
    }
    return counter
  }

  /// What a power adds up to, as a counter of whole watt-hours shows it: what power was measured to is no more exact.
  ///
  /// - Parameter sum: in mW × ms.
  /// - Returns: in milliwatt-hours.
  static func integral(_ sum: Int128) -> Int64 {
    let wattHour: Int128 = 3_600_000_000
    let rounded = (sum >= 0 ? sum + wattHour / 2 : sum - wattHour / 2) / wattHour
    return Int64(clamping: rounded * 1000)
  }

  /// What was used from the first point to the last; a fall tells of no use.
  public var energy: Energy { ImportedCounter.energy(of: points[...]) }

  public static func energy(of points: ArraySlice<Point>) -> Energy {
    Energy(milliwattHours: zip(points, points.dropFirst()).reduce(0) { $0 + max($1.1.total - $1.0.total, 0) })
  }

  /// Names the places where a meter's own counter fell: what was used there nobody knows.
  mutating func nameFalls() {
    for (before, point) in zip(points, points.dropFirst()) where point.total < before.total {
      doubts.append(
        Doubt(from: before.time, to: point.time, kind: .fall, counted: point.total - before.total, taken: 0))
    }
  }

  /// Decimals of kWh that every point needs, 3 (as a plug prints it at first) to 6.
  public var places: Int { ImportedCounter.places(of: points) }

  /// The same of some points.
  public static func places(of points: [Point]) -> Int {
    (3...6).first { places in
      let unit = Energy.unit(places: places).milliwattHours
      return points.allSatisfy { $0.total % unit == 0 }
    } ?? 6
  }

  /// The usual distance of two points, in milliseconds; nil for fewer than two.
  public var step: Int64? { ImportedCounter.usualStep(of: points.map(\.time)) }

  /// The middle one of the distances between instants in order, in milliseconds; nil for fewer than two.
  static func usualStep(of times: [Timestamp]) -> Int64? {
    let steps = zip(times, times.dropFirst()).map { $1.milliseconds - $0.milliseconds }.sorted()
    return steps.isEmpty ? nil : steps[(steps.count - 1) / 2]
  }
}
