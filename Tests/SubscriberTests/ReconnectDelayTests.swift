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
      let failure: ConnectionFailure =
        attempt % 2 == 0 ? .sessionTakenOver(clientID: "a") : .closedRepeatedly(clientID: "a")
      waits.append(delay.next(after: failure, now: Int64(attempt) * 100_000, using: &generator))
    }
    #expect(zip(waits, waits.dropFirst().prefix(5)).allSatisfy { $0 < $1 }, "seed \(seed): \(waits)")
    #expect(waits[7] >= 48_000, "seed \(seed)")
    delay.connectionEnded(afterMilliseconds: 600_000)
    #expect(delay.next(after: .sessionTakenOver(clientID: "a"), now: 0, using: &generator) <= 1000)
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
