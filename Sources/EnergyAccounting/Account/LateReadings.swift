import Readings

/// Messages that seem older than those before them: late on their way, or from a plug whose clock was put back.
extension CounterAccount {
  /// Readings in a row that show a clock which was put back: a burst of late messages agrees with itself too, but does
  /// not go on at the plug's usual pace.
  static let lateConfirmations = 4
  private static let lateAgreement: Int64 = 5000
  private static let shortestConfirmation: Int64 = 30_000

  static let lateReason = "late: older than the reading before it"

  /// A reading after one that seemed to be late.
  mutating func settleLate(_ base: CounterPoint, _ point: CounterPoint) {
    guard classifier(base, point).isLate(base, point) else {
      trace?.leaveOut(doubt.held, channel: channel, reason: CounterAccount.lateReason)
      doubt.drop()
      decide(base, point)
      return
    }
    doubt.held.append(point)
    let held = doubt.held
    var index = held.count - 1
    while index > 0, agree(held[index - 1], held[index], point) { index -= 1 }
    let start = held[index]
    // The clock was put back for good: the counters decide without it.
    var blind = base
    blind.clock = CounterPoint.absent
    blind.newestClock = CounterPoint.absent
    guard held.count - index >= CounterAccount.lateConfirmations,
      point.time - start.time >= CounterAccount.shortestConfirmation, hasPutClockBack(blind, start)
    else {
      if held.count > 16 {
        trace?.leaveOut([doubt.held.removeFirst()], channel: channel, reason: CounterAccount.lateReason)
      }
      return
    }
    let confirmed = held[index...]
    if index > 0 { trace?.leaveOut(Array(held[..<index]), channel: channel, reason: CounterAccount.lateReason) }
    doubt.drop()
    accept(classifier(blind, start).step(from: blind, to: start), from: blind, to: start)
    countPowers(of: confirmed.dropLast())
    var previous = start
    for next in confirmed.dropFirst() {
      accept(classifier(previous, next).step(from: previous, to: next), from: previous, to: next)
      previous = next
    }
    self.base?.newestClock = previous.clock
  }

  /// Old messages show counters that are behind those which are known; a plug whose clock was put back goes on counting.
  private mutating func hasPutClockBack(_ blind: CounterPoint, _ start: CounterPoint) -> Bool {
    let step = classifier(blind, start).step(from: blind, to: start)
    return step.rule != .fallback || !announced.starts.within(blind.time, start.received).isEmpty
  }

  /// Do two readings follow each other, by a clock that is as far from the receive time as at `newest`?
  private mutating func agree(_ old: CounterPoint, _ new: CounterPoint, _ newest: CounterPoint) -> Bool {
    abs((old.clock - old.time) - (newest.clock - newest.time)) <= CounterAccount.lateAgreement && returns(to: old, new)
  }
}
