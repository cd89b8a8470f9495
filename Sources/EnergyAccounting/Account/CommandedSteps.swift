import Readings

/// Steps of a counter that somebody set between two readings.
extension CounterAccount {
  /// The step as a command between the readings made it: its answer is a reading of that instant. Nil without one, and
  /// where the counters went on as if there had been none.
  mutating func commanded(_ old: CounterPoint, _ new: CounterPoint) -> CounterStep? {
    guard let answer = announced.commands.last(after: old.time, upTo: new.time) else { return nil }
    var told = old
    (told.time, told.received) = (answer.at, answer.at)
    told.total = CounterCommands.Answer.energy(answer.total, of: channel)
    told.today = CounterCommands.Answer.energy(answer.today, of: channel)
    told.places = answer.places
    guard told.total != CounterPoint.absent, told.hasToday, old.hasToday, new.hasToday else { return nil }
    let yesterday = CounterCommands.Answer.energy(answer.yesterday, of: channel)
    if yesterday != CounterPoint.absent { told.yesterday = yesterday }
    if old.hasClock { told.clock = max(old.clock, answer.at + (old.clock - old.time)) }
    told.newestClock = max(old.newestClock, told.clock)
    told.startTime = new.startTime
    told.power = CounterPoint.absent
    var before = old
    before.startTime = new.startTime
    let untilCommand = classifier(before, told)
    let toCommand = untilCommand.step(from: before, to: told)
    // What a person added is no use: the powers around it tell how much that can have been.
    let isAdded = untilCommand.isSteep(toCommand, from: before, to: told, thenAt: new.power)
    guard !toCommand.isOnCourse || toCommand.isDoubtful || isAdded else { return nil }
    let since = classifier(told, new).step(from: told, to: new)
    guard since.isOnCourse, !since.isDoubtful else { return nil }
    let isZero = abs(told.midnightTotal) <= 2 * FirmwareFacts.droppedAtMidnight
    let kept = max(told.today - old.today, 0)
    // Today that kept its course tells what was used until the command.
    let keepsToday = toCommand.rule == .resetTotal || toCommand.rule == .set && abs(kept) <= toCommand.energy
    let until = keepsToday && !isAdded ? toCommand.energy : 0
    var step = since
    step.rule = isZero && told.today <= FirmwareFacts.droppedAtMidnight ? .resetAll : isZero ? .resetTotal : .set
    step.parts = [.init(energy: until, end: answer.at)] + since.parts
    step.losesSilence = until == 0
    step.lossEnd = answer.at
    step.said = .command(answer.name)
    return step
  }
}
