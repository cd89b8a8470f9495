import Publishing
import TestSupport
import Testing

/// Whatever is said on the bus, reading the store takes a small share of the time.
@Suite struct ReadingPauseTests {
  @Test(arguments: 0..<50) func `readings take a fiftieth of the time, however long each is`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var pause = ReadingPause()
    var (now, spent): (Int64, Int64) = (Int64.random(in: 0...1_000_000, using: &random), 0)
    let start = now
    let longest = Int64.random(in: 1...5000, using: &random)
    // Somebody asks for a reading each second at least.
    for _ in 0..<5000 {
      now += Int64.random(in: 1...1000, using: &random)
      guard pause.isOver(at: now) else { continue }
      #expect(spent * ReadingPause.share <= now - start, "seed \(seed): \(spent) ms in \(now - start)")
      let length = Int64.random(in: 0...longest, using: &random)
      pause.begin(afterReadingFrom: now, to: now + length)
      now += length
      spent += length
    }
    #expect(spent > 0)
  }

  @Test func `the first reading waits for nothing, and a failed one for as long as is said`() {
    var pause = ReadingPause()
    #expect(pause.isOver(at: .min))
    pause.last(until: 60_000)
    pause.begin(afterReadingFrom: 0, to: 100)
    #expect(!pause.isOver(at: 59_999) && pause.isOver(at: 60_000))
    pause.begin(afterReadingFrom: 60_000, to: 60_100)
    #expect(!pause.isOver(at: 64_999) && pause.isOver(at: 65_000))
  }
}
