import Readings

/// Constant power for some time: what an appliance draws from one instant to the next.
struct LoadStep: Sendable, Equatable {
  /// UTC milliseconds; the step ends before.
  var until: Int64
  /// Below zero where energy goes back.
  var milliwatts: Int64
  /// Power factor of the load in thousandths, above zero.
  var factor: Int64 = 1000
  /// Lamps hang on the plug's relay; everything else is left on.
  var relayOn = true
}

/// What an appliance knows of the world when it decides on its next step.
struct Surroundings: Sendable {
  /// UTC milliseconds.
  var now: Int64
  /// Seconds by which the site's clock is ahead of UTC.
  var offset: Int64
  /// The same without daylight saving.
  var solarOffset: Int64

  var localHour: Int { Int((now + offset * 1000).flooringRemainder(86_400_000) / 3_600_000) }
  var localDay: Int64 { (now + offset * 1000).flooringQuotient(86_400_000) }
  /// 1970-01-01 was a Thursday.
  var isWeekend: Bool { (localDay + 3).flooringRemainder(7) >= 5 }
  var isDark: Bool { Sun.height(at: now, solarOffset: solarOffset) < -30_000 }
  /// The end of the running quarter hour.
  var endOfSlot: Int64 { (now.flooringQuotient(900_000) + 1) * 900_000 }
}

/// How often people start something: expected uses in thousandths for each hour of the local day.
struct HabitTable: Sendable {
  var workday: [Int64]
  var weekend: [Int64]

  /// Decides for one quarter hour.
  func startsNow(_ surroundings: Surroundings, _ random: inout RandomStream) -> Bool {
    let share = (surroundings.isWeekend ? weekend : workday)[surroundings.localHour]
    return random.chance(perMillion: share * 250)
  }
}
