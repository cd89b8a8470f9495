import Calendar
import Readings

/// A zone in Tasmota's words: `Timezone 99` with its two rules, or a fixed offset.
enum TasmotaZone {
  static func commands(for zone: TimeZoneRules, around now: Timestamp) -> String {
    let changes = zone.changes(in: now..<now.advanced(byMilliseconds: 366 * 86_400_000)).filter { change in
      zone.offset(at: change) != zone.offset(at: change.advanced(byMilliseconds: -1))
    }
    let offset = zone.offset(at: now) / 60
    guard changes.count == 2, let winter = changes.min(by: { zone.offset(at: $0) < zone.offset(at: $1) }),
      let summer = changes.first(where: { $0 != winter })
    else {
      let sign = offset < 0 ? "-" : "+"
      return "Timezone \(sign)\(ClockText.text(minuteOfDay: abs(offset)))"
    }
    let isSouthern =
      zone.local(at: summer).month > zone.local(at: winter).month
    return "Timezone 99; TimeStd " + rule(winter, zone, isSouthern) + "; TimeDst " + rule(summer, zone, isSouthern)
  }

  /// hemisphere, week (0 last), month, day of the week (1 Sunday), hour, offset in minutes; the hour is that of the
  /// clock before the change.
  private static func rule(_ change: Timestamp, _ zone: TimeZoneRules, _ isSouthern: Bool) -> String {
    let before = zone.offset(at: change.advanced(byMilliseconds: -1))
    let local = CivilTime(secondsSince1970: change.seconds + Int64(before))
    let date = LocalDate(local)
    let isLast = local.day + 7 > LocalDate.days(inMonth: local.month, of: local.year)
    let week = isLast ? 0 : (local.day - 1) / 7 + 1
    let numbers = [
      isSouthern ? 1 : 0, week, local.month, date.weekday % 7 + 1, local.hour, zone.offset(at: change) / 60,
    ]
    return numbers.map(String.init).joined(separator: ",")
  }
}
