import Calendar
import Readings

/// Holes in price lists, and before and behind them.
extension TariffCheck {
  mutating func checkList(_ list: Tariff.PriceList, from first: LocalDate, to next: LocalDate?, path: String) {
    for (index, start) in list.starts.enumerated().dropFirst() where list.ends[index - 1] < start {
      let end = list.ends[index - 1]
      let minutes = (start.milliseconds - end.milliseconds) / 60_000
      error("\(path).prices", "no price for \(minutes) minutes from \(TariffCheck.utc(end)) on")
    }
    // The list must reach from the period's first day to the next period's, wherever on earth the site is: local midnight
    // is from 14 hours before to 12 hours after that of UTC.
    func midnight(_ date: LocalDate, _ hours: Int64) -> Timestamp {
      Timestamp(seconds: date.dayNumber * 86_400 + hours * 3600)
    }
    // A list may begin within its first day.
    if let start = list.starts.first, start > midnight(first, 36) {
      error(
        "\(path).prices",
        "the first price is of \(TariffCheck.utc(start)), but the period begins on "
          + "\(TariffCheck.utc(midnight(first, 0)).prefix(10))")
    }
    if let next, let end = list.ends.last, end < midnight(next, -14) {
      error(
        "\(path).prices",
        "the last price ends at \(TariffCheck.utc(end)), but the next period begins on "
          + "\(TariffCheck.utc(midnight(next, 0)).prefix(10))")
    }
  }

  private static func utc(_ instant: Timestamp) -> String {
    let time = CivilTime(secondsSince1970: instant.seconds)
    return "\(LocalDate(time).text)T\(ClockText.text(minuteOfDay: time.hour * 60 + time.minute))Z"
  }
}
