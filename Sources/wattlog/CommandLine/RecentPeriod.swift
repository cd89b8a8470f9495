import Calendar
import Household
import Readings
import Text

/// The time that commands look at which judge by some weeks: the one that is asked for, else the last 30 days.
enum RecentPeriod {
  static let usualDays = 30

  /// Never longer than there are readings.
  static func range(
    _ arguments: Arguments, _ zone: SiteZone, _ devices: [LogicalDevice], _ store: HouseholdStore, now: Timestamp
  ) throws(Failure) -> Range<Timestamp> {
    guard let first = devices.map(\.first).min() else {
      throw store.noReading("the store at '\(SafeText.printable(store.path))' holds no reading yet", in: zone.rules)
    }
    let end = OpenPeriod.end(now, of: devices, after: Timestamp(milliseconds: 0))
    let today = zone.days.date(at: end)
    let asked =
      try zone.range(arguments, now: now) ?? zone.days.start(of: today.advanced(byDays: 1 - usualDays))..<end
    let firstDay = zone.days.start(of: zone.days.date(at: first))
    let range = max(asked.lowerBound, firstDay)..<max(firstDay, asked.lowerBound, min(asked.upperBound, end))
    guard !range.isEmpty else {
      let from = InstantText.text(asked.lowerBound, in: zone.rules)
      throw store.noReading(
        "there is no reading from \(from) to \(InstantText.text(asked.upperBound, in: zone.rules))", in: zone.rules)
    }
    return range
  }
}
