import Synchronization
import TestSupport
import Testing
import Work

/// Whatever the number of threads, and however works lie within each other and side by side: every piece once, and no
/// return before the last.
@Suite struct CrewTests {
  @Test(arguments: [0, 1, 3], [false, true]) func everyPieceIsDoneOnceBeforeTheCallReturns(threads: Int, pins: Bool) {
    // On a machine with other than two processors nothing is pinned.
    let crew = Crew(threadCount: threads, pinning: pins ? Pinning() : nil)
    for count in [0, 1, 2, 3, 7, 64, 1000] {
      let times = Counts(count)
      crew.run(count) { times.add($0) }
      #expect(times.all == Array(repeating: 1, count: count), "\(count) pieces")
    }
  }

  /// Thousands of short works, one after the other: threads come from the last one, and from sleep.
  @Test func worksFollowEachOther() {
    let crew = Crew(threadCount: 2)
    var random = SeededGenerator(seed: 7)
    for round in 0..<3000 {
      let times = Counts(Int.random(in: 2...5, using: &random))
      let isLong = round % 100 == 0
      crew.run(times.count) {
        // Long enough for the others to fall asleep.
        if isLong, $0 == 0 { CrewTests.pass(milliseconds: 1) }
        times.add($0)
      }
      guard times.all.allSatisfy({ $0 == 1 }) else {
        Issue.record("round \(round): \(times.all)")
        return
      }
    }
  }

  @Test func worksLieWithinWorks() {
    let crew = Crew(threadCount: 3)
    for _ in 0..<200 {
      let times = Counts(4 * 5 * 6)
      crew.run(4) { one in
        crew.run(5) { two in
          crew.run(6) { three in times.add((one * 5 + two) * 6 + three) }
        }
      }
      #expect(times.all.allSatisfy { $0 == 1 })
    }
  }

  /// What pieces wrote without a lock is there when the call has returned.
  @Test func whatPiecesWroteIsSeen() {
    let crew = Crew(threadCount: 3)
    for round in 0..<500 {
      let numbers = [Int](unsafeUninitializedCapacity: 40) { places, count in
        nonisolated(unsafe) let places = places
        crew.run(40) { places.initializeElement(at: $0, to: $0 + round) }
        count = 40
      }
      #expect(numbers == Array(round..<round + 40))
    }
  }

  /// One piece waits for what another one gives, which the caller or a thread has to do meanwhile.
  @Test func onePieceMayWaitForAnEarlierOne() {
    let crew = Crew(threadCount: 1)
    for _ in 0..<500 {
      let given = Atomic(0)
      crew.run(2) { piece in
        if piece == 0 { given.store(7, ordering: .releasing) }
        if piece == 1 { while given.load(ordering: .acquiring) != 7 {} }
      }
    }
  }

  private static func pass(milliseconds: Int64) {
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(milliseconds)
    while clock.now < end {}
  }
}

/// How often each piece was done, without a lock: a piece that two threads do is a race, which ThreadSanitizer sees.
private final class Counts: @unchecked Sendable {
  let count: Int
  private let times: UnsafeMutablePointer<Int>

  init(_ count: Int) {
    self.count = count
    times = .allocate(capacity: count)
    times.initialize(repeating: 0, count: count)
  }

  deinit { times.deallocate() }

  func add(_ place: Int) { times[place] += 1 }
  var all: [Int] { Array(UnsafeBufferPointer(start: times, count: count)) }
}
