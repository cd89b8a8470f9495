/// What will happen to a plug at a known instant.
struct PlugSchedule: Sendable {
  enum Happening: Sendable {
    case fault(Fault)
    case powerBack(swapped: Bool)
    case brokerMissesPlug(connection: Int)
    case connected
    case clockSet
    case midnight
    case siteMidnight
    case networkBack
    case announced
    case countingAgain
    case houseCut
    case command(EnergyCommand)
    /// A script asks for STATUS 8.
    case poll
    /// Two plugs exchange their topics.
    case trade
    /// What was held up on its way reaches the subscriber.
    case arrival(HeldMessage)

    /// True for what a plug without supply cannot do.
    var needsPower: Bool {
      switch self {
      case .connected, .clockSet, .midnight, .announced, .countingAgain, .command: true
      default: false
      }
    }
  }

  private struct Due: Sendable {
    var at: Int64
    var what: Happening
  }

  /// Latest first.
  private var due: [Due] = []

  /// When the next thing happens; `.max` for never.
  var next: Int64 { due.last?.at ?? .max }

  /// What is due at the same instant happens in the order of these calls.
  mutating func expect(_ what: Happening, at instant: Int64) {
    let index = due.firstIndex { $0.at <= instant } ?? due.count
    due.insert(Due(at: instant, what: what), at: index)
  }

  mutating func take() -> Happening? { due.popLast()?.what }

  mutating func forgetWhatNeedsPower() { due.removeAll { $0.what.needsPower } }

  /// A start is under way that will connect.
  var awaitsConnection: Bool {
    due.contains { if case .connected = $0.what { true } else { false } }
  }
}
