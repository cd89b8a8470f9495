import Glibc
import TestSupport
import Testing

/// `WATTLOG_LIVES=5000` lives that many; `WATTLOG_LIFE=17` only that one. Without them sixty, or as many as fit in ten seconds.
@Suite struct LifeTests {
  private static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }

  private static var seconds: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec
  }

  @Test func `whatever befalls the machine, nothing synced is lost and nothing is invented`() throws {
    let first = LifeTests.number("WATTLOG_LIFE") ?? 1
    let last = LifeTests.number("WATTLOG_LIFE") ?? LifeTests.number("WATTLOG_LIVES") ?? 60
    // A slow machine lives fewer of the sixty; a wish from the environment is lived to the end.
    let deadline =
      LifeTests.number("WATTLOG_LIFE") ?? LifeTests.number("WATTLOG_LIVES") == nil ? LifeTests.seconds + 10 : .max
    var (lives, restarts, messages) = (0, 0, 0)
    for seed in first...last {
      if LifeTests.seconds >= deadline { break }
      var life = HouseLife(seed: seed)
      do {
        try life.run()
      } catch let violation as HouseLife.Violation {
        Issue.record("\(violation.text); repeat with WATTLOG_LIFE=\(seed)")
        return
      }
      lives += 1
      restarts += life.restarts
      messages += life.messages
    }
    print("\(lives) lives, \(restarts) crashes, \(messages) messages")
    #expect(lives > 0)
  }

  /// Life 30: the clock jumps by ten years twice, and compaction of one month passes over a segment of another.
  /// Life 62: a full disk takes half a frame of the catalog, and the recorder is killed before it can write it anew.
  @Test(arguments: [UInt64(30), 62]) func `lives that once ended badly end well`(seed: UInt64) throws {
    var life = HouseLife(seed: seed)
    try life.run()
  }

  @Test(arguments: MemoryFileSystem.SeededBug.allCases)
  func `a store with that bug does not live long`(_ bug: MemoryFileSystem.SeededBug) throws {
    for seed in UInt64(1)...200 {
      var life = HouseLife(seed: seed, bug: bug)
      do {
        try life.run()
      } catch let violation as HouseLife.Violation {
        print("\(bug): seen in life \(seed): \(violation.text)")
        return
      }
    }
    Issue.record("200 lives, and nobody noticed")
  }
}
