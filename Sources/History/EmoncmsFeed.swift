public import Readings

/// Feeds of emoncms, as its engines store them.
///
/// PHPFina (docs/timeseries/Fixed-interval.md of emoncms): `N.meta` of 16 bytes, four unsigned 32-bit numbers in the
/// machine's (little-endian) order, of which the third is the interval and the fourth the start in seconds; `N.dat`, a 32-bit
/// float for each interval, NaN for none. PHPTimeSeries (Modules/feed/engine/PHPTimeSeries.php): `feed_N.MYD`, nine bytes a
/// point, one that is not used, the time in seconds as an unsigned number, a 32-bit float.
public struct EmoncmsFeed: Sendable {
  public struct Point: Hashable, Sendable {
    public var time: Timestamp
    public var value: Float
  }

  /// Why a feed is not read, as the end of a sentence.
  public struct Malformed: Error, Hashable, Sendable {
    public var reason: String

    public init(reason: String) { self.reason = reason }
  }

  /// In order of time; values that are no numbers left out.
  public private(set) var points: [Point] = []
  /// In seconds, for a feed of fixed intervals.
  public private(set) var interval: Int64?
  /// Points before 1971, where a clock was not set.
  public private(set) var timelessCount = 0
  /// Points that lay before the one in front of them.
  public private(set) var disorderedCount = 0

  /// PHPFina.
  public init(meta: [UInt8], data: [UInt8]) throws(Malformed) {
    guard meta.count == 16 else { throw Malformed(reason: "the .meta has \(meta.count) bytes, not 16") }
    let interval = Int64(EmoncmsFeed.number(meta, 8))
    let start = Int64(EmoncmsFeed.number(meta, 12))
    guard interval > 0, interval <= 86_400 * 31 else {
      throw Malformed(reason: "the .meta tells an interval of \(interval) s")
    }
    self.interval = interval
    points.reserveCapacity(data.count / 4)
    for place in 0..<data.count / 4 {
      let value = Float(bitPattern: EmoncmsFeed.number(data, place * 4))
      if value.isFinite {
        points.append(Point(time: Timestamp(seconds: start + Int64(place) * interval), value: value))
      }
    }
  }

  /// PHPTimeSeries.
  public init(timeSeries data: [UInt8]) throws(Malformed) {
    guard data.count >= 9 else { throw Malformed(reason: "it has no point of nine bytes") }
    points.reserveCapacity(data.count / 9)
    for place in 0..<data.count / 9 {
      let time = Timestamp(seconds: Int64(EmoncmsFeed.number(data, place * 9 + 1)))
      let value = Float(bitPattern: EmoncmsFeed.number(data, place * 9 + 5))
      guard value.isFinite else { continue }
      guard time >= EmoncmsFeed.earliest else {
        timelessCount += 1
        continue
      }
      guard points.last.map({ $0.time < time }) ?? true else {
        disorderedCount += 1
        continue
      }
      points.append(Point(time: time, value: value))
    }
    guard disorderedCount <= points.count else {
      throw Malformed(reason: "its times do not go forward: it is no PHPTimeSeries feed")
    }
  }

  private static let earliest = Timestamp(seconds: 31_536_000)

  private static func number(_ bytes: [UInt8], _ place: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
  }

  /// The feed as a counter. Power lasts from its point to the next, for twice the usual distance at most; the last of a
  /// fixed interval for that interval.
  public func counter(_ unit: EnergyUnit) -> ImportedCounter {
    var counter = ImportedCounter()
    guard unit.isPower else {
      counter.isAbsolute = true
      counter.points = points.compactMap { point in
        // Seven digits are what a float of 32 bits holds: the shortest text that gives it is what was counted.
        guard let total = Double("\(point.value)").flatMap(unit.milli) else { return nil }
        return ImportedCounter.Point(time: point.time, total: total)
      }
      counter.nameFalls()
      return counter
    }
    let longest = 2 * (interval.map { $0 * 1000 } ?? ImportedCounter.usualStep(of: points.map(\.time)) ?? 3_600_000)
    /// In mW × ms, so that rounding never adds up.
    var sum: Int128 = 0
    var last: (time: Int64, power: Int64)?
    for point in points {
      guard let power = Double("\(point.value)").flatMap(unit.milli), power.magnitude < 1_000_000_000_000 else {
        continue
      }
      let time = point.time.milliseconds
      if let last {
        // What was used after it fell silent is not known.
        let held = min(time - last.time, longest)
        sum += Int128(last.power) * Int128(held)
        if time - last.time > longest {
          counter.points.append(
            .init(time: Timestamp(milliseconds: last.time + held), total: ImportedCounter.integral(sum), power: nil))
        }
      }
      counter.points.append(.init(time: point.time, total: ImportedCounter.integral(sum), power: power))
      last = (time, power)
    }
    if let last, let interval {
      let end = Timestamp(milliseconds: last.time + interval * 1000)
      sum += Int128(last.power) * Int128(interval * 1000)
      counter.points.append(.init(time: end, total: ImportedCounter.integral(sum)))
    }
    return counter
  }
}
