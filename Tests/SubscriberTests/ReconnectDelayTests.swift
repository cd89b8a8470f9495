import Subscriber
import TestSupport
import Testing

@Suite struct ReconnectDelayTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func aBrokerThatRestartsIsFoundWithinFiveSecondsDuringTheFirstMinute(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var delay = ReconnectDelay()
    var now: Int64 = 1_000_000
    while now < 1_060_000 {
      let wait = delay.next(after: .lost(reason: ""), now: now, using: &generator)
      #expect(wait >= 1000 && wait <= 4000, "seed \(seed)")
      now += wait
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func aLongOutageIsProbedOnceAMinute(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var delay = ReconnectDelay()
    var now: Int64 = 0
    var last: Int64 = 0
    while now < 3_600_000 {
      last = delay.next(after: .unreachable(endpoint: "", reason: ""), now: now, using: &generator)
      #expect(last >= 1000 && last <= 60_000, "seed \(seed)")
      now += last
    }
    #expect(last >= 48_000)
    delay.connectionEnded(afterMilliseconds: 1000)
    #expect(delay.next(after: .lost(reason: ""), now: now, using: &generator) <= 4000)
    delay.connectionEnded(afterMilliseconds: 60_000)
    #expect(delay.next(after: .lost(reason: ""), now: now, using: &generator) <= 1000)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func twoClientsOfOneNameComeBackMoreAndMoreRarely(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var delay = ReconnectDelay()
    var waits: [Int64] = []
    for attempt in 0..<8 {
      // Each connection stands for a while, longer and longer, because the other one waits as well.
      delay.connectionEnded(afterMilliseconds: Int64(attempt) * 8000)
      waits.append(
        delay.next(after: .sessionTakenOver(clientID: "a"), now: Int64(attempt) * 100_000, using: &generator))
    }
    #expect(zip(waits, waits.dropFirst().prefix(5)).allSatisfy { $0 < $1 }, "seed \(seed): \(waits)")
    #expect(waits[7] >= 48_000, "seed \(seed)")
    delay.connectionEnded(afterMilliseconds: 600_000)
    #expect(delay.next(after: .sessionTakenOver(clientID: "a"), now: 0, using: &generator) <= 1000)
  }

  /// Nothing says that it is the broker that ends: it looks like another client of the same name.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func aBrokerThatEndsEveryFewSecondsIsHeardMostOfTheTime(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var delay = ReconnectDelay()
    var (now, stood): (Int64, Int64) = (1_000_000, 0)
    for life in 0..<1000 {
      let duration = Int64.random(in: 2000...8000, using: &generator)
      delay.connectionEnded(afterMilliseconds: duration)
      let failure: ConnectionFailure = life < 2 ? .lost(reason: "") : .closedRepeatedly(clientID: "a")
      let wait = delay.next(after: failure, now: now, using: &generator)
      #expect(wait <= 1000, "seed \(seed), life \(life)")
      stood += duration
      now += duration + wait
    }
    #expect(Double(stood) / Double(now - 1_000_000) > 0.8, "seed \(seed)")
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func aBrokerThatThrowsEveryConnectionOutIsAskedMoreAndMoreRarely(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var delay = ReconnectDelay()
    var waits: [Int64] = []
    for life in 0..<10 {
      delay.connectionEnded(afterMilliseconds: 400)
      let failure: ConnectionFailure = life < 2 ? .lost(reason: "") : .closedRepeatedly(clientID: "a")
      waits.append(delay.next(after: failure, now: Int64(life) * 100_000, using: &generator))
    }
    #expect(waits.suffix(2).allSatisfy { $0 >= 48_000 }, "seed \(seed): \(waits)")
    // Nobody was there at all: that explains it.
    delay.brokerWasAway()
    #expect(delay.next(after: .unreachable(endpoint: "", reason: ""), now: 950_000, using: &generator) <= 4000)
    delay.connectionEnded(afterMilliseconds: 400)
    #expect(delay.next(after: .closedRepeatedly(clientID: "a"), now: 2_000_000, using: &generator) <= 1000)
  }

  /// Two clients of one name where the broker does not say so: each one's connection stands for as long as the other waits.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func twoClientsThatNobodyTellsOfTakeTurnsSlowly(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var delays = [ReconnectDelay(), ReconnectDelay()]
    var (now, connectedAt, losses): (Int64, Int64, [Int]) = (0, 0, [0, 0])
    var holder = 0
    while now < 600_000 {
      let other = 1 - holder
      delays[holder].connectionEnded(afterMilliseconds: now - connectedAt)
      let failure: ConnectionFailure = losses[holder] < 2 ? .lost(reason: "") : .closedRepeatedly(clientID: "a")
      losses[holder] += 1
      connectedAt = now
      now += delays[holder].next(after: failure, now: now, using: &generator)
      holder = other
    }
    // Ten minutes, twelve a minute at most.
    #expect(losses.allSatisfy { $0 <= 120 }, "seed \(seed): \(losses)")
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func aRefusedLoginIsTriedAtMostTwiceAMinute(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var delay = ReconnectDelay()
    for attempt in 0..<10 {
      let wait = delay.next(
        after: .loginRefused(code: 5, user: nil), now: Int64(attempt) * 40_000, using: &generator)
      #expect(wait >= 30_000 && wait <= 60_000, "seed \(seed)")
    }
  }
}
