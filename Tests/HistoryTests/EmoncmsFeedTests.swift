import History
import Readings
import TestSupport
import Testing

/// Feeds in the two forms of emoncms' engines, written here as PHP's pack() writes them.
@Suite struct EmoncmsFeedTests {
  private static func bytes(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  private static func fina(interval: UInt32, start: UInt32, _ values: [Float]) -> (meta: [UInt8], data: [UInt8]) {
    ([0, 0, interval, start].flatMap(bytes), values.flatMap { bytes($0.bitPattern) })
  }

  private static func timeSeries(_ points: [(UInt32, Float)]) -> [UInt8] {
    points.flatMap { [249] + bytes($0.0) + bytes($0.1.bitPattern) }
  }

  @Test func aCounterOfFixedIntervalsComesOutWithItsDigits() throws {
    let files = EmoncmsFeedTests.fina(interval: 10, start: 1_700_000_000, [1234.567, .nan, 1234.57, 1234.6])
    let counter = try EmoncmsFeed(meta: files.meta, data: files.data).counter(.kilowattHours)
    #expect(counter.points.map(\.total) == [1_234_567_000, 1_234_570_000, 1_234_600_000])
    #expect(counter.points.map { $0.time.seconds - 1_700_000_000 } == [0, 20, 30])
    #expect(counter.isAbsolute)
  }

  /// Power holds until the next point; a feed that fell silent says nothing of the time after it.
  @Test func powerIsIntegratedAsLongAsItIsKnown() throws {
    let files = EmoncmsFeedTests.fina(interval: 10, start: 1_700_000_000, [360, 720, .nan, .nan, .nan, .nan, 0, 0])
    let counter = try EmoncmsFeed(meta: files.meta, data: files.data).counter(.watts)
    // 360 W for 10 s are 1 Wh; 720 W for 20 s, two intervals, are 4 Wh.
    #expect(counter.energy == Energy(milliwattHours: 5000))
    #expect(counter.points.compactMap(\.power) == [360_000, 720_000, 0, 0])
    #expect(counter.points.map { $0.time.seconds - 1_700_000_000 } == [0, 10, 30, 60, 70, 80])
  }

  @Test(arguments: 0..<20) func bothEnginesTellTheSame(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let values = (0..<Int.random(in: 2...500, using: &random)).map { _ in Float.random(in: 0...3000, using: &random) }
    let files = EmoncmsFeedTests.fina(interval: 60, start: 1_600_000_020, values)
    let series = EmoncmsFeedTests.timeSeries(
      values.enumerated().map { (UInt32(1_600_000_020 + $0.offset * 60), $0.element) })
    let one = try EmoncmsFeed(meta: files.meta, data: files.data)
    let other = try EmoncmsFeed(timeSeries: series)
    for unit in [EnergyUnit.watts, .kilowattHours] {
      // A fixed interval also says until when its last power lasts.
      let points = unit.isPower ? one.counter(unit).points.dropLast() : one.counter(unit).points[...]
      #expect(Array(points) == other.counter(unit).points, "seed \(seed)")
    }
    // Sums in whole watt-seconds, apart from the feed's own code.
    let joules = values.reduce(0.0) { $0 + Double("\($1)")! * 60 }
    let energy = Double(one.counter(.watts).energy.milliwattHours)
    #expect(abs(energy - joules / 3.6) <= 501 + joules * 1e-9, "to half a watt-hour, seed \(seed)")
  }

  /// Any beginning of a file, and any file: a feed or a refusal.
  @Test(arguments: 0..<100) func noBytesTrap(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let noise = (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    let good = EmoncmsFeedTests.timeSeries([(1_700_000_000, 5), (1_700_000_010, 6), (1_700_000_020, .infinity)])
    for length in 0...good.count { _ = try? EmoncmsFeed(timeSeries: Array(good.prefix(length))).counter(.watts) }
    for unit in EnergyUnit.allCases {
      _ = try? EmoncmsFeed(timeSeries: noise).counter(unit)
      _ = try? EmoncmsFeed(meta: Array(noise.prefix(16)), data: noise).counter(unit)
      _ = try? EmoncmsFeed(meta: EmoncmsFeedTests.fina(interval: 10, start: 0, []).meta, data: noise).counter(unit)
    }
  }
}
