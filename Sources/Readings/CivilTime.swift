/// A date and time of day of the proleptic Gregorian calendar without a zone: what a clock on the wall shows.
public struct CivilTime: Hashable, Sendable {
  public var year: Int
  public var month: Int
  public var day: Int
  public var hour: Int
  public var minute: Int
  public var second: Int

  public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
  }

  /// The clock reading that is `seconds` after 1970-01-01 00:00:00 on the same clock.
  public init(secondsSince1970 seconds: Int64) {
    let dayNumber = seconds.flooringQuotient(86_400)
    let secondOfDay = Int(seconds.flooringRemainder(86_400))
    let (year, month, day) = CivilTime.date(ofDay: dayNumber)
    self.init(
      year: year, month: month, day: day,
      hour: secondOfDay / 3600, minute: secondOfDay / 60 % 60, second: secondOfDay % 60)
  }

  /// Seconds from 1970-01-01 00:00:00 to this reading of the same clock.
  public var secondsSince1970: Int64 {
    CivilTime.dayNumber(year: year, month: month, day: day) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
  }

  /// Days from 1970-01-01 to the given date. `month` is 1 to 12; `day` may lie outside the month and is carried over.
  ///
  /// Years are counted from March, so that the leap day is a year's last day; 400 years have 146,097 days.
  public static func dayNumber(year: Int, month: Int, day: Int) -> Int64 {
    let marchYear = Int64(month <= 2 ? year - 1 : year)
    let monthFromMarch = Int64((month + 9) % 12)
    let era = marchYear.flooringQuotient(400)
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + Int64(day) - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// The date that is `dayNumber` days after 1970-01-01.
  public static func date(ofDay dayNumber: Int64) -> (year: Int, month: Int, day: Int) {
    let shifted = dayNumber + 719_468
    let era = shifted.flooringQuotient(146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    let month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
    return (Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), month, day)
  }
}
