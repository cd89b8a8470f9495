import EnergyAccounting
import Readings
import Testing

/// How often a plug speaks is a set of distances: polls, copies and lost messages stand beside TelePeriod.
struct PaceTests {
  typealias Message = MeterFixture.Message

  /// 100 W from second 0 on, at these seconds.
  private func messages(_ seconds: some Sequence<Int64>, hasCounter: Bool = true) -> [Message] {
    seconds.map { second in
      let used = second * 100 / 3600
      return Message(second, hasCounter ? 5000 + used : nil, today: hasCounter ? 200 + used : nil, yesterday: 3)
    }
  }

  /// Distances in turn, for at least an hour and a half.
  private func seconds(_ distances: [Int64]) -> [Int64] {
    var result: [Int64] = [0]
    while result.last ?? 0 < 5400 {
      result.append((result.last ?? 0) + distances[(result.count - 1) % distances.count])
    }
    return result
  }

  @Test(
    "copies by a bridge, polls beside TelePeriod, PowerDelta: every distance is usual",
    arguments: [
      [300], [1, 299], [2, 298], [60, 240], [10, 50, 60, 60, 60, 60], [0, 1, 59], [0, 0, 300], [1, 1, 298],
      [150, 150, 2, 298],
      [300, 2, 98, 200], [10], [3600], [900, 5, 895],
    ] as [[Int64]])
  func whatComesAgainIsNoSilence(distances: [Int64]) {
    let seconds = seconds(distances)
    let end = seconds.last ?? 0
    let ledger = MeterFixture.ledger(messages(seconds), cuts: [0, end])
    #expect(ledger.events.isEmpty)
    #expect(ledger.channels[0].buckets[0].covered == end * 1000)
    #expect(ledger.totalWattHours == end * 100 / 3600)
  }

  @Test("without Total what copies shorten loses no energy", arguments: [[300], [1, 299], [0, 1, 59]] as [[Int64]])
  func copiesLoseNothingWithoutACounter(distances: [Int64]) {
    let seconds = seconds(distances)
    let end = seconds.last ?? 0
    let ledger = MeterFixture.ledger(messages(seconds, hasCounter: false), cuts: [0, end])
    #expect(abs(ledger.totalWattHours - end * 100 / 3600) <= 1)
  }

  @Test(
    "a message lost at the start, or here and there, hides no silence",
    arguments: [[1], [1, 3], [5], [3, 9]] as [[Int]])
  func aLostMessageDoesNotDoubleThePace(lost: [Int]) {
    var seconds = (0..<13).map { Int64($0) * 300 }
    for place in lost.reversed() { seconds.remove(at: place) }
    seconds += (0..<5).map { 3600 + 1200 + Int64($0) * 300 }
    let ledger = MeterFixture.ledger(messages(seconds), cuts: [0, 6000])
    #expect(ledger.events.map(\.kind) == [.gap])
    #expect(ledger.events.first?.from == MeterFixture.at(3600))
    #expect(ledger.channels[0].buckets[0].covered == 4_800_000)
  }

  @Test("without Total a power is held for two periods and no longer", arguments: [1, 2, 4, 40] as [Int64])
  func aHoleIsBridgedForTwoPeriods(lost: Int64) {
    let before: [Int64] = (0..<20).map { 30 * $0 }
    let after: [Int64] = before.map { 570 + 30 * (lost + 1) + $0 }
    let seconds = before + after
    let ledger = MeterFixture.ledger(
      seconds.map { Message($0, nil, power: 3600) }, cuts: [0, 100_000])
    #expect(ledger.totalWattHours == 570 + min(lost + 1, 2) * 30 + 570)
  }

  /// A new TelePeriod is told by three messages of it.
  @Test func anotherTelePeriodIsLearned() {
    let before: [Int64] = (0..<30).map { 10 * $0 }
    let after: [Int64] = (1..<30).map { 290 + 300 * $0 }
    let seconds = before + after
    let ledger = MeterFixture.ledger(messages(seconds), cuts: [0, 9000])
    #expect(ledger.events.filter { $0.kind == .gap }.count <= 3)
    #expect(ledger.totalWattHours == (seconds.last ?? 0) * 100 / 3600)
  }

  /// What is usual is known by the messages around a step, wherever reading began.
  @Test func aSilenceIsOneWhereverReadingBegan() {
    let later: [Int64] = (1..<20).map { 6700 + 300 * $0 }
    var all = seconds([1, 299])
    all += later
    for first in 0..<8 {
      let ledger = MeterFixture.ledger(messages(all.dropFirst(first)), cuts: [4800, 8000])
      #expect(ledger.events.map(\.kind) == [.gap], "from message \(first) on")
      // 222 − 133 of 100 W, cut to whole Wh at both ends.
      #expect(ledger.wattHours == [88])
    }
  }
}
