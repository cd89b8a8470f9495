import Readings

/// How a counter counts: whether it runs back when energy is given back, and whether Total goes with Today at all.
struct CountingManner {
  /// When it last showed that it counts back: by falling, or by negative power in two messages running.
  private var lastBack = Int64.min
  /// Steps in which Total and Today moved apart.
  private var apart = 0

  /// Evidence holds for a day: what a step means is the same wherever reading began.
  private static let memory: Int64 = 86_400_000

  /// Total does not move with Today (a hardware counter, SetOption72).
  var isDecoupled: Bool { apart >= 3 }

  /// Rows that were taken together showed it last at an instant.
  mutating func showBack(at time: Int64) { lastBack = max(lastBack, time) }

  func countedBack(at time: Int64) -> Bool { lastBack != .min && time - lastBack <= CountingManner.memory }

  mutating func learn(_ step: CounterStep, from old: CounterPoint, to new: CounterPoint, unit: Int64) {
    let gaveBack =
      old.power != CounterPoint.absent && old.power < 0 && new.power != CounterPoint.absent && new.power < 0
    if step.export > 2 * unit || gaveBack { lastBack = new.time }
    guard step.rule == .continuous, old.hasToday, new.hasToday else { return }
    let moved = abs(new.midnightTotal - old.midnightTotal)
    if moved > 4 * unit + 2 * FirmwareFacts.floatStep(new.total.magnitude) { apart += 1 }
  }
}
