import Readings

/// Today that somebody set to zero in a silence.
extension StepClassifier {
  /// `EnergyToday 0` makes TotalStartTime now and leaves Total's value at midnight alone
  /// (`xdrv_03_energy.ino`, CmndEnergyToday): Today counts from then on, and what was used before it that day is in no
  /// counter. nil where nothing like it happened, or where more was used since than the plug could draw.
  func clearedToday(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    guard hasNewStart(old, new), old.startTime >= FirmwareFacts.firstValidClock, old.hasClock, !countsBack,
      !isDecoupled,
      new.hasYesterday, new.yesterday >= 0, new.today >= 0,
      // With anything but zero it would be the plug's midnight.
      new.startTime.flooringRemainder(86_400_000) != 0, let cleared = instant(ofClock: new.startTime, new),
      cleared > old.time, cleared <= new.time, isDrawn(new.today, from: cleared, to: new.time)
    else { return nil }
    let slack = droppedAtMidnight(old, new) + tolerance(old, new)
    let moved = new.midnightTotal - old.midnightTotal
    let today = CounterStep.Part(energy: new.today, end: new.time)
    var step = CounterStep(rule: .set, parts: [.init(energy: 0, end: cleared), today], losesSilence: true)
    step.said = .cleared
    step.lossEnd = cleared
    switch days(old, new) ?? 0 {
    case 0:
      guard abs(moved) <= tolerance(old, new) else { return nil }
      return step
    case 1:
      guard abs(moved - new.yesterday) <= slack, let day = new.plugDay else { return nil }
      let last = midnight(ofDay: day, old, new)
      step.midnight = last
      if cleared >= last {
        let before = new.yesterday - old.today
        guard before >= -slack else { return nil }
        step.parts = [.init(energy: max(before, 0), end: last), .init(energy: 0, end: cleared), today]
        step.lossStart = last
      } else {
        guard isDrawn(new.yesterday, from: cleared, to: last) else { return nil }
        step.parts = [.init(energy: 0, end: cleared), .init(energy: new.yesterday, end: last), today]
      }
      return step
    default: return nil
    }
  }

  /// Could a plug draw it in that time, the printing of a counter included?
  private func isDrawn(_ energy: Int64, from start: Int64, to end: Int64) -> Bool {
    let drawn = Int128(max(limit, SeenPower.house)) * Int128(max(end - start, 1000)) / 3_600_000
    return Int128(energy) <= drawn + Int128(2 * unit)
  }
}
