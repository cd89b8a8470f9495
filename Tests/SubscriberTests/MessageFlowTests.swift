import Subscriber
import Testing

@Suite struct MessageFlowTests {
  /// What a reader meets to whom messages of so many bytes come so often a second, evenly, for ten seconds; in
  /// milliseconds and bytes.
  private static func read(_ pace: Int64, ofBytes size: UInt64 = 400) -> (readings: Int, most: UInt64, latest: Int64) {
    var flow = MessageFlow()
    var (readings, most, latest) = (0, UInt64(0), Int64(0))
    var (now, last, sent) = (Int64(0), Int64(-1_000_000), Int64(0))
    while true {
      // The next message that is not read yet, or now.
      now = max(now, sent * 1000 / pace)
      guard now < 10_000 else { return (readings, most, latest) }
      let count = UInt64(now * pace / 1000 - sent + 1)
      latest = max(latest, now - sent * 1000 / pace)
      sent += Int64(count)
      (readings, most) = (readings + 1, max(most, count * size))
      let rest = flow.rest(afterReading: count * size, since: now - last)
      last = now
      now += Int64(rest)
    }
  }

  @Test(arguments: [1, 10, 40] as [Int64])
  func `a message of a household is read at once`(_ pace: Int64) {
    let read = MessageFlowTests.read(pace)
    #expect(read.readings == Int(pace * 10))
    #expect(read.latest == 0)
  }

  @Test(arguments: [200, 1000, 5000, 20_000, 60_000] as [Int64], [100, 400, 4300])
  func `a dense flow is read in portions`(_ pace: Int64, ofBytes size: UInt64) {
    let read = MessageFlowTests.read(pace, ofBytes: size)
    #expect(read.latest <= Int64(MessageFlow.longestRest))
    // A rest is whole milliseconds, and the first two see what comes.
    let inFirstRests = UInt64(pace) * size * 4 / 1000 + 2 * size
    #expect(read.most <= max(2 * MessageFlow.portion, inFirstRests))
    let fewest = Int(UInt64(pace) * 10 * size / MessageFlow.portion)
    #expect(read.readings < max(800, 4 * fewest))
  }

  @Test func `the first message after a pause is read at once`() {
    var flow = MessageFlow()
    for _ in 0..<100 { _ = flow.rest(afterReading: 100_000, since: 1) }
    #expect(flow.rest(afterReading: 400, since: 1000) == 0)
  }
}
