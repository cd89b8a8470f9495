/// When what goes wrong, and for how long: drawn from a stream of its own, so that faults change no load.
struct FaultPlan: Sendable {
  var random: RandomStream
  private let span: Int64

  /// - Parameter span: the length of the whole run in milliseconds; faults of a short run are shorter.
  init(random: RandomStream, span: Int64) {
    self.random = random
    self.span = span
  }

  private static let hour: Int64 = 3_600_000

  private static func meanInterval(_ fault: Fault) -> Int64 {
    switch fault {
    case .powerCut: 110 * hour
    case .reset: 200 * hour
    case .glitch: 40 * hour
    case .offline: 70 * hour
    case .clock1970: 130 * hour
    case .swap: 400 * hour
    case .retained: 30 * hour
    case .restart: 100 * hour
    case .crash: 120 * hour
    case .energyCommands: 160 * hour
    case .late: 8 * hour
    case .heldUp: 60 * hour
    case .tradedTopics: 300 * hour
    case .splitTotals: 90 * hour
    }
  }

  /// Milliseconds from the start of the run to the first one. It surely falls into the run where `isCertain`.
  mutating func first(_ fault: Fault, isCertain: Bool) -> Int64 {
    let share = random.within(0...999)
    let certain = span / 1000 * (150 + share * 7 / 10)
    let usual = FaultPlan.meanInterval(fault) / 1000 * (share * 3 / 2 + 20)
    return isCertain ? min(certain, usual) : usual
  }

  /// Milliseconds from one to the next.
  mutating func following(_ fault: Fault) -> Int64 {
    FaultPlan.meanInterval(fault) / 1000 * random.within(300...1700)
  }

  /// Most last seconds or minutes, some hours, few more than a day.
  mutating func outage() -> Int64 {
    let share = random.within(0...99)
    let length =
      if share < 55 {
        random.within(4000...600_000)
      } else if share < 90 {
        random.within(600_000...4 * FaultPlan.hour)
      } else {
        random.within(4 * FaultPlan.hour...40 * FaultPlan.hour)
      }
    return min(length, max(span / 8, 60_000))
  }

  /// By how much one message comes late: mostly minutes, seldom an hour or two.
  mutating func lateness() -> Int64 {
    let share = random.within(0...99)
    let length =
      share < 70
      ? random.within(20_000...400_000)
      : share < 90 ? random.within(400_000...2_400_000) : 1_800_000 * random.within(1...4) + random.within(-4000...4000)
    return min(length, max(span / 8, 60_000))
  }

  /// For how long nothing gets through.
  mutating func holdUp() -> Int64 {
    min(
      random.within(0...99) < 70 ? random.within(60_000...1_200_000) : random.within(1_200_000...8_000_000),
      max(span / 8, 60_000))
  }

  /// How long a plug that woke up finds no time server.
  mutating func timelessness() -> Int64 { min(random.within(120_000...5 * FaultPlan.hour), max(span / 8, 60_000)) }
}
