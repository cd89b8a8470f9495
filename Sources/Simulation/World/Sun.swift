import Readings

/// Where the sun stands, in integers only, so that every machine agrees to the last bit.
enum Sun {
  /// Sine of an angle in thousandths of a degree, in millionths. Bhaskara's rational approximation, right to 0.2 %.
  static func sine(_ millidegrees: Int64) -> Int64 {
    let angle = millidegrees.flooringRemainder(360_000)
    let half = angle % 180_000
    let product = half * (180_000 - half)
    let value = 4 * product * 1000 / ((40_500_000_000 - product) / 1000)
    return angle < 180_000 ? value : -value
  }

  /// Sine of the sun's height above the horizon at 52° north, in millionths; below zero at night.
  /// - Parameter solarOffset: seconds by which the place's mean solar time is ahead of UTC.
  static func height(at milliseconds: Int64, solarOffset: Int64) -> Int64 {
    let solar = milliseconds + solarOffset * 1000
    let declination = 23_440 * sine(daysFromSpring(solar) * 360_000 / 365_242) / 1_000_000
    let hourAngle = solar.flooringRemainder(86_400_000) / 240 - 180_000
    let (sineOfLatitude, cosineOfLatitude): (Int64, Int64) = (788_011, 615_661)
    let first = sineOfLatitude * sine(declination) / 1_000_000
    let second = cosineOfLatitude * sine(90_000 - declination) / 1_000_000 * sine(90_000 - hourAngle) / 1_000_000
    return first + second
  }

  /// Thousandths of a degree Celsius outside: a yearly wave from 2 to 18 and a daily one of 3 either way.
  static func temperature(at milliseconds: Int64, solarOffset: Int64) -> Int64 {
    let solar = milliseconds + solarOffset * 1000
    let yearly = 8000 * sine((daysFromSpring(solar) - 30_000) * 360_000 / 365_242) / 1_000_000
    let daily = 3000 * sine(solar.flooringRemainder(86_400_000) / 240 - 135_000) / 1_000_000
    return 10_000 + yearly + daily
  }

  /// Thousandths of days since 1970's spring equinox (21 March).
  private static func daysFromSpring(_ milliseconds: Int64) -> Int64 {
    milliseconds / 86_400 - 79_000
  }
}
