import Readings

/// What the way from one reading of a counter to another means.
struct CounterStep {
  var rule: Rule
  /// Use, in time order, each part up to an instant.
  var parts: [Part]
  /// What a meter counted back, in time order, each part up to an instant.
  var exports: [Part] = []
  /// The time between the two readings hides use that no counter tells.
  var losesSilence = false
  /// What of that time; nil from the first reading on, and nil until ``returned`` or the second reading.
  var lossStart: Int64?
  var lossEnd: Int64?
  /// When the plug had power again, where that is known: the last part's use begins there.
  var returned: Int64?
  /// What the parts divide it by is no more than likely: no cut point between the readings is exact.
  var isDividedByGuess = false
  /// The next reading has to confirm it.
  var isDoubtful = false
  /// A plug midnight between the readings, in UTC.
  var midnight: Int64?
  /// The kind of the decision that a person took back.
  var undone: LedgerEvent.Kind?
  /// What the plug said of it.
  var said: Said?

  /// What names a step before its shape does.
  enum Said: Hashable {
    /// A command on the counters, by its name.
    case command(String)
    /// A restart by command, button or update: it is no power cut.
    case restart
    /// Today was set to zero, by a TotalStartTime between the readings.
    case cleared
  }

  /// Energy in mWh until an instant.
  struct Part {
    var energy: Int64
    var end: Int64
  }

  enum Rule {
    /// Total went on.
    case continuous
    /// Total went on over at least one midnight of the plug.
    case midnight
    /// A fall within the counter's own rounding.
    case rounding
    /// A bidirectional meter ran backwards.
    case backwards
    case fallback
    case resetTotal
    case resetAll
    case set
    /// A plug that had no time after a power cut got it, and with it what a wanted restart had saved of Today.
    case restored
    /// The counters are those of another plug.
    case otherPlug
    /// An older message that arrived late.
    case late
    /// No rule explains it.
    case unexplained
  }

  /// What a decision that can be taken back is told as.
  var decidedKind: LedgerEvent.Kind? {
    switch rule {
    case .fallback: .fallback
    case .resetTotal, .resetAll: .reset
    case .set, .restored, .unexplained: .counterSet
    case .otherPlug: .swap
    case .continuous, .midnight, .rounding, .backwards, .late: nil
    }
  }

  var energy: Int64 { parts.reduce(0) { $0 &+ $1.energy } }
  var export: Int64 { exports.reduce(0) { $0 &+ $1.energy } }
  var crossesDay: Bool { midnight != nil || rule == .midnight }

  /// Use, or where it is negative what went back, each up to an instant.
  static func bothWays(_ rule: Rule, _ amounts: [Part]) -> CounterStep {
    CounterStep(
      rule: rule, parts: amounts.map { .init(energy: max($0.energy, 0), end: $0.end) },
      exports: amounts.contains { $0.energy < 0 }
        ? amounts.map { .init(energy: max(0 - $0.energy, 0), end: $0.end) } : [])
  }

  /// The counter kept its course, without doubt and by more than its rounding.
  var goesOn: Bool { isOnCourse && !isDoubtful && rule != .rounding }

  /// The counter kept its course.
  var isOnCourse: Bool {
    switch rule {
    case .continuous, .midnight, .rounding, .backwards: true
    default: false
    }
  }
}
