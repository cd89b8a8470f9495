package import Readings

/// How a figure came about: every stretch of a counter with its first and last reading, what it counted and by which
/// rule. For `explain`; an account without one does nothing for it.
package final class StepTrace {
  /// What a message said of one counter; nil for what it did not say.
  package struct Point: Hashable, Sendable {
    package var time: Timestamp
    package var total: Energy?
    package var today: Energy?
    package var yesterday: Energy?
    /// On the plug's clock, milliseconds since 1970 of that clock.
    package var startTime: Int64?
    package var clock: Int64?
    package var milliwatts: Int64?

    init(_ point: CounterPoint) {
      func known(_ value: Int64) -> Int64? { value == CounterPoint.absent ? nil : value }
      time = Timestamp(milliseconds: point.time)
      total = known(point.total).map(Energy.init(milliwattHours:))
      today = known(point.today).map(Energy.init(milliwattHours:))
      yesterday = known(point.yesterday).map(Energy.init(milliwattHours:))
      startTime = known(point.startTime)
      clock = known(point.clock)
      milliwatts = known(point.power)
    }
  }

  /// Energy spread evenly over a time.
  package struct Part: Hashable, Sendable {
    package var range: Range<Timestamp>
    package var energy: Energy
  }

  package struct Step: Hashable, Sendable {
    package var channel: Int?
    /// `continuous`, `midnight`, `fallback`, …: as Reports/README.md names them.
    package var rule: String
    package var from: Point
    package var to: Point
    /// What was counted, corrections included, in order of time.
    package var parts: [Part]
    /// What the account had counted before, from its first reading on.
    package var before: Energy
    package var isInferred: Bool
    /// The silence in it hides use that no counter tells.
    package var losesSilence: Bool
    /// From one message to the next it is 1.
    package var stepCount: Int
    /// What is left of readings that were dropped: for each part what its rollup tells. Empty where readings tell it.
    package var cells: [RollupCell] = []

    package var energy: Energy { parts.reduce(.zero) { $0 + $1.energy } }

    /// What of it was counted up to an instant, as the account divides it.
    package func energy(until instant: Timestamp) -> Energy {
      parts.reduce(.zero) { sum, part in
        if instant >= part.range.upperBound { return sum + part.energy }
        guard instant > part.range.lowerBound else { return sum }
        let gone = Int128(instant.milliseconds - part.range.lowerBound.milliseconds)
        let whole = Int128(part.range.upperBound.milliseconds - part.range.lowerBound.milliseconds)
        return sum
          + Energy(milliwattHours: Int64(clamping: Int128(part.energy.milliwattHours) * gone / max(whole, 1)))
      }
    }

    package func energy(in range: Range<Timestamp>) -> Energy {
      energy(until: range.upperBound) - energy(until: range.lowerBound)
    }
  }

  /// Readings that count nothing.
  package struct LeftOut: Hashable, Sendable {
    package var channel: Int?
    package var points: [Point]
    package var reason: String
  }

  /// Ordinary steps are put together up to these instants.
  let edges: [Timestamp]
  package private(set) var steps: [Step] = []
  package private(set) var leftOut: [LeftOut] = []
  private var lastOfChannel: [Int: Int] = [:]

  package init(edges: [Timestamp]) { self.edges = edges }

  func add(_ step: Step) {
    let key = step.channel ?? 0
    if let index = lastOfChannel[key], joins(steps[index], step) {
      steps[index].parts = [
        Part(range: steps[index].from.time..<step.to.time, energy: steps[index].energy + step.energy)
      ]
      steps[index].to = step.to
      steps[index].stepCount += step.stepCount
      return
    }
    lastOfChannel[key] = steps.count
    steps.append(step)
  }

  private func joins(_ old: Step, _ new: Step) -> Bool {
    guard old.rule == "continuous", new.rule == "continuous", !old.isInferred, !new.isInferred,
      old.cells.isEmpty, new.cells.isEmpty, old.to.time == new.from.time
    else { return false }
    return !edges.contains { $0 > old.from.time && $0 < new.to.time }
  }

  func leaveOut(_ points: [CounterPoint], channel: Int?, reason: String) {
    leftOut.append(LeftOut(channel: channel, points: points.map(Point.init), reason: reason))
  }
}

extension CounterStep {
  /// The rule's name in `explain`.
  var ruleName: String {
    if undone != nil { return "undone" }
    return switch rule {
    case .continuous: "continuous"
    case .midnight: "midnight"
    case .rounding: "rounding"
    case .backwards: "backwards"
    case .fallback: "fallback"
    case .resetTotal: "reset-total"
    case .resetAll: "reset-all"
    case .set: "counter-set"
    case .restored: "restored"
    case .otherPlug: "other-plug"
    case .late: "late"
    case .unexplained: "unexplained"
    }
  }
}
