import Readings

/// Decisions in words, as `events` shows them.
extension CounterAccount {
  func with(_ event: LedgerEvent) -> LedgerEvent {
    var event = event
    event.channel = channel
    return event
  }

  mutating func record(
    _ kind: LedgerEvent.Kind, over step: (CounterPoint, CounterPoint), before: Int64?, after: Int64?, energy: Int64?,
    cause: String, text: String
  ) {
    let (from, to) = step
    findings.events.append(
      LedgerEvent(
        kind: kind, channel: channel, from: Timestamp(milliseconds: from.time), to: Timestamp(milliseconds: to.time),
        before: before.map(Energy.init(milliwattHours:)), after: after.map(Energy.init(milliwattHours:)),
        energy: energy.map(Energy.init(milliwattHours:)), cause: cause, text: text,
        decision: DecisionID.of(kind, channel: channel, from: from, to: to)))
  }

  func kWh(_ energy: Int64) -> String {
    Energy(milliwattHours: energy).kilowattHours(places: findings.places ?? 3)
  }

  mutating func tell(_ step: CounterStep, counted energy: Int64, from old: CounterPoint, to new: CounterPoint) {
    guard step.undone != nil || step.decidedKind != nil || step.rule == .unexplained else { return }
    let counted = kWh(energy)
    if let kind = step.undone {
      record(
        kind, over: (old, new), before: old.total, after: new.total, energy: energy, cause: "undone",
        text: "a person took the decision on this step back; the counter's own difference counts: \(counted) kWh")
      return
    }
    if case .command(let name)? = step.said {
      let isReset = step.rule == .resetAll || step.rule == .resetTotal
      record(
        isReset ? .reset : .counterSet, over: (old, new), before: old.total, after: new.total, energy: energy,
        cause: "command",
        text:
          "the command \(name) set the counter from \(kWh(old.total)) to \(kWh(new.total)) kWh; counted: \(counted) kWh"
      )
      return
    }
    if case .cleared? = step.said {
      record(
        .counterSet, over: (old, new), before: old.total, after: new.total, energy: energy, cause: "today-zero",
        text:
          "Today was set to zero in this time, as a newer TotalStartTime says: what was used before it that day is in "
          + "no counter; counted: \(counted) kWh")
      return
    }
    switch step.rule {
    case .continuous, .midnight, .rounding, .backwards, .late: return
    case .fallback:
      let (cause, text) =
        switch (step.said, old.hasToday) {
        case (_, false):
          ("fell", "Total fell back, and the messages have no Today to tell why; counted: \(counted) kWh")
        case (.restart, _):
          (
            "restart",
            "a restart lost today's counter, which the plug did not restore; counted since then: \(counted) kWh"
          )
        default:
          (
            "power-cut",
            "a power cut lost today's counter: Total fell back to its value at midnight; counted since power "
              + "returned: \(counted) kWh"
          )
        }
      record(
        .fallback, over: (old, new), before: old.total, after: new.total, energy: energy, cause: cause, text: text)
    case .resetTotal, .resetAll:
      let what =
        step.rule == .resetTotal ? "Total was set to zero (it shows today's use)" : "all counters were set to zero"
      record(
        .reset, over: (old, new), before: old.total, after: new.total, energy: energy,
        cause: step.rule == .resetTotal ? "total-zero" : "all-zero", text: "\(what); counted: \(counted) kWh")
    case .set:
      let direction = new.total >= old.total ? "up" : "down"
      record(
        .counterSet, over: (old, new), before: old.total, after: new.total, energy: energy,
        cause: "set-\(direction)",
        text:
          "the counter was set \(direction) from \(kWh(old.total)) to \(kWh(new.total)) kWh; counted: \(counted) kWh")
    case .restored:
      record(
        .counterSet, over: (old, new), before: old.total, after: new.total, energy: energy, cause: "restored",
        text: "the plug got its time and took up today's counter from its last restart again; counted: \(counted) kWh")
    case .otherPlug:
      record(
        .swap, over: (old, new), before: old.total, after: new.total, energy: 0, cause: "other-counters",
        text: "another plug by its counters (its Total began earlier, its Yesterday is another): a new base")
    case .unexplained:
      record(
        .counterSet, over: (old, new), before: old.total, after: new.total, energy: energy, cause: "unexplained",
        text: "the counter went from \(kWh(old.total)) to \(kWh(new.total)) kWh as nothing explains; nothing counted")
    }
  }
}
