public import Readings

/// How a figure came about: every stretch of a counter with its first and last reading, what it counted and by which
/// rule. For `explain`; an account without one does nothing for it.
public final class StepTrace {
  /// What a message said of one counter; nil for what it did not say.
  public struct Point: Hashable, Sendable {
    public var time: Timestamp
    public var total: Energy?
    public var today: Energy?
    public var yesterday: Energy?
    /// On the plug's clock, milliseconds since 1970 of that clock.
    public var startTime: Int64?
    public var clock: Int64?
    public var milliwatts: Int64?

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
  public struct Part: Hashable, Sendable {
    public var range: Range<Timestamp>
    public var energy: Energy
  }

  public struct Step: Hashable, Sendable {
    public var channel: Int?
    /// `continuous`, `midnight`, `fallback`, …: as Reports/README.md names them.
    public var rule: String
    public var from: Point
    public var to: Point
    /// What was counted, corrections included, in order of time.
    public var parts: [Part]
    /// What the account had counted before, from its first reading on.
    public var before: Energy
    public var isInferred: Bool
    /// The silence in it hides use that no counter tells.
    public var losesSilence: Bool
    /// From one message to the next it is 1.
    public var stepCount: Int
    /// What is left of readings that were dropped: for each part what its rollup tells. Empty where readings tell it.
    public var cells: [RollupCell] = []

    public var energy: Energy { parts.reduce(.zero) { $0 + $1.energy } }

    /// What of it was counted up to an instant, as the account divides it.
    public func energy(until instant: Timestamp) -> Energy {
      parts.reduce(.zero) { sum, part in
        if instant >= part.range.upperBound { return sum + part.energy }
        guard instant > part.range.lowerBound else { return sum }
        let gone = Int128(instant.milliseconds - part.range.lowerBound.milliseconds)
        let whole = Int128(part.range.upperBound.milliseconds - part.range.lowerBound.milliseconds)
        return sum
          + Energy(milliwattHours: Int64(clamping: Int128(part.energy.milliwattHours) * gone / max(whole, 1)))
      }
    }

    public func energy(in range: Range<Timestamp>) -> Energy {
      energy(until: range.upperBound) - energy(until: range.lowerBound)
    }
  }

  /// Readings that count nothing.
  public struct LeftOut: Hashable, Sendable {
    public var channel: Int?
    public var points: [Point]
    public var reason: String
  }

  /// Ordinary steps are put together up to these instants.
  let edges: [Timestamp]
  public private(set) var steps: [Step] = []
  public private(set) var leftOut: [LeftOut] = []
  private var lastOfChannel: [Int: Int] = [:]

  public init(edges: [Timestamp]) { self.edges = edges }

  /// For readings that are looked at a second time.
  public func forget() {
    steps = []
    leftOut = []
    lastOfChannel = [:]
  }

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

  /// What a counter's steps from an instant on told was false.
  func takeBack(channel: Int?, since time: Int64, reason: String) {
    let start = Timestamp(milliseconds: time)
    let taken = steps.filter { $0.channel == channel && $0.from.time >= start }
    steps.removeAll { $0.channel == channel && $0.from.time >= start }
    leftOut.append(LeftOut(channel: channel, points: taken.map(\.to), reason: reason))
    lastOfChannel = [:]
    for (index, step) in steps.enumerated() { lastOfChannel[step.channel ?? 0] = index }
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
