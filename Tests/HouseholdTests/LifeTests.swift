import Glibc
import MemoryDisk
import TestSupport
import Testing

/// `WATTLOG_LIVES=5000` lives that many, from `WATTLOG_FIRST_LIFE` on; `WATTLOG_LIFE=17` only that one. Without them
/// three thousand, or as many as fit into ninety seconds, beside all the other tests.
@Suite struct LifeTests {
  private static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }

  private static var milliseconds: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }

  /// What some lives came to; the violation of the lowest seed.
  private struct Lived: Sendable {
    var lives = 0
    var restarts = 0
    var messages = 0
    var milliseconds = 0
    var violation: (seed: UInt64, text: String)?
  }

  @Test func `whatever befalls the machine, nothing synced is lost and nothing is invented`() async throws {
    let only = LifeTests.number("WATTLOG_LIFE")
    let wished = only == nil ? LifeTests.number("WATTLOG_LIVES") : 1
    let first = only ?? LifeTests.number("WATTLOG_FIRST_LIFE") ?? 1
    let last = first + (wished ?? 3000) - 1
    // A slow machine lives fewer of them; a wish from the environment is lived to the end.
    let patience = wished == nil ? 90_000 : Int.max
    // Two at a time where the machine can; each takes every second seed.
    let workers: UInt64 = sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1 ? 2 : 1
    var all = Lived()
    try await withThrowingTaskGroup(of: Lived.self) { group in
      for worker in 0..<workers {
        group.addTask { try LifeTests.live(from: first + worker, to: last, by: workers, for: patience) }
      }
      for try await part in group {
        all.lives += part.lives
        all.restarts += part.restarts
        all.messages += part.messages
        all.milliseconds = max(all.milliseconds, part.milliseconds)
        if let found = part.violation, found.seed < all.violation?.seed ?? .max { all.violation = found }
      }
    }
    if let (seed, text) = all.violation { Issue.record("\(text); repeat with WATTLOG_LIFE=\(seed)") }
    let seconds = max(1, all.milliseconds / 1000)
    print("\(all.lives) lives, \(all.restarts) crashes, \(all.messages) messages, \(seconds) s")
    #expect(all.lives > 0)
  }

  /// The time counts from here: until a task gets a thread beside other tests, minutes may go by.
  private static func live(from first: UInt64, to last: UInt64, by step: UInt64, for patience: Int) throws -> Lived {
    let began = milliseconds
    var lived = Lived()
    for seed in stride(from: first, through: last, by: UInt64.Stride(step)) {
      if milliseconds - began >= patience { break }
      var life = HouseLife(seed: seed)
      do {
        try life.run()
      } catch let violation as HouseLife.Violation {
        lived.violation = (seed, violation.text)
        break
      }
      lived.lives += 1
      lived.restarts += life.restarts
      lived.messages += life.messages
    }
    lived.milliseconds = milliseconds - began
    return lived
  }

  /// Life 30: the clock jumps by ten years twice, and compaction of one month passes over a segment of another.
  /// Life 62: a full disk takes half a frame of the catalog, and the recorder is killed before it can write it anew.
  /// Life 331: a power cut keeps the end of a catalog's frame and not its middle.
  /// Life 608: a segment joins a merge of two although it overlaps what arrived between those two.
  /// Life 3090: by rollups the usual lead of a plug's clock is another than by rows, which made messages late.
  /// Life 1796078144: a first look found several plugs on a topic and the second one of them, and nobody asked the second.
  /// Life 1796088256: what went on from a message that was in no plug's course became another plug's last reading.
  /// Life 1796095753: how often a plug speaks was judged by four messages where a run of two stood in what came first.
  /// Life 1910001290: by rows a reading of which rollups tell nothing was asked for its course, and was in another one.
  /// Life 1920000131: of the first messages the oldest distances were pushed out by those of a run behind them.
  /// Life 1950003108: what is said of a shared topic told of counters as they were read after its time.
  /// Life 1970005597: rows at half the pace taught another one, and the gap behind them was taken with them all the same.
  @Test(arguments: [
    UInt64(30), 62, 331, 608, 3090, 1_796_078_144, 1_796_088_256, 1_796_095_753, 1_910_001_290, 1_920_000_131,
    1_950_003_108, 1_970_005_597,
  ])
  func `lives that once ended badly end well`(seed: UInt64) throws {
    var life = HouseLife(seed: seed)
    try life.run()
  }

  /// Those that no life meets are seen by SeededStoreBugTests.
  private static let bugs = MemoryFileSystem.SeededBug.allCases.filter {
    $0 != .spansThatLie && $0 != .unnamedSegmentsUnseen && $0 != .unlistedMeansEmpty && $0 != .secondWriterAdmitted
  }

  @Test(arguments: bugs)
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

  /// The store of such a life is right to the last row: nothing but the check of its report sees these.
  @Test(arguments: LifeReport.SeededBug.allCases)
  func `a report with that bug is seen after a restart`(_ bug: LifeReport.SeededBug) throws {
    for seed in UInt64(1)...200 {
      var life = HouseLife(seed: seed, reportBug: bug)
      do {
        try life.run()
      } catch let violation as HouseLife.Violation {
        print("\(bug): seen in life \(seed): \(violation.text)")
        #expect(violation.text.contains("the report of"))
        return
      }
    }
    Issue.record("200 lives, and nobody noticed")
  }
}
