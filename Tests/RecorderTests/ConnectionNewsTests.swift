import Recorder
import Subscriber
import Testing

/// One line while nothing changes.
@Suite struct ConnectionNewsTests {
  private let refused = ConnectionFailure.unreachable(endpoint: "a:1883", reason: "Connection refused")

  @Test func whatFailsAgainAndAgainIsToldOnce() {
    var news = ConnectionNews()
    var lines = 0
    for attempt in 0..<2000 as Range<Int64> {
      // The clock in it is another at each attempt.
      let failure = ConnectionFailure.certificateExpired(endpoint: "a:8883", clock: attempt)
      if news.failed(failure, at: attempt * 60_000) { lines += 1 }
    }
    #expect(lines == 1)
  }

  @Test func twoThatTakeTurnsAreToldOnceAnHourAtMost() {
    var news = ConnectionNews()
    var lines = 0
    for attempt in 0..<120 as Range<Int64> {
      let failure = attempt % 2 == 0 ? refused : .unknownHost("a", reason: "not known")
      if news.failed(failure, at: attempt * 60_000) { lines += 1 }
    }
    #expect(lines <= 4)
  }

  @Test func aRestartOfTheBrokerIsToldEachTime() {
    var news = ConnectionNews()
    var lines = 0
    var now: Int64 = 0
    for _ in 0..<10 {
      if news.connected(at: now) { lines += 1 }
      now += 3_600_000
      if news.hasSettled(at: now) { lines += 1 }
      if news.failed(.lost(reason: "the broker closed it"), at: now) { lines += 1 }
      now += 1000
      if news.failed(refused, at: now) { lines += 1 }
      now += 4000
    }
    #expect(lines == 30)
  }

  @Test func connectionsThatDoNotLastAreToldOnceAndThatOneLastsIsTold() {
    var news = ConnectionNews()
    var lines = 0
    var now: Int64 = 0
    for _ in 0..<100 {
      if news.connected(at: now) { lines += 1 }
      now += 400
      if news.hasSettled(at: now) { lines += 1 }
      if news.failed(.sessionTakenOver(clientID: "a"), at: now) { lines += 1 }
      now += 60_000
    }
    #expect(lines == 2)
    let toldAtOnce = news.connected(at: now)
    let settledEarly = news.hasSettled(at: now + 29_999)
    let settled = news.hasSettled(at: now + 30_000)
    let settledAgain = news.hasSettled(at: now + 31_000)
    #expect(!toldAtOnce && !settledEarly && settled && !settledAgain)
  }
}
